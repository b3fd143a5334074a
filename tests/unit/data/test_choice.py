"""Which archive is built from: a stand-in never surprises, and never replaces real results."""

import json
import os
import zipfile
from pathlib import Path
from typing import Any

import pytest

from dlia.data import choice
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
    with pytest.raises(UserError, match=r"elsewhere/A\.zip: no such archive; put it there"):
        choose("elsewhere", "auto", previous)


@pytest.mark.parametrize("previous", [None, "stand-in", "real"])
@pytest.mark.parametrize("data_dir", ["data", "elsewhere"])
def test_standins_false_demands_the_archive(data_dir, previous):
    with pytest.raises(UserError, match=rf"{data_dir}/A\.zip: no such archive; put it there"):
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


def test_a_folder_of_the_archives_name_is_no_archive():
    Path("data/A.zip").mkdir(parents=True)
    assert choose("data", "auto", None) == STANDIN


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
    assert archive_facts(STANDIN, CACHE)[0] == "stand-in"
    assert not CACHE.exists()


def test_the_digest_is_the_sha256_of_the_content():
    path = place("data/A.zip")
    path.write_text("abc")
    assert archive_facts(REAL, CACHE)[0].startswith("ba7816bf8f01cfea")


def test_an_untouched_archive_is_read_once(monkeypatch):
    reads = Reads(monkeypatch)
    place("data/A.zip")
    assert archive_facts(REAL, CACHE)[0] == archive_facts(REAL, CACHE)[0]
    assert reads.count == 1


def test_new_content_gives_a_new_digest():
    place("data/A.zip", "one")
    before = archive_facts(REAL, CACHE)[0]
    place("data/A.zip", "other")
    assert archive_facts(REAL, CACHE)[0] != before


def test_new_content_of_equal_size_under_an_older_date_gives_a_new_digest():
    path = place("data/A.zip", "one")
    before = archive_facts(REAL, CACHE)[0]
    place(path, "two")
    os.utime(path, (1, 1))
    assert archive_facts(REAL, CACHE)[0] != before


def test_another_file_moved_into_place_with_the_same_date_gives_a_new_digest():
    for name, text in (("data/A.zip", "one"), ("B.zip", "two")):
        os.utime(place(name, text), (1, 1))
    before = archive_facts(REAL, CACHE)[0]
    Path("B.zip").replace("data/A.zip")
    assert archive_facts(REAL, CACHE)[0] != before


@pytest.mark.parametrize("text", ["", "{", "[]", "null"])
def test_a_damaged_cache_is_written_anew(text):
    place("data/A.zip", "abc")
    place(CACHE, text)
    facts = archive_facts(REAL, CACHE)
    assert list(json.loads(CACHE.read_text()).values()) == [list(facts)]


def test_the_files_of_an_archive_are_counted():
    with zipfile.ZipFile(place("data/A.zip"), "w") as archive:
        for name in "abc":
            archive.writestr(name, name)
    assert archive_facts(REAL, CACHE)[1] == 3


def test_the_digests_of_several_archives_live_side_by_side(monkeypatch):
    reads = Reads(monkeypatch)
    archives = [Choice(str(place(f"data/{name}.zip", name)), "real") for name in "AB"]
    first = [archive_facts(archive, CACHE) for archive in archives]
    assert [archive_facts(archive, CACHE) for archive in archives] == first
    assert reads.count == 2


def test_results_are_kept_even_if_the_record_of_their_data_is_gone():
    place(SUMMARY, "data,variant\nreal,sgd\n")
    with pytest.raises(UserError, match="rest on the real one"):
        choose("data", "auto", None)


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
