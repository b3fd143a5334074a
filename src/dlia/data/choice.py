"""Which archive a study is built from: the real one, or a stand-in."""

import contextlib
import hashlib
import json
import os
import re
import stat
import zipfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from dlia.data.archives import (
    Archive,
    checked_entries,
    digest_of_entries,
    no_zip,
    open_archive,
    read_entry,
)
from dlia.data.folders import state_of
from dlia.data.forms import SEVERAL, files_of_form, form_of
from dlia.data.offences import REPLACE, printable
from dlia.errors import UserError
from dlia.runtime.files import write_json
from dlia.runtime.provenance import sha256_of
from dlia.study.data_block import Data, Form
from dlia.study.origins import REAL, STANDIN, STANDIN_MARK
from dlia.study.yaml_files import own_or_project

if TYPE_CHECKING:
    from dlia.data.layouts import SeveralInAnEntry

DEFAULT_FOLDER = "data"

_NAME_ITS_FOLDER = "name its folder (data_dir in config.yaml or --config data_dir=...)"
_OR_STANDIN = "or build from a drawn stand-in (--config standins=true)."
# What browsers and file managers make of a name, and what other programs pack.
_COPY = r"(?:[ _.-]*\(\d+\)|[ _-]+(?:\d{1,2}|copy|kopi|kopie|copie))*"
_PACKED = "zip|tar|tgz|gz|bz2|xz|rar|7z"
_SUFFIXES = rf"(?:\.(?:{_PACKED}|part|crdownload|download|tmp|txt))*"


@dataclass(frozen=True)
class Choice:
    """An archive, the folder that unpacking it has made, or files in a folder.

    Attributes:
        path: Where it is.
        kind: "real" or "stand-in".
        fault: Why it cannot be used, with the remedy in further lines; "" if it can be.
        files: The names of the files in the folder ``path``, if not all files there belong to it.
    """

    path: str
    kind: str
    fault: str = ""
    files: tuple[str, ...] = ()


@dataclass(frozen=True)
class ArchiveFacts:
    """What is known of an archive before it is unpacked.

    Attributes:
        sha256: Of the archive's bytes; for a folder ``contents``, for a stand-in a word.
        contents: The digest of the names, sizes and checksums of its files; "" for a stand-in.
        files: How many files it holds; 0 for a stand-in.
        images: How many images there are at most.
        form: The number of the form of the study that it is; None if it is the archive itself.
    """

    sha256: str = STANDIN
    contents: str = ""
    files: int = 0
    images: int = 0
    form: int | None = None


def choose_archive(
    archive: str,
    data_dir: str,
    standins: str | bool,
    source: Path,
    summaries: list[Path],
    forms: Sequence[Form] = (),
) -> Choice:
    """Choose between the real archive and its stand-in.

    A folder of the archive's name without its suffix, as unpacking makes it, counts as the archive,
    and so do all files of one of its forms.

    Args:
        archive: The real archive's file name.
        data_dir: The folder that should hold it.
        standins: The config's key: "auto", True or False.
        source: The record of what the unpacked data are; it may not exist yet.
        summaries: Tables of results that rest on the archive; they may not exist yet.
        forms: Other releases of the images.

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
    # One without files is what an interrupted download leaves.
    if stat.S_ISDIR(_type_of(folder)) and _names_in(folder):
        return Choice(str(folder), REAL)
    names = _names_in(real.parent)
    if form := form_of(real.parent, names, forms):
        return Choice(str(real.parent), REAL, files=tuple(files_of_form(form, names)[0]))
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
    kinds = {source: _rests_on(source), **{table: _shown(table) for table in summaries}}
    if resting := [file.parent for file, kind in kinds.items() if kind == REAL]:
        raise UserError(
            f"{real}: no such archive, but the results in {resting[0]} rest on the real one, "
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
    unpacked = {folder.name} if folder.is_dir() else set()  # without files
    names = [name for name in _names_in(real.parent) if name not in unpacked]
    stem = re.escape(folder.name)
    # Whatever is packed may have the stem as a word anywhere: Copy of MNIST.zip, MNIST-main.zip.
    packed = rf"(?!\.).*(?<![^\W_]){stem}(?![^\W_]).*\.(?:{_PACKED})"
    near = re.compile(f"(?:{stem}{_COPY}|{packed}){_SUFFIXES}{_COPY}", re.I)
    # A folder that unpacking has made begins with it: Warwick QU Dataset (Released 2016_07_08).
    # Fashion-MNIST is other data.
    begins = re.compile(rf"{stem}(?![^\W_]).*", re.I)
    found = [
        printable(name)
        for name in names
        if near.fullmatch(name) or (begins.fullmatch(name) and _names_in(real.parent / name))
    ]
    if found:
        raise UserError(
            f"{real}: no such archive, but {real.parent} holds {' and '.join(found)}\n"
            f"If that is it, rename it to {real.name} (an unpacked folder to {folder.name}; a file "
            "that is no zip must be packed anew); otherwise move it away."
        )


def _names_in(folder: Path) -> list[str]:
    try:
        return sorted(path.name for path in folder.iterdir() if not path.name.startswith("."))
    except OSError:
        return []  # the folder does not exist


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


def archive_facts(choice: Choice, cache: Path, data: Data | None = None) -> ArchiveFacts:
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
        state = json.dumps(state_of(path.resolve(), choice.files))
    except OSError as error:
        raise UserError(
            f"{error.filename or path}: {error.strerror}\nMake it readable for you."
        ) from None
    # The bound on the images depends on the layout.
    read_as = json.dumps(data.model_dump(include={"layout", "forms"})) if data else ""
    key = hashlib.sha256((state + read_as).encode(errors="surrogateescape")).hexdigest()
    known = _known(cache)
    try:
        return ArchiveFacts(**known[key])
    except (KeyError, TypeError):
        pass  # it has changed
    with open_archive(path, choice.files, checksums=True) as archive:
        contents, files = digest_of_entries(archive)
        form = _form(path, archive, data.forms if data else [])
        arranged = data.forms[form] if data and form is not None else data
        images = _count(archive, arranged) if arranged else None
    digest = contents if path.is_dir() else sha256_of(path)
    facts = ArchiveFacts(digest, contents, files, files if images is None else images, form)
    with contextlib.suppress(OSError):  # such as in a checkout that is only read
        write_json(cache, known | {key: asdict(facts)})
    return facts


def _form(path: Path, archive: Archive, forms: Sequence[Form]) -> int | None:
    names = [info.filename for info in archive.infolist()]
    # Those of archives that lie in the folder, and are entries no more.
    names += _names_in(path) if path.is_dir() else []
    found = form_of(path, names, forms)
    return list(forms).index(found) if found else None


def _count(archive: Archive, arranged: Data | Form) -> int | None:
    """Count the images of a layout with several in an entry; None for other layouts."""
    if arranged.layout_name not in SEVERAL:
        return None
    from dlia.data.layouts import find_layout  # it imports NumPy; few starts of Snakemake need it

    entries, _ = checked_entries(archive)
    layout = find_layout(arranged.layout_name, arranged.layout_options)
    return cast("SeveralInAnEntry", layout).count(entries, partial(read_entry, archive))


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
