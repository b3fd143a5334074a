"""What a training is given, and what it leaves in writing."""

import dataclasses
import hashlib
import json
import math
import platform
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import torch
from torch import nn

from dlia.runtime import provenance
from dlia.runtime.devices import determinism
from dlia.runtime.epoch_lines import EpochLine
from dlia.runtime.seeds import PURPOSES, derive
from dlia.training.introspection import layers_of
from dlia.training.loop import Augment, Learner, TrainingData
from dlia.training.measures import Curves
from dlia.training.progress import Progress


@dataclasses.dataclass(frozen=True)
class TrainingJob:
    """What a training job is given: settings, seeds and files.

    Attributes:
        settings: Every hyperparameter of the training.
        curves: What its task measures of networks.
        classes: How many there are.
        trials: How many times it is trained.
        seed: That of the user, from which all others are derived.
        code: The fingerprint of the code that trains.
        device: auto, cpu or cuda.
        inputs: Paths of images, targets and split.
        checkpoints: The folder for them.
        gpus: 1 for a job that asked Snakemake for a GPU, else 0.
        engine: auto, loop or stacked.
        workers: How many trials may be trained at once in the whole build.
        places: The folder by which its trainings tell each other which cores are taken.
    """

    settings: dict[str, Any]
    curves: Curves
    classes: int
    trials: int
    seed: int
    code: str
    device: str
    inputs: dict[str, str]
    checkpoints: Path
    gpus: int = 0
    engine: str = "auto"
    workers: int = 1
    places: Path | None = None

    def key(self, facts: dict[str, Any], *trials: int) -> str:
        """Digest all that trials depend on; a checkpoint of anything else is not taken up."""
        text = json.dumps([self.settings, self.seed, trials, facts], sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()


@dataclasses.dataclass
class Trained:
    """What came of a trial.

    Attributes:
        progress: Its history and its weights.
        initial: What it started with, from ``initial_weights``.
        objects: What trained it, from ``objects_of``.
    """

    progress: Progress
    initial: list[dict[str, Any]]
    objects: dict[str, Any]


def announcer(who: str, epochs: int) -> Callable[[Progress], None]:
    """Give a function that prints a line about a training: where it stands, how long it takes.

    It is to be called first when the training begins or goes on, and then after every epoch.

    Args:
        who: The trial, as it is called in the line.
        epochs: How many there are.
    """
    first: list[tuple[int, float]] = []

    def announce(progress: Progress) -> None:
        now = time.monotonic()
        if not first:
            first.append((progress.epoch, now))
        done, since = progress.epoch - first[0][0], now - first[0][1]
        left = since / done * (epochs - progress.epoch) if done else None
        measured = {
            f"{part} {metric}": value
            for epoch, part, metric, value in progress.history
            if epoch == progress.epoch and "." not in metric  # of one layer
        }
        print(EpochLine(who, progress.epoch, epochs, measured, left), flush=True)

    return announce


def history_of(trials: list[Progress]) -> pd.DataFrame:
    """Give the history of all trials, with the columns trial, epoch, part, metric, value."""
    rows = [(n, *row) for n, trial in enumerate(trials) for row in trial.history]
    return pd.DataFrame(rows, columns=["trial", "epoch", "part", "metric", "value"])


def objects_of(
    learner: Learner,
    network: nn.Module,
    data: TrainingData,
    augment: Augment,
    settings: dict[str, Any],
) -> dict[str, Any]:
    """Ask the objects of a training what they are and have.

    Args:
        learner: After its training.
        network: That of one trial.
        data: What it was shown.
        augment: What changed its images.
        settings: Every hyperparameter of the training.
    """
    one = data.monitored.inputs(torch.arange(1, device=data.monitored.targets.device))
    layers, multiply_adds = layers_of(network, one)
    return {
        "parameters": sum(p.numel() for p in network.parameters() if p.requires_grad),
        "layers": layers,
        "multiply_adds": multiply_adds,
        **learner.described(),
        "augmentation": augment.ranges(),
        "data": _data(data, settings["batch_size"]),
        "processor": _processor(),
        "peak_memory_mib": _peak_memory_mib(),
        "threads": torch.get_num_threads(),
        "dtypes": sorted({str(p.dtype).removeprefix("torch.") for p in network.parameters()}),
        "determinism": determinism(),
    }


def record_of(job: TrainingJob, trials: list[Trained], facts: dict[str, Any]) -> dict[str, Any]:
    """Gather what ran, where and with what, asked of the objects themselves where they know.

    Args:
        job: What was wanted.
        trials: What came of all of them; the objects are those of the last.
        facts: What is known from elsewhere.
    """
    return {
        "settings": job.settings,
        "initial_weights": trials[0].initial,
        **trials[-1].objects,
        "peak_memory_mib": max(trial.objects["peak_memory_mib"] for trial in trials),
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
            for t in (trial.progress for trial in trials)
        ],
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
