"""Builds that are killed, starved or started twice: nothing is lost, nothing is half there."""

import contextlib
import os
import platform
import random
import re
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from conftest import EPOCHS, PREDICTED, Checkout

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="looks at processes in /proc")


class Build:
    """A build that runs, with the processes that it started."""

    def __init__(self, checkout: Checkout, *words: str) -> None:
        self.checkout = checkout
        self.process = subprocess.Popen(
            [sys.executable, "-m", "snakemake", PREDICTED, "--cores", "2", *words],
            cwd=checkout.path,
            env={**os.environ, "PYTHONPATH": str(checkout.path / "src")},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    def trainings(self) -> list[int]:
        """Give the processes that train: that of the script, and those of its trials."""
        found = []
        for folder in Path("/proc").glob("[0-9]*"):
            try:
                name = (folder / "comm").read_text()
                here = (folder / "cwd").resolve() == self.checkout.path.resolve()
            except OSError:
                continue
            if here and name.startswith("train_"):
                found.append(int(folder.name))
        return found

    def wait_for_epoch(self, epoch: int) -> None:
        """Wait until a trial has come so far."""
        log = self.checkout.path / "logs/train_ex1_2_elu_dropout.log"
        latest = time.monotonic() + 60
        while time.monotonic() < latest:
            if log.is_file() and f"epoch {epoch}/" in log.read_text():
                return
            time.sleep(0.02)
        raise AssertionError(f"epoch {epoch} was not reached: {self.process.poll()}")

    def kill_trainings(self) -> int:
        """Kill the processes that train, without a warning."""
        pids = self.trainings()
        for pid in pids:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        return len(pids)

    def wait_for_no_training(self, seconds: float) -> None:
        """Wait until no process trains any more."""
        latest = time.monotonic() + seconds
        while self.trainings():
            assert time.monotonic() < latest, f"still running after {seconds} s"
            time.sleep(0.1)

    def end(self) -> str:
        """Wait for the end; give what the terminal was told."""
        return self.process.communicate(timeout=120)[0]


def checkpoints(checkout: Checkout) -> list[str]:
    return sorted(path.name for path in checkout.path.glob("checkpoints/ex1_2/elu_dropout/*.pt"))


def nothing_is_half_there(checkout: Checkout, whole: dict[str, bytes]) -> None:
    """Check that each file that is there is complete."""
    assert not list(checkout.path.glob("results/**/.partial*"))
    for name, content in whole.items():
        path = checkout.path / name
        assert not path.exists() or path.read_bytes() == content, name


def same(checkout: Checkout, whole: dict[str, bytes]) -> None:
    """Go on with the same command; check that it comes to the same as without interruption."""
    build = Build(checkout)
    told = build.end()
    assert build.process.returncode == 0, told
    for name, content in whole.items():
        assert (checkout.path / name).read_bytes() == content, name
    assert checkpoints(checkout) == []


@pytest.mark.slow  # the fast tests kill trainings without Snakemake: unit/training/test_kills.py
def test_a_training_that_is_killed_at_any_moment_comes_to_the_same(own, whole):
    chance = random.Random(7)
    survived = 0
    while survived < 20:
        build = Build(own)
        started = time.monotonic()
        while not build.trainings() and build.process.poll() is None:
            time.sleep(0.02)
        time.sleep(chance.uniform(0, 5))
        if build.kill_trainings():
            survived += 1
        told = build.end()
        assert time.monotonic() - started < 100
        nothing_is_half_there(own, whole)
        if build.process.returncode == 0:  # it was quicker; once more from the beginning
            for name in whole:
                (own.path / name).unlink()
            assert "Error" not in told
    same(own, whole)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["SIGTERM", "SIGHUP", "SIGINT"])
def test_a_build_that_is_asked_to_end_puts_its_work_away(name, own, whole):
    build = Build(own)
    build.wait_for_epoch(3)
    os.killpg(build.process.pid, getattr(signal, name))  # as Ctrl-C in a terminal does
    build.wait_for_no_training(20)
    build.end()
    assert "trial_0.pt" in checkpoints(own)
    nothing_is_half_there(own, whole)
    log = (own.path / "logs/train_ex1_2_elu_dropout.log").read_text()
    assert f"ended by {name}" in log
    if name == "SIGTERM":
        own.snakemake("--unlock")
    same(own, whole)


@pytest.mark.slow
@pytest.mark.parametrize("seconds", [0, 2])
def test_a_build_that_is_interrupted_before_its_first_job_ends_without_a_traceback(
    seconds, own, whole
):
    build = Build(own)
    assert build.process.stdout is not None
    first = next(line for line in build.process.stdout if line.startswith("dlia: "))
    time.sleep(seconds)  # it imports what jobs need, and estimates how long it will take
    os.killpg(build.process.pid, signal.SIGINT)
    told = first + build.end()
    assert build.process.returncode != 0
    assert "Traceback" not in told
    same(own, whole)


@pytest.mark.slow
def test_no_training_outlives_its_snakemake(own, whole):
    build = Build(own)
    build.wait_for_epoch(3)
    assert len(build.trainings()) == 3  # the script and two trials
    build.process.kill()
    build.wait_for_no_training(15)
    assert "trial_0.pt" in checkpoints(own)
    log = (own.path / "logs/train_ex1_2_elu_dropout.log").read_text()
    assert "ended by the end of its Snakemake" in log
    nothing_is_half_there(own, whole)
    told = own.snakemake(PREDICTED, "--cores", "2")
    assert told.returncode != 0
    assert "make ARGS=--unlock" in told.stdout + told.stderr
    assert own.snakemake("--unlock").returncode == 0
    same(own, whole)


@pytest.mark.slow
def test_of_two_builds_in_a_folder_one_works_and_the_other_says_why_it_does_not(own, whole):
    first = Build(own)
    first.wait_for_epoch(1)
    second = Build(own)
    assert "cannot be locked" in second.end()
    assert second.process.returncode != 0
    first.end()
    assert first.process.returncode == 0
    nothing_is_half_there(own, whole)
    same(own, whole)


@pytest.mark.slow
def test_a_training_that_still_ends_is_waited_for(own, whole):
    first = Build(own)
    first.wait_for_epoch(2)
    second = Build(own, "--nolock")
    for build in (first, second):
        told = build.end()
        assert build.process.returncode == 0, told
    assert "another process still trains this" in told
    same(own, whole)


def limited(checkout: Checkout, size: int, *words: str) -> subprocess.CompletedProcess[str]:
    """Build where no file may be larger than ``size`` bytes."""
    return subprocess.run(
        [sys.executable, "-m", "snakemake", "--cores", "1", *words],
        cwd=checkout.path,
        env={**os.environ, "PYTHONPATH": str(checkout.path / "src")},
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (size, size)),
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.slow
def test_a_training_that_finds_no_room_is_told_and_the_others_go_on(own, whole):
    small, large = (f"results/{key}/model.safetensors" for key in ("ex1_2/sgd", "ex1_1/sgd"))
    # A checkpoint of 21,578 weights has room, one of 79,510 has not.
    result = limited(own, 300_000, large, small, "--keep-going")
    told = result.stdout + result.stderr
    assert result.returncode != 0
    assert "File too large: your limit on the size of a file" in told
    assert "Traceback" not in told
    assert (own.path / small).is_file()
    assert not (own.path / large).exists()
    assert not list(own.path.glob("results/**/.partial*"))
    again = own.snakemake(large, small, "--cores", "1")
    assert again.returncode == 0, again.stderr
    assert (own.path / large).is_file()


@pytest.mark.slow
def test_the_status_of_a_build_can_be_read_while_it_runs_and_when_it_was_killed(own):
    build = Build(own)
    build.wait_for_epoch(3)
    lines = own.run("dlia", "status").stdout.splitlines()
    assert lines[0].startswith(f"A build has been running on {platform.node()} for ")
    assert lines[1:3] == ["trainings: 1 running, of 1", "jobs in all: 0 done, of 2"]
    (row,) = (line for line in lines if line.startswith("ex1_2/elu_dropout"))
    assert re.search(r" 1, 2 of 2 +\d+, \d+ of 200 +\d\.\d{4} ", row)
    build.process.kill()
    build.wait_for_no_training(15)
    lines = own.run("dlia", "status").stdout.splitlines()
    assert lines[0].endswith("ended before it was complete.")
    assert "interrupted: ex1_2/elu_dropout: ended by the end of its Snakemake" in lines[-2]
    assert lines[-1] == "    logs/train_ex1_2_elu_dropout.log"


def as_long(study):
    """Let a second training take as long as the first."""
    study["exercises"]["ex1_2"]["variants"]["sgd"]["epochs"] = EPOCHS


@pytest.mark.slow
def test_two_trainings_at_a_time_have_different_gpus(own, tmp_path):
    own.edit_yaml("studies/mnist.yaml", as_long)
    result = own.snakemake(
        *("train_ex1_2_elu_dropout", "train_ex1_2_sgd", "--cores", "2", "--resources", "gpu=2"),
        *("--config", "request_gpu=true"),
        CUDA_VISIBLE_DEVICES="3,5",
        TMPDIR=str(tmp_path),
    )
    assert result.returncode == 0, result.stderr
    logs = [own.path / f"logs/train_ex1_2_{name}.log" for name in ("elu_dropout", "sgd")]
    first = {log.read_text().splitlines()[0] for log in logs}
    assert first == {"GPU: 3, of 3, 5", "GPU: 5, of 3, 5"}
