"""What a training is given, and what it leaves in writing."""

import dataclasses
import platform
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import torch

from dlia import provenance
from dlia.seeds import PURPOSES, derive
from dlia.training.engine import Learner, Progress


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
    trials: list[Progress],
    facts: dict[str, Any],
) -> dict[str, Any]:
    """Gather what ran, where and with what, asked of the objects themselves where they know."""
    return {
        "settings": job.settings,
        "parameters": sum(p.numel() for p in learner.network.parameters() if p.requires_grad),
        "layers": [
            {
                "name": name,
                "layer": str(layer),
                "parameters": sum(p.numel() for p in layer.parameters()),
            }
            for name, layer in learner.network.named_modules()
            if name and not list(layer.children())
        ],
        "optimizer": learner.described(),
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
        "processor": platform.processor() or platform.machine(),
        "threads": torch.get_num_threads(),
        "dtype": str(torch.get_default_dtype()).removeprefix("torch."),
        "deterministic": torch.are_deterministic_algorithms_enabled(),
        "git": provenance.git_state(),
        **facts,
    }
