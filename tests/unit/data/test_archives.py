"""What a zip archive may hold, and how every other archive is refused."""

import io
import os
import stat
import struct
import tracemalloc
import warnings
import zipfile
import zlib
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dlia.data import archives
from dlia.data.archives import checked_entries, digest_of_entries, open_archive, read_entry
from dlia.data.offences import REPLACE, EntryError, printable
from dlia.data.pictures import PNG_START, png_chunks
from dlia.errors import UserError

pytestmark = pytest.mark.filterwarnings("error")


def zipped(
    entries: list[tuple[str | zipfile.ZipInfo, bytes]], method=zipfile.ZIP_DEFLATED
) -> bytes:
    """Build an archive, also one with hostile or doubled names."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # zipfile warns of doubled names
        for name, data in entries:
            archive.writestr(name, data, compress_type=method)
    return buffer.getvalue()


def renamed(old: bytes, new: bytes) -> bytes:
    """Build an archive with a name that zipfile would not write."""
    assert len(old) == len(new)
    return zipped([(old.decode(), b"data")]).replace(old, new)


def typed(file_type: int) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo("Train/entry.png")
    info.create_system = 3
    info.external_attr = (file_type | 0o777) << 16
    return info


def with_flags(flags: int) -> bytes:
    """Set bits of the flags of the only entry, in its header and in the table of contents."""
    data = bytearray(zipped([("a.png", b"data")]))
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.index(signature) + offset] |= flags
    return bytes(data)


def with_declared_size(size: int, content: bytes = b"data") -> bytes:
    """Forge the unpacked size of the only entry."""
    data = bytearray(zipped([("a.png", content)]))
    for signature, offset in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        struct.pack_into("<I", data, data.index(signature) + offset, size)
    return bytes(data)


@contextmanager
def opened(tmp_path: Path, content: bytes):
    path = tmp_path / "a.zip"
    path.write_bytes(content)
    with open_archive(path) as archive:
        yield archive


def names_and_offences(tmp_path: Path, content: bytes) -> tuple[list[str], list[str]]:
    with opened(tmp_path, content) as archive:
        entries, offences = checked_entries(archive)
    return [entry.filename for entry in entries], [str(offence) for offence in offences]


GOOD = zipped([("Train/a.png", b"first"), ("Test/b.png", b"second")])


def test_files_are_given_sorted_by_name(tmp_path):
    assert names_and_offences(tmp_path, GOOD) == (["Test/b.png", "Train/a.png"], [])


def test_an_entry_is_read_whole(tmp_path):
    with opened(tmp_path, GOOD) as archive:
        assert read_entry(archive, archive.getinfo("Train/a.png")) == b"first"


@pytest.mark.parametrize(
    "name",
    [
        "Train/",
        "__MACOSX/Train/._a.png",
        "__MACOSX/anything",
        "Train/.DS_Store",
        ".ds_store",
        "Train/._a.png",
        "Thumbs.db",
        "Train\\",
        "Train\\Thumbs.db",
        "Train/0/desktop.ini",
        "Train/.ipynb_checkpoints/a-checkpoint.png",
        "Set/.git/config",
        "Train/@eaDir/a.png",
        "README",
        "Set/ReadMe.txt",
        "Set/LICENSE.md",
    ],
)
def test_folders_and_leavings_of_file_managers_are_passed_over(tmp_path, name):
    assert names_and_offences(tmp_path, zipped([(name, b"")])) == ([], [])


@pytest.mark.parametrize(
    ("content", "words"),
    [
        pytest.param(zipped([("/etc/passwd", b"")]), "absolute", id="absolute"),
        pytest.param(zipped([("C:/a.png", b"")]), "absolute", id="drive"),
        pytest.param(zipped([("../a.png", b"")]), "plain path", id="parent"),
        pytest.param(zipped([("Train/../../a.png", b"")]), "plain path", id="inner parent"),
        pytest.param(zipped([("__MACOSX/../a.png", b"")]), "plain path", id="hidden parent"),
        pytest.param(zipped([("./a.png", b"")]), "plain path", id="dot"),
        pytest.param(zipped([("Train//a.png", b"")]), "plain path", id="empty folder"),
        pytest.param(zipped([("..\\a.png", b"")]), "plain path", id="parent by a backslash"),
        pytest.param(zipped([("\\\\host\\a.png", b"")]), "absolute", id="host by backslashes"),
        pytest.param(
            zipped([("a/b", b""), ("a\\b", b"")]), "two entries", id="doubled by a backslash"
        ),
        pytest.param(renamed(b"a-b.png", b"a\0b.png"), "printed", id="null byte"),
        pytest.param(zipped([("a\x1b[2J.png", b"")]), "printed", id="terminal command"),
        pytest.param(zipped([("a\n.png", b"")]), "printed", id="line break"),
        pytest.param(zipped([(typed(stat.S_IFLNK), b"a")]), "link", id="symlink"),
        pytest.param(zipped([(typed(stat.S_IFIFO), b"")]), "special file", id="pipe"),
        pytest.param(zipped([(typed(stat.S_IFBLK), b"")]), "special file", id="device"),
        pytest.param(zipped([(typed(stat.S_IFDIR), b"")]), "special file", id="folder as file"),
        pytest.param(with_flags(0x01), "encrypted", id="encrypted"),
        pytest.param(zipped([("a", b"a")], zipfile.ZIP_BZIP2), "method bzip2", id="bzip2"),
        pytest.param(zipped([("a", b"a")], zipfile.ZIP_LZMA), "method LZMA", id="lzma"),
        pytest.param(with_declared_size(192 * 2**20 + 1), "unpacks to 201326593", id="too large"),
        pytest.param(zipped([("a", bytes(2**21))]), "200 times", id="bomb"),
        pytest.param(zipped([("a", b"a"), ("a", b"b")]), "two entries", id="doubled name"),
    ],
)
def test_hostile_entries_are_refused(tmp_path, content, words):
    _, offences = names_and_offences(tmp_path, content)
    assert len(offences) == 1
    assert words in offences[0]


def test_backslashes_in_names_count_as_slashes(tmp_path):
    with opened(tmp_path, zipped([("Train\\0\\a.png", b"data")])) as archive:
        [entry], _ = checked_entries(archive)
        assert (entry.filename, read_entry(archive, entry)) == ("Train/0/a.png", b"data")


def test_a_regular_file_by_its_mode_is_accepted(tmp_path):
    names, _ = names_and_offences(tmp_path, zipped([(typed(stat.S_IFREG), b"a")]))
    assert names == ["Train/entry.png"]


def test_an_entry_that_is_exactly_as_large_as_allowed_is_accepted(tmp_path, monkeypatch):
    monkeypatch.setattr(archives, "MAX_ENTRY_BYTES", 9)
    monkeypatch.setattr(archives, "RATIO_MATTERS_FROM_BYTES", 0)
    monkeypatch.setattr(archives, "MAX_RATIO", 1)
    stored = zipped([("a.png", b"some data")], zipfile.ZIP_STORED)
    assert names_and_offences(tmp_path, stored) == (["a.png"], [])


def test_a_mask_in_a_volume_may_pack_a_thousand_times(tmp_path):
    names = ["Lesion.NII"]
    assert names_and_offences(tmp_path, zipped([(names[0], bytes(2**21))])) == (names, [])


@pytest.mark.parametrize(("length", "more"), [(160, ""), (161, "...")])
def test_only_long_names_are_shortened(length, more):
    assert printable("x" * length) == "x" * 160 + more


def test_offences_hold_no_terminal_commands(tmp_path):
    _, [offence] = names_and_offences(tmp_path, zipped([("a\x1b[2J.png", b"")]))
    assert offence.isprintable()


def test_offences_show_the_start_of_a_long_name_only(tmp_path):
    _, [offence] = names_and_offences(tmp_path, zipped([("/" + 60_000 * "a", b"")]))
    assert len(offence) < 300


@pytest.mark.parametrize(
    ("content", "words"),
    [
        pytest.param(b"", "empty", id="empty"),
        pytest.param(b"hello", "not a zip archive\n", id="not a zip"),
        pytest.param(b"<html>Not found</html>", "a web page", id="web page"),
        pytest.param(b"\n<!DOCTYPE html>", "a web page", id="web page with a type"),
        pytest.param(b"\x1f\x8b\x08", "gzip", id="gzip"),
        pytest.param(b"Rar!\x1a\x07", "RAR", id="rar"),
        pytest.param(b"7z\xbc\xaf\x27\x1c", "7-Zip", id="7-zip"),
        pytest.param(bytes(257) + b"ustar\0", "tar", id="tar"),
        pytest.param(b"version https://git-lfs.github.com/spec/v1", "LFS", id="pointer of LFS"),
        pytest.param(GOOD[:-30], "cut off", id="cut off at the end"),
        pytest.param(
            GOOD.replace(b"PK\x01\x02", b"PK\x01\x03"), "damaged", id="damaged table of contents"
        ),
    ],
)
def test_a_file_that_is_no_whole_zip_is_named_with_fault_and_remedy(tmp_path, content, words):
    with pytest.raises(UserError, match=words) as caught, opened(tmp_path, content):
        pass
    assert str(caught.value).startswith(str(tmp_path / "a.zip: "))
    assert REPLACE in str(caught.value)


def refused(path: Path) -> str:
    with pytest.raises(UserError) as caught, open_archive(path):
        pass
    return str(caught.value)


def test_a_missing_archive_is_reported_with_its_path(tmp_path):
    assert refused(tmp_path / "none.zip").startswith(f"{tmp_path}/none.zip: No such file")


def unpacked(folder: Path, content: bytes) -> Path:
    """Unpack an archive into a folder, as a user would, and give the folder within."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        archive.extractall(folder)
    [top] = folder.iterdir()
    return top


TOPPED = zipped([("Set/Train/a.png", b"first"), ("Set/Test/b.png", b"second")])


def test_a_folder_is_read_like_the_archive_that_it_was_unpacked_from(tmp_path):
    with open_archive(unpacked(tmp_path / "folder", TOPPED)) as archive:
        entries, offences = checked_entries(archive)
        read = {entry.filename: read_entry(archive, entry) for entry in entries}
    assert read == {"Set/Train/a.png": b"first", "Set/Test/b.png": b"second"}
    assert offences == []


def digest(path: Path) -> str:
    with open_archive(path, checksums=True) as archive:
        return digest_of_entries(archive)[0]


def test_a_folder_and_an_archive_packed_anew_have_the_digest_of_the_archive(tmp_path):
    (tmp_path / "a.zip").write_bytes(TOPPED)
    other = [("Set\\Test\\b.png", b"second"), (".x", b""), ("Set/Train/a.png", b"first")]
    (tmp_path / "b.zip").write_bytes(zipped(other, zipfile.ZIP_STORED))
    found = {digest(tmp_path / "a.zip"), digest(tmp_path / "b.zip")}
    assert found == {digest(unpacked(tmp_path / "folder", TOPPED))}


@pytest.mark.parametrize("new", [("Set/Train/c.png", b"first"), ("Set/Train/a.png", b"First")])
def test_another_name_or_content_gives_another_digest(tmp_path, new):
    (tmp_path / "a.zip").write_bytes(TOPPED)
    (tmp_path / "b.zip").write_bytes(zipped([new, ("Set/Test/b.png", b"second")]))
    assert digest(tmp_path / "a.zip") != digest(tmp_path / "b.zip")


def test_a_link_in_a_folder_is_not_followed(tmp_path):
    top = unpacked(tmp_path / "folder", TOPPED)
    (top / "Train/link.png").symlink_to("/etc/passwd")
    (top / "Test/folder").symlink_to("/etc")
    with open_archive(top) as archive:
        _, offences = checked_entries(archive)
    assert [str(each) for each in offences] == [
        "Set/Test/folder: a link or special file",
        "Set/Train/link.png: a link or special file",
    ]


def test_a_folder_beyond_the_bounds_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(archives, "MAX_ENTRIES", 1)
    assert "2 entries, more than the 1" in refused(unpacked(tmp_path / "folder", TOPPED))


def peak_of(path: Path) -> int:
    """Give the most bytes that are held while a folder is digested or refused."""
    tracemalloc.start()
    try:
        with suppress(UserError):
            digest(path)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("size", [8 * 2**20, 17 * 2**20, 2**40])
def test_no_file_of_a_folder_is_read_at_once_to_be_digested(tmp_path, size):
    top = unpacked(tmp_path / "folder", TOPPED)
    with (top / "Train/c.png").open("wb") as file:
        file.truncate(size)
    assert peak_of(top) < 4 * 2**20


def test_an_error_of_what_uses_a_folder_is_not_blamed_on_the_folder(tmp_path):
    error = OSError(28, "No space left on device")
    with (
        pytest.raises(OSError, match="No space") as caught,
        open_archive(unpacked(tmp_path / "folder", TOPPED)),
    ):
        raise error
    assert caught.value is error


def test_a_pipe_is_refused_without_waiting_for_its_writer(tmp_path):
    os.mkfifo(tmp_path / "pipe.zip")
    assert "not a file" in refused(tmp_path / "pipe.zip")


def test_an_unreadable_archive_is_reported(tmp_path, monkeypatch):
    def deny(*_):
        raise PermissionError(13, "Permission denied")

    # Not by chmod: root may read everything.
    monkeypatch.setattr(io, "FileIO", deny)
    (tmp_path / "a.zip").write_bytes(GOOD)
    assert "a.zip: Permission denied" in refused(tmp_path / "a.zip")


@pytest.mark.parametrize(
    ("bound", "value", "words"),
    [
        ("MAX_ENTRIES", 1, "2 entries, more than the 1"),
        ("MAX_TOTAL_BYTES", 10, "unpacks to 11 bytes, more than the 10"),
        ("MAX_CONTENTS_BYTES", 50, "table of contents is too large"),
    ],
)
def test_archives_beyond_the_bounds_are_refused(tmp_path, monkeypatch, bound, value, words):
    monkeypatch.setattr(archives, bound, value)
    (tmp_path / "a.zip").write_bytes(GOOD)
    assert words in refused(tmp_path / "a.zip")


def read_only_entry(tmp_path: Path, content: bytes) -> bytes:
    with opened(tmp_path, content) as archive:
        return read_entry(archive, archive.infolist()[0])


@pytest.mark.parametrize(
    ("content", "words"),
    [
        pytest.param(
            zipped([("a", b"some data")], zipfile.ZIP_STORED).replace(b"some", b"sane"),
            "CRC",
            id="changed bytes",
        ),
        pytest.param(with_declared_size(3), "CRC", id="larger than declared"),
        pytest.param(with_declared_size(9), "size differs", id="smaller than declared"),
        pytest.param(
            GOOD.replace(b"PK\x03\x04", b"PK\x03\x05"), "file header", id="damaged header"
        ),
        pytest.param(GOOD[60:], "damaged", id="archive cut off at the start"),
    ],
)
def test_an_entry_that_belies_the_table_of_contents_is_an_offence(tmp_path, content, words):
    with pytest.raises(EntryError, match=words):
        read_only_entry(tmp_path, content)


def test_a_bomb_that_declares_itself_small_takes_little_memory(tmp_path):
    bomb = with_declared_size(1000, bytes(64 * 2**20))
    tracemalloc.start()
    try:
        with pytest.raises(EntryError):
            read_only_entry(tmp_path, bomb)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 2**20


def chunk(name: bytes, body: bytes = b"") -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


HEADER, ROWS, END = chunk(b"IHDR", bytes(13)), chunk(b"IDAT", b"rows"), chunk(b"IEND")


def test_a_png_is_stripped_of_all_but_its_picture():
    text = chunk(b"tEXt", b"key\0value")
    data = PNG_START + HEADER + text + ROWS + ROWS + END + b"trailing"
    assert png_chunks(data) == [HEADER, ROWS, ROWS, END]


@pytest.mark.parametrize(
    ("data", "words"),
    [
        pytest.param(b"", "empty", id="empty"),
        pytest.param(b"text", "not a PNG", id="text"),
        pytest.param(PNG_START, "cut off", id="start only"),
        pytest.param(PNG_START + HEADER + ROWS, "cut off", id="no end"),
        pytest.param(PNG_START + HEADER + ROWS[:-5], "cut off", id="inside a chunk"),
        pytest.param(
            PNG_START + HEADER + ROWS.replace(b"rows", b"sowr") + END,
            "checksum",
            id="changed bytes",
        ),
        pytest.param(PNG_START + ROWS + END, "header", id="no header"),
        pytest.param(PNG_START + chunk(b"IHDR") + END, "header", id="short header"),
        pytest.param(PNG_START + HEADER + HEADER + END, "header", id="two headers"),
    ],
)
def test_a_png_that_is_not_whole_is_an_offence(data, words):
    with pytest.raises(EntryError, match=words):
        png_chunks(data)


@given(st.data())
@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_damage_anywhere_raises_nothing_but_the_declared_errors(tmp_path, data):
    content = bytearray(GOOD)
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    content = bytes(content[: data.draw(st.integers(0, len(content)))]) or bytes(content)
    try:
        with opened(tmp_path, content) as archive:
            entries, offences = checked_entries(archive)
            assert all(str(offence).isprintable() for offence in offences)
            for entry in entries:
                read_entry(archive, entry)
    except (UserError, EntryError):
        pass


def test_a_stored_entry_may_be_larger_than_a_table_of_contents(tmp_path, monkeypatch):
    content = zipped([("a.bin", bytes(4000))], zipfile.ZIP_STORED)
    monkeypatch.setattr(archives, "MAX_CONTENTS_BYTES", 1000)
    with opened(tmp_path, content) as archive:
        (entry,), _ = checked_entries(archive)
        assert read_entry(archive, entry) == bytes(4000)
