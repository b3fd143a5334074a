"""What the trials of a variant start from: data on the device, weights, streams of numbers."""

import math
from dataclasses import dataclass
from importlib import import_module

import numpy as np
import torch
from torch import nn

from dlia.data.arrays import Arrays
from dlia.data.rows import divided, hold_out, monitored_rows, training_rows
from dlia.models import build
from dlia.models.initialization import initialize
from dlia.runtime.devices import choose_device
from dlia.runtime.seeds import derive
from dlia.study.part_names import TEST, VALIDATION
from dlia.study.settings import Detector, Settings
from dlia.training.batches import Augment, Batches, Streams
from dlia.training.device_data import Part, Rows, TrainingData, load_part
from dlia.training.input_shape import input_shape
from dlia.training.loop import Learner
from dlia.training.losses import outputs_of
from dlia.training.training_job import TrainingJob

BYTE = 255  # the largest value of a pixel of a PNG


@dataclass(frozen=True)
class Prepared:
    """What all trials of a variant share.

    Attributes:
        device: Where they are trained.
        data: What they see, on the device.
        image_shape: Channels, height and width.
        outputs: Numbers that the network gives for an image or pixel.
        steps: Batches of an epoch.
    """

    device: torch.device
    data: TrainingData
    image_shape: tuple[int, int, int]
    outputs: int
    steps: int


def prepare(job: TrainingJob) -> Prepared:
    """Choose the device and load what the trials of a variant see."""
    device = device_of(job)
    arrays = Arrays.open(job.inputs["images"], job.inputs["targets"], job.inputs["split"])
    data = load_data(arrays, job.settings, device, job.seed)
    return Prepared(
        device,
        data,
        input_shape(job.settings, arrays.stored_shape),
        outputs_of(job.settings.loss, job.classes),
        math.ceil(len(data.training) / job.settings.batch_size),
    )


def device_of(job: TrainingJob) -> torch.device:
    """Choose where a variant is trained; NumPy computes on the CPU only."""
    return choose_device("cpu" if job.settings.by_hand else job.device)


def load_data(arrays: Arrays, settings: Settings, device: torch.device, seed: int) -> TrainingData:
    """Copy to ``device`` what the trials of a variant see, fixed copies included.

    ``seed`` is the user's; all trials have the same copies.
    """
    if arrays.has_volumes:
        # Imported by name, so that an edit to it retrains only those who use it.
        found: TrainingData = import_module("dlia.training.volume_data").load_volumes(
            arrays, settings, device
        )
        return found
    split = hold_out(divided(arrays.split, settings.split), settings.held_out_fold)

    def part(rows: Rows, crop: tuple[int, int] | None = crop_of(settings)) -> Part:
        return load_part(arrays, rows, settings.input.divide_by, device, crop)

    def held_out(name: str) -> Part | None:
        rows = np.flatnonzero(split["part"] == name)
        return part(rows) if name in settings.monitor else None

    fit = settings.fit
    return TrainingData(
        # Whole images: each time, another part of them may be shown.
        training=part(training_rows(split, fit), None).extended(
            settings.add_copies, settings.copies, derive(seed, "copies")
        ),
        monitored=part(monitored_rows(split, fit)),
        validation=held_out(VALIDATION),
        test=held_out(TEST),
    )


def start(job: TrainingJob, prepared: Prepared, trial: int) -> nn.Module:
    """Build a trial's network with its initial weights, on the device."""
    network = build(job.settings.model, prepared.image_shape, prepared.outputs)
    initialize(
        network,
        job.settings.initialization,
        lambda layer: derive(job.seed, "init", trial, layer),
    )
    if path := job.inputs.get("weights"):
        assert isinstance(job.settings.model, Detector)
        module = import_module("dlia.models.pretrained")
        module.load(network, job.settings.model, path)
    return network.to(device=prepared.device, memory_format=torch.channels_last)  # type: ignore[call-overload]


def learner_of(network: nn.Module, settings: Settings, steps: int) -> Learner:
    """Give what updates the weights of ``network``; ``steps`` are the batches of an epoch."""
    # Imported by name, so that an edit to one retrains only those who use it.
    if settings.by_hand:
        learner: Learner = import_module("dlia.training.numpy_learner").Learner(
            network, settings, steps
        )
    else:
        module = "detector_learner" if settings.model.boxed else "learner"
        learner = import_module(f"dlia.training.{module}").Learner(network, settings, steps)
    return learner


def streams_of(seed: int, trial: int, device: torch.device) -> Streams:
    """Open a trial's streams at their beginning; ``device`` is where its network computes."""

    def stream(purpose: str, where: torch.device | str = "cpu") -> torch.Generator:
        return torch.Generator(where).manual_seed(derive(seed, purpose, trial))

    return Streams(stream("order"), stream("augmentation"), stream("dropout", device))


def batches_of(
    kind: type[Batches], data: TrainingData, settings: Settings, streams: list[Streams]
) -> Batches:
    """Give what the trials with these ``streams`` learn from, all that are trained together."""
    augments = [augmentation_of(settings, own.augmentation) for own in streams]
    return kind(data.training, settings.batch_size, streams, augments)


def augmentation_of(settings: Settings, stream: torch.Generator) -> Augment:
    """Give what changes the images of a batch, drawing from ``stream``."""
    crop = crop_of(settings)
    if settings.augmentation.name == "none":
        return Augment(crop, stream)
    # Imported by name, so that an edit to it retrains only those who use it.
    module = "box_augmentation" if settings.model.boxed else "augmentation"
    augment: Augment = import_module(f"dlia.training.{module}").Augmentation(
        settings.augmentation, stream, crop, BYTE / settings.input.divide_by
    )
    return augment


def crop_of(settings: Settings) -> tuple[int, int] | None:
    """Give height and width of the part of an image that a network sees; None for all of it."""
    if settings.input.crop is None:
        return None
    height, width = settings.input.crop
    return height, width
