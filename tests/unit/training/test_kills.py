"""Trainings that are killed, or asked to end, in processes of their own."""

import json
import os
import random
import re
import signal
import subprocess
import sys
import time

import pytest
from sweep import job_of

TRAINING = """
import json, sys
from pathlib import Path
from dlia.tasks.classification.curves import CURVES
from dlia.training.training_job import TrainingJob
from dlia.training.train_variant import train_variant
from dlia.runtime.interruption import Interrupted
from dlia.study.settings import Settings
job, folder = json.loads(sys.argv[1]), Path(sys.argv[2])
own = {"settings": Settings.model_validate(job["settings"]), "curves": CURVES}
own |= {"checkpoints": folder / "checkpoints", "places": folder / "cores"}
job = TrainingJob(**job | own)
try:
    train_variant(job, *(str(folder / n) for n in ("model.safetensors", "history.csv", "run.json")))
except Interrupted as interrupted:
    print(interrupted, flush=True)
    sys.exit(3)
"""


FILES = ("model.safetensors", "history.csv", "run.json")


def words_of(folder, key: str, **changes) -> str:
    """Give a small job as it travels to the process that trains."""
    job = vars(job_of(folder, key))
    settings = job["settings"].of_training() | changes
    asked = {**job, "settings": settings, "workers": 2, "trials": 2}
    return json.dumps(
        {k: v for k, v in asked.items() if k not in ("curves", "checkpoints", "places")}
    )


def start(code: str, words: str, folder, *more: str) -> subprocess.Popen:
    folder.mkdir(exist_ok=True)
    command = [sys.executable, "-c", code, words, str(folder), *more]
    return subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True
    )


def trained(words: str, folder) -> list[bytes]:
    """Train to the end; give the files but for the record."""
    training = start(TRAINING, words, folder)
    told, _ = training.communicate(timeout=120)
    assert training.returncode == 0, told
    assert not (folder / "checkpoints").exists()
    assert sorted(path.name for path in folder.iterdir() if path.is_file()) == sorted(FILES)
    return [(folder / name).read_bytes() for name in FILES[:2]]


@pytest.fixture(scope="module")
def words(tmp_path_factory) -> str:
    return words_of(tmp_path_factory.mktemp("job") / "data", "ex1_5/dropout", epochs=20)


@pytest.fixture(scope="module")
def whole(words, tmp_path_factory) -> list[bytes]:
    """Give the files of a training that nothing interrupts."""
    return trained(words, tmp_path_factory.mktemp("whole"))


@pytest.mark.always
def test_a_training_that_is_killed_at_any_moment_comes_to_the_same(words, whole, tmp_path):
    chance = random.Random(5)
    for first in (0, 5, 10):
        epoch = first + chance.randrange(5)
        training = start(TRAINING, words, tmp_path / "killed")
        for line in training.stdout:
            reached = re.search(r" epoch (\d+)/", line)
            if reached and int(reached[1]) >= epoch:
                break
        time.sleep(chance.uniform(0, 0.02))  # shorter than an epoch
        os.killpg(training.pid, signal.SIGKILL)
        assert training.wait() == -signal.SIGKILL  # it was not quicker
    assert trained(words, tmp_path / "killed") == whole


# Dies in the writing of a file: in that of a trial's checkpoint, or of the job's results.
DEADLY = (
    """
import multiprocessing, os, signal, sys
import dlia.runtime.files
who, number, when = sys.argv[3], int(sys.argv[4]), sys.argv[5]
link, calls = os.link, []
def deadly(*arguments, **more):
    own = "job" if multiprocessing.parent_process() is None else "trial"
    calls.append(own)
    last = own == who and calls.count(own) == number
    if last and when == "before":
        os.kill(os.getpid(), signal.SIGKILL)
    link(*arguments, **more)
    if last:
        os.kill(os.getpid(), signal.SIGKILL)
os.link = deadly
"""
    + TRAINING
)


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(os, "O_TMPFILE"), reason="needs Linux")
@pytest.mark.parametrize(
    ("who", "number", "when"),
    [
        ("trial", 2, "before"),
        ("trial", 2, "after"),
        ("job", 1, "before"),
        ("job", 2, "after"),
        ("job", 3, "before"),
    ],
)
def test_a_training_that_is_killed_while_it_writes_comes_to_the_same(
    who, number, when, words, whole, tmp_path
):
    training = start(DEADLY, words, tmp_path / "killed", who, str(number), when)
    training.communicate(timeout=120)
    assert training.returncode != 0
    complete = [path.name for path in (tmp_path / "killed").iterdir() if path.is_file()]
    assert len([name for name in complete if name in FILES]) == (number - 1 if who == "job" else 0)
    for leftover in (tmp_path / "killed").glob(".partial-*"):
        leftover.unlink()  # complete, and about to be renamed
    assert trained(words, tmp_path / "killed") == whole


@pytest.mark.parametrize(
    "name",
    [
        pytest.param("SIGINT", marks=pytest.mark.always),
        *(pytest.param(name, marks=pytest.mark.slow) for name in ("SIGTERM", "SIGHUP")),
    ],
)
def test_trials_side_by_side_put_their_work_away(name, tmp_path):
    words = words_of(tmp_path / "data", "ex1_2/sgd", epochs=2000)
    training = start(TRAINING, words, tmp_path / "asked")
    for line in training.stdout:
        if "epoch 2/" in line:
            break
    training.send_signal(getattr(signal, name))
    rest = training.stdout.read()
    assert training.wait(timeout=60) == 3
    assert f"ended by {name}" in rest
    kept = [path.name for path in (tmp_path / "asked" / "checkpoints").glob("*.pt")]
    assert sorted(kept) == ["trial_0.pt", "trial_1.pt"]


@pytest.mark.slow
def test_a_training_that_is_asked_to_end_when_all_is_trained_keeps_its_last_checkpoint(
    words, whole, tmp_path
):
    asks = (
        "import os, signal\nimport dlia.training.train_variant as t\nwrite = t.write_json\n"
        "def asked(*given):\n    write(*given)\n    os.kill(os.getpid(), signal.SIGINT)\n"
        "t.write_json = asked\n"
    )
    training = start(asks + TRAINING, words, tmp_path / "asked")
    told, _ = training.communicate(timeout=120)
    assert (training.returncode, "after all trials were trained" in told) == (3, True)
    before = time.monotonic()
    assert trained(words, tmp_path / "asked") == whole
    assert time.monotonic() - before < 60
