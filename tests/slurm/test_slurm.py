"""Builds on a real Slurm: one node with pretended GPUs, set up for these tests alone."""

import itertools
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cluster import Cluster, hindrance
from conftest import PREDICTED, TRAINED, Checkout, copied, copy_project, once, shrink

from dlia.commands.build_diff import differences

pytestmark = pytest.mark.slow

started: list[subprocess.Popen[bytes]] = []
RULE = "train_ex1_2_elu_dropout"
PROFILE = ["--workflow-profile", "profiles/slurm"]
# This Slurm has no accounting, and its jobs are too short to wait for long.
NO_ACCOUNTING = ["--slurm-status-command", "squeue"]
SOON = ["--slurm-init-seconds-before-status-checks", "3", "--latency-wait", "20"]


class Build:
    """A build that submits its trainings to ``slurm``."""

    def __init__(self, slurm: Cluster, checkout: Checkout, *words: str) -> None:
        self.slurm, self.checkout = slurm, checkout
        with (checkout.path / "terminal.txt").open("w") as terminal:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "snakemake", *PROFILE, *NO_ACCOUNTING, *SOON, *words],
                cwd=checkout.path,
                env=slurm.environment | {"PYTHONPATH": str(checkout.path / "src")},
                stdin=subprocess.DEVNULL,
                stdout=terminal,
                stderr=subprocess.STDOUT,
            )
        started.append(self.process)

    @property
    def terminal(self) -> str:
        """Give what the user has been told."""
        return (self.checkout.path / "terminal.txt").read_text()

    def job(self) -> str:
        """Give the number of the last job that was submitted."""
        return re.findall(r"SLURM jobid (\d+)", self.terminal)[-1]

    def wait_for_epoch(self, epoch: int) -> str:
        """Wait until a trial has come so far; give the number of the job."""
        log = self.checkout.path / f"logs/{RULE}.log"
        wait(lambda: log.is_file() and f"epoch {epoch}/" in log.read_text(), self.process)
        return self.job()

    def end(self) -> int:
        """Wait for the end; give its status."""
        return self.process.wait(timeout=1200)


def wait(is_so: Callable[[], bool], process: subprocess.Popen[bytes]) -> None:
    latest = time.monotonic() + 180
    while not is_so():
        assert process.poll() is None, "the build has ended"
        assert time.monotonic() < latest, "it has not come to that"
        time.sleep(0.05)


def begun(checkout: Checkout) -> dict[str, int]:
    """Give the epoch that each trial began at when its training was last started."""
    log = (checkout.path / f"logs/{RULE}.log").read_text()
    found: dict[str, int] = {}
    for trial, epoch in re.findall(r"^trial (\d+)/\d+ epoch (\d+)/", log, re.MULTILINE):
        found.setdefault(trial, int(epoch))
    return found


def facts(slurm: Cluster, build: Build) -> list[dict[str, str]]:
    """Ask Slurm about the jobs of a build: of what rules, when they ran, on which GPU."""
    found = []
    for number in re.findall(r"SLURM jobid (\d+)", build.terminal):
        text = slurm.ask("scontrol", "show", "job", "--detail", number)
        assert text, f"Slurm has forgotten job {number}"
        found.append(dict(word.split("=", 1) for word in text.split() if "=" in word))
    return found


def interrupted(slurm: Cluster, prepared: Checkout, folder: Path) -> None:
    """Interrupt trainings in each of the ways in which Slurm does."""
    names = ("cancelled", "requeued", "limited", "limited_here")
    places = {name: copied(prepared, folder / name) for name in names}
    for name in ("limited", "limited_here"):
        places[name].edit_yaml("studies/mnist.yaml", longer)
        places[name].edit("config.yaml", "trials: 2", "trials: 1")
    here = subprocess.Popen(
        [sys.executable, "-m", "snakemake", TRAINED[0], "--cores", "1"],
        cwd=places["limited_here"].path,
        env=os.environ | {"PYTHONPATH": str(places["limited_here"].path / "src")},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    started.append(here)
    # Only the first job, so that it is a matter of one interruption however slow the machine is.
    minutes = f"{RULE}:runtime=3 if attempt == 1 else 60"
    words = ["--set-resources", minutes, f"{RULE}:slurm_extra='--signal=TERM@140'"]
    limited = Build(slurm, places["limited"], TRAINED[0], *words)
    cancelled = Build(slurm, places["cancelled"], PREDICTED)
    job = cancelled.wait_for_epoch(3)
    status = cancelled.checkout.run("dlia", "status").stdout
    (folder / "status.txt").write_text(status)
    slurm.ask("scancel", job)
    requeued = Build(slurm, places["requeued"], PREDICTED)
    job = requeued.wait_for_epoch(3)
    slurm.ask("scontrol", "requeue", job)
    # Slurm would have it wait for two minutes.
    wait(lambda: "PENDING" in slurm.ask("squeue", "-h", "-o", "%T", "-j", job), requeued.process)
    slurm.ask("scontrol", "update", f"JobId={job}", "StartTime=now")
    for build in (cancelled, requeued, limited):
        assert build.end() == 0, build.terminal
    assert here.wait() == 0


def longer(study: dict[str, Any]) -> None:
    """Let a training take longer than the 40 seconds after which it is told to end.

    Slurm looks at its limits twice a minute: it may be told so 30 seconds earlier.
    """
    study["exercises"]["ex1_2"]["variants"]["elu_dropout"]["epochs"] = 2500


def with_resources(study: dict[str, Any]) -> None:
    resources = {"mem_mb": 1234, "hours": 2}
    study["exercises"]["ex1_2"]["variants"]["sgd"]["resources"] = resources


@pytest.fixture(scope="session")
def ran(prepared, tmp_path_factory) -> Path:
    """Give the folder with all builds that were made on Slurm; skip where none can be."""

    def make(folder: Path) -> None:
        folder.mkdir(exist_ok=True)  # of a worker whose builds have failed
        if reason := hindrance():
            (folder / "hindrance.txt").write_text(reason)
            return
        slurm = Cluster(Path(tempfile.mkdtemp(prefix="dlia-slurm-")))
        try:
            slurm.start()
            interrupted(slurm, prepared, folder)
            whole = Build(slurm, small(folder / "whole"), "all", "results/report.tex")
            assert whole.end() == 0, whole.terminal
            (folder / "jobs.json").write_text(json.dumps(facts(slurm, whole)))
            wrong = Build(
                slurm,
                small(folder / "wrong"),
                "train_ex1_2_sgd",
                *("--config", "device=cuda", "--retries", "0"),
            )
            alone = small(folder / "without_gpu")
            alone.edit_yaml("studies/mnist.yaml", with_resources)
            without = Build(
                slurm,
                alone,
                "train_ex1_2_sgd",
                *("--config", "request_gpu=false"),
            )
            assert wrong.end() != 0
            assert without.end() == 0, without.terminal
            (folder / "without_gpu.json").write_text(json.dumps(facts(slurm, without)))
        finally:
            for process in started:
                process.terminate()
            slurm.stop()

    folder = once(tmp_path_factory, "slurm", make)
    if (folder / "hindrance.txt").exists():
        reason = (folder / "hindrance.txt").read_text()
        (pytest.fail if os.environ.get("DLIA_SLURM") == "required" else pytest.skip)(reason)
    return folder


def small(folder: Path) -> Checkout:
    checkout = copy_project(folder)
    shrink(checkout)
    return checkout


def test_a_build_on_slurm_comes_to_the_same_bytes_as_one_on_this_machine(ran, build):
    assert differences(build.path / "results", ran / "whole/results") == []


def jobs(ran: Path) -> list[dict[str, str]]:
    return json.loads((ran / "jobs.json").read_text())


def test_only_trainings_are_submitted_each_once(ran):
    submitted = sorted(job["Comment"].removeprefix("rule_") for job in jobs(ran))
    models = (ran / "whole/results").glob("ex*/*/model.safetensors")
    assert submitted == sorted(f"train_{m.parts[-3]}_{m.parts[-2]}" for m in models)


def test_each_training_has_a_gpu_to_itself(ran):
    held: dict[str, list[tuple[str, str]]] = {}
    for job in jobs(ran):
        log = (ran / f"whole/logs/{job['Comment'].removeprefix('rule_')}.log").read_text()
        if "numpy" in job["Comment"]:  # it computes on the CPU
            assert "TresPerJob" not in job
            continue
        (number,) = re.findall(rf"^GPU: (\d), of Slurm's job {job['JobId']}$", log, re.MULTILINE)
        assert job["TresPerJob"] == "gres:gpu:1"
        held.setdefault(number, []).append((job["StartTime"], job["EndTime"]))
    assert sorted(held) == ["0", "1"]
    for periods in held.values():
        assert all(end <= start for (_, end), (start, _) in itertools.pairwise(sorted(periods)))


def test_trainings_of_different_variants_run_side_by_side(ran):
    periods = sorted((job["StartTime"], job["EndTime"]) for job in jobs(ran))
    assert any(start < end for (_, end), (start, _) in itertools.pairwise(periods))


@pytest.mark.parametrize("how", ["cancelled", "requeued"])
def test_an_interrupted_training_goes_on_and_comes_to_the_same(how, ran, whole):
    checkout = Checkout(ran / how)
    assert begun(checkout)["1"] >= 3
    for name, content in whole.items():
        assert (checkout.path / name).read_bytes() == content, name


def test_a_requeued_job_stays_the_same_for_snakemake_or_is_tried_once_more(ran):
    terminal = (ran / "requeued/terminal.txt").read_text()
    # If the executor asks just while Slurm ends the job, it takes it for one that failed.
    assert terminal.count("submitted with SLURM jobid") == 1 + terminal.count(" again: ") <= 2
    assert "Error" not in terminal


def test_a_training_that_meets_its_time_limit_goes_on_and_comes_to_the_same(ran):
    limited, here = (Checkout(ran / name) for name in ("limited", "limited_here"))
    assert "again: ex1_2/elu_dropout" in (limited.path / "terminal.txt").read_text()
    assert begun(limited)["1"] > 0
    for name in TRAINED:
        assert (limited.path / name).read_bytes() == (here.path / name).read_bytes(), name


def test_what_a_training_failed_of_is_told_on_the_terminal_with_its_log(ran):
    terminal = (ran / "wrong/terminal.txt").read_text()
    reason = "config.yaml: device: cuda is wanted, but torch finds no GPU here"
    assert f"failed: ex1_2/sgd: {reason}" in terminal
    assert "    logs/train_ex1_2_sgd.log\n" in terminal
    assert "Traceback" not in terminal


def test_where_no_gpu_is_asked_for_every_trial_has_a_core(ran, build):
    (job,) = json.loads((ran / "without_gpu.json").read_text())
    assert job["NumCPUs"] == "2"
    assert "TresPerJob" not in job
    log = (ran / "without_gpu/logs/train_ex1_2_sgd.log").read_text()
    assert "trials at once in this build: 2" in log
    model = "results/ex1_2/sgd/model.safetensors"
    assert (ran / "without_gpu" / model).read_bytes() == (build.path / model).read_bytes()


def test_a_training_asks_for_the_memory_and_the_time_that_its_variant_states(ran):
    (job,) = json.loads((ran / "without_gpu.json").read_text())
    assert (job["MinMemoryNode"], job["TimeLimit"]) == ("1234M", "02:00:00")


def test_other_trainings_ask_for_what_their_work_needs(ran):
    asked = {job["Comment"]: job["MinMemoryNode"] for job in jobs(ran)}
    assert all(re.fullmatch(r"\d+M", memory) for memory in asked.values())
    assert len(set(asked.values())) > 1


def test_the_status_of_a_build_on_slurm_can_be_read_while_it_runs(ran):
    lines = (ran / "status.txt").read_text().splitlines()
    assert lines[0].startswith("A build has been running on a cluster for ")
    assert "trainings: 1 running, of 1" in lines
    (row,) = (line for line in lines if line.startswith("ex1_2/elu_dropout"))
    assert re.search(r" 1 of 2 +\d+ of 200 +\d\.\d{4} ", row)
