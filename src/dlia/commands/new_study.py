"""``dlia new-study``: writes a study for an archive that nobody has described yet."""

import argparse
import re
import shlex
import tempfile
from pathlib import Path

from dlia.commands.study_text import SECONDS, frame_of, study_text
from dlia.data.choice import DEFAULT_FOLDER
from dlia.data.recognition import Recognised, look_at
from dlia.errors import UserError
from dlia.runtime.files import write_bytes
from dlia.study.model import Study
from dlia.study.resource_estimate import MACS_A_SECOND, work_of
from dlia.study.yaml_files import ROOT, own_or_project
from dlia.tasks.studies import load_studies

_ARCHIVE = r"[A-Za-z0-9_-]+"
_EPOCHS = range(3, 61)  # the fewest and the most of a first variant
_EPOCHS_OF_VOLUMES = 10  # whose number of patches is not known before they are unpacked


def register(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command to the parser of ``dlia``."""
    parser = commands.add_parser(
        "new-study",
        help="write a study for an archive of your own",
        description="Looks at an archive of images, recognises how its files are arranged, and\n"
        "writes a study with a first network that trains within minutes. What it is\n"
        "not sure of stands in the study as a question.",
        epilog="example: %(prog)s data/my_archive.zip",
    )
    parser.add_argument("archive", type=Path, help="a zip archive, or the folder with its files")
    parser.add_argument("--name", help="the name of the study; by default that of the archive")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> None:
    """Write the study, and say what to run next.

    Raises:
        UserError: The archive cannot be used, its layout is not recognised, or there is a study of
            this name.
    """
    given: Path = arguments.archive
    if not given.exists():
        raise UserError(f"{given}: no such archive")
    stem = given.name if given.is_dir() else given.stem
    if not re.fullmatch(_ARCHIVE, stem) or (given.is_file() and given.suffix != ".zip"):
        better = re.sub(r"[^A-Za-z0-9_-]+", "_", stem).strip("_") or "my_archive"
        kind = "" if given.is_dir() else ".zip"
        raise UserError(
            f"{given}: is not named as a study can name it: letters, digits, _ and -"
            f"{', then .zip' if kind else ''}\nRename it, such as to {better}{kind} (an archive of "
            "another kind must be unpacked; name the folder then)."
        )
    name = arguments.name or re.sub(r"[^a-z0-9]+", "_", stem.lower()).strip("_")
    if not re.fullmatch("[a-z][a-z0-9_]*", name):
        raise UserError(
            f"{name}: is no name of a study: a small letter, then small letters, digits and _\n"
            "State another: --name my_study"
        )
    file = Path("studies") / f"{name}.yaml"
    if own_or_project(str(file), Path()).exists():
        raise UserError(f"{file}: there is such a study\nState another name: --name my_study")
    found = look_at(given)
    text, study = _checked(name, f"{stem}.zip", found)
    write_bytes(file, text.encode())
    print(_told(file, given, found, study))


def _checked(name: str, archive: str, found: Recognised) -> tuple[str, Study]:
    """Return the text of the study, and the study as a build reads it."""
    text = study_text(name, archive, found, 1)
    study = _read(name, text)
    epochs = _epochs(study, found, f"{name}_first/small")
    return study_text(name, archive, found, epochs), study


def _read(name: str, text: str) -> Study:
    with tempfile.TemporaryDirectory(prefix="dlia-study-") as folder:
        write_bytes(Path(folder) / "studies" / f"{name}.yaml", text.encode())
        try:
            return load_studies([name], Path(folder))[name]
        except UserError as error:
            said = str(error).replace(f"{folder}/", "")
            text = "no study that builds describes the archive"
            raise UserError(f"{text}:\n{said}") from None


def _epochs(study: Study, found: Recognised, key: str) -> int:
    """Return as many epochs as take about a minute, by the estimate that clusters are asked by."""
    if found.facts is None:
        return _EPOCHS_OF_VOLUMES
    shape = (study.data.channels, *frame_of(found).size)
    work = work_of(study.variant(key).settings, shape, len(study.data.classes))
    epochs = SECONDS * MACS_A_SECOND / (3.5 * work.macs * max(len(found.proposal.images), 1))
    return min(max(round(epochs), _EPOCHS[0]), _EPOCHS[-1])


def _told(file: Path, given: Path, found: Recognised, study: Study) -> str:
    proposal = found.proposal
    folder = given.parent
    named = {own_or_project(DEFAULT_FOLDER, Path()).resolve(), (ROOT / DEFAULT_FOLDER).resolve()}
    place = "" if folder.resolve() in named else f" {shlex.quote(f'data_dir={folder}')}"
    config = f"--config 'studies=[{study.name}]'{place}"
    asked = len(proposal.questions)
    questions = f"{asked} question{'' if asked == 1 else 's'} in it" if asked else "no questions"
    lines = [
        f"{given}: {found.kind}",
        *(f"  {seen}" for seen in proposal.seen),
        f"dlia: {file}: written, with {questions}; look at it, then",
        f"  dlia doctor {config}",
        f'  make ARGS="{config}"',
        "The report is results/report.html.",
    ]
    return "\n".join(lines)
