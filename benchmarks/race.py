"""One run of a contestant in a process of its own: its epochs with their times, and its memory."""

import contextlib
import json
import os
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from pathlib import Path
from subprocess import PIPE, STDOUT, Popen
from typing import Any

import psutil

from dlia.errors import UserError
from dlia.runtime.files import write_json
from dlia.runtime.log_lines import EpochLine
from task import Task

# Each with the library that it needs.
CONTESTANTS = {"dlia": "dlia", "lightning": "lightning", "tutorial": "torchvision"}
SCRIPT = Path(__file__).with_name("contestants.py")
SAMPLING = 0.5  # seconds between two samples of the memory; one takes milliseconds


def race(task: Task, contestant: str, level: float | None = None) -> dict[str, Any]:
    """Let a contestant train once.

    ``images_per_second`` are those of the training steps, from the first batch of an epoch until
    the device has done the last update; for several trials, those of the whole process. All seconds
    count from the start of the process. ``value``: validation metric at the end, mean of trials.
    """
    path = Path(task.folder) / "task.json"
    write_json(path, asdict(task))
    command = [sys.executable, str(SCRIPT), contestant, str(path)]
    # A number of threads set by the shell would slow down the others.
    environment = {k: v for k, v in os.environ.items() if not k.endswith("_NUM_THREADS")}
    started = time.monotonic()
    with (
        ThreadPoolExecutor() as pool,
        Popen(command, stdout=PIPE, stderr=STDOUT, text=True, env=environment) as process,  # noqa: S603
    ):
        peak = pool.submit(_peak_memory, process)
        lines = [(time.monotonic() - started, line.rstrip("\n")) for line in process.stdout or ()]
        process.wait()
        seconds = time.monotonic() - started
    if process.returncode:
        raise UserError("\n".join([f"{contestant} failed:", *(text for _, text in lines[-15:])]))
    said = json.loads(path.with_name("said.json").read_bytes())
    alone = task.trials == 1  # else the lines of several trials are mixed
    epochs = [(at, line) for at, text in lines if alone and (line := EpochLine.parse(text))]
    startup = next((at for at, line in epochs if line.epoch == 0), None)
    curve = [(at, line.measured[f"validation {task.metric}"]) for at, line in epochs if line.epoch]
    reached = next((at for at, value in curve if level and value >= level), None)
    images = task.training_images * task.settings["epochs"] * task.trials
    return {
        "contestant": contestant,
        "trials": task.trials,
        "images_per_second": images / (said["learning_seconds"] if alone else seconds),
        "seconds": seconds,
        "startup_seconds": startup,
        "seconds_to_level": reached,
        "seconds_to_level_after_startup": reached and startup and reached - startup,
        "peak_memory_mib": peak.result(),
        "value": sum(said["values"]) / len(said["values"]),
        "curve": [value for _, value in curve],
        "said": said,
    }


def _peak_memory(process: "Popen[str]") -> float:
    """Return the peak of the proportional set sizes of a process and its children, in MiB."""
    peak, parent = 0, psutil.Process(process.pid)
    while process.poll() is None:
        with contextlib.suppress(psutil.Error):
            peak = max(peak, sum(map(_memory, [parent, *parent.children(recursive=True)])))
        time.sleep(SAMPLING)
    return peak / 2**20


def _memory(process: psutil.Process) -> int:
    with contextlib.suppress(psutil.Error):  # it has ended
        return int(process.memory_full_info().pss)
    return 0
