"""Other releases in place of an archive: found by the names of files, wherever they may lie."""

import io
import zipfile
from pathlib import Path

import numpy as np
import pytest

from dlia.data import archives
from dlia.data.archives import checked_entries, open_archive, read_entry
from dlia.data.choice import ArchiveFacts, Choice, archive_facts, choose_archive
from dlia.data.layouts.idx_files import packed
from dlia.errors import UserError
from dlia.study.data_block import Data

STANDIN = {"kind": "shapes", "train": 20, "test": 20, "size": 16}
DATA = Data.model_validate(
    {
        "archive": "A.zip",
        "layout": "class_folders",
        "forms": [
            {"title": "the tables", "files": ["tr-*.gz", "te-*.gz"], "layout": "idx_files"},
            {"title": "the zips", "files": ["A_Images.zip", "A_Labels.zip"], "layout": "idx_files"},
        ],
        "size": [28, 28],
        "channels": 1,
        "classes": ["0", "1"],
        "validation": 0.1,
        "standin": STANDIN,
    }
)
CACHE = Path("cache.json")


@pytest.fixture(autouse=True)
def empty_checkout(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("dlia.study.yaml_files.ROOT", tmp_path / "project")


def place(path: str, content: bytes = b"x") -> Path:
    file = Path(path)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content)
    return file


def zipped(**contents: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in contents.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def choose() -> tuple[Choice, ArchiveFacts]:
    choice = choose_archive("A.zip", "data", "auto", Path("s.json"), [], DATA.forms)
    return choice, archive_facts(choice, CACHE, DATA)


def test_files_that_lie_in_data_dir_are_found_among_others():
    for name in ("tr-x.gz", "TE-y.gz", "B.zip", "notes.txt"):
        place(f"data/{name}")
    choice, facts = choose()
    assert choice == Choice("data", "real", files=("TE-y.gz", "tr-x.gz"))
    assert (facts.form, facts.files) == (0, 2)


def test_files_in_a_folder_of_the_archives_name_are_found():
    for name in ("tr-x.gz", "te-y.gz"):
        place(f"data/A/raw/{name}")
    choice, facts = choose()
    assert choice == Choice("data/A", "real")
    assert facts.form == 0


def test_files_in_an_archive_are_found():
    place("data/A.zip", zipped(**{"A/tr-x.gz": b"x", "A/te-y.gz": b"y"}))
    assert choose()[1].form == 0


def test_the_archive_itself_is_no_form():
    place("data/A.zip", zipped(**{"A/Train/0/a.png": b"x"}))
    assert choose()[1].form is None


def test_the_archive_itself_comes_before_files_beside_it():
    for name in ("tr-x.gz", "te-y.gz"):
        place(f"data/{name}")
    place("data/A.zip", zipped(**{"A/Train/0/a.png": b"x"}))
    assert choose()[0] == Choice("data/A.zip", "real")


@pytest.mark.parametrize("folder", ["data", "data/A"])
def test_a_form_that_lacks_a_file_is_named_with_what_is_missing(folder):
    place(f"{folder}/tr-x.gz")
    with pytest.raises(UserError, match=r"has .*tr-x\.gz, but of the tables .* missing: te-\*\.gz"):
        choose()


def test_another_content_of_a_file_has_another_digest():
    for name in ("tr-x.gz", "te-y.gz"):
        place(f"data/{name}")
    before = choose()[1]
    place("data/te-y.gz", b"longer")
    assert choose()[1].contents != before.contents


def test_a_file_beside_those_of_the_form_does_not_change_their_digest():
    for name in ("tr-x.gz", "te-y.gz"):
        place(f"data/{name}")
    before = choose()
    place("data/other.gz")
    assert choose() == before


def test_images_are_counted_where_files_have_several():
    for part in ("train", "t10k"):
        place(f"data/A/{part}-labels-idx1-ubyte", packed(np.zeros(70)))
    place("data/A/tr-x.gz")
    place("data/A/te-y.gz")
    assert choose()[1].images == 140


@pytest.mark.parametrize("folder", ["data", "data/A"])
def test_zip_archives_of_a_form_are_read_as_if_unpacked_into_one_folder(folder):
    place(f"{folder}/A_Images.zip", zipped(**{"A/Images/0.png": b"zero", "A/Images/1.png": b"one"}))
    place(f"{folder}/A_Labels.zip", zipped(**{"labels.csv": b"0;1"}))
    choice, facts = choose()
    assert (facts.form, facts.files) == (1, 3)
    with open_archive(Path(choice.path), choice.files) as archive:
        entries, offences = checked_entries(archive)
        found = {entry.filename: read_entry(archive, entry) for entry in entries}
    top = Path(folder).name
    assert offences == []
    assert found == {
        f"{top}/Images/0.png": b"zero",
        f"{top}/Images/1.png": b"one",
        f"{top}/labels.csv": b"0;1",
    }


def test_entries_of_a_zip_archive_in_a_folder_are_checked_as_any_other():
    place("data/A/A_Images.zip", zipped(**{"../../etc/passwd": b"x", "a.png": b"y"}))
    with open_archive(Path("data/A")) as archive:
        entries, offences = checked_entries(archive)
    assert [entry.filename for entry in entries] == ["A/a.png"]
    assert "plain path below" in offences[0].reason


def test_zip_archives_in_a_folder_are_bounded_together(monkeypatch):
    monkeypatch.setattr(archives, "MAX_ENTRIES", 3)
    for name in ("1.zip", "2.zip"):
        place(f"data/A/{name}", zipped(**{"a.png": b"x", f"{name}.png": b"y"}))
    with pytest.raises(UserError, match="4 entries, more than the 3 that are allowed"):
        open_archive(Path("data/A")).__enter__()


def test_a_damaged_zip_archive_in_a_folder_is_named():
    place("data/A/A_Images.zip", b"PK\x03\x04 cut off")
    with pytest.raises(UserError, match=r"data/A/A_Images\.zip: a zip archive that is cut off"):
        open_archive(Path("data/A")).__enter__()
