"""The training loop, top to bottom on one screen."""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol

import torch
from torch import Tensor, nn

from dlia.runtime.interruption import Interrupted, asked_to_end
from dlia.study.settings import Settings
from dlia.training.checkpoint import Checkpoint
from dlia.training.device_data import Part
from dlia.training.losses import Loss, build_loss
from dlia.training.measures import Curves, measure, predict_logits
from dlia.training.progress import Progress, Weights

# A training loss that is above another by this share of it has gone uphill; less is what settling
# on one class may cost.
UPHILL = 0.01


class Augment(Protocol):
    """What changes training images each time they are shown: that of augmentation.py, or none."""

    def __call__(self, images: Tensor, targets: Tensor) -> tuple[Tensor, Tensor]:
        """Give a batch as it is shown this time, and its targets."""

    def ranges(self) -> dict[str, list[Any]]:
        """Say between what the changes are drawn."""


class Learner(Protocol):
    """A network, and all that changes its weights: that of autograd.py or of by_hand.py."""

    network: nn.Module

    @property
    def judged(self) -> nn.Module:
        """The network that is measured and kept."""

    def step(self, images: Tensor, targets: Tensor) -> Tensor:
        """Learn from one batch; give its loss."""

    def gradient_norms(self, steps: int) -> dict[str, float]:
        """Give what was recorded of the gradients of the last ``steps``."""

    def described(self) -> dict[str, Any]:
        """Say what updates the weights: its class, and its defaults."""

    def state_dict(self) -> dict[str, Any]:
        """Give all that a training needs to go on."""

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Take up what ``state_dict`` gave."""


@dataclass(frozen=True)
class TrainingData:
    """What a trial sees: all it trains on, the monitored subset of that, and what it chooses by."""

    training: Part
    monitored: Part
    validation: Part | None

    @property
    def measured(self) -> dict[str, Part]:
        """Give the parts that the curves show, by their names in the history."""
        parts = {"train": self.monitored, "validation": self.validation}
        return {name: part for name, part in parts.items() if part is not None}


@dataclass(frozen=True)
class Streams:
    """A trial's random numbers: two are drawn on the CPU, dropout where the network computes."""

    order: torch.Generator
    augmentation: torch.Generator
    dropout: torch.Generator

    def states(self) -> dict[str, Tensor]:
        """Give how far each stream has been read."""
        return {name: stream.get_state() for name, stream in vars(self).items()}

    def go_to(self, states: dict[str, Tensor]) -> None:
        """Take up what ``states`` gave."""
        for name, stream in vars(self).items():
            stream.set_state(states[name])


def train(
    learner: Learner,
    data: TrainingData,
    settings: Settings,
    curves: Curves,
    streams: Streams,
    augment: Augment,
    checkpoint: Checkpoint,
    announce: Callable[[Progress], None],
) -> Progress:
    """Train as ``settings`` (Variant.training_settings) say.

    A checkpoint that fits is taken up. A loss that is not finite ends the training as "diverged",
    with the weights of the last epoch before; so is a training called that ends above the untrained
    network's loss, or that learns nothing and stays above what equal probabilities would cost. What
    otherwise has learnt nothing in the end is "collapsed".

    Args:
        learner: With its network on the device.
        data: On the same device.
        settings: Every hyperparameter of the training.
        curves: What is measured beside the loss; its first metric chooses the epoch.
        streams: Draw the order of the images, and the changes that ``augment`` makes.
        augment: Changes a batch of images, and their targets with them.
        checkpoint: Written after every epoch.
        announce: Called before the first epoch, and after every one.

    Returns:
        The history with rows (epoch, part, metric, value), epoch 0 being the untrained network, and
        the weights of the chosen epoch, which the judged network also has in the end.

    Raises:
        Interrupted: The process was asked to end, and wrote a checkpoint after the last batch.
    """
    device = data.training.targets.device
    loss = build_loss(settings.loss)

    def record(progress: Progress) -> None:
        measured = {
            name: measure(learner.judged, part, loss, curves)
            for name, part in data.measured.items()
        }
        progress.record(measured, partial(_copy, learner.judged), settings.select)

    def save(order: Tensor) -> None:
        states = {**streams.states(), "order": order}
        checkpoint.save(
            {"progress": vars(progress), "streams": states, "learner": learner.state_dict()}
        )

    progress = _resume(checkpoint, learner, streams)
    if progress is None:
        progress = Progress(chosen_weights=_copy(learner.judged))
        record(progress)
    announce(progress)

    while progress.goes_on(settings.epochs):
        started = time.monotonic()
        learner.network.train()
        total = torch.tensor(progress.total, device=device)
        order = streams.order.get_state()
        shuffled = torch.randperm(len(data.training), generator=streams.order).to(device)
        batches = shuffled.split(settings.batch_size)
        for rows in batches[progress.batch :]:
            if asked_to_end():
                progress.stop(float(total), time.monotonic() - started)
                save(order)
                raise Interrupted(progress.whereabouts())
            total += learner.step(*augment(data.training.inputs(rows), data.training.wanted(rows)))
            progress.batch += 1

        progress.finish_epoch(math.isfinite(total), time.monotonic() - started)
        for name, norm in learner.gradient_norms(len(batches)).items():
            progress.history.append((progress.epoch, "train", name, norm))
        record(progress)
        progress.seconds += time.monotonic() - started
        announce(progress)
        save(streams.order.get_state())

    learner.judged.load_state_dict(progress.chosen_weights)
    if progress.status == "ok":
        progress.status = outcome(progress, learner.judged, data, curves, loss)
    return progress


def outcome(
    progress: Progress, network: nn.Module, data: TrainingData, curves: Curves, loss: Loss
) -> str:
    """Judge a training that came to its end; ``network`` has the weights that it keeps."""
    losses = [v for _, part, name, v in progress.history if (part, name) == ("train", "loss")]
    if losses[-1] > (1 + UPHILL) * losses[0]:
        return "diverged"
    judged_by = data.validation or data.monitored
    logits = predict_logits(network, judged_by)
    if not curves.is_collapsed(logits, judged_by.targets):
        return "ok"
    # What settles on one class costs no more than giving all the same probability. What is thrown
    # about stays above; it jumps, so that half of the training is looked at.
    later = losses[len(losses) // 2 :]
    unsure = float(loss(torch.zeros_like(logits), judged_by.targets))
    return "diverged" if sum(later) / len(later) > (1 + UPHILL) * unsure else "collapsed"


def _copy(network: nn.Module) -> Weights:
    return {name: value.detach().clone() for name, value in network.state_dict().items()}


def _resume(checkpoint: Checkpoint, learner: Learner, streams: Streams) -> Progress | None:
    state = checkpoint.load()
    if state is None:
        return None
    learner.load_state_dict(state["learner"])
    streams.go_to(state["streams"])
    return Progress(**state["progress"])
