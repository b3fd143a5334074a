"""An unpacked archive: the folder that unpacking it makes, read as the archive itself."""

import os
import stat
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO
from zipfile import ZipInfo

_PART = 2**20  # bytes that are read at once


class Folder:
    """Lists and opens files as ``zipfile.ZipFile`` does.

    Entries are named from the folder's parent, as an archive names them, so that a folder and its
    archive give the same arrays. Links are entries themselves; they are not followed.

    Args:
        path: The folder.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._entries = list(_entries(path, f"{path.name}/"))

    def infolist(self) -> list[ZipInfo]:
        """Return the files, as entries that are stored without compression."""
        return self._entries

    def add_checksums(self, largest: int) -> None:
        """Give the entries their CRC-32, for which all files of at most ``largest`` bytes are read.

        As in an archive, larger entries are refused by their sizes.
        """
        for entry in self._entries:
            if stat.S_ISREG(entry.external_attr >> 16) and entry.file_size <= largest:
                with self.open(entry) as file:
                    while part := file.read(_PART):
                        entry.CRC = zlib.crc32(part, entry.CRC)

    def open(self, entry: ZipInfo) -> BinaryIO:
        """Open a file for reading."""
        return (self._path.parent / entry.orig_filename).open("rb")


def _entries(folder: Path, above: str) -> Iterator[ZipInfo]:
    with os.scandir(folder) as files:
        for file in files:
            if file.is_dir(follow_symlinks=False):
                yield from _entries(Path(file), f"{above}{file.name}/")
                continue
            state = file.stat(follow_symlinks=False)
            entry = ZipInfo(above + file.name)
            entry.file_size = entry.compress_size = state.st_size
            entry.external_attr = state.st_mode << 16
            entry.CRC = 0
            yield entry


def state_of(path: Path) -> list[tuple[str, int, int, int]]:
    """Return name, size, modification time and inode of a file, or of all files in a folder."""
    if not path.is_dir():
        return [_state(str(path), path.stat())]
    found = []
    below = [str(path)]
    while below:
        with os.scandir(below.pop()) as files:
            for file in files:
                if file.is_dir(follow_symlinks=False):
                    below.append(file.path)
                else:
                    found.append(_state(file.path, file.stat(follow_symlinks=False)))
    return sorted(found)


def _state(name: str, state: os.stat_result) -> tuple[str, int, int, int]:
    return name, state.st_size, state.st_mtime_ns, state.st_ino
