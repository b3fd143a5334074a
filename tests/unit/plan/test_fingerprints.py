"""Fingerprints are kept, and never beyond an edit."""

import shutil
from pathlib import Path

import pytest

from dlia.plan import fingerprints
from dlia.plan.fingerprints import Fingerprints
from dlia.runtime import code_digest


@pytest.fixture
def scripts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give a folder with one script, and a package beside it that it imports from."""
    monkeypatch.setattr(code_digest, "SOURCE", tmp_path)
    # The real one reads a file once in the life of a process.
    monkeypatch.setattr(fingerprints, "code_digest", lambda script, *_: Path(script).read_text())
    for name in ("dlia", "scripts"):
        (tmp_path / name).mkdir()
    (tmp_path / "scripts" / "train.py").write_text("RATE = 1\n")
    return tmp_path / "scripts"


def given(scripts: Path) -> str:
    return Fingerprints(scripts, scripts.parent / "kept.json").of("train")


def refuse(*_: object) -> str:
    raise AssertionError("the code was read again")


def test_without_an_edit_no_code_is_read_again(scripts, monkeypatch):
    first = given(scripts)
    monkeypatch.setattr(fingerprints, "code_digest", refuse)
    assert given(scripts) == first


def test_in_a_copy_no_code_is_read_again(scripts, monkeypatch, tmp_path_factory):
    first = given(scripts)
    copy = tmp_path_factory.mktemp("copy") / "project"
    shutil.copytree(scripts.parent, copy, copy_function=shutil.copyfile)
    monkeypatch.setattr(code_digest, "SOURCE", copy)
    monkeypatch.setattr(fingerprints, "code_digest", refuse)
    assert given(copy / "scripts") == first
    monkeypatch.setattr(fingerprints, "source_content", refuse)  # its files were read once
    assert given(copy / "scripts") == first


def test_an_edit_of_the_same_length_is_seen(scripts):
    first = given(scripts)
    (scripts / "train.py").write_text("RATE = 2\n")
    assert given(scripts) != first


def test_a_new_file_of_the_package_makes_all_anew(scripts, monkeypatch):
    given(scripts)
    (scripts.parent / "dlia" / "new.py").write_text("")
    monkeypatch.setattr(fingerprints, "code_digest", lambda *_: "made anew")
    assert given(scripts) == "made anew"


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"state": 1}'])
def test_a_spoilt_file_is_written_anew(scripts, text):
    first = given(scripts)
    (scripts.parent / "kept.json").write_text(text)
    assert given(scripts) == first


def test_a_digest_can_be_traced_to_its_script_and_modules(scripts):
    made = Fingerprints(scripts, scripts.parent / "kept.json")
    assert made.code[made.of("train", "dlia.x")] == [str(scripts / "train.py"), "dlia.x"]
