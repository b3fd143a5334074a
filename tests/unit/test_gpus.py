"""GPUs, pretended by their names: each job has one to itself, whatever becomes of the others."""

import itertools
import os
import signal
import subprocess
import sys
import time

import pytest

from dlia.gpus import gpus, has_gpu, own_gpu

# Prints the GPU that it holds, and the time; again the time when it gives it back.
JOB = """
import os, sys, time
from dlia.gpus import own_gpu
with own_gpu(1):
    print("holds", os.environ["CUDA_VISIBLE_DEVICES"], time.monotonic(), flush=True)
    time.sleep(float(sys.argv[1]))
print("gives back", time.monotonic(), flush=True)
"""


@pytest.fixture(autouse=True)
def machine(monkeypatch, tmp_path):
    """Give a machine of its own, with two GPUs."""
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", None)
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "0,1")
    monkeypatch.delenv("SLURM_JOB_ID", raising=False)


def started(seconds: float = 60, **environment: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", JOB, str(seconds)]
    return subprocess.Popen(
        command, stdout=subprocess.PIPE, text=True, env={**os.environ, **environment}
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


def test_a_machine_whose_gpus_are_hidden_has_none(monkeypatch):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "-1")
    assert not has_gpu()


def test_two_jobs_have_different_gpus_and_a_third_waits():
    first, second = started(), started(0.5)
    assert {held(first), held(second)} == {"0", "1"}
    before = time.monotonic()
    with own_gpu(1):
        assert time.monotonic() - before > 0.2
        assert second.wait(timeout=10) == 0
    first.kill()


def test_no_two_of_many_jobs_share_a_gpu():
    jobs = [started(0.2) for _ in range(6)]
    periods = []
    for job in jobs:
        lines = job.communicate(timeout=60)[0].splitlines()
        (begin,) = (line.split() for line in lines if line.startswith("holds"))
        (end,) = (line.split() for line in lines if line.startswith("gives back"))
        periods.append((begin[1], float(begin[2]), float(end[2])))
    assert {name for name, _, _ in periods} == {"0", "1"}
    for name in ("0", "1"):
        of_one = sorted((begin, end) for n, begin, end in periods if n == name)
        assert all(end < begin for (_, end), (begin, _) in itertools.pairwise(of_one))


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


def test_the_only_gpu_that_slurm_gave_a_job_is_its_own(monkeypatch):
    """Within their jobs, Slurm calls the GPUs of all jobs 0."""
    other = started(CUDA_VISIBLE_DEVICES="0", SLURM_JOB_ID="11")
    assert held(other) == "0"
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "0")
    monkeypatch.setenv("SLURM_JOB_ID", "12")
    with own_gpu(1):
        assert other.poll() is None
    other.kill()


def test_several_gpus_that_slurm_gave_are_shared_out_within_their_allocation(monkeypatch):
    other, same = started(SLURM_JOB_ID="11"), started(SLURM_JOB_ID="12")
    assert held(other) in ("0", "1")
    taken = held(same)
    monkeypatch.setenv("SLURM_JOB_ID", "12")
    with own_gpu(1):
        assert {os.environ["CUDA_VISIBLE_DEVICES"], taken} == {"0", "1"}
    other.kill()
    same.kill()


def test_who_waits_says_so(monkeypatch, capfd):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "5")
    job = started(1)
    held(job)
    with own_gpu(1):
        pass
    assert "GPU 5: taken by other trainings; this one waits" in capfd.readouterr().out
