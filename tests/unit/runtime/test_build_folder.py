"""What would stop a build in a folder is said before any work."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from dlia.errors import UserError
from dlia.runtime import build_folder
from dlia.runtime.build_folder import check_folder
from dlia.runtime.environment import SOURCE

# Root may write everywhere unless it gives up this right.
AS_USER = ["setpriv", "--bounding-set=-dac_override,-dac_read_search"] if os.getuid() == 0 else []


def complaint(folder: Path) -> str:
    """Give what a process without the rights of root says about a folder."""
    code = (
        "import pathlib; from dlia.errors import UserError\n"
        "from dlia.runtime.build_folder import check_folder\n"
        "try: check_folder(pathlib.Path(), pathlib.Path('/checkout'))\n"
        "except UserError as error: print(error)"
    )
    return subprocess.run(
        [*AS_USER, sys.executable, "-c", code],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(SOURCE)},
        capture_output=True,
        text=True,
        check=True,
    ).stdout


@pytest.mark.parametrize(
    "name", ["", "results", "results/ex1_2/figures", "logs", "checkpoints/ex1_2", ".snakemake/log"]
)
def test_a_folder_that_cannot_be_written_is_named(tmp_path, name):
    closed = tmp_path / "build" / name
    closed.mkdir(parents=True)
    closed.chmod(0o555)
    said = complaint(tmp_path / "build")
    closed.chmod(0o755)
    assert said.startswith(f"{name or tmp_path / 'build'}: not writable; fix the permissions")


def test_a_record_of_snakemake_that_cannot_be_written_is_named(tmp_path):
    record = tmp_path / ".snakemake" / "metadata" / "abc"
    record.parent.mkdir(parents=True)
    record.touch(0o444)
    assert complaint(tmp_path).startswith(".snakemake/metadata/abc: not writable")


def test_what_is_removed_meanwhile_does_not_count(tmp_path, monkeypatch):
    (tmp_path / "results/ex1_2").mkdir(parents=True)

    def removed(path, mode):
        if path.name == "ex1_2":
            path.rmdir()
        return path.exists()

    monkeypatch.setattr(build_folder.os, "access", removed)
    check_folder(tmp_path, tmp_path)


@pytest.mark.skipif(os.getuid() != 0, reason="only root can give files to others")
def test_files_of_another_user_are_told_with_the_way_to_get_them_back(tmp_path):
    folder = tmp_path / ".snakemake"
    folder.mkdir(mode=0o555)
    os.chown(folder, 12345, 12345)
    said = complaint(tmp_path)
    assert "belongs to another user" in said
    assert "sudo chown -R" in said


@pytest.mark.parametrize("name", ["a:b", "a{b}", "a\nb"])
def test_a_path_that_no_job_can_work_in_is_refused(tmp_path, name):
    with pytest.raises(UserError, match="rename or move it"):
        check_folder(tmp_path, Path("/home/me") / name)


@pytest.mark.parametrize("name", ["a b", "it's", 'a"b', "a$HOME", "a#b", "a%b", "ünï", "(x)!"])
def test_any_other_path_is_fine(tmp_path, name):
    (tmp_path / name).mkdir()
    check_folder(tmp_path / name, tmp_path / name)


def test_a_full_disk_is_told_before_the_work(tmp_path, monkeypatch):
    monkeypatch.setattr(build_folder, "_LEAST", 2**60)
    with pytest.raises(UserError, match="MiB left; free some space"):
        check_folder(tmp_path, tmp_path)
