"""What an assignment wants handed in, in one zip archive: reports, settings and code, no data."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from dlia.reporting.crate import DataSetFacts, config_text, packed_code, write_zip
from dlia.runtime.checkout import CHECKOUT, DIFFERENCES, GitState, git_state
from dlia.study.origins import STANDIN

_README = """\
{pdfs}
    the report{s}
settings/
    config.yaml has the settings of the build, studies/ every exercise and variant, and a table
    (.csv) for each study every hyperparameter of every variant, with its meaning and its origin.
code/
    {code}. CONTRIBUTING.md says where to begin to read.

{generated}Neither data nor trained networks are included. To build again, copy
settings/config.yaml and settings/studies/ into code/, put {archives}
into the folder code/{data_dir}, and run `make` in code/ (README.md says what it needs).
"""
_GENERATED = """\
The numbers rest on generated images in place of {archives}.

"""


def pack_hand_in(
    target: str | Path,
    data: Sequence[DataSetFacts],
    config: Mapping[str, object],
    files: Mapping[str, str],
) -> None:
    """Pack what is handed in.

    Args:
        target: The zip archive to write.
        data: What is known of the data of each study.
        config: The settings of the build.
        files: The paths of documents and settings, by their paths in the archive.
    """
    state = git_state()
    content = {f"code/{name}": (CHECKOUT / name).read_bytes() for name in packed_code("hand_in")}
    content["code/commit.json"] = (json.dumps(state, indent=2) + "\n").encode()
    content["settings/config.yaml"] = config_text(config)
    content |= {name: Path(path).read_bytes() for name, path in files.items()}
    if DIFFERENCES.is_file():
        content["code/uncommitted.diff"] = DIFFERENCES.read_bytes()
    drawn = [each["archive"] for each in data if each["kind"] == STANDIN]
    pdfs = sorted(name for name in files if name.endswith(".pdf"))
    text = _README.format(
        pdfs=", ".join(pdfs),
        s="s" * (len(pdfs) > 1),
        code=_code(state),
        generated=_GENERATED.format(archives=", ".join(drawn)) if drawn else "",
        archives=", ".join(each["archive"] for each in data),
        data_dir=config["data_dir"],
    )
    content["README.txt"] = text.encode()
    write_zip(target, content)


def _code(state: GitState) -> str:
    if state["commit"] == "unknown":
        return "the code; no Git repository tells its commit"
    differs = ", with changes that uncommitted.diff shows" if state["dirty"] is True else ""
    return f"the code of commit {state['commit']}{differs}"
