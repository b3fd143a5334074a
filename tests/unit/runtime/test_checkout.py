"""Which code ran: the commit, and how the files that a build reads differ from it."""

import os
import subprocess
from pathlib import Path

import pytest

from dlia.runtime import checkout as checkout_state

UNKNOWN = {"commit": "unknown", "dirty": "unknown", "difference": ""}


def git(folder: Path, *words: str) -> str:
    command = ["git", "-c", "user.name=a", "-c", "user.email=a@b.c", "-C", str(folder), *words]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


def commit(folder: Path) -> str:
    """Make a commit of all files in a new repository."""
    git(folder, "init", "--quiet")
    git(folder, "add", ".")
    git(folder, "commit", "--quiet", "--message", "all")
    return git(folder, "rev-parse", "HEAD")


def clean(commit: str) -> checkout_state.GitState:
    return {"commit": commit, "dirty": False, "difference": ""}


@pytest.fixture
def checkout(tmp_path, monkeypatch) -> Path:
    """Give a checkout in a folder that no repository contains."""
    folder = tmp_path / "outer" / "dlia"
    for name in ("Snakefile", "src/dlia/code.py", "README.md"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text("one\n")
    monkeypatch.setattr(checkout_state, "CHECKOUT", folder)
    monkeypatch.chdir(folder)
    return folder


def test_a_checkout_outside_git_has_an_unknown_commit(checkout):
    assert checkout_state.git_state() == UNKNOWN


def test_a_repository_around_a_checkout_that_it_does_not_track_is_not_its_own(checkout):
    (checkout.parent / "other.txt").write_text("other")
    (checkout.parent / ".gitignore").write_text("dlia/\n")
    commit(checkout.parent)
    assert checkout_state.git_state() == UNKNOWN


def test_a_checkout_that_is_part_of_a_larger_repository_has_its_commit(checkout):
    found = commit(checkout.parent)
    (checkout.parent / "other.txt").write_text("no part of the checkout")
    assert checkout_state.git_state() == clean(found)


@pytest.mark.parametrize("name", ["src/dlia/code.py", "Snakefile", "config.yaml"])
def test_a_change_of_what_a_build_reads_is_recorded(checkout, name):
    found = commit(checkout)
    (checkout / name).write_text("two\n")
    state = checkout_state.git_state()
    assert (state["commit"], state["dirty"]) == (found, True)
    assert len(state["difference"]) == 12


@pytest.mark.parametrize(
    ("name", "other", "line"),
    [
        ("src/dlia/models/unet.py", "src/dlia/code.py", 'KNOWN = {"unet": 1}'),
        ("src/dlia/helper.py", "src/dlia/code.py", "from dlia.helper import one"),
        ("src/dlia/helper.py", "src/dlia/code.py", "from dlia import other, helper"),
        ("src/dlia/wing/__init__.py", "src/dlia/code.py", "import dlia.wing"),
        ("workflow/rules/mine.smk", "Snakefile", 'include: "workflow/rules/mine.smk"'),
    ],
)
def test_a_new_file_is_a_change_once_another_one_names_it(checkout, name, other, line):
    (checkout / other).write_text(line)
    commit(checkout)
    (checkout / name).parent.mkdir(parents=True, exist_ok=True)
    (checkout / name).write_text("anything = 1\n")
    assert checkout_state.git_state()["dirty"] is True
    (checkout / other).write_text("nothing\n")
    git(checkout, "commit", "--quiet", "--message", "without", other)
    assert checkout_state.git_state()["dirty"] is False


def test_a_new_study_is_a_change_once_it_has_results(checkout):
    found = commit(checkout)
    (checkout / "studies").mkdir()
    (checkout / "studies/new.yaml").write_text("title: New\n")
    assert checkout_state.git_state() == clean(found)
    (checkout / "results/data/new").mkdir(parents=True)
    assert checkout_state.git_state()["dirty"] is True


@pytest.mark.parametrize("name", ["src/dlia/scratch.py", "src/notes.txt", "report/copy.tex"])
def test_a_new_file_that_nothing_reads_is_no_change(checkout, name):
    found = commit(checkout)
    (checkout / name).parent.mkdir(parents=True, exist_ok=True)
    (checkout / name).write_text("scratch and notes and a copy\n")
    assert checkout_state.git_state() == clean(found)


def kept() -> str:
    return checkout_state.DIFFERENCES.read_text(encoding="utf-8")


def test_the_difference_is_kept_with_its_commit_and_its_digest(checkout):
    found = commit(checkout)
    (checkout / "src/dlia/code.py").write_text("two\n")
    (checkout / "Snakefile").write_text('include: "rules.smk"\n')
    (checkout / "workflow").mkdir()
    (checkout / "workflow/rules.smk").write_text("new = 1\n")
    state = checkout_state.keep_difference()
    head, *lines = kept().splitlines()
    assert head == f"# difference {state['difference']} from commit {found}"
    assert {"-one", "+two", "+new = 1", "+++ b/workflow/rules.smk"} <= set(lines)


def test_what_is_kept_can_be_applied_to_the_commit(checkout):
    commit(checkout)
    (checkout / "src/dlia/code.py").write_text("two\n")
    (checkout / "config.yaml").write_text("seed: 7\n")
    checkout_state.keep_difference()
    (checkout / "config.yaml").unlink()
    git(checkout, "checkout", "--quiet", ".")
    git(checkout, "apply", str(checkout_state.DIFFERENCES))
    assert (checkout / "src/dlia/code.py").read_text() == "two\n"
    assert (checkout / "config.yaml").read_text() == "seed: 7\n"


def test_without_a_difference_nothing_is_kept(checkout):
    found = commit(checkout)
    assert checkout_state.keep_difference() == clean(found)
    assert not checkout_state.DIFFERENCES.exists()


@pytest.mark.parametrize("file", ["results/ex/sgd/run.json", "results/reports/all.html"])
def test_a_difference_is_kept_as_long_as_a_result_names_it(checkout, file):
    commit(checkout)
    digests = []
    for text in ("two\n", "three\n", "four\n"):
        (checkout / "src/dlia/code.py").write_text(text)
        digests.append(checkout_state.keep_difference()["difference"])
        if text == "two\n":
            (checkout / file).parent.mkdir(parents=True)
            (checkout / file).write_text(f"made by {digests[0]}")
    assert [digest in kept() for digest in digests] == [True, True, True]
    checkout_state.drop_differences()
    assert [digest in kept() for digest in digests] == [True, False, False]


def test_the_difference_of_a_training_that_has_not_ended_is_kept(checkout):
    commit(checkout)
    digests = []
    for text in ("two\n", "three\n"):
        (checkout / "src/dlia/code.py").write_text(text)
        digests.append(checkout_state.keep_difference()["difference"])
    assert [digest in kept() for digest in digests] == [True, True]


def test_the_same_difference_is_kept_once(checkout):
    commit(checkout)
    (checkout / "src/dlia/code.py").write_text("two\n")
    assert checkout_state.keep_difference() == checkout_state.keep_difference()
    assert kept().count("# difference ") == 1


@pytest.mark.parametrize("name", ["notes.txt", "README.md", "results/x.csv", "tests/test_new.py"])
def test_a_file_that_no_build_reads_is_no_change(checkout, name):
    found = commit(checkout)
    (checkout / name).parent.mkdir(exist_ok=True)
    (checkout / name).write_text("two\n")
    assert checkout_state.git_state() == clean(found)


def test_the_variables_of_a_hook_do_not_lead_to_another_repository(checkout, tmp_path, monkeypatch):
    found = commit(checkout)
    (tmp_path / "hooked").mkdir()
    (tmp_path / "hooked" / "file").touch()
    commit(tmp_path / "hooked")
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "hooked" / ".git"))
    monkeypatch.setenv("GIT_WORK_TREE", str(tmp_path / "hooked"))
    assert checkout_state.git_state() == clean(found)


def test_a_worktree_with_a_detached_head_has_its_commit(checkout, tmp_path, monkeypatch):
    found = commit(checkout)
    git(checkout, "worktree", "add", "--detach", str(tmp_path / "beside"))
    monkeypatch.setattr(checkout_state, "CHECKOUT", tmp_path / "beside")
    assert checkout_state.git_state() == clean(found)


@pytest.mark.skipif(os.getuid() != 0, reason="only root can give files to others")
def test_a_checkout_of_another_user_has_its_commit(checkout):
    found = commit(checkout)
    for path in (checkout, checkout / ".git"):
        os.chown(path, 12345, 12345)
    assert checkout_state.git_state() == clean(found)


def test_without_git_the_commit_is_unknown(checkout, monkeypatch):
    commit(checkout)
    monkeypatch.setenv("PATH", "")
    assert checkout_state.git_state() == UNKNOWN
