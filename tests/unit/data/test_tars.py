"""Tar archives in the place of data: read as if they were unpacked, and bounded."""

import gzip
import io
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest

from dlia.data.archives import checked_entries, open_archive
from dlia.errors import UserError

FILES = {"top/b.txt": b"second", "top/a/a.txt": b"first"}
Alter = Callable[[tarfile.TarInfo], None]


def tar(files: dict[str, bytes], alter: Alter | None = None) -> bytes:
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w") as archive:
        for name, data in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(data)
            if alter:
                alter(member)
            archive.addfile(member, io.BytesIO(data))
    return content.getvalue()


def folder_with(path: Path, name: str, data: bytes) -> Path:
    (path / "MINE").mkdir()
    (path / "MINE" / name).write_bytes(data)
    return path / "MINE"


def read(folder: Path) -> dict[str, bytes]:
    with open_archive(folder) as archive:
        entries, offences = checked_entries(archive)
        assert offences == []
        found = {}
        for entry in entries:
            with archive.open(entry) as file:
                found[entry.filename] = file.read()
    return found


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("x.tar", tar(FILES)),
        ("x.tgz", gzip.compress(tar(FILES))),
        ("x.TAR.GZ", gzip.compress(tar(FILES))),
    ],
)
def test_a_tar_is_read_as_if_it_were_unpacked_there(tmp_path, name, data):
    found = read(folder_with(tmp_path, name, data))
    assert found == {"MINE/a/a.txt": b"first", "MINE/b.txt": b"second"}


def test_a_tar_has_the_digest_of_what_is_in_it(tmp_path):
    from dlia.data.archives import digest_of_entries

    digests = []
    for number, content in enumerate([tar(FILES), tar(dict(reversed(FILES.items())))]):
        (tmp_path / str(number)).mkdir()
        folder = folder_with(tmp_path / str(number), "x.tgz", gzip.compress(content))
        with open_archive(folder, checksums=True) as archive:
            digests.append(digest_of_entries(archive))
    assert digests[0] == digests[1]


def linked(member: tarfile.TarInfo) -> None:
    member.type, member.linkname, member.size = tarfile.SYMTYPE, "/etc/passwd", 0


@pytest.mark.parametrize(
    ("files", "alter", "refused"),
    [
        ({"top/a.txt": b""}, linked, "MINE/a.txt"),
        ({"../a.txt": b"x", "b.txt": b"x"}, None, "MINE/../a.txt"),
    ],
)
def test_what_leads_out_of_a_tar_is_refused(tmp_path, files, alter, refused):
    folder = folder_with(tmp_path, "x.tgz", gzip.compress(tar(files, alter)))
    with open_archive(folder) as archive:
        _, offences = checked_entries(archive)
    assert [refused in str(found) for found in offences] == [True]


@pytest.mark.parametrize(
    "data",
    [gzip.compress(tar(FILES))[:-30], gzip.compress(b"x" * 999), b"x" * 999, b""],
    ids=["cut off", "no tar", "no gzip", "empty"],
)
def test_a_damaged_tar_is_named(tmp_path, data):
    with pytest.raises(UserError, match=r"MINE/x\.tgz: a damaged tar archive"):
        read(folder_with(tmp_path, "x.tgz", data))


@pytest.mark.parametrize(("bound", "most"), [("MAX_TOTAL_BYTES", 3000), ("MAX_ENTRIES", 1)])
def test_a_tar_that_unpacks_to_too_much_is_refused(tmp_path, monkeypatch, bound, most):
    monkeypatch.setattr(f"dlia.data.archives.{bound}", most)
    folder = folder_with(tmp_path, "x.tgz", gzip.compress(tar(FILES)))
    with pytest.raises(UserError, match=r"MINE/x\.tgz: unpacks to more than"):
        read(folder)
