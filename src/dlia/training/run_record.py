"""The written results of a training: progress lines in the log, history, and run record."""

import math
import platform
import time
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import torch
from torch import nn

from dlia.runtime.checkout import GitState
from dlia.runtime.devices import determinism
from dlia.runtime.log_lines import EpochLine
from dlia.runtime.seeds import PURPOSES, derive
from dlia.training.batches import Batches
from dlia.training.device_data import TrainingData
from dlia.training.introspection import layers_of
from dlia.training.loop import Learner
from dlia.training.progress import Progress
from dlia.training.record_types import DataFacts, Facts, Objects
from dlia.training.training_job import Trained, TrainingJob


def announcer(who: str, epochs: int, asked: int = 0) -> Callable[[Progress], None]:
    """Give a function that prints a line about a training: where it stands, how long it takes.

    It is to be called first when the training begins or goes on, and then after every epoch.

    Args:
        who: The trial, as it is called in the line.
        epochs: How many there are.
        asked: How many the study asks for, if there are more.
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
            # Not those of one layer, or of one class.
            if epoch == progress.epoch and "." not in metric and "_class_" not in metric
        }
        print(EpochLine(who, progress.epoch, epochs, measured, left, asked), flush=True)

    return announce


def history_of(trials: list[Progress]) -> pd.DataFrame:
    """Give the history of all trials, with the columns trial, epoch, part, metric, value."""
    rows = [(n, *row) for n, trial in enumerate(trials) for row in trial.history]
    return pd.DataFrame(rows, columns=["trial", "epoch", "part", "metric", "value"])


def computed_layers(network: nn.Module, data: TrainingData) -> list[str]:
    """Name the layers in the order in which they are computed now."""
    return [layer["name"] for layer in layers_of(network, data.one_image())[0]]


def describe_objects(
    learner: Learner,
    network: nn.Module,
    data: TrainingData,
    batches: Batches,
    computed: list[str],
) -> Objects:
    """Describe the objects of a training: layers, loss, optimizer, data and environment.

    Args:
        learner: The learner, after the training.
        network: The network of one trial.
        data: The images that it was trained and measured on.
        batches: The training batches.
        computed: The result of ``computed_layers`` during the training.
    """
    layers, multiply_adds = layers_of(network, data.one_image())
    return {
        "parameters": sum(p.numel() for p in network.parameters() if p.requires_grad),
        "layers": layers,
        "computed_layers": computed,
        "multiply_adds": multiply_adds,
        **learner.described(),
        "augmentation": batches.augments[0].ranges(),
        "data": _data(data, batches.size),
        "processor": _processor(),
        "peak_memory_mib": _peak_memory_mib(),
        "threads": torch.get_num_threads(),
        "dtypes": sorted({str(p.dtype).removeprefix("torch.") for p in network.parameters()}),
        "determinism": determinism(),
    }


def record_of(
    job: TrainingJob, trials: list[Trained], facts: Facts, git: GitState
) -> dict[str, object]:
    """Assemble the run record: settings, objects, seeds, trials, Git state and environment.

    Args:
        job: The inputs of the training.
        trials: The results of all trials; the objects of the last one are recorded.
        facts: Further entries: code, inputs, versions, device and engine.
        git: The state of the checkout when the training began.
    """
    return {
        "settings": job.settings.of_training(),
        "asked": job.asked,
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
        "git": git,
        **facts,
    }


def _data(data: TrainingData, batch_size: int) -> DataFacts:
    images = len(data.training)
    return {
        "training_images": images,  # with their fixed copies
        "fixed_copies": list(data.training.copies),
        "monitored_images": len(data.monitored),
        "validation_images": len(data.validation) if data.validation else 0,
        "monitored_test_images": len(data.test) if data.test else 0,
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
