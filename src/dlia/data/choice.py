"""Which archive a study is built from: the real one, or a stand-in."""

import contextlib
import hashlib
import json
import os
import re
import stat
import zipfile
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from dlia.data.archives import digest_of_entries, no_zip, open_archive
from dlia.data.folders import state_of
from dlia.data.offences import REPLACE, printable
from dlia.errors import UserError
from dlia.runtime.files import write_json
from dlia.runtime.provenance import sha256_of
from dlia.study.yaml_files import own_or_project

DEFAULT_FOLDER = "data"
# Ends every drawn archive (as its zip comment), so that none is ever taken for a real one.
STANDIN_MARK = b"stand-in drawn by dlia"
REAL, STANDIN = "real", "stand-in"

_NAME_ITS_FOLDER = "name its folder (data_dir in config.yaml or --config data_dir=...)"
_OR_STANDIN = "or build from a drawn stand-in (--config standins=true)."
# What browsers and file managers make of a name, and what other programs pack.
_COPY = r"(?:[ _.-]*\(\d+\)|[ _-]+(?:\d{1,2}|copy|kopi|kopie|copie))*"
_PACKED = "zip|tar|tgz|gz|bz2|xz|rar|7z"
_SUFFIXES = rf"(?:\.(?:{_PACKED}|part|crdownload|download|tmp|txt))*"


@dataclass(frozen=True)
class Choice:
    """An archive, or the folder that unpacking it has made.

    Attributes:
        path: Where it is.
        kind: "real" or "stand-in".
        fault: Why it cannot be used, with the remedy in further lines; "" if it can be.
    """

    path: str
    kind: str
    fault: str = ""


@dataclass(frozen=True)
class ArchiveFacts:
    """What is known of an archive before it is unpacked.

    Attributes:
        sha256: Of the archive's bytes; for a folder ``contents``, for a stand-in a word.
        contents: The digest of the names, sizes and checksums of its files; "" for a stand-in.
        files: How many files it holds; 0 for a stand-in.
    """

    sha256: str = STANDIN
    contents: str = ""
    files: int = 0


def choose_archive(
    archive: str, data_dir: str, standins: str | bool, source: Path, summaries: list[Path]
) -> Choice:
    """Choose between the real archive and its stand-in.

    A folder of the archive's name without its suffix, as unpacking makes it, counts as the archive.

    Args:
        archive: The real archive's file name.
        data_dir: The folder that should hold it.
        standins: The config's key: "auto", True or False.
        source: The record of what the unpacked data are; it may not exist yet.
        summaries: Tables of results that rest on the archive; they may not exist yet.

    Raises:
        UserError: The archive is missing, and a stand-in would be a surprise. The first line says
            what is wrong, the others what to do.
    """
    # A build in another folder finds the archives in the project, too.
    folder = own_or_project(data_dir, Path()) if data_dir == DEFAULT_FOLDER else Path(data_dir)
    real, standin = folder / archive, f"results/data/standins/{archive}"
    if standins is True:
        return Choice(standin, STANDIN)
    if stat.S_ISREG(_type_of(real)):
        _refuse_useless(real)
        return Choice(str(real), REAL)
    folder = real.with_suffix("")
    if stat.S_ISDIR(_type_of(folder)):
        return Choice(str(folder), REAL)
    _refuse_near_misses(real, folder)
    if standins is False:
        raise UserError(f"{real}: no such archive\nPut it there, or {_NAME_ITS_FOLDER}.")
    if data_dir != DEFAULT_FOLDER and not real.parent.is_dir():
        raise UserError(
            f"{real}: no such archive, because there is no folder {data_dir}\n"
            f"Correct data_dir (in config.yaml or --config data_dir=...), {_OR_STANDIN}"
        )
    if data_dir != DEFAULT_FOLDER:
        raise UserError(f"{real}: no such archive\nPut it there, {_NAME_ITS_FOLDER}, {_OR_STANDIN}")
    if REAL in (_rests_on(source), *map(_shown, summaries)):
        raise UserError(
            f"{real}: no such archive, but the results in {source.parent} rest on the real one, "
            f"which a stand-in would replace\nPut it there, {_NAME_ITS_FOLDER}, {_OR_STANDIN}"
        )
    return Choice(standin, STANDIN)


def _type_of(path: Path) -> int:
    """Return the type of the file at ``path``, as in ``stat.S_IFMT``; 0 if there is none."""
    try:
        return stat.S_IFMT(path.stat().st_mode)
    except PermissionError as error:
        raise UserError(f"{path}: {error.strerror}\nMake it and its folder readable.") from None
    except OSError:
        return 0


def _refuse_near_misses(real: Path, folder: Path) -> None:
    """Refuse what was probably meant to be the archive ``real`` or its unpacked ``folder``."""
    for path in (real, folder):
        if path.is_symlink() and not path.exists():
            raise UserError(
                f"{path}: a link to {printable(str(path.readlink()))}, which does not exist\n"
                f"Make it point to the archive, or put {real.name} itself there."
            )
    if stat.S_ISDIR(_type_of(real)):
        raise UserError(
            f"{real}: a folder\nRename it to {folder.name} if it is what unpacking the archive has "
            "made, or put the archive itself there."
        )
    try:
        names = sorted(path.name for path in real.parent.iterdir())
    except OSError:
        return  # the folder does not exist
    stem = re.escape(folder.name)
    # Whatever is packed may have the stem as a word anywhere: Copy of MNIST.zip, MNIST-main.zip.
    packed = rf"(?!\.).*(?<![^\W_]){stem}(?![^\W_]).*\.(?:{_PACKED})"
    near = re.compile(f"(?:{stem}{_COPY}|{packed}){_SUFFIXES}{_COPY}", re.I)
    found = [printable(name) for name in names if near.fullmatch(name)]
    if found:
        raise UserError(
            f"{real}: no such archive, but {real.parent} holds {' and '.join(found)}\n"
            f"If that is it, rename it to {real.name} (an unpacked folder to {folder.name}; a file "
            "that is no zip must be packed anew); otherwise move it away."
        )


def _refuse_useless(archive: Path) -> None:
    """Refuse what is no archive before Snakemake deletes what was unpacked from a good one."""
    try:
        useless = "" if zipfile.is_zipfile(archive) else no_zip(archive)
        with archive.open("rb") as file:
            file.seek(-min(len(STANDIN_MARK), archive.stat().st_size), os.SEEK_END)
            own = file.read() == STANDIN_MARK
    except OSError as error:
        raise UserError(
            f"{archive}: cannot be read: {error.strerror}\nMake it readable for you."
        ) from None
    if useless:
        raise UserError(f"{archive}: {useless}\n{REPLACE}")
    if own:
        raise UserError(
            f"{archive}: a stand-in that was drawn here, not the course's archive\n"
            "Remove it, or replace it by the real one."
        )


def archive_facts(choice: Choice, cache: Path) -> ArchiveFacts:
    """Read what is known of an archive before it is unpacked.

    A stand-in's content follows from its rule, so nothing is read. Facts are kept in the file
    ``cache`` by size, modification time and inode, because this runs whenever the workflow is read.

    Raises:
        UserError: The archive cannot be read, or is larger than the bounds.
    """
    if choice.kind == STANDIN:
        return ArchiveFacts()
    path = Path(choice.path)
    try:
        state = json.dumps(state_of(path.resolve()))
    except OSError as error:
        raise UserError(
            f"{error.filename or path}: {error.strerror}\nMake it readable for you."
        ) from None
    key = hashlib.sha256(state.encode(errors="surrogateescape")).hexdigest()
    known = _known(cache)
    try:
        return ArchiveFacts(**known[key])
    except (KeyError, TypeError):
        pass  # it has changed
    with open_archive(path, checksums=True) as archive:
        contents, files = digest_of_entries(archive)
    facts = ArchiveFacts(contents if path.is_dir() else sha256_of(path), contents, files)
    with contextlib.suppress(OSError):  # such as in a checkout that is only read
        write_json(cache, known | {key: asdict(facts)})
    return facts


def _known(cache: Path) -> dict[str, Any]:
    try:
        known = json.loads(cache.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return known if isinstance(known, dict) else {}


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
