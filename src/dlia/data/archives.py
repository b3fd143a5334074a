"""Reading zip archives that nobody vouches for: what is bounded and plain is read, into memory."""

import io
import re
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from dlia.errors import UserError, listing

MAX_ENTRIES = 200_000
MAX_TOTAL_BYTES = 2 * 2**30
MAX_ENTRY_BYTES = 16 * 2**20
# zipfile reads the whole table of contents before anyone can count its entries.
MAX_CONTENTS_BYTES = 256 * MAX_ENTRIES
# Pictures are compressed already. Small entries are let off: a flat, uncompressed picture packs
# extremely well without being an attack.
MAX_RATIO = 200
RATIO_MATTERS_FROM_BYTES = 2**20
MAX_SHOWN_NAME = 160

REPLACE = "Replace the archive by a complete copy of the course's file."

# All that zipfile and zlib are known to raise on hostile bytes, UnicodeDecodeError being a
# ValueError. OSError is among them because a forged offset ends in a seek that the system refuses.
_ZIP_FAULTS = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    EOFError,
    NotImplementedError,
    OSError,
    OverflowError,
    RuntimeError,
    ValueError,
)


class EntryError(Exception):
    """The reason why one entry of an archive cannot be used, without the entry's name."""


class _BoundedFile(io.BufferedReader):
    """A file that refuses the one huge read that a forged table of contents asks for."""

    def __init__(self, path: Path) -> None:
        super().__init__(io.FileIO(path))
        self._path = path

    def read(self, size: int | None = -1, /) -> bytes:
        if size is not None and size > MAX_CONTENTS_BYTES:
            raise UserError(f"{self._path}: its table of contents is too large\n{REPLACE}")
        return super().read(size)


@contextmanager
def open_archive(path: Path) -> Iterator[zipfile.ZipFile]:
    """Open the zip archive at ``path`` after bounding what it declares.

    Raises:
        UserError: The file is missing, unreadable, not a whole zip, or larger than the bounds.
    """
    with ExitStack() as stack:
        try:
            # Opening a pipe would wait for ever, and a device has no end.
            if not stat.S_ISREG(path.stat().st_mode):
                raise UserError(f"{path}: not a file\nName the zip archive itself.")
            file = stack.enter_context(_BoundedFile(path))
            start = file.read(4)
        except OSError as error:
            raise UserError(
                f"{path}: {error.strerror}\nPut the course's zip archive there, readable for you."
            ) from error
        try:
            archive = stack.enter_context(zipfile.ZipFile(file))
        except _ZIP_FAULTS as error:
            raise UserError(f"{path}: {_diagnosis(start, error)}\n{REPLACE}") from error
        _check_bounds(path, archive.infolist())
        yield archive


def _diagnosis(start: bytes, error: Exception) -> str:
    if not start:
        return "the file is empty"
    if "not a zip" not in str(error):
        return f"a damaged zip archive ({printable(str(error))})"
    if start == b"PK\x03\x04":
        return "a zip archive that is cut off: the table of contents at its end is missing"
    return "not a zip archive"


def _check_bounds(path: Path, infos: list[zipfile.ZipInfo]) -> None:
    total = sum(info.file_size for info in infos)
    if len(infos) > MAX_ENTRIES:
        fault = f"it holds {len(infos)} entries, more than the {MAX_ENTRIES} that are allowed"
    elif total > MAX_TOTAL_BYTES:
        fault = f"it unpacks to {total} bytes, more than the {MAX_TOTAL_BYTES} that are allowed"
    else:
        return
    raise UserError(f"{path}: {fault}\n{REPLACE}")


def checked_entries(archive: zipfile.ZipFile) -> tuple[list[zipfile.ZipInfo], list[str]]:
    """Give the files of ``archive``, sorted by name, and the offences of those that are refused.

    Folders and what file managers leave behind are passed over.
    """
    entries: list[zipfile.ZipInfo] = []
    offences: list[str] = []
    for info in sorted(archive.infolist(), key=lambda info: info.orig_filename):
        fault = path_fault(info.orig_filename)
        if fault is None and _is_passed_over(info.filename):
            continue
        fault = fault or _kind_fault(info) or _size_fault(info)
        if fault is None and entries and entries[-1].filename == info.filename:
            fault = "the archive holds two entries of this name"
        if fault is None:
            entries.append(info)
        else:
            offences.append(offence(info, fault))
    return entries, offences


def path_fault(name: str) -> str | None:
    """Say why ``name`` is no plain relative path, or give None."""
    if not name or not name.isprintable():
        return "its name is empty or holds characters that cannot be printed"
    if "\\" in name:
        return "its name holds a backslash"
    if name.startswith("/") or re.match(r"[A-Za-z]:", name):
        return "its name is an absolute path"
    if not {"", ".", ".."}.isdisjoint(name.removesuffix("/").split("/")):
        return "its name is not a plain path below the archive's top"
    return None


def _is_passed_over(name: str) -> bool:
    *folders, file = name.lower().split("/")
    return (
        not file  # a folder
        or "__macosx" in folders
        or file in (".ds_store", "thumbs.db")
        or file.startswith("._")
    )


def _kind_fault(info: zipfile.ZipInfo) -> str | None:
    if stat.S_IFMT(info.external_attr >> 16) not in (0, stat.S_IFREG):
        return "a link or special file"
    if info.flag_bits & 0x2041:  # encrypted, strongly encrypted, encrypted table of contents
        return "encrypted"
    # The other methods' decompressors give their output unbounded.
    if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        return "packed by a method other than store and deflate"
    return None


def _size_fault(info: zipfile.ZipInfo) -> str | None:
    size = info.file_size
    if size > MAX_ENTRY_BYTES:
        return f"unpacks to {size} bytes, more than the {MAX_ENTRY_BYTES} that are allowed"
    if size > RATIO_MATTERS_FROM_BYTES and size > MAX_RATIO * info.compress_size:
        return f"unpacks to more than {MAX_RATIO} times its packed size"
    return None


def read_entry(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> bytes:
    """Read one of the entries that ``checked_entries`` gave.

    Raises:
        EntryError: The entry is damaged, or differs from what the table of contents says of it.
    """
    try:
        with archive.open(info) as stream:
            # The declared size is a claim; the bound holds whatever zipfile makes of it.
            data = stream.read(min(info.file_size, MAX_ENTRY_BYTES) + 1)
    except _ZIP_FAULTS as error:
        if "CRC" in str(error):
            raise EntryError("damaged: its checksum (CRC) is wrong") from error
        raise EntryError(f"damaged: {printable(str(error)) or type(error).__name__}") from error
    if len(data) != info.file_size:
        raise EntryError("damaged: its size differs from the one in the table of contents")
    return data


def printable(text: str) -> str:
    """Make foreign ``text`` safe to print: one line of bounded length, no terminal commands."""
    text = text if text.isprintable() else ascii(text)[1:-1]
    return text if len(text) <= MAX_SHOWN_NAME else text[:MAX_SHOWN_NAME] + "..."


def offence(info: zipfile.ZipInfo, reason: object) -> str:
    """Put the name of the entry before the reason why it cannot be used."""
    return f"{printable(info.orig_filename)}: {reason}"


def unusable(path: Path, offences: list[str]) -> UserError:
    """Gather the ``offences`` of an archive's entries into the one error that lists them."""
    count = "1 entry" if len(offences) == 1 else f"{len(offences)} entries"
    return UserError(f"{path}: {count} cannot be used:\n{listing(sorted(offences))}\n{REPLACE}")
