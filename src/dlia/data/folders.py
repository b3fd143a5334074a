"""An unpacked archive: the folder that unpacking it makes, read as the archive itself."""

import copy
import os
import stat
import zlib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import IO
from zipfile import ZipFile, ZipInfo

from dlia.data.tars import TAR_SUFFIXES

_PART = 2**20  # bytes that are read at once


class Folder:
    """Lists and opens files as ``zipfile.ZipFile`` does.

    Entries are named from the folder's parent, as an archive names them, so that a folder and its
    archive give the same arrays. Links are entries themselves; they are not followed. Zip and
    tar archives in it are read as if they were unpacked there, those in them are not.

    Args:
        path: The folder.
        files: The names of the only files in it that count; without any, all do.
        open_zip: Opens a zip or tar archive.
    """

    def __init__(
        self, path: Path, files: Sequence[str], open_zip: Callable[[Path], ZipFile]
    ) -> None:
        self._path = path
        self._packed: dict[str, tuple[ZipFile, ZipInfo]] = {}
        self._entries: list[ZipInfo] = []
        for entry in _entries(path, f"{path.name}/", {*files}):
            file = self._path.parent / entry.filename
            packed = entry.filename.lower().endswith((".zip", *TAR_SUFFIXES))
            if packed and stat.S_ISREG(entry.external_attr >> 16):
                above = entry.filename.rpartition("/")[0]
                self._entries += self._unpacked(open_zip(file), above)
            else:
                self._entries.append(entry)

    def _unpacked(self, archive: ZipFile, above: str) -> Iterator[ZipInfo]:
        """Yield the entries of an archive, renamed as if it were unpacked in a folder ``above``."""
        names = [info.orig_filename.replace("\\", "/") for info in archive.infolist()]
        tops = {name.partition("/")[0] for name in names}
        # Several archives with the same top folder, or one with it and one without, are one set.
        shared = f"{tops.pop()}/" if len(tops) == 1 and all("/" in name for name in names) else ""
        for name, info in zip(names, archive.infolist(), strict=True):
            if name.endswith("/"):
                continue
            entry = copy.copy(info)
            entry.filename = entry.orig_filename = f"{above}/{name.removeprefix(shared)}"
            self._packed[entry.filename] = archive, info
            yield entry

    def infolist(self) -> list[ZipInfo]:
        """Return the files, as entries that are stored without compression."""
        return self._entries

    def add_checksums(self, largest: int) -> None:
        """Give the entries their CRC-32, for which all files of at most ``largest`` bytes are read.

        As in an archive, larger entries are refused by their sizes.
        """
        for entry in self._entries:
            if (
                entry.orig_filename not in self._packed
                and stat.S_ISREG(entry.external_attr >> 16)
                and entry.file_size <= largest
            ):
                with self.open(entry) as file:
                    while part := file.read(_PART):
                        entry.CRC = zlib.crc32(part, entry.CRC)

    def open(self, entry: ZipInfo) -> IO[bytes]:
        """Open a file for reading."""
        if entry.orig_filename in self._packed:
            archive, info = self._packed[entry.orig_filename]
            return archive.open(info)
        return (self._path.parent / entry.orig_filename).open("rb")


def _entries(folder: Path, above: str, only: set[str]) -> Iterator[ZipInfo]:
    with os.scandir(folder) as files:
        for file in files:
            if only and file.name not in only:
                continue
            if file.is_dir(follow_symlinks=False):
                yield from _entries(Path(file), f"{above}{file.name}/", set())
                continue
            state = file.stat(follow_symlinks=False)
            entry = ZipInfo(above + file.name)
            entry.file_size = entry.compress_size = state.st_size
            entry.external_attr = state.st_mode << 16
            entry.CRC = 0
            yield entry


def state_of(path: Path, files: Sequence[str] = ()) -> list[tuple[str, int, int, int]]:
    """Return name, size, modification time and inode of a file, or of all files in a folder.

    Args:
        path: The file or folder.
        files: The names of the only files in the folder that count; without any, all do.
    """
    if files:
        return [_state(str(path / name), (path / name).stat()) for name in sorted(files)]
    if not path.is_dir():
        return [_state(str(path), path.stat())]
    found = []
    below = [str(path)]
    while below:
        with os.scandir(below.pop()) as entries:
            for file in entries:
                if file.is_dir(follow_symlinks=False):
                    below.append(file.path)
                else:
                    found.append(_state(file.path, file.stat(follow_symlinks=False)))
    return sorted(found)


def _state(name: str, state: os.stat_result) -> tuple[str, int, int, int]:
    return name, state.st_size, state.st_mtime_ns, state.st_ino
