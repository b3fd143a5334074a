"""What the doctor says of Snakemake's lock in a folder."""

import subprocess
import sys

import pytest

from dlia.commands.doctor import folders

BEGIN = """
import sys
from dlia.runtime.build_record import begin
begin([], "here")
print("noted", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def locked(tmp_path, monkeypatch):
    """Give a folder with a lock of Snakemake, in which a build is recorded by another process."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".snakemake/locks").mkdir(parents=True)
    (tmp_path / ".snakemake/locks/0.input.lock").touch()
    with subprocess.Popen(
        [sys.executable, "-c", BEGIN], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as build:
        assert build.stdout.readline()
        yield tmp_path, build
        build.kill()


def said_of_lock(folder) -> str:
    (found,) = [text for what, _, text in folders(folder) if what == "lock"]
    return found


def test_while_a_build_runs_its_lock_is_not_to_be_removed(locked):
    folder, _ = locked
    assert "--unlock" not in said_of_lock(folder)


def test_the_lock_of_a_killed_build_is_to_be_removed(locked):
    folder, build = locked
    build.kill()
    build.wait()
    assert "--unlock" in said_of_lock(folder)
