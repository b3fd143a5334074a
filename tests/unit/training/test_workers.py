"""Trials side by side: places are shared out, results do not depend on how many work."""

import dataclasses
import multiprocessing
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from sweep import job_of

from dlia.errors import UserError
from dlia.runtime.interruption import Interrupted, asked_to_end
from dlia.runtime.locks import lease
from dlia.training import workers
from dlia.training.train_variant import train_variant
from dlia.training.workers import side_by_side

HOLD = """
import sys, time
from pathlib import Path
from dlia.runtime.locks import lease
with lease(Path(sys.argv[1]), [str(n) for n in range(int(sys.argv[2]))]) as place:
    print(place, flush=True)
    time.sleep(float(sys.argv[3]))
"""


@pytest.fixture
def shared(tmp_path) -> Path:
    return tmp_path / "places"


def holder(shared, places, seconds=60.0):
    """Start a process that holds a place; give it and the number of its place."""
    command = [sys.executable, "-c", HOLD, str(shared), str(places), str(seconds)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    return process, int(process.stdout.readline())


def test_every_place_is_held_once(shared):
    holders = [holder(shared, 3) for _ in range(3)]
    assert sorted(place for _, place in holders) == [0, 1, 2]
    for process, _ in holders:
        process.kill()


def test_who_finds_no_place_waits_until_one_is_free(shared):
    process, _ = holder(shared, 1, seconds=1.0)
    before = time.monotonic()
    with lease(shared, ["0"]) as place:
        assert place == "0"
    assert time.monotonic() - before > 0.5
    process.kill()


def test_a_killed_process_leaves_its_place_free(shared):
    process, place = holder(shared, 1)
    process.send_signal(signal.SIGKILL)
    process.wait()
    with lease(shared, ["0"]) as again:
        assert again == str(place)


def test_an_error_frees_the_place(shared):
    with pytest.raises(ValueError, match="x"), lease(shared, ["0"]):
        raise ValueError("x")
    with lease(shared, ["0"]) as place:
        assert place == "0"


def number(trial: int) -> bytes:
    return str(trial).encode()


@pytest.mark.parametrize("cores", [1, 2, 8])
def test_results_come_in_the_order_of_the_trials(cores, shared):
    assert side_by_side(number, 5, cores, shared) == [b"0", b"1", b"2", b"3", b"4"]


def process_of(trial: int) -> bytes:
    time.sleep(0.3)
    return str(os.getpid()).encode()


@pytest.mark.parametrize(("trials", "cores", "processes"), [(4, 2, 2), (2, 8, 2), (3, 1, 1)])
def test_a_training_takes_no_more_processes_than_cores_or_trials(trials, cores, processes, shared):
    assert len(set(side_by_side(process_of, trials, cores, shared))) == processes


TRAINING = """
import sys, time
from pathlib import Path
from dlia.training.workers import side_by_side
def work(trial):
    begin = time.time()
    time.sleep(0.3)
    return f"{begin} {time.time()}".encode()
for interval in side_by_side(work, 3, 2, Path(sys.argv[1])):
    print(interval.decode(), flush=True)
"""


def test_trainings_that_run_side_by_side_share_the_cores(shared):
    trainings = [
        subprocess.Popen(
            [sys.executable, "-c", TRAINING, shared], stdout=subprocess.PIPE, text=True
        )
        for _ in range(3)
    ]
    times = [t for training in trainings for t in training.communicate()[0].splitlines()]
    assert len(times) == 9
    intervals = [tuple(map(float, line.split())) for line in times]
    at_once = [sum(b <= begin < e for b, e in intervals) for begin, _ in intervals]
    assert max(at_once) == 2


def killed(trial: int) -> bytes:
    os.kill(os.getpid(), signal.SIGKILL)
    return b""


def test_a_killed_trial_is_told_and_not_waited_for(shared):
    with pytest.raises(UserError, match="memory"):
        side_by_side(killed, 2, 2, shared)


def fails_or_waits(trial: int) -> bytes:
    if trial == 0:
        raise UserError("no room")
    while not asked_to_end():
        time.sleep(0.05)
    raise Interrupted


def test_a_trial_that_fails_ends_the_others(shared):
    before = time.monotonic()
    with pytest.raises(UserError, match="no room"):
        side_by_side(fails_or_waits, 2, 2, shared)
    assert time.monotonic() - before < 20


def deaf(trial: int) -> bytes:
    if trial == 0:
        raise UserError("no room")
    time.sleep(60)
    return b""


def test_a_trial_that_does_not_listen_is_ended_after_a_while(shared, monkeypatch):
    monkeypatch.setattr(workers, "_GRACE", 1)
    before = time.monotonic()
    with pytest.raises(UserError, match="no room"):
        side_by_side(deaf, 2, 2, shared)
    assert time.monotonic() - before < 20


def fails_when_asked(trial: int) -> bytes:
    if trial == 0:
        raise UserError("no room")
    while not asked_to_end():
        time.sleep(0.05)
    raise OSError("no room either")


def test_a_trial_that_fails_while_it_is_asked_to_end_leaves_no_process_behind(shared):
    with pytest.raises(UserError, match="no room"):
        side_by_side(fails_when_asked, 2, 2, shared)
    latest = time.monotonic() + 10
    while multiprocessing.active_children() and time.monotonic() < latest:
        time.sleep(0.1)
    assert multiprocessing.active_children() == []


PARENT = """
import sys, time
from dlia.runtime.interruption import Interrupted, asked_to_end
from dlia.training.workers import side_by_side
def work(trial):
    import os
    os.write(1, f"{os.getpid()}\\n".encode())
    while not asked_to_end():
        time.sleep(0.05)
    raise Interrupted
side_by_side(work, 2, 2, None)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a process of it")
def test_the_trials_of_a_killed_job_end():
    command = [sys.executable, "-c", PARENT]
    parent = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    trials = [int(parent.stdout.readline()) for _ in range(2)]
    parent.kill()
    parent.wait()
    ended = time.monotonic() + 10
    while any(Path(f"/proc/{pid}").exists() for pid in trials) and time.monotonic() < ended:
        time.sleep(0.1)
    assert not [pid for pid in trials if Path(f"/proc/{pid}").exists()]


@pytest.mark.parametrize(
    "key", ["ex1_5/dropout", "ex1_1/numpy_2019", pytest.param("ex2_3/skip", marks=pytest.mark.slow)]
)
def test_the_files_are_the_same_however_many_work(key, shared, tmp_path):
    found = []
    job = job_of(tmp_path / "data", key)
    for count in (1, 2, 3):
        folder = tmp_path / str(count)
        folder.mkdir()
        files = [str(folder / file) for file in ("model.safetensors", "history.csv", "run.json")]
        own = dataclasses.replace(
            job, workers=count, places=shared, checkpoints=folder / "checkpoints"
        )
        train_variant(own, *files)
        found.append([Path(file).read_bytes() for file in files[:2]])
    assert found[0] == found[1] == found[2]
