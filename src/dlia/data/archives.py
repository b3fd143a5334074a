"""Reading archives that nobody vouches for: what is bounded and plain is read, into memory."""

import hashlib
import io
import re
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO, Protocol

from dlia.data.folders import Folder
from dlia.data.offences import REPLACE, EntryError, Offence, offence, printable
from dlia.data.tars import TAR_SUFFIXES, tar_as_zip
from dlia.errors import UserError

MAX_ENTRIES = 200_000
MAX_TOTAL_BYTES = 2 * 2**30
MAX_ENTRY_BYTES = 192 * 2**20  # a volume of 256^3 numbers of 64 bits, all batches of CIFAR-10
# zipfile reads the whole table of contents before anyone can count its entries.
MAX_CONTENTS_BYTES = 256 * MAX_ENTRIES
# Pictures are compressed already. Small entries are let off: a flat, uncompressed picture packs
# extremely well without being an attack. So does the mask of a lesion in a volume.
MAX_RATIO = 200
_SPARSE = ".nii"
RATIO_MATTERS_FROM_BYTES = 2**20

# What file managers, editors and teachers leave beside the data, in lower case; hidden files too.
_PASSED_OVER = {"desktop.ini", "thumbs.db", "ehthumbs.db", "__macosx", "@eadir", "lost+found"}
_NOTES = re.compile(
    r"(readme|licen[cs]e|copying|citation|changelog)[^/]*\.(txt|md|rst|pdf|html?|cff)|"
    r"readme|licen[cs]e|copying"
)

_METHODS = {9: "Deflate64", 12: "bzip2", 14: "LZMA", 93: "Zstandard", 95: "XZ"}

# How files begin that are saved under the name of a zip archive.
_OTHER_KINDS = {
    b"\x1f\x8b": "a gzip file (.tar.gz)",
    b"7z\xbc\xaf": "a 7-Zip archive",
    b"Rar!": "a RAR archive",
    b"%PDF": "a PDF",
    b"version https://git-lfs": "a pointer of Git LFS (`git lfs pull` fetches the file)",
}

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


class Archive(Protocol):
    """What a zip archive (``zipfile.ZipFile``) and a folder have in common."""

    def infolist(self) -> list[zipfile.ZipInfo]:
        """Return the entries."""

    def open(self, entry: zipfile.ZipInfo, /) -> IO[bytes]:
        """Open an entry for reading."""


class _BoundedFile(io.BufferedReader):
    """A file that refuses the one huge read that a forged table of contents asks for.

    Attributes:
        listed: Whether the table of contents has been read: entries may be larger.
    """

    def __init__(self, path: Path) -> None:
        super().__init__(io.FileIO(path))
        self._path = path
        self.listed = False

    def read(self, size: int | None = -1, /) -> bytes:
        if not self.listed and size is not None and size > MAX_CONTENTS_BYTES:
            raise UserError(f"{self._path}: its table of contents is too large\n{REPLACE}")
        return super().read(size)


@contextmanager
def open_archive(
    path: Path, files: Sequence[str] = (), checksums: bool = False
) -> Iterator[Archive]:
    """Open the zip archive or the unpacked folder at ``path`` after bounding what it declares.

    Args:
        path: A zip archive, or the folder that unpacking it has made.
        files: The names of the only files in the folder that count; without any, all do.
        checksums: Whether the entries of a folder have their CRC-32; those of an archive always do.

    Raises:
        UserError: The file is missing, unreadable, not a whole zip, or larger than the bounds.
    """
    with ExitStack() as stack:

        def open_zip(path: Path) -> zipfile.ZipFile:
            if path.name.lower().endswith(TAR_SUFFIXES):
                return stack.enter_context(tar_as_zip(path, MAX_TOTAL_BYTES, MAX_ENTRIES))
            file = stack.enter_context(_BoundedFile(path))
            try:
                opened = stack.enter_context(zipfile.ZipFile(file))
            except _ZIP_FAULTS as error:
                raise UserError(f"{path}: {_diagnosis(path, error)}\n{REPLACE}") from error
            file.listed = True
            return opened

        try:
            mode = path.stat().st_mode
            if stat.S_ISDIR(mode):
                archive: Folder | zipfile.ZipFile = Folder(path, files, open_zip)
            # Opening a pipe would wait for ever, and a device has no end.
            elif not stat.S_ISREG(mode):
                raise UserError(f"{path}: not a file\nName the zip archive itself.")
            else:
                archive = open_zip(path)
            _check_bounds(path, archive.infolist())
            if checksums and isinstance(archive, Folder):
                archive.add_checksums(MAX_ENTRY_BYTES)
        except OSError as error:
            raise UserError(
                f"{error.filename or path}: {error.strerror}\n"
                "Put the course's zip archive there, readable for you."
            ) from error
        yield archive


def no_zip(path: Path) -> str:
    """Say what a file looks like that has no table of contents of a zip archive."""
    with path.open("rb") as file:
        start = file.read(512)
    if not start:
        return "the file is empty"
    if start.startswith(b"PK\x03\x04"):
        return "a zip archive that is cut off: the table of contents at its end is missing"
    kinds = [kind for magic, kind in _OTHER_KINDS.items() if start.startswith(magic)]
    if start[257:262] == b"ustar":
        kinds.append("a tar archive")
    if start.lstrip(b"\xef\xbb\xbf \r\n\t").lower().startswith((b"<!doctype", b"<html")):
        kinds.append("a web page, perhaps the one that asks to log in")
    return "not a zip archive" + (f" but {kinds[0]}" if kinds else "")


def _diagnosis(path: Path, error: Exception) -> str:
    if "not a zip" in str(error):
        return no_zip(path)
    return f"a damaged zip archive ({printable(str(error))})"


def _check_bounds(path: Path, infos: list[zipfile.ZipInfo]) -> None:
    total = sum(info.file_size for info in infos)
    if len(infos) > MAX_ENTRIES:
        fault = f"it holds {len(infos)} entries, more than the {MAX_ENTRIES} that are allowed"
    elif total > MAX_TOTAL_BYTES:
        fault = f"it unpacks to {total} bytes, more than the {MAX_TOTAL_BYTES} that are allowed"
    else:
        return
    raise UserError(f"{path}: {fault}\n{REPLACE}")


def checked_entries(archive: Archive) -> tuple[list[zipfile.ZipInfo], list[Offence]]:
    """Give the files of ``archive``, sorted by name, and the offences of those that are refused.

    Folders and what file managers leave behind are passed over. Names with backslashes, as some
    programs for Windows write them, get slashes.
    """
    entries: list[zipfile.ZipInfo] = []
    offences: list[Offence] = []
    infos = archive.infolist()
    for info in infos:
        info.filename = info.orig_filename.replace("\\", "/")
    for info in sorted(infos, key=lambda info: (info.filename, info.orig_filename)):
        fault: EntryError | str | None = path_fault(info.filename)
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


def digest_of_entries(archive: Archive) -> tuple[str, int]:
    """Digest the names, sizes and CRC-32 of the files, and count the files.

    An archive and the folder that unpacking it makes have the same digest, and so has an archive
    that was packed anew. ``open_archive`` must have been asked for checksums.
    """
    entries, _ = checked_entries(archive)
    lines = "".join(f"{info.filename}\n{info.file_size} {info.CRC}\n" for info in entries)
    return hashlib.sha256(lines.encode(errors="surrogateescape")).hexdigest(), len(entries)


def path_fault(name: str) -> str | None:
    """Say why ``name`` is no plain relative path, or give None."""
    if not name or not name.isprintable():
        return "its name is empty or holds characters that cannot be printed"
    if name.startswith("/") or re.match(r"[A-Za-z]:", name):
        return "its name is an absolute path"
    if not {"", ".", ".."}.isdisjoint(name.removesuffix("/").split("/")):
        return "its name is not a plain path below the archive's top"
    return None


def _is_passed_over(name: str) -> bool:
    *folders, file = name.lower().split("/")
    return (
        not file  # a folder
        or any(each.startswith(".") or each in _PASSED_OVER for each in (*folders, file))
        or _NOTES.fullmatch(file) is not None
    )


def _kind_fault(info: zipfile.ZipInfo) -> EntryError | str | None:
    if stat.S_IFMT(info.external_attr >> 16) not in (0, stat.S_IFREG):
        return "a link or special file"
    if info.flag_bits & 0x2041:  # encrypted, strongly encrypted, encrypted table of contents
        advice = "It is protected by a password: unpack it, and pack the files without one."
        return EntryError("encrypted", advice=advice)
    # The other methods' decompressors give their output unbounded.
    if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        method = _METHODS.get(info.compress_type, str(info.compress_type))
        return EntryError(
            f"packed by the method {method}, not by store or deflate",
            advice="Unpack it, and use the folder instead, or pack it anew, as by `zip -r`.",
        )
    return None


def _size_fault(info: zipfile.ZipInfo) -> str | None:
    size = info.file_size
    if size > MAX_ENTRY_BYTES:
        return f"unpacks to {size} bytes, more than the {MAX_ENTRY_BYTES} that are allowed"
    matters = size > RATIO_MATTERS_FROM_BYTES and not info.filename.lower().endswith(_SPARSE)
    if matters and size > MAX_RATIO * info.compress_size:
        return f"unpacks to more than {MAX_RATIO} times its packed size"
    return None


def read_entry(archive: Archive, info: zipfile.ZipInfo) -> bytes:
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
