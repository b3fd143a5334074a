"""Who asks a training to end, and where it goes on."""

import errno
import os
import signal
import subprocess
import sys
import time

import pytest
from conftest import sampled
from trainings import STATEFUL, equal, run

from dlia.runtime.interruption import Interrupted, asked_to_end, end_with, postponed
from dlia.runtime.locks import alone, held, lease
from dlia.training.checkpoint import Checkpoint


@pytest.mark.parametrize("name", ["SIGTERM", "SIGINT", "SIGHUP"])
def test_a_signal_is_noted_and_ends_nothing(name):
    with postponed():
        os.kill(os.getpid(), getattr(signal, name))
        assert asked_to_end() == name
    assert asked_to_end() == ""


def test_signals_end_processes_again_afterwards():
    before = signal.getsignal(signal.SIGTERM)
    with postponed():
        assert signal.getsignal(signal.SIGTERM) != before
    assert signal.getsignal(signal.SIGTERM) == before


def test_what_is_ignored_stays_ignored():
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    with postponed():
        os.kill(os.getpid(), signal.SIGHUP)
        assert asked_to_end() == ""
    signal.signal(signal.SIGHUP, before)


WATCHER = """
import sys, time
from dlia.runtime.interruption import asked_to_end, end_with, postponed
with postponed():
    end_with(int(sys.argv[1]))
    print("watching", flush=True)
    while not asked_to_end():
        time.sleep(0.05)
    print(asked_to_end(), flush=True)
"""


def watching(process: int) -> subprocess.Popen:
    command = [sys.executable, "-c", WATCHER, str(process)]
    watcher = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert watcher.stdout.readline() == "watching\n"
    return watcher


def test_a_process_is_asked_to_end_with_another_that_is_killed():
    other = subprocess.Popen(["sleep", "60"])
    watcher = watching(other.pid)
    other.kill()  # and not waited for: that it is no more has not been asked yet
    assert watcher.stdout.readline() == "the end of its Snakemake\n"
    other.wait()


def test_a_process_is_asked_to_end_with_another_that_is_gone_already():
    other = subprocess.Popen(["true"])
    other.wait()
    assert watching(other.pid).stdout.readline() == "the end of its Snakemake\n"


def test_where_the_system_does_not_tell_of_an_end_it_is_looked_for(monkeypatch):
    monkeypatch.delattr(os, "pidfd_open", raising=False)
    other = subprocess.Popen(["sleep", "0.2"])
    with postponed():
        end_with(other.pid)
        other.wait()
        latest = time.monotonic() + 10
        while not asked_to_end() and time.monotonic() < latest:
            time.sleep(0.05)
        assert asked_to_end() == "the end of its Snakemake"


def test_who_waits_for_a_core_can_be_asked_to_end(tmp_path):
    with lease(tmp_path, ["0"]), postponed():
        os.kill(os.getpid(), signal.SIGTERM)
        with pytest.raises(Interrupted, match="SIGTERM"), lease(tmp_path, ["0"]):
            pass


def test_who_holds_a_file_alone_is_waited_for(tmp_path):
    code = (
        "import sys, time\nfrom pathlib import Path\nfrom dlia.runtime.locks import alone\n"
        "with alone(Path(sys.argv[1]), print):\n    print('held', flush=True)\n    time.sleep(1)"
    )
    file = tmp_path / "a" / "lock"
    command = [sys.executable, "-c", code, str(file)]
    holder = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    holder.stdout.readline()
    announced = []
    with alone(file, lambda: announced.append(1)):
        assert holder.wait() == 0
    assert announced == [1]


def test_a_held_file_that_its_holder_deletes_is_made_anew(tmp_path):
    file = tmp_path / "lock"
    with alone(file, lambda: None):
        file.unlink()
        with alone(file, lambda: None):
            assert file.exists()


FORKED = """
import os, sys, time
from pathlib import Path
from dlia.runtime.locks import alone
with alone(Path(sys.argv[1]), print):
    if not os.fork():
        print(os.getpid(), flush=True)
    time.sleep(60)
"""


def test_a_file_is_held_until_what_a_killed_holder_has_forked_ends_too(tmp_path):
    file = tmp_path / "lock"
    command = [sys.executable, "-c", FORKED, str(file)]
    holder = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    forked = int(holder.stdout.readline())
    holder.kill()
    holder.wait()
    assert held(file)
    os.kill(forked, signal.SIGKILL)
    with alone(file, lambda: None):
        pass


def test_where_files_cannot_be_locked_all_goes_on_with_a_warning(tmp_path, monkeypatch, capfd):
    def refuse(*_):
        raise OSError(errno.ENOLCK, "none")

    monkeypatch.setattr("fcntl.flock", refuse)
    with alone(tmp_path / "lock", lambda: None):
        assert held(tmp_path / "lock") is None
    assert capfd.readouterr().out.count("this file system has no locks") == 1


def interrupt_after(steps: int, monkeypatch) -> None:
    """Ask for the end after so many batches."""
    from dlia.training import loop

    asked = iter([""] * steps)
    monkeypatch.setattr(loop, "asked_to_end", lambda: next(asked, "SIGTERM"))


# Three batches an epoch: at the beginning of the first, within it, at its end, in a later one.
@pytest.mark.parametrize("steps", sampled([0, 1, 3, 8], 2))
@pytest.mark.parametrize("case", STATEFUL.values(), ids=STATEFUL)
def test_a_training_goes_on_after_the_batch_at_which_it_was_interrupted(
    case, steps, tmp_path, monkeypatch
):
    whole, _ = run(**case, folder=tmp_path / "whole")
    interrupt_after(steps, monkeypatch)
    with pytest.raises(Interrupted, match=f"after epoch {steps // 3} and {steps % 3} batches"):
        run(**case, folder=tmp_path / "interrupted")
    monkeypatch.undo()
    resumed, _ = run(**case, folder=tmp_path / "interrupted")
    assert resumed.history == whole.history
    assert equal(resumed.chosen_weights, whole.chosen_weights)


def test_a_training_can_be_interrupted_again_and_again(tmp_path, monkeypatch):
    whole, _ = run("ex1_5/dropout", tmp_path / "whole")
    for _ in range(11):  # before each of the twelve batches but the first
        interrupt_after(1, monkeypatch)
        with pytest.raises(Interrupted):
            run("ex1_5/dropout", tmp_path / "often")
        monkeypatch.undo()
    resumed, _ = run("ex1_5/dropout", tmp_path / "often")
    assert resumed.history == whole.history


def test_a_checkpoint_with_a_single_wrong_bit_is_not_used(tmp_path, capfd):
    file = tmp_path / "trial.pt"
    run("ex1_2/sgd", tmp_path)
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)
    assert Checkpoint(file, "key").load() is None
    assert capfd.readouterr().out.count("the checkpoint is damaged") == 1
