"""The results of a build in one zip archive: a Workflow Run RO-Crate.

The metadata follow RO-Crate 1.1 and the profiles Process Run, Workflow Run (0.5) and Workflow
RO-Crate (1.0); data sets are described in Croissant 1.0. Neither data nor networks are packed.
"""

import hashlib
import io
import json
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypedDict

import yaml

from dlia.runtime.checkout import CHECKOUT, DIFFERENCES, git_state, tracked_files
from dlia.runtime.files import write_bytes
from dlia.runtime.provenance import sha256_of
from dlia.study.origins import STANDIN

Entity = dict[str, Any]

_DATE = (1980, 1, 1, 0, 0, 0)  # of all files: a clock would change the bytes
_HEAD_LINES = 60  # of a log
_CODE = ("Snakefile", "LICENSE", "requirements.txt", "workflow/rules/*.smk")
_KINDS = {
    ".csv": "text/csv",
    ".html": "text/html",
    ".json": "application/json",
    ".log": "text/plain",
    ".pdf": "application/pdf",
    ".svg": "image/svg+xml",
    ".yaml": "application/yaml",
}
_CROISSANT = {
    "@context": {
        "@language": "en",
        "@vocab": "https://schema.org/",
        "citeAs": "cr:citeAs",
        "conformsTo": "dct:conformsTo",
        "cr": "http://mlcommons.org/croissant/",
        "dct": "http://purl.org/dc/terms/",
        "sc": "https://schema.org/",
    },
    "@type": "sc:Dataset",
    "conformsTo": "http://mlcommons.org/croissant/1.0",
}
_SNAKEMAKE = {
    "@id": "https://w3id.org/workflowhub/workflow-ro-crate#snakemake",
    "@type": "ComputerLanguage",
    "name": "Snakemake",
    "identifier": {"@id": "https://doi.org/10.1093/bioinformatics/bts480"},
    "url": {"@id": "https://snakemake.readthedocs.io"},
}
_PROFILES = {
    "https://w3id.org/ro/wfrun/process/0.5": ("Process Run Crate", "0.5"),
    "https://w3id.org/ro/wfrun/workflow/0.5": ("Workflow Run Crate", "0.5"),
    "https://w3id.org/workflowhub/workflow-ro-crate/1.0": ("Workflow RO-Crate", "1.0"),
}


class DataSetFacts(TypedDict):
    """What the crate says of a study's data."""

    name: str
    title: str
    archive: str
    kind: str
    sha256: str
    terms: str
    citation: str
    url: str


def packed_code(kind: str) -> list[str]:
    """Return the files of the checkout that an archive (crate or hand_in) has."""
    return tracked_files() if kind == "hand_in" else _found(CHECKOUT, _CODE)


def digest_of_code(kind: str, described: Mapping[str, str]) -> str:
    """Return a digest of what an archive has that no job makes: code, studies, and the commit.

    Args:
        kind: crate or hand_in.
        described: The paths of the files that describe the build, by their paths in the archive.
    """
    files = {name: str(CHECKOUT / name) for name in packed_code(kind)} | dict(described)
    lines = [f"{name} {sha256_of(path)}\n" for name, path in files.items()]
    state = json.dumps(git_state(), sort_keys=True)
    return hashlib.sha256("".join([state, *lines]).encode()).hexdigest()


def pack_crate(
    target: str | Path,
    data: Sequence[DataSetFacts],
    config: Mapping[str, object],
    described: Mapping[str, str],
    made: Sequence[str],
    logs: Sequence[str],
    ended: str,
) -> None:
    """Pack results of the current folder.

    Args:
        target: The zip archive to write.
        data: The data sets.
        config: The settings of the build.
        described: The paths of the files that describe the build, by their paths in the crate.
        made: The results.
        logs: The logs of the jobs that made them; those that are missing are left out.
        ended: When the build ended, in the form of ISO 8601.
    """
    files = {name: CHECKOUT / name for name in packed_code("crate")}
    files |= {name: Path(path) for name, path in described.items()}
    difference = [str(DIFFERENCES)] if DIFFERENCES.is_file() else []
    results = {name: Path(name) for name in [*made, *difference]}
    content = {name: path.read_bytes() for name, path in (files | results).items()}
    heads = {name: _head(Path(name)) for name in sorted(logs) if Path(name).is_file()}
    sets = {f"data/{each['name']}.json": _croissant(each) for each in data}
    content["config.yaml"] = config_text(config)
    content |= heads | {name: _json(found) for name, found in sets.items()}
    metadata = crate_metadata(
        sorted(content), sorted({*results}), data, str(git_state()["commit"]), ended
    )
    content["ro-crate-metadata.json"] = _json(metadata)
    write_zip(target, content)


def config_text(config: Mapping[str, object]) -> bytes:
    """Return settings as a config.yaml: those of a build may differ from the file that it read."""
    head = "# The settings of this build: config.yaml, and what --config replaced in it.\n"
    return (head + yaml.safe_dump(dict(config), sort_keys=False, allow_unicode=True)).encode()


def write_zip(target: str | Path, content: Mapping[str, bytes]) -> None:
    """Write files, by their paths, into a zip archive whose bytes depend on nothing else."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in sorted(content):
            info = zipfile.ZipInfo(name, _DATE)
            info.external_attr = 0o100644 << 16
            archive.writestr(info, content[name], zipfile.ZIP_DEFLATED)
    write_bytes(target, buffer.getvalue())


def crate_metadata(
    names: Sequence[str],
    results: Sequence[str],
    data: Sequence[DataSetFacts],
    commit: str,
    ended: str,
) -> Entity:
    """Describe the files of a crate, and the run that made them.

    Args:
        names: The paths of all files.
        results: The paths of those that the run made.
        data: The data sets that it was made from.
        commit: The commit of the code.
        ended: When the build ended.
    """
    sets = [_data_set(each) for each in data]
    root: Entity = {
        "@id": "./",
        "@type": "Dataset",
        "name": "Deep-learning reports, rebuilt by dlia",
        "description": "Reports, tables, settings and records of networks that were trained anew "
        f"from {', '.join(map(_origin, data))}. Data and networks are left out.",
        "datePublished": ended,
        "license": {"@id": "LICENSE"},
        "conformsTo": [{"@id": profile} for profile in _PROFILES],
        "mainEntity": {"@id": "Snakefile"},
        "hasPart": [{"@id": name} for name in names],
        "mentions": [{"@id": "#run"}, *({"@id": each["@id"]} for each in sets)],
    }
    workflow: Entity = {
        "@id": "Snakefile",
        "@type": ["File", "SoftwareSourceCode", "ComputationalWorkflow"],
        "name": "dlia",
        "description": "Rebuilds deep-learning course reports from raw archives.",
        "version": commit,
        "license": {"@id": "LICENSE"},
        "encodingFormat": "text/plain",
        "programmingLanguage": {"@id": _SNAKEMAKE["@id"]},
    }
    run: Entity = {
        "@id": "#run",
        "@type": "CreateAction",
        "name": "A build of dlia",
        "description": "Unpacked, trained, evaluated and judged by the workflow.",
        "endTime": ended,
        "instrument": {"@id": "Snakefile"},
        "object": [{"@id": each["@id"]} for each in sets],
        "result": [{"@id": name} for name in results],
        "actionStatus": {"@id": "http://schema.org/CompletedActionStatus"},
    }
    descriptor: Entity = {
        "@id": "ro-crate-metadata.json",
        "@type": "CreativeWork",
        "about": {"@id": "./"},
        "conformsTo": [
            {"@id": "https://w3id.org/ro/crate/1.1"},
            {"@id": "https://w3id.org/workflowhub/workflow-ro-crate/1.0"},
        ],
    }
    profiles = [
        {"@id": place, "@type": "CreativeWork", "name": name, "version": version}
        for place, (name, version) in _PROFILES.items()
    ]
    files = [_file(name) for name in names if name != "Snakefile"]
    return {
        "@context": "https://w3id.org/ro/crate/1.1/context",
        "@graph": [descriptor, root, workflow, _SNAKEMAKE, run, *profiles, *sets, *files],
    }


def _data_set(facts: DataSetFacts) -> Entity:
    return {
        "@id": f"#{facts['name']}",
        "@type": "Dataset",
        "name": facts["title"],
        "description": _origin(facts),
        **({"identifier": f"sha256:{facts['sha256']}"} if facts["kind"] != STANDIN else {}),
        "usageInfo": facts["terms"],
        "citation": facts["citation"],
        "subjectOf": {"@id": f"data/{facts['name']}.json"},
    }


def _croissant(facts: DataSetFacts) -> Entity:
    """Describe a data set in Croissant; the archive itself is where its terms say."""
    return {
        **_CROISSANT,
        "name": facts["name"],
        "description": f"{facts['title']}: {_origin(facts)}.",
        "license": facts["terms"],
        "citeAs": facts["citation"],
        **({"url": facts["url"]} if facts["url"] else {}),
    }


def _origin(facts: DataSetFacts) -> str:
    """Say what a data set is, for a sentence."""
    if facts["kind"] == STANDIN:
        return f"generated images in place of {facts['archive']} (whose terms and citation follow)"
    return f"{facts['archive']} ({facts['kind']})"


def _file(name: str) -> Entity:
    kind = _KINDS.get(Path(name).suffix, "text/plain")
    return {"@id": name, "@type": "File", "name": name, "encodingFormat": kind}


def _found(folder: Path, patterns: Iterable[str]) -> list[str]:
    return sorted(
        {path.relative_to(folder).as_posix() for p in patterns for path in folder.glob(p)}
    )


def _head(log: Path) -> bytes:
    with log.open(encoding="utf-8", errors="replace") as file:
        return "".join(line for line, _ in zip(file, range(_HEAD_LINES), strict=False)).encode()


def _json(value: Entity) -> bytes:
    return (json.dumps(value, indent=2, ensure_ascii=False) + "\n").encode()
