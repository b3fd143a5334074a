"""Which archive is built from: a stand-in never surprises, and never replaces real results."""

import dataclasses
import hashlib
import json
import os
import shutil
import zipfile
from pathlib import Path
from typing import Any

import pytest

from dlia.data import archives, choice
from dlia.data.choice import Choice, archive_facts, choose_archive
from dlia.data.standins import draw
from dlia.errors import UserError

REAL = Choice("data/A.zip", "real")
STANDIN = Choice("results/data/standins/A.zip", "stand-in")
SOURCE = Path("results/data/a/source.json")
SUMMARY = Path("results/ex1_2/summary.csv")


@pytest.fixture(autouse=True)
def empty_checkout(tmp_path, monkeypatch):
    """Paths are relative to the folder that the workflow runs in; the project is another."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("dlia.study.yaml_files.ROOT", tmp_path / "project")


def place(path: str | Path, text: str = "archive") -> Path:
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    if str(path).endswith(".zip"):
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("entry", text)
    else:
        Path(path).write_text(text, encoding="utf-8")
    return Path(path)


def choose(data_dir: str, standins: str | bool, previous: str | None) -> Choice:
    if previous:
        place(SOURCE, json.dumps({"data": previous}))
    return choose_archive("A.zip", data_dir, standins, SOURCE, [SUMMARY])


@pytest.mark.parametrize("previous", [None, "stand-in", "real"])
@pytest.mark.parametrize("data_dir", ["data", "elsewhere"])
@pytest.mark.parametrize("standins", ["auto", False])
def test_a_real_archive_is_taken_unless_stand_ins_are_demanded(data_dir, standins, previous):
    place(f"{data_dir}/A.zip")
    assert choose(data_dir, standins, previous) == Choice(f"{data_dir}/A.zip", "real")


def test_a_build_in_another_folder_finds_the_archives_of_the_project(tmp_path):
    archive = place(tmp_path / "project/data/A.zip")
    assert choose("data", "auto", None) == Choice(str(archive), "real")
    place("data/A.zip")
    assert choose("data", "auto", None) == REAL


@pytest.mark.parametrize("previous", [None, "stand-in", "real"])
@pytest.mark.parametrize("data_dir", ["data", "elsewhere"])
@pytest.mark.parametrize("archive_is_there", [True, False])
def test_standins_true_always_takes_the_stand_in(data_dir, previous, archive_is_there):
    if archive_is_there:
        place(f"{data_dir}/A.zip")
    assert choose(data_dir, True, previous) == STANDIN


@pytest.mark.parametrize("previous", [None, "stand-in"])
def test_the_untouched_default_without_an_archive_takes_the_stand_in(previous):
    assert choose("data", "auto", previous) == STANDIN


def test_real_results_are_not_replaced_by_those_of_a_stand_in():
    with pytest.raises(UserError, match=r"data/A\.zip: no such archive, .* rest on the real one"):
        choose("data", "auto", "real")


@pytest.mark.parametrize("previous", [None, "stand-in", "real"])
def test_a_folder_that_the_user_named_must_hold_the_archive(previous):
    Path("elsewhere").mkdir()
    with pytest.raises(UserError, match=r"elsewhere/A\.zip: no such archive\nPut it there"):
        choose("elsewhere", "auto", previous)


def test_a_folder_that_does_not_exist_is_named_as_such():
    with pytest.raises(UserError, match="there is no folder elsewhere\nCorrect data_dir"):
        choose("elsewhere", "auto", None)


@pytest.mark.parametrize("previous", [None, "stand-in", "real"])
@pytest.mark.parametrize("data_dir", ["data", "elsewhere"])
def test_standins_false_demands_the_archive(data_dir, previous):
    with pytest.raises(UserError, match=rf"{data_dir}/A\.zip: no such archive\nPut it there"):
        choose(data_dir, False, previous)


@pytest.mark.parametrize(
    ("data_dir", "standins", "previous", "offered"),
    [
        ("data", "auto", "real", True),
        ("elsewhere", "auto", None, True),
        ("data", False, None, False),
        ("elsewhere", False, None, False),
    ],
)
def test_stand_ins_are_offered_as_a_remedy_only_to_who_has_not_refused_them(
    data_dir, standins, previous, offered
):
    with pytest.raises(UserError) as caught:
        choose(data_dir, standins, previous)
    assert ("standins=true" in str(caught.value)) is offered


@pytest.mark.parametrize("text", ["", "{", "{}", "[]", "null"])
def test_an_unreadable_record_of_previous_results_counts_as_none(text):
    place(SOURCE, text)
    assert choose("data", "auto", None) == STANDIN


def unpack(target: str) -> Path:
    """Give a folder as unpacking an archive makes it."""
    return place(f"{target}/Train/0/a.png").parents[2]


@pytest.mark.parametrize("data_dir", ["data", "elsewhere"])
@pytest.mark.parametrize("previous", [None, "stand-in", "real"])
def test_the_unpacked_folder_is_taken_for_the_archive(data_dir, previous):
    unpack(f"{data_dir}/A")
    assert choose(data_dir, "auto", previous) == Choice(f"{data_dir}/A", "real")


def test_the_archive_comes_before_the_unpacked_folder():
    unpack("data/A")
    place("data/A.zip")
    assert choose("data", "auto", None) == REAL


@pytest.mark.parametrize(
    "name",
    [
        "a.zip",
        "A.ZIP",
        "A (1).zip",
        "A(2).zip",
        "A.zip.zip",
        "A - Copy.zip",
        "A.zip (1)",
        "A_1.zip",
        "A.zip.part",
        "A.zip.crdownload",
        "A.zip.txt",
        "A.tar.gz",
        "A.rar",
        "A",
        "A-20240512T101112Z-001.zip",
        "Copy of A.zip",
        "A-main.zip",
        "A_final.zip",
        "course_A (2).tar.gz",
        "A-main.zip.part",
    ],
)
def test_what_is_nearly_the_archive_is_named_with_the_remedy(name):
    Path("data").mkdir()
    Path("data", name).write_text("content")
    with pytest.raises(UserError, match=r"data/A\.zip: no such archive") as caught:
        choose("data", "auto", None)
    assert name in str(caught.value)
    assert "rename it to A.zip" in str(caught.value)


@pytest.mark.parametrize("name", ["a", "A (1)", "A.zip", "A QU Dataset (Released)", "A-main"])
def test_a_folder_that_is_nearly_the_unpacked_one_is_named_with_the_remedy(name):
    unpack(f"data/{name}")
    with pytest.raises(UserError, match=r"(?s)rename|Rename") as caught:
        choose("data", "auto", None)
    assert f"{name}" in str(caught.value)


@pytest.mark.parametrize(
    "name", ["AB.zip", "A10.zip", "Train", "A notes.txt", "B (1).zip", ".A.zip"]
)
def test_other_files_are_no_near_misses(name):
    place(f"data/{name}")
    assert choose("data", "auto", None) == STANDIN


@pytest.mark.parametrize("name", ["AB", "A10 images", "Train", ".A set", "Fashion-A"])
def test_other_folders_are_no_near_misses(name):
    unpack(f"data/{name}")
    assert choose("data", "auto", None) == STANDIN


def test_an_empty_folder_is_no_near_miss():
    Path("data", "A set").mkdir(parents=True)
    assert choose("data", "auto", None) == STANDIN


@pytest.mark.parametrize("name", ["A.zip", "A"])
@pytest.mark.parametrize("target", ["/nowhere/A.zip", "A.zip", "A"])
def test_a_dead_link_is_named_with_its_target(name, target):
    Path("data").mkdir()
    Path("data", name).symlink_to(target)
    with pytest.raises(UserError, match=f"data/{name}: a link to {target}, which does not exist"):
        choose("data", "auto", None)


def test_stand_ins_that_are_asked_for_need_no_archive_at_all():
    Path("data").mkdir()
    Path("data/A.zip").symlink_to("nowhere")
    assert choose("data", True, None) == STANDIN


class Reads:
    """Counts how often an archive is read to be digested."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.count = 0
        self.digest = choice.sha256_of
        monkeypatch.setattr(choice, "sha256_of", self)

    def __call__(self, path: Any) -> str:
        self.count += 1
        return self.digest(path)


CACHE = Path("cache/digests.json")


def test_a_stand_in_is_not_digested():
    assert archive_facts(STANDIN, CACHE).sha256 == "stand-in"
    assert not CACHE.exists()


def test_the_digest_is_the_sha256_of_the_content():
    path = place("data/A.zip")
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    assert archive_facts(REAL, CACHE).sha256 == digest


def test_an_untouched_archive_is_read_once(monkeypatch):
    reads = Reads(monkeypatch)
    place("data/A.zip")
    assert archive_facts(REAL, CACHE).sha256 == archive_facts(REAL, CACHE).sha256
    assert reads.count == 1


def test_new_content_gives_a_new_digest():
    place("data/A.zip", "one")
    before = archive_facts(REAL, CACHE).sha256
    place("data/A.zip", "other")
    assert archive_facts(REAL, CACHE).sha256 != before


def test_new_content_of_equal_size_under_an_older_date_gives_a_new_digest():
    path = place("data/A.zip", "one")
    before = archive_facts(REAL, CACHE).sha256
    place(path, "two")
    os.utime(path, (1, 1))
    assert archive_facts(REAL, CACHE).sha256 != before


def test_another_file_moved_into_place_with_the_same_date_gives_a_new_digest():
    for name, text in (("data/A.zip", "one"), ("B.zip", "two")):
        os.utime(place(name, text), (1, 1))
    before = archive_facts(REAL, CACHE).sha256
    Path("B.zip").replace("data/A.zip")
    assert archive_facts(REAL, CACHE).sha256 != before


@pytest.mark.parametrize("text", ["", "{", "[]", "null"])
def test_a_damaged_cache_is_written_anew(text):
    place("data/A.zip", "abc")
    place(CACHE, text)
    facts = archive_facts(REAL, CACHE)
    assert list(json.loads(CACHE.read_text()).values()) == [dataclasses.asdict(facts)]


def test_where_no_cache_can_be_written_the_facts_are_read_all_the_same():
    place("data/A.zip")
    place("cache")  # where its folder should be
    assert archive_facts(REAL, CACHE).files == 1


def test_the_files_of_an_archive_are_counted():
    with zipfile.ZipFile(place("data/A.zip"), "w") as archive:
        for name in "abc":
            archive.writestr(name, name)
    assert archive_facts(REAL, CACHE).files == 3


def test_another_file_in_an_unpacked_folder_gives_new_digests():
    folder = unpack("data/A")
    choice = Choice("data/A", "real")
    before = archive_facts(choice, CACHE)
    place(folder / "Train/0/b.png")
    assert archive_facts(choice, CACHE).contents != before.contents


def test_an_archive_and_its_unpacked_folder_have_equal_contents():
    unpack("data/A")
    shutil.make_archive("data/A", "zip", "data", "A")
    folder = archive_facts(Choice("data/A", "real"), CACHE)
    assert archive_facts(REAL, CACHE).contents == folder.contents


def test_an_archive_beyond_the_bounds_is_refused_when_it_is_digested(monkeypatch):
    monkeypatch.setattr(archives, "MAX_ENTRIES", 0)
    place("data/A.zip")
    with pytest.raises(UserError, match=r"data/A\.zip: it holds 1 entries"):
        archive_facts(REAL, CACHE)


def test_the_digests_of_several_archives_live_side_by_side(monkeypatch):
    reads = Reads(monkeypatch)
    archives = [Choice(str(place(f"data/{name}.zip", name)), "real") for name in "AB"]
    first = [archive_facts(archive, CACHE) for archive in archives]
    assert [archive_facts(archive, CACHE) for archive in archives] == first
    assert reads.count == 2


@pytest.mark.parametrize("previous", [None, "stand-in"])
def test_results_are_kept_even_if_the_record_of_their_data_is_gone_or_another(previous):
    place(SUMMARY, "data,variant\nreal,sgd\n")
    with pytest.raises(UserError, match="the results in results/ex1_2 rest on the real one"):
        choose("data", "auto", previous)


@pytest.mark.parametrize("left", [[], [".train-images.gz.part"]])
def test_a_folder_without_files_is_no_archive(left):
    Path("data/A").mkdir(parents=True)
    for name in left:
        Path("data/A", name).touch()
    assert choose("data", "auto", None) == STANDIN


def test_a_file_that_is_no_archive_is_refused_before_anything_is_deleted():
    Path("data").mkdir()
    Path("data/A.zip").write_text("no archive")
    with pytest.raises(UserError, match=r"data/A\.zip: not a zip archive"):
        choose("data", "auto", None)


def test_a_stand_in_is_never_taken_for_a_real_archive():
    Path("data").mkdir()
    draw("digits", Path("data/A.zip"), 10, 10, 28, 1, list("0123456789"))
    with pytest.raises(UserError, match="a stand-in that was drawn here"):
        choose("data", "auto", None)


def test_results_of_a_stand_in_may_be_replaced():
    place(SUMMARY, "data,variant\nstand-in,sgd\n")
    assert choose("data", "auto", None).kind == "stand-in"
