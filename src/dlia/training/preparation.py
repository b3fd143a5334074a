"""What the trials of a variant start from: data on the device, weights, streams of numbers."""

import importlib
import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from dlia.data.arrays import Arrays
from dlia.data.rows import monitored_rows, training_rows
from dlia.models import build
from dlia.models.initialization import initialize
from dlia.seeds import derive
from dlia.training.devices import choose_device
from dlia.training.engine import Augment, Streams, TrainingData
from dlia.training.losses import outputs_of
from dlia.training.measures import Task
from dlia.training.parts import load_part
from dlia.training.records import Job


@dataclass(frozen=True)
class Prepared:
    """What all trials of a variant share.

    Attributes:
        device: Where they are trained.
        data: What they see, on the device.
        task: What is measured of them.
        image_shape: Channels, height and width.
        outputs: Numbers that the network gives for an image or pixel.
        steps: Batches of an epoch.
    """

    device: torch.device
    data: TrainingData
    task: Task
    image_shape: tuple[int, int, int]
    outputs: int
    steps: int


def prepare(job: Job) -> Prepared:
    """Choose the device and load what the trials of a variant see."""
    device = device_of(job)
    arrays = Arrays.open(job.inputs["images"], job.inputs["targets"], job.inputs["split"])
    data = load_data(arrays, job.settings, device)
    task: Any = importlib.import_module(f"dlia.training.{job.task}")
    return Prepared(
        device,
        data,
        task,
        arrays.image_shape,
        outputs_of(job.settings["loss"], job.classes),
        math.ceil(len(data.training) / job.settings["batch_size"]),
    )


def device_of(job: Job) -> torch.device:
    """Choose where a variant is trained; NumPy computes on the CPU only."""
    return choose_device("cpu" if job.settings["gradients"] == "by_hand" else job.device)


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


def start(job: Job, prepared: Prepared, trial: int) -> nn.Module:
    """Build a trial's network with its initial weights, on the device."""
    network = build(job.settings["model"], prepared.image_shape, prepared.outputs)
    initialize(
        network,
        job.settings["initialization"],
        lambda layer: derive(job.seed, "init", trial, layer),
    )
    return network.to(device=prepared.device, memory_format=torch.channels_last)  # type: ignore[call-overload]


def streams_of(seed: int, trial: int, device: torch.device) -> Streams:
    """Open a trial's streams at their beginning; ``device`` is where its network computes."""

    def stream(purpose: str, where: torch.device | str = "cpu") -> torch.Generator:
        return torch.Generator(where).manual_seed(derive(seed, purpose, trial))

    return Streams(stream("order"), stream("augmentation"), stream("dropout", device))


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
