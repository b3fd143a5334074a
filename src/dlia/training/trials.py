"""All trials of a variant: seeds, networks, training, and the files that stay."""

import dataclasses
import hashlib
import importlib
import json
import platform
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch
from torch import nn

from dlia import provenance
from dlia.data.arrays import Arrays
from dlia.data.rows import monitored_rows, training_rows
from dlia.files import write_csv, write_json
from dlia.models import build
from dlia.models.initialization import initialize
from dlia.models.store import Description, save_models
from dlia.seeds import PURPOSES, derive
from dlia.training.checkpoint import Checkpoint
from dlia.training.devices import choose_device
from dlia.training.engine import Progress, TrainingData, train
from dlia.training.losses import outputs_of
from dlia.training.optimizers import build_optimizer
from dlia.training.parts import load_part


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


def train_variant(job: Job, model: str, history: str, record: str) -> None:
    """Train all trials of a variant one after another, and write its three files."""
    device = choose_device(job.device)
    arrays = Arrays.open(job.inputs["images"], job.inputs["targets"], job.inputs["split"])
    data = _load(arrays, job.settings, device)
    metrics = importlib.import_module(f"dlia.training.{job.task}").metrics
    outputs = outputs_of(job.settings["loss"], job.classes)
    facts = {
        "code": job.code,
        "inputs": {name: provenance.sha256_of(path) for name, path in job.inputs.items()},
        "versions": provenance.versions(),
        "device": torch.cuda.get_device_name(device) if device.type == "cuda" else "cpu",
    }

    trials: list[Progress] = []
    for trial in range(job.trials):
        network = build(job.settings["model"], arrays.image_shape, outputs)
        _start(network, job, trial, device)
        order = torch.Generator().manual_seed(derive(job.seed, "order", trial))
        checkpoint = Checkpoint(job.checkpoints / f"trial_{trial}.pt", _key(job, trial, facts))
        announce = _announcer(trial, job.trials, job.settings["epochs"])
        trials.append(train(network, data, job.settings, metrics, order, checkpoint, announce))
        print(
            f"trial {trial + 1}: {trials[-1].status}, epoch {trials[-1].chosen_epoch} kept",
            flush=True,
        )

    description = Description(
        model=job.settings["model"],
        divide_by=job.settings["input"]["divide_by"],
        image_shape=arrays.image_shape,
        outputs=outputs,
        trials=[
            {"trial": n, "seed": job.seed, "epoch": t.chosen_epoch, "status": t.status}
            for n, t in enumerate(trials)
        ],
    )
    save_models(model, [t.chosen_weights for t in trials], description)
    write_csv(history, _history(trials))
    write_json(record, _record(job, network, trials, facts))
    shutil.rmtree(job.checkpoints, ignore_errors=True)


def _load(arrays: Arrays, settings: dict[str, Any], device: torch.device) -> TrainingData:
    def part(rows: np.ndarray) -> Any:
        return load_part(arrays, rows, settings["input"]["divide_by"], device)

    fit = settings["fit"]
    return TrainingData(
        training=part(training_rows(arrays.split, fit)),
        monitored=part(monitored_rows(arrays.split, fit)),
        validation=part(arrays.rows("validation")) if fit == "train" else None,
    )


def _start(network: nn.Module, job: Job, trial: int, device: torch.device) -> None:
    """Give ``network`` the initial weights of a trial, and the trial's stream to its dropout."""
    initialize(
        network,
        job.settings["initialization"],
        lambda layer: derive(job.seed, "init", trial, layer),
    )
    network.to(device=device, memory_format=torch.channels_last)  # type: ignore[call-overload]
    torch.manual_seed(derive(job.seed, "dropout", trial))


def _key(job: Job, trial: int, facts: dict[str, Any]) -> str:
    """Digest all that a trial depends on; a checkpoint of anything else is not taken up."""
    text = json.dumps([job.settings, job.seed, trial, facts], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def _announcer(trial: int, trials: int, epochs: int) -> Callable[[Progress], None]:
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
        values = {(p, m): v for e, p, m, v in progress.history if e == progress.epoch}
        shown = "  ".join(
            f"{part} {metric} {value:.4f}" for (part, metric), value in values.items()
        )
        print(
            f"trial {trial + 1}/{trials} epoch {progress.epoch}/{epochs}  {shown}{left}", flush=True
        )

    return announce


def _history(trials: list[Progress]) -> pd.DataFrame:
    rows = [(n, *row) for n, trial in enumerate(trials) for row in trial.history]
    return pd.DataFrame(rows, columns=["trial", "epoch", "part", "metric", "value"])


def _record(
    job: Job,
    network: nn.Module,
    trials: list[Progress],
    facts: dict[str, Any],
) -> dict[str, Any]:
    """Gather what ran, where and with what, asked of the objects themselves where they know."""
    optimizer = build_optimizer(network, job.settings["optimizer"])
    return {
        "settings": job.settings,
        "parameters": sum(p.numel() for p in network.parameters() if p.requires_grad),
        "layers": [
            {
                "name": name,
                "layer": str(layer),
                "parameters": sum(p.numel() for p in layer.parameters()),
            }
            for name, layer in network.named_modules()
            if name and not list(layer.children())
        ],
        "optimizer": {"class": type(optimizer).__name__, "defaults": optimizer.defaults},
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
                "seconds_per_epoch": round(t.seconds / max(t.epoch, 1), 4),
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
