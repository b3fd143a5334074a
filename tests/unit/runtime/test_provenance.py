"""What ran, where, and with what."""

import os
import platform
import subprocess
from pathlib import Path

import pytest

from dlia.runtime import provenance

UNKNOWN = {"commit": "unknown", "dirty": "unknown"}


def git(folder: Path, *words: str) -> str:
    command = ["git", "-c", "user.name=a", "-c", "user.email=a@b.c", "-C", str(folder), *words]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


def commit(folder: Path) -> str:
    """Make a commit of all files in a new repository."""
    git(folder, "init", "--quiet")
    git(folder, "add", ".")
    git(folder, "commit", "--quiet", "--message", "all")
    return git(folder, "rev-parse", "HEAD")


@pytest.fixture
def checkout(tmp_path, monkeypatch) -> Path:
    """Give a checkout in a folder that no repository contains."""
    folder = tmp_path / "outer" / "dlia"
    for name in ("Snakefile", "src/dlia/code.py", "README.md"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text("one\n")
    monkeypatch.setattr(provenance, "CHECKOUT", folder)
    return folder


def test_a_checkout_outside_git_has_an_unknown_commit(checkout):
    assert provenance.git_state() == UNKNOWN


def test_a_repository_around_a_checkout_that_it_does_not_track_is_not_its_own(checkout):
    (checkout.parent / "other.txt").write_text("other")
    (checkout.parent / ".gitignore").write_text("dlia/\n")
    commit(checkout.parent)
    assert provenance.git_state() == UNKNOWN


def test_a_checkout_that_is_part_of_a_larger_repository_has_its_commit(checkout):
    found = commit(checkout.parent)
    (checkout.parent / "other.txt").write_text("no part of the checkout")
    assert provenance.git_state() == {"commit": found, "dirty": False}


@pytest.mark.parametrize("name", ["src/dlia/code.py", "studies/new.yaml", "config.yaml"])
def test_a_change_of_what_a_build_reads_is_recorded(checkout, name):
    found = commit(checkout)
    (checkout / name).parent.mkdir(exist_ok=True)
    (checkout / name).write_text("two\n")
    assert provenance.git_state() == {"commit": found, "dirty": True}


@pytest.mark.parametrize("name", ["notes.txt", "README.md", "results/x.csv", "tests/test_new.py"])
def test_a_file_that_no_build_reads_is_no_change(checkout, name):
    found = commit(checkout)
    (checkout / name).parent.mkdir(exist_ok=True)
    (checkout / name).write_text("two\n")
    assert provenance.git_state() == {"commit": found, "dirty": False}


def test_the_variables_of_a_hook_do_not_lead_to_another_repository(checkout, tmp_path, monkeypatch):
    found = commit(checkout)
    (tmp_path / "hooked").mkdir()
    (tmp_path / "hooked" / "file").touch()
    commit(tmp_path / "hooked")
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "hooked" / ".git"))
    monkeypatch.setenv("GIT_WORK_TREE", str(tmp_path / "hooked"))
    assert provenance.git_state() == {"commit": found, "dirty": False}


def test_a_worktree_with_a_detached_head_has_its_commit(checkout, tmp_path, monkeypatch):
    found = commit(checkout)
    git(checkout, "worktree", "add", "--detach", str(tmp_path / "beside"))
    monkeypatch.setattr(provenance, "CHECKOUT", tmp_path / "beside")
    assert provenance.git_state() == {"commit": found, "dirty": False}


@pytest.mark.skipif(os.getuid() != 0, reason="only root can give files to others")
def test_a_checkout_of_another_user_has_its_commit(checkout):
    found = commit(checkout)
    for path in (checkout, checkout / ".git"):
        os.chown(path, 12345, 12345)
    assert provenance.git_state() == {"commit": found, "dirty": False}


def test_without_git_the_commit_is_unknown(checkout, monkeypatch):
    commit(checkout)
    monkeypatch.setenv("PATH", "")
    assert provenance.git_state() == UNKNOWN


def test_versions_name_python_and_every_library_that_the_numbers_depend_on():
    assert provenance.versions().keys() == {"python", *provenance.PACKAGES}


def test_versions_that_retrain_are_those_of_what_computes():
    found = provenance.numeric_versions()
    assert found.keys() == {"python", "torch", "torchvision", "numpy"}
    assert platform.python_version().startswith(f"{found['python']}.")
