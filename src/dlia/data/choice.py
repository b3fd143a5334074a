"""Which archive a study is built from: the real one, or a stand-in."""

import json
import os
import zipfile
from dataclasses import dataclass
from pathlib import Path

from dlia.errors import UserError
from dlia.runtime.files import write_json
from dlia.runtime.provenance import sha256_of
from dlia.study.yaml_files import own_or_project

DEFAULT_FOLDER = "data"
# Ends every drawn archive (as its zip comment), so that none is ever taken for a real one.
STANDIN_MARK = b"stand-in drawn by dlia"
_REMEDY = "name its folder (data_dir in config.yaml or --config data_dir=...)"
REAL, STANDIN = "real", "stand-in"


@dataclass(frozen=True)
class Choice:
    """An archive and its kind, "real" or "stand-in"."""

    path: str
    kind: str


def choose_archive(
    archive: str, data_dir: str, standins: str | bool, source: Path, summaries: list[Path]
) -> Choice:
    """Choose between the real archive and its stand-in.

    Args:
        archive: The real archive's file name.
        data_dir: The folder that should hold it.
        standins: The config's key: "auto", True or False.
        source: The record of what the unpacked data are; it may not exist yet.
        summaries: Tables of results that rest on the archive; they may not exist yet.

    Raises:
        UserError: The archive is missing, and a stand-in would be a surprise.
    """
    # A build in another folder finds the archives in the project, too.
    folder = own_or_project(data_dir, Path()) if data_dir == DEFAULT_FOLDER else Path(data_dir)
    real, standin = folder / archive, f"results/data/standins/{archive}"
    if standins is True:
        return Choice(standin, STANDIN)
    if real.is_file():
        _refuse_useless(real)
        return Choice(str(real), REAL)
    if standins is False or data_dir != DEFAULT_FOLDER:
        remedy = "" if standins is False else ", or standins=true to build from a drawn stand-in"
        raise UserError(f"{real}: no such archive; put it there, or {_REMEDY}{remedy}")
    if REAL in (_rests_on(source), *map(_shown, summaries)):
        raise UserError(
            f"{real}: no such archive, but the results in {source.parent} rest on the real one, "
            f"which a stand-in would replace; {_REMEDY}, or say standins=true"
        )
    return Choice(standin, STANDIN)


def _refuse_useless(archive: Path) -> None:
    """Refuse what is no archive before Snakemake deletes what was unpacked from a good one."""
    try:
        useless = not zipfile.is_zipfile(archive)
        with archive.open("rb") as file:
            file.seek(-min(len(STANDIN_MARK), archive.stat().st_size), os.SEEK_END)
            own = file.read() == STANDIN_MARK
    except OSError as error:
        raise UserError(f"{archive}: cannot be read: {error.strerror}") from None
    if useless:
        raise UserError(
            f"{archive}: not a zip archive, or a part of one\n"
            "Replace the archive by a complete copy of the course's file."
        )
    if own:
        raise UserError(
            f"{archive}: a stand-in that was drawn here, not the course's archive; remove it, or "
            "replace it by the real one"
        )


def archive_facts(choice: Choice, cache: Path) -> tuple[str, int]:
    """Give the SHA-256 of a real archive, and how many files it holds.

    A stand-in's content follows from its rule: its digest is a word, and its files are not counted.
    Facts are kept in the file ``cache`` by size, modification time and inode, because this runs
    whenever the workflow is read.
    """
    if choice.kind == STANDIN:
        return STANDIN, 0
    state = Path(choice.path).stat()
    key = f"{Path(choice.path).resolve()} {state.st_size} {state.st_mtime_ns} {state.st_ino}"
    try:
        known = json.loads(cache.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        known = {}
    if not isinstance(known, dict):
        known = {}
    if not isinstance(known.get(key), list):
        known[key] = [sha256_of(choice.path), _entries(choice.path)]
        write_json(cache, known)
    digest, entries = known[key]
    return str(digest), int(entries)


def _entries(path: str) -> int:
    try:
        with zipfile.ZipFile(path) as archive:
            return len(archive.infolist())
    except (zipfile.BadZipFile, ValueError, NotImplementedError):
        return 0  # unpacking will say what is wrong with it


def _rests_on(source: Path) -> str:
    try:
        return str(json.loads(source.read_text(encoding="utf-8"))["data"])
    except (OSError, ValueError, KeyError, TypeError):
        return ""


def _shown(summary: Path) -> str:
    """Give what a table of results says that it rests on, in its first row and column."""
    try:
        return summary.read_text(encoding="utf-8").splitlines()[1].partition(",")[0]
    except (OSError, UnicodeDecodeError, IndexError):
        return ""
