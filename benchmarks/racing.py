"""One contestant in a process of its own: its lines with their times, and its memory."""

import contextlib
import dataclasses
import importlib.util
import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import psutil

from cases import Case
from contestant import Task
from dlia.errors import UserError

FOLDER = Path(__file__).resolve().parent
# Each with its file and the library without which it cannot start.
CONTESTANTS = {
    "dlia": ("dlia_engine.py", "dlia"),
    "lightning": ("lightning_trainer.py", "lightning"),
    "tutorial": ("tutorial_loop.py", "torchvision"),
}
EPOCH = re.compile(r"\bepoch (\d+)\b.*\bvalidation (?:accuracy|dice) ([0-9.]+)")
RESULT = "result "
SAMPLING = 0.5  # seconds between two looks at the memory, each of which takes milliseconds
# A number of threads that the shell or a test has set would hold peers back.
THREADS = ("OMP_NUM_THREADS", "MKL_NUM_THREADS")


@dataclasses.dataclass(frozen=True)
class Run:
    """What one run of a contestant showed.

    Attributes:
        images: Training images times epochs times trials.
        images_per_second: Training images times epochs, by the seconds of the training steps alone:
            from taking an epoch's first batch until the device has done its last update, without
            start-up and validation. Every contestant reads its own clock at these two points. Of
            several trials: all their images, by the seconds of the process, start-up included.
        seconds: From the start of the process to its end.
        startup_seconds: From the start of the process to that of the first epoch.
        seconds_to_level: From the start of the process to the first epoch whose validation metric
            reaches the case's level; None where none did, or no level is set.
        seconds_to_level_after_startup: The same from the start of the first epoch.
        peak_memory_mib: Of the process and all that it started, as the sum of their proportional
            set sizes, the largest of samples half a second apart.
        value: The validation metric after the last epoch, the mean over the trials.
        busy_elsewhere: Cores that were kept busy by other programs meanwhile, on average.
        curve: That of every epoch, where there is one trial.
        said: What the contestant itself says of its run.
    """

    case: str
    contestant: str
    trials: int
    round: int
    seed: int
    epochs: int
    images: int
    images_per_second: float
    seconds: float
    startup_seconds: float | None
    seconds_to_level: float | None
    seconds_to_level_after_startup: float | None
    peak_memory_mib: float
    value: float
    busy_elsewhere: float
    curve: list[float]
    said: dict[str, Any]


@dataclasses.dataclass(frozen=True)
class Watched:
    """What was seen of a process, and what it said of itself.

    Attributes:
        seconds: From its start to its end.
        peak_memory_mib: As in ``Run``.
        busy_elsewhere: As in ``Run``.
        lines: What it printed, each line with the second that it came at.
        said: The values of its line ``result``.
    """

    seconds: float
    peak_memory_mib: float
    busy_elsewhere: float
    lines: list[tuple[float, str]]

    @property
    def said(self) -> dict[str, Any]:
        """What it said of itself, where it said anything."""
        told = [text.removeprefix(RESULT) for _, text in self.lines if text.startswith(RESULT)]
        found: dict[str, Any] = json.loads(told[-1])
        return found


def available() -> list[str]:
    """Give the contestants whose libraries are installed."""
    return [name for name, (_, module) in CONTESTANTS.items() if importlib.util.find_spec(module)]


def race(case: Case, contestant: str, trials: int, workers: int, round_: int, folder: Path) -> Run:
    """Let a contestant train once.

    Args:
        case: What it trains.
        contestant: A key of ``CONTESTANTS``.
        trials: Trainings in this run.
        workers: Processes that dlia may train them in.
        round_: Which round this is; all contestants of a round have the same seed.
        folder: A fresh folder for its files.
    """
    folder.mkdir(parents=True)
    seed = case.task.seed + round_
    task = dataclasses.replace(
        case.task, seed=seed, trials=trials, workers=workers, scratch=str(folder)
    )
    watch = watched(contestant, task)
    lines, said = watch.lines, watch.said
    epochs = [(at, float(found[2])) for at, line in lines if (found := EPOCH.search(line))]
    begin = next((at for at, line in lines if line == "begin"), None)
    if begin is None and trials == 1:
        # dlia prints no such line, but writes down how long all its epochs took.
        begin = max(epochs[-1][0] - said["seconds"], 0.0)
    level = next((at for at, value in epochs if case.level and value >= case.level), None)
    level = level if trials == 1 else None
    images = case.training_images * case.epochs * trials
    return Run(
        case=case.name,
        contestant=contestant,
        trials=trials,
        round=round_,
        seed=seed,
        epochs=case.epochs,
        images=images,
        images_per_second=images / (said["learning_seconds"] if trials == 1 else watch.seconds),
        seconds=watch.seconds,
        startup_seconds=begin,
        seconds_to_level=level,
        seconds_to_level_after_startup=None if level is None or begin is None else level - begin,
        peak_memory_mib=watch.peak_memory_mib,
        value=sum(said["values"]) / len(said["values"]),
        busy_elsewhere=watch.busy_elsewhere,
        curve=[value for _, value in epochs] if trials == 1 else [],
        said=said,
    )


def watched(contestant: str, task: Task) -> Watched:
    """Run a contestant to its end.

    Raises:
        UserError: It failed; its last lines tell why.
    """
    path = Path(task.scratch) / "task.json"
    task.write(path)
    environment = {name: value for name, value in os.environ.items() if name not in THREADS}
    busy, started = _busy_elsewhere(), time.monotonic()
    with (Path(task.scratch) / "errors.txt").open("w+", encoding="utf-8") as errors:
        process = subprocess.Popen(  # noqa: S603
            [sys.executable, str(FOLDER / CONTESTANTS[contestant][0]), str(path)],
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
            env=environment,
            start_new_session=True,
        )
        try:
            lines: list[tuple[float, str]] = []
            reader = threading.Thread(target=_read, args=(process, started, lines))
            reader.start()
            peak = _watch_memory(process)
            seconds = time.monotonic() - started
            reader.join()
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
        if process.returncode:
            errors.seek(0)
            told = [*errors.read().splitlines(), *(line for _, line in lines)]
            raise UserError(f"{contestant} failed:\n" + "\n".join(told[-15:]))
    busy = max(_busy_elsewhere() - busy, 0.0)
    return Watched(seconds, peak, busy / seconds, lines)


def _read(process: "subprocess.Popen[str]", started: float, lines: list[tuple[float, str]]) -> None:
    assert process.stdout is not None
    for line in process.stdout:
        lines.append((time.monotonic() - started, line.rstrip("\n")))


def _watch_memory(process: "subprocess.Popen[str]") -> float:
    """Give the peak memory of a process and its children in MiB, once it has ended."""
    peak, parent = 0, psutil.Process(process.pid)
    while True:
        with contextlib.suppress(psutil.Error):
            peak = max(peak, sum(map(_memory, [parent, *parent.children(recursive=True)])))
        try:
            process.wait(SAMPLING)
        except subprocess.TimeoutExpired:
            continue
        return peak / 2**20


def _busy_elsewhere() -> float:
    """Give the seconds that all cores have worked, less those of this process and its children."""
    cores, own = psutil.cpu_times(), os.times()
    return float(cores.user + cores.nice + cores.system) - sum(own[:4])


def _memory(process: psutil.Process) -> int:
    """Give a process's proportional set size: what it shares counts to each sharer in part."""
    try:
        return int(process.memory_full_info().pss)
    except psutil.Error:  # It has ended meanwhile.
        return 0
