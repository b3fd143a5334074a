"""Tar archives, plain or packed with gzip, read as zip archives."""

import gzip
import io
import shutil
import stat
import tarfile
import tempfile
import warnings
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO
from zipfile import ZipFile, ZipInfo

from dlia.data.offences import REPLACE
from dlia.errors import UserError

TAR_SUFFIXES = (".tar", ".tar.gz", ".tgz")
_FAULTS = (tarfile.TarError, zlib.error, EOFError, OSError, ValueError, IndexError)


class TooLargeError(ValueError):
    """A tar archive unpacks to more than is allowed."""


class _Bounded(io.RawIOBase):
    """A stream that ends in an error after so many bytes."""

    def __init__(self, stream: io.BufferedIOBase | gzip.GzipFile, limit: int) -> None:
        self.stream, self.left = stream, limit

    def read(self, size: int = -1, /) -> bytes:
        content = self.stream.read(size)
        self.left -= len(content)
        if self.left < 0:
            raise TooLargeError
        return content


@contextmanager
def tar_as_zip(path: Path, most: int, most_entries: int) -> Iterator[ZipFile]:
    """Copy the files of a tar archive to a zip archive in a temporary file, in one pass.

    A packed tar archive has no table of contents, and reading its files in another order would
    unpack it again and again. Links and devices become entries of their kind, without content, for
    the checks of entries to refuse.

    Args:
        path: The tar archive.
        most: The bytes that it may unpack to.
        most_entries: The entries that it may have.

    Raises:
        UserError: It is damaged, cut off, or larger than the bounds.
    """
    with tempfile.TemporaryFile() as copy:
        try:
            _repack(path, copy, most, most_entries)
        except TooLargeError:
            text = f"{path}: unpacks to more than {most} bytes or {most_entries} files\n{REPLACE}"
            raise UserError(text) from None
        except _FAULTS as error:
            text = f"{path}: a damaged tar archive, or one that is cut off\n{REPLACE}"
            raise UserError(text) from error
        with ZipFile(copy) as archive:
            yield archive


def _repack(path: Path, copy: IO[bytes], most: int, most_entries: int) -> None:
    packed = path.suffix.lower() in (".gz", ".tgz")
    with (
        gzip.open(path) if packed else path.open("rb") as stream,
        tarfile.open(fileobj=_Bounded(stream, most), mode="r|") as archive,
        ZipFile(copy, "w") as target,
        warnings.catch_warnings(),
    ):
        warnings.simplefilter("ignore")  # names that are there twice; they are refused later
        for number, member in enumerate(archive):
            if number == most_entries:
                raise TooLargeError
            if not member.isdir():
                _copy(archive, member, target)


def _copy(archive: tarfile.TarFile, member: tarfile.TarInfo, target: ZipFile) -> None:
    entry = ZipInfo(member.name)
    kind = stat.S_IFREG if member.isreg() else stat.S_IFLNK
    entry.external_attr = (kind | 0o644) << 16
    with target.open(entry, "w", force_zip64=True) as file:
        if content := archive.extractfile(member) if member.isreg() else None:
            shutil.copyfileobj(content, file)
