"""All trials of a variant: seeds, networks, training, and the files that stay."""

import hashlib
import importlib
import json
import math
import shutil
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from dlia import provenance
from dlia.data.arrays import Arrays
from dlia.data.rows import monitored_rows, training_rows
from dlia.files import write_csv, write_json
from dlia.models import build
from dlia.models.initialization import initialize
from dlia.models.store import Description, save_models
from dlia.seeds import derive
from dlia.training.checkpoint import Checkpoint
from dlia.training.devices import choose_device
from dlia.training.engine import Augment, Progress, Streams, TrainingData, train
from dlia.training.losses import outputs_of
from dlia.training.objects import initial_weights
from dlia.training.parts import load_part
from dlia.training.records import Job, announcer, history_of, record_of


def train_variant(job: Job, model: str, history: str, record: str) -> None:
    """Train all trials of a variant one after another, and write its three files."""
    by_hand = job.settings["gradients"] == "by_hand"
    device = choose_device("cpu" if by_hand else job.device)
    arrays = Arrays.open(job.inputs["images"], job.inputs["targets"], job.inputs["split"])
    data = load_data(arrays, job.settings, device)
    task: Any = importlib.import_module(f"dlia.training.{job.task}")
    learners = importlib.import_module(f"dlia.training.{job.settings['gradients']}")
    outputs = outputs_of(job.settings["loss"], job.classes)
    facts = {
        "code": job.code,
        "inputs": {name: provenance.sha256_of(path) for name, path in job.inputs.items()},
        "versions": provenance.versions(),
        "device": torch.cuda.get_device_name(device) if device.type == "cuda" else "cpu",
    }

    trials: list[Progress] = []
    initial: list[dict[str, Any]] = []
    for trial in range(job.trials):
        network = build(job.settings["model"], arrays.image_shape, outputs)
        _start(network, job, trial, device)
        initial = initial or initial_weights(network, job.settings["initialization"])
        streams = Streams(*(_stream(job, purpose, trial) for purpose in ("order", "augmentation")))
        steps = math.ceil(len(data.training) / job.settings["batch_size"])
        learner = learners.Learner(network, job.settings, steps)
        augment = augmentation_of(job.settings["augmentation"], streams.augmentation)
        trials.append(
            train(
                learner,
                data,
                job.settings,
                task,
                streams,
                augment,
                Checkpoint(job.checkpoints / f"trial_{trial}.pt", _key(job, trial, facts)),
                announcer(trial, job.trials, job.settings["epochs"]),
            )
        )
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
    write_csv(history, history_of(trials))
    write_json(record, record_of(job, learner, data, initial, augment.ranges(), trials, facts))
    shutil.rmtree(job.checkpoints, ignore_errors=True)


def load_data(arrays: Arrays, settings: dict[str, Any], device: torch.device) -> TrainingData:
    """Copy to ``device`` what the trials of a variant see, fixed copies included."""

    def part(rows: np.ndarray) -> Any:
        return load_part(arrays, rows, settings["input"]["divide_by"], device)

    fit = settings["fit"]
    return TrainingData(
        training=part(training_rows(arrays.split, fit)).extended(settings["add_copies"]),
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


def _stream(job: Job, purpose: str, trial: int) -> torch.Generator:
    return torch.Generator().manual_seed(derive(job.seed, purpose, trial))


class Unchanged:
    """Shows every image as it is."""

    def __call__(self, images: Tensor, targets: Tensor) -> tuple[Tensor, Tensor]:
        """Give the batch as it is."""
        return images, targets

    def ranges(self) -> dict[str, list[Any]]:
        """Give nothing: nothing is drawn."""
        return {}


def augmentation_of(settings: dict[str, Any], stream: torch.Generator) -> Augment:
    """Give what changes the images of a batch, drawing from ``stream``."""
    if settings["name"] == "none":
        return Unchanged()
    # Imported by name, so that an edit to it retrains only those who use it.
    augment: Augment = importlib.import_module("dlia.training.augmentation").Augmentation(
        settings, stream
    )
    return augment


def _key(job: Job, trial: int, facts: dict[str, Any]) -> str:
    """Digest all that a trial depends on; a checkpoint of anything else is not taken up."""
    text = json.dumps([job.settings, job.seed, trial, facts], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()
