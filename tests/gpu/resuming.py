"""Trainings that are killed, or asked to end, and go on to the same bytes."""

import signal
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from lines import FAILED, PASSED, Line, Setup
from one_training import FILES

EPOCHS = 25
KILLED_AFTER = 4  # epochs
# By which engine, and how it is ended.
ENDS = (("stacked", signal.SIGKILL), ("loop", signal.SIGTERM), ("stacked", signal.SIGTERM))


def run(setup: Setup) -> Iterator[Line]:
    """End trainings of both engines in the middle, start them again, and compare the files."""
    ends = ENDS[:1] if setup.small else ENDS
    engines = sorted({engine for engine, _ in ends})
    with ThreadPoolExecutor(len(engines) + len(ends)) as pool:
        whole = {e: pool.submit(finished, setup, e, setup.folder / f"whole_{e}") for e in engines}
        resumed = {
            (engine, how): pool.submit(ended_and_resumed, setup, engine, how)
            for engine, how in ends
        }
    faults = []
    for (engine, how), found in resumed.items():
        files, words = found.result()
        if files != whole[engine].result()[0]:
            faults.append(f"{engine} after {how.name}: came to other bytes")
        elif "goes on from this checkpoint" not in words:
            faults.append(f"{engine} after {how.name}: began anew")
    number = f"{len(ends) - len(faults)} of {len(ends)}"
    result = FAILED if faults else PASSED
    yield Line("kill and resume", result, number, "same bytes", detail="; ".join(faults))


def finished(setup: Setup, engine: str, folder: Path) -> tuple[list[bytes], str]:
    """Train to the end; give the bytes of model and history, and what was printed."""
    training = start(setup, engine, folder)
    words, _ = training.communicate()
    if training.returncode:
        raise RuntimeError(f"{engine}: a training failed: {words.strip().splitlines()[-1:]}")
    return [(folder / name).read_bytes() for name in FILES[:2]], words


def ended_and_resumed(setup: Setup, engine: str, how: signal.Signals) -> tuple[list[bytes], str]:
    """End a training after some epochs, and finish it; give the same of the second process."""
    folder = setup.folder / f"{how.name}_{engine}"
    training = start(setup, engine, folder)
    assert training.stdout is not None
    for line in training.stdout:
        if f" epoch {KILLED_AFTER}/{EPOCHS}" in line:
            training.send_signal(how)
            break
    training.communicate()
    if not training.returncode:
        raise RuntimeError(f"{engine}: the training ended before {how.name}")
    return finished(setup, engine, folder)


def start(setup: Setup, engine: str, folder: Path) -> "subprocess.Popen[str]":
    """Start a training in a process of its own."""
    folder.mkdir(exist_ok=True)
    script = Path(__file__).with_name("one_training.py")
    return subprocess.Popen(
        [sys.executable, str(script), str(folder), setup.device, engine, str(EPOCHS)],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
