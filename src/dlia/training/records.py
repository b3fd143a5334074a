"""What a training is given, and what it leaves in writing."""

import dataclasses
import math
import platform
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import torch

from dlia import provenance
from dlia.seeds import PURPOSES, derive
from dlia.training.devices import determinism
from dlia.training.engine import Learner, Progress, TrainingData
from dlia.training.objects import layers_of


@dataclasses.dataclass(frozen=True)
class Job:
    """What a training job is given: settings, seeds and files."""

    settings: dict[str, Any]
    task: str
    classes: int
    trials: int
    seed: int
    code: str
    device: str
    inputs: dict[str, str]
    checkpoints: Path


def announcer(trial: int, trials: int, epochs: int) -> Callable[[Progress], None]:
    """Give a function that prints a line after every epoch: where it stands, how long it takes."""
    first: list[tuple[int, float]] = []

    def announce(progress: Progress) -> None:
        now = time.monotonic()
        if not first:
            first.append((progress.epoch, now))
        done, since = progress.epoch - first[0][0], now - first[0][1]
        left = ""
        if done:
            remaining = epochs - progress.epoch + (trials - trial - 1) * epochs
            left = f", {since / done * remaining:.0f} s left for all trials"
        shown = "  ".join(
            f"{part} {metric} {value:.4f}"
            for epoch, part, metric, value in progress.history
            if epoch == progress.epoch and "." not in metric  # of one layer
        )
        print(
            f"trial {trial + 1}/{trials} epoch {progress.epoch}/{epochs}  {shown}{left}", flush=True
        )

    return announce


def history_of(trials: list[Progress]) -> pd.DataFrame:
    """Give the history of all trials, with the columns trial, epoch, part, metric, value."""
    rows = [(n, *row) for n, trial in enumerate(trials) for row in trial.history]
    return pd.DataFrame(rows, columns=["trial", "epoch", "part", "metric", "value"])


def record_of(
    job: Job,
    learner: Learner,
    data: TrainingData,
    initial: list[dict[str, Any]],
    augmentation: dict[str, Any],
    trials: list[Progress],
    facts: dict[str, Any],
) -> dict[str, Any]:
    """Gather what ran, where and with what, asked of the objects themselves where they know.

    Args:
        job: What was wanted.
        learner: That of the last trial.
        data: What it was shown.
        initial: What the first trial started with, from ``initial_weights``.
        augmentation: What was drawn to change images, from ``Augmentation.ranges``.
        trials: What came of all of them.
        facts: What is known from elsewhere.
    """
    one = data.monitored.inputs(torch.arange(1, device=data.monitored.targets.device))
    layers, multiply_adds = layers_of(learner.network, one)
    return {
        "settings": job.settings,
        "parameters": sum(p.numel() for p in learner.network.parameters() if p.requires_grad),
        "layers": layers,
        "multiply_adds": multiply_adds,
        "initial_weights": initial,
        **learner.described(),
        "augmentation": augmentation,
        "data": _data(data, job.settings["batch_size"]),
        "seeds": [
            {purpose: derive(job.seed, purpose, trial) for purpose in PURPOSES}
            for trial in range(job.trials)
        ],
        "trials": [
            {
                "status": t.status,
                "epochs": t.epoch,
                "chosen_epoch": t.chosen_epoch,
                "seconds": round(t.seconds, 2),
                "seconds_per_epoch": round(t.learning_seconds / max(t.epoch, 1), 4),
            }
            for t in trials
        ],
        "engine": "loop",
        "processor": _processor(),
        "peak_memory_mib": _peak_memory_mib(),
        "threads": torch.get_num_threads(),
        "dtypes": sorted(
            {str(p.dtype).removeprefix("torch.") for p in learner.network.parameters()}
        ),
        "determinism": determinism(),
        "git": provenance.git_state(),
        **facts,
    }


def _data(data: TrainingData, batch_size: int) -> dict[str, Any]:
    images = len(data.training)
    return {
        "training_images": images,  # with their fixed copies
        "fixed_copies": list(data.training.copies),
        "monitored_images": len(data.monitored),
        "validation_images": len(data.validation) if data.validation else 0,
        "batches_per_epoch": math.ceil(images / batch_size),
        "last_batch": images % batch_size or batch_size,
        "divided_by": data.training.divide_by,
    }


def _processor() -> str:
    """Give the processor's name, which Python's platform module does not know on Linux."""
    names = _lines("/proc/cpuinfo", "model name")
    return names[0] if names else platform.machine()


def _peak_memory_mib() -> int:
    """Give the most memory that this process had at a time; 0 where the system does not say."""
    peaks = _lines("/proc/self/status", "VmHWM")
    return int(peaks[0].split()[0]) // 1024 if peaks else 0


def _lines(path: str, name: str) -> list[str]:
    """Give what stands behind ``name`` and a colon in a file of the system, which may lack it."""
    try:
        lines = Path(path).read_text(encoding="utf-8").splitlines()
    except OSError:
        return []
    found = (line.partition(":") for line in lines)
    return [value.strip() for key, _, value in found if key.strip() == name]
