"""GPUs, pretended by their names: each job has one to itself, whatever becomes of the others."""

import itertools
import os
import signal
import subprocess
import sys
import time

import pytest

from dlia.errors import UserError
from dlia.runtime.gpus import gpus, has_gpu, own_gpu

# Prints the GPU that it holds and since when, and until when; holds it until its input ends.
JOB = """
import os, sys, time
from dlia.runtime.gpus import own_gpu
with own_gpu(1):
    print("holds", os.environ["CUDA_VISIBLE_DEVICES"], time.monotonic(), flush=True)
    sys.stdin.read()
    time.sleep(0.1)
    print("gives back", time.monotonic(), flush=True)
"""


@pytest.fixture(autouse=True)
def machine(monkeypatch, tmp_path):
    """Give a machine of its own, with two GPUs."""
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", None)
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "0,1")
    monkeypatch.delenv("SLURM_JOB_ID", raising=False)


def started(**environment: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", JOB],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, **environment},
    )


def held(job: subprocess.Popen[str]) -> str:
    """Wait until a job holds a GPU; give its name."""
    while not (line := job.stdout.readline()).startswith("holds"):
        assert line, "it ended without one"
    return line.split()[1]


@pytest.mark.parametrize(
    ("shown", "names"),
    [
        ("3", ["3"]),
        (" 2, 0 ", ["2", "0"]),
        ("GPU-8f7b,MIG-c0/1/0", ["GPU-8f7b", "MIG-c0/1/0"]),
        ("1,-1,0", ["1"]),
        ("", []),
    ],
)
def test_gpus_are_those_that_cuda_would_show(monkeypatch, shown, names):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", shown)
    assert gpus() == names


@pytest.mark.parametrize(
    ("devices", "shown", "has"),
    [(2, "1", True), (2, "-1", False), (2, "", False), (0, "0", False)],
)
def test_a_machine_has_a_gpu_if_there_is_one_that_is_not_hidden(devices, shown, has, monkeypatch):
    monkeypatch.setattr("dlia.runtime.gpus._nodes", lambda: devices)
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", shown)
    assert has_gpu() is has


def test_where_nothing_is_said_all_gpus_are_shown(monkeypatch):
    monkeypatch.setattr("dlia.runtime.gpus._nodes", lambda: 2)
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES")
    assert gpus() == ["0", "1"]


def test_two_jobs_have_different_gpus_and_a_third_waits():
    first, second = started(), started()
    names = {job: held(job) for job in (first, second)}
    assert set(names.values()) == {"0", "1"}
    third = started()
    time.sleep(1)
    second.stdin.close()
    assert held(third) == names[second]
    for job in (first, third):
        job.kill()


def test_no_two_of_many_jobs_share_a_gpu():
    jobs = [started() for _ in range(6)]
    for job in jobs:
        job.stdin.close()
    periods = []
    for job in jobs:
        lines = job.stdout.read().splitlines()
        (begin,) = (line.split() for line in lines if line.startswith("holds"))
        (end,) = (line.split() for line in lines if line.startswith("gives back"))
        periods.append((begin[1], float(begin[2]), float(end[2])))
    assert {name for name, _, _ in periods} == {"0", "1"}
    for name in ("0", "1"):
        of_one = sorted((begin, end) for n, begin, end in periods if n == name)
        assert all(end <= begin for (_, end), (begin, _) in itertools.pairwise(of_one))


def test_the_gpu_of_a_killed_job_is_free_again(monkeypatch):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "7")
    job = started()
    assert held(job) == "7"
    job.send_signal(signal.SIGKILL)
    job.wait()
    with own_gpu(1):
        assert os.environ["CUDA_VISIBLE_DEVICES"] == "7"


def test_builds_that_are_shown_different_gpus_share_those_that_both_see():
    other = started(CUDA_VISIBLE_DEVICES="1")
    assert held(other) == "1"
    with own_gpu(1):
        assert os.environ["CUDA_VISIBLE_DEVICES"] == "0"
    other.kill()


def test_afterwards_all_gpus_are_shown_again():
    with own_gpu(1):
        pass
    assert os.environ["CUDA_VISIBLE_DEVICES"] == "0,1"


def test_a_job_that_asked_for_no_gpu_takes_none():
    with own_gpu(0):
        assert os.environ["CUDA_VISIBLE_DEVICES"] == "0,1"


def test_what_slurm_gave_to_another_job_is_another_gpu(monkeypatch):
    """Within their jobs, Slurm may call the GPUs of all jobs 0."""
    other = started(CUDA_VISIBLE_DEVICES="0", SLURM_JOB_ID="11")
    assert held(other) == "0"
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "0")
    monkeypatch.setenv("SLURM_JOB_ID", "12")
    with own_gpu(1):
        assert other.poll() is None
    other.kill()


def test_what_slurm_hides_without_a_name_is_not_chosen_from(monkeypatch):
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES")
    monkeypatch.setattr("dlia.runtime.gpus._nodes", lambda: 8)
    monkeypatch.setenv("SLURM_JOB_ID", "11")
    with own_gpu(1):
        assert "CUDA_VISIBLE_DEVICES" not in os.environ


def test_a_job_of_slurm_leaves_nothing_behind(monkeypatch, tmp_path):
    monkeypatch.setenv("SLURM_JOB_ID", "11")
    with own_gpu(1):
        assert len(list(tmp_path.rglob("slurm-11/*"))) == 1
    assert list(tmp_path.rglob("slurm-11*")) == []


def test_a_job_may_have_the_number_of_a_gpu(monkeypatch):
    with own_gpu(1):
        number = os.environ["CUDA_VISIBLE_DEVICES"]
    monkeypatch.setenv("SLURM_JOB_ID", number)
    with own_gpu(1):
        assert os.environ["CUDA_VISIBLE_DEVICES"] in ("0", "1")


def test_a_folder_of_another_user_is_refused(monkeypatch, tmp_path):
    (tmp_path / f"dlia-gpus-{os.getuid()}").symlink_to(tmp_path)
    with pytest.raises(UserError, match="set TMPDIR to a folder of your own"), own_gpu(1):
        pass


def test_several_gpus_that_slurm_gave_are_shared_out_within_their_allocation(monkeypatch):
    other, same = started(SLURM_JOB_ID="11"), started(SLURM_JOB_ID="12")
    assert held(other) in ("0", "1")
    taken = held(same)
    monkeypatch.setenv("SLURM_JOB_ID", "12")
    with own_gpu(1):
        assert {os.environ["CUDA_VISIBLE_DEVICES"], taken} == {"0", "1"}
    other.kill()
    same.kill()


def test_who_waits_says_so(monkeypatch):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "5")
    job = started()
    held(job)
    waiting = started()
    assert waiting.stdout.readline().startswith(
        "dlia: GPU 5: in use by other trainings; this training"
    )
    job.stdin.close()
    assert held(waiting) == "5"
    waiting.kill()


def test_who_finds_one_free_of_many_says_nothing(monkeypatch, capfd):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "0,1,2,3,4,5,6,7")
    jobs = [started() for _ in range(7)]
    for job in jobs:
        held(job)
    capfd.readouterr()
    with own_gpu(1):
        pass
    assert "taken" not in capfd.readouterr().out
    for job in jobs:
        job.kill()
