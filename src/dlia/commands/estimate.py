"""How long trainings will take on this machine, from a few steps of each."""

import contextlib
import math
import time
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from dlia.data.choice import STANDIN
from dlia.data.layouts import find_layout
from dlia.errors import UserError
from dlia.models import build, family_of
from dlia.plan.plan import Plan
from dlia.runtime.devices import choose_device
from dlia.study.model import Study, Variant
from dlia.study.settings import Settings
from dlia.training.device_data import Part
from dlia.training.fewer_passes import in_fewer_passes
from dlia.training.losses import outputs_of
from dlia.training.preparation import augmentation_of, learner_of

_STEPS, _SECONDS = 3, 0.1  # so many steps at least, for so long at least; the fastest counts
# Seconds that a variant takes beside its training: starting processes, predicting, its share of
# tables and figures. Measured on two cores.
BESIDE = 8.0


def seconds_of(plan: Plan, study: Study, variant: Variant) -> float:
    """Give the seconds of all trials of a variant, one after another, training and measuring.

    Args:
        plan: The build.
        study: That the variant belongs to.
        variant: It; steps of it are made on noise.
    """
    settings = variant.settings
    images = training_images(plan, study)
    validation = round(study.data.validation * images)
    shown = images if settings.fit != "train" else images - validation
    shown *= 1 + len(settings.add_copies)
    batch = min(settings.batch_size, shown)
    step = seconds_of_step(plan, study, variant, batch)
    # Measuring goes forward only, a third of a step, over as many training as validation images.
    per_epoch = step * (math.ceil(shown / batch) + 2 * validation / batch / 3)
    return per_epoch * settings.epochs * plan.trials(variant)


def seconds_of_step(plan: Plan, study: Study, variant: Variant, batch: int) -> float:
    """Make a few steps of a variant on noise; give the seconds of the fastest."""
    device = choose_device("cpu" if variant.by_hand else plan.config.device)
    size, settings = plan.layout(study)["size"], variant.settings
    with on_noise(study, settings, size, batch, device) as (learner, shown):

        def step() -> float:
            started = time.perf_counter()
            float(learner.step(*shown()))
            return time.perf_counter() - started

        step()
        taken: list[float] = []
        while len(taken) < _STEPS or sum(taken) < _SECONDS:
            taken.append(step())
    return min(taken)


@contextlib.contextmanager
def on_noise(
    study: Study, settings: Settings, size: list[int], batch: int, device: torch.device
) -> Iterator[tuple[Any, Callable[[], tuple[Tensor, Tensor]]]]:
    """Make ready, for the block, what a trial makes its steps with, and noise to make them on.

    Args:
        study: Whose images the noise resembles.
        settings: Every hyperparameter of the training.
        size: Height and width of a stored image.
        batch: Images of a step.
        device: To train on.

    Yields:
        The learner, and what gives a batch of images and targets as they are shown to it.
    """
    depth, classes = study.data.channels, len(study.data.classes)
    shape = settings.input.shape((depth, size[0], size[1]))
    network = build(settings.model, shape, outputs_of(settings.loss, classes))
    network.to(device=device, memory_format=torch.channels_last)  # type: ignore[call-overload]
    noise = torch.Generator().manual_seed(0)
    count = 4 * batch
    pixels = torch.randint(0, 256, (count, *size, depth), dtype=torch.uint8, generator=noise)
    labelled = (count, *size) if study.task.per_pixel else (count,)
    targets = torch.randint(0, classes, labelled, generator=noise)
    part = Part(pixels.to(device), targets.to(device), settings.input.divide_by)
    augment = augmentation_of(settings.augmentation, noise)
    learner = learner_of(network, settings, steps=10**6)  # so that no schedule ends

    def shown() -> tuple[Tensor, Tensor]:
        rows = torch.randperm(count, generator=noise)[:batch].to(device)
        return augment(part.inputs(rows), part.wanted(rows))

    family = family_of(settings.model)
    with in_fewer_passes(network, family.pooling_first(network)):
        yield learner, shown


def training_images(plan: Plan, study: Study) -> int:
    """Count the images that an archive has for training and validation."""
    choice = plan.archives[study.name]
    if choice.kind == STANDIN:
        return study.data.standin.train
    try:
        with zipfile.ZipFile(choice.path) as archive:
            names = [Path(name) for name in archive.namelist() if name.lower().endswith(".png")]
    except zipfile.BadZipFile as error:
        raise UserError(f"{choice.path}: {error}; replace it by a complete copy") from None
    pictures = [name for name in names if "train" in {part.lower() for part in name.parts[:-1]}]
    count = len(pictures) // (1 + find_layout(study.data.layout).MASKED)
    if count == 0:
        raise UserError(f"{choice.path}: has no training images; replace it by a complete copy")
    return count
