"""An unpacked archive: the folder that unpacking it makes, read as the archive itself."""

import os
import stat
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO
from zipfile import ZipInfo


class Folder:
    """Lists and opens files as ``zipfile.ZipFile`` does.

    Entries are named from the folder's parent, as an archive names them, so that a folder and its
    archive give the same arrays. Links are entries themselves; they are not followed.

    Args:
        path: The folder.
        checksums: Whether entries have their CRC-32, for which all files are read.
    """

    def __init__(self, path: Path, checksums: bool = False) -> None:
        self._path = path
        self._checksums = checksums

    def infolist(self) -> list[ZipInfo]:
        """Return the files, as entries that are stored without compression."""
        return list(self._entries(self._path, f"{self._path.name}/"))

    def open(self, entry: ZipInfo) -> BinaryIO:
        """Open a file for reading."""
        return (self._path.parent / entry.orig_filename).open("rb")

    def _entries(self, folder: Path, above: str) -> Iterator[ZipInfo]:
        with os.scandir(folder) as files:
            for file in files:
                if file.is_dir(follow_symlinks=False):
                    yield from self._entries(Path(file), f"{above}{file.name}/")
                    continue
                state = file.stat(follow_symlinks=False)
                entry = ZipInfo(above + file.name)
                entry.file_size = entry.compress_size = state.st_size
                entry.external_attr = state.st_mode << 16
                if self._checksums and stat.S_ISREG(state.st_mode):
                    entry.CRC = zlib.crc32(Path(file).read_bytes())
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
