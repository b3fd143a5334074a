"""The training loop, top to bottom on one screen."""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Protocol

import torch
from torch import Tensor, nn

from dlia.training.checkpoint import Checkpoint
from dlia.training.losses import Loss, build_loss
from dlia.training.measures import Task, measure, predict_logits
from dlia.training.parts import Part

# A training loss that is above another by this share of it has gone uphill; less is what settling
# on one class may cost.
UPHILL = 0.01

Weights = dict[str, Tensor]


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


@dataclass
class Progress:
    """How far a trial is, and what it has seen on the way.

    Attributes:
        seconds: Of all epochs, measuring included.
        learning_seconds: Of the steps alone.
    """

    epoch: int = 0
    seconds: float = 0.0
    learning_seconds: float = 0.0
    status: str = "ok"
    history: list[tuple[int, str, str, float]] = field(default_factory=list)
    chosen_epoch: int = 0
    chosen_value: float = -math.inf
    chosen_weights: Weights = field(default_factory=dict)

    def goes_on(self, epochs: int) -> bool:
        """Tell whether there is an epoch left to train."""
        return self.status == "ok" and self.epoch < epochs

    def record(
        self, measured: dict[str, dict[str, float]], weights: Callable[[], Weights], select: str
    ) -> None:
        """Append what was measured after an epoch; keep its weights if they are those to choose.

        Args:
            measured: For each part its measures: the loss, then the metric that chooses.
            weights: Gives a copy of the weights.
            select: last, or best_validation.
        """
        for part, values in measured.items():
            self.history += [(self.epoch, part, name, value) for name, value in values.items()]
            if not all(math.isfinite(value) for value in values.values()):
                self.status = "diverged"
        metric = list(measured.get("validation", measured["train"]).values())[1]
        if self.status == "ok" and (select == "last" or metric > self.chosen_value):
            self.chosen_epoch, self.chosen_value = self.epoch, metric
            self.chosen_weights = weights()


def train(
    learner: Learner,
    data: TrainingData,
    settings: dict[str, Any],
    task: Task,
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
        task: What is measured beside the loss; its first metric chooses the epoch.
        streams: Draw the order of the images, and the changes that ``augment`` makes.
        augment: Changes a batch of images, and their targets with them.
        checkpoint: Written after every epoch.
        announce: Called after every epoch.

    Returns:
        The history with rows (epoch, part, metric, value), epoch 0 being the untrained network, and
        the weights of the chosen epoch, which the judged network also has in the end.
    """
    device = data.training.targets.device
    loss = build_loss(settings["loss"])

    def record(progress: Progress) -> None:
        measured = {
            name: measure(learner.judged, part, loss, task) for name, part in data.measured.items()
        }
        progress.record(measured, partial(_copy, learner.judged), settings["select"])

    progress = _resume(checkpoint, learner, streams)
    if progress is None:
        progress = Progress(chosen_weights=_copy(learner.judged))
        record(progress)

    while progress.goes_on(settings["epochs"]):
        started = time.monotonic()
        learner.network.train()
        total = torch.zeros((), device=device)
        shuffled = torch.randperm(len(data.training), generator=streams.order).to(device)
        batches = shuffled.split(settings["batch_size"])
        for rows in batches:
            total += learner.step(*augment(data.training.inputs(rows), data.training.wanted(rows)))

        progress.epoch += 1
        progress.status = "ok" if math.isfinite(total) else "diverged"
        progress.learning_seconds += time.monotonic() - started
        for name, norm in learner.gradient_norms(len(batches)).items():
            progress.history.append((progress.epoch, "train", name, norm))
        record(progress)
        progress.seconds += time.monotonic() - started
        announce(progress)
        checkpoint.save(
            {
                "progress": vars(progress),
                "streams": streams.states(),
                "learner": learner.state_dict(),
            }
        )

    learner.judged.load_state_dict(progress.chosen_weights)
    if progress.status == "ok":
        progress.status = outcome(progress, learner.judged, data, task, loss)
    return progress


def outcome(
    progress: Progress, network: nn.Module, data: TrainingData, task: Task, loss: Loss
) -> str:
    """Judge a training that came to its end; ``network`` has the weights that it keeps."""
    losses = [v for _, part, name, v in progress.history if (part, name) == ("train", "loss")]
    if losses[-1] > (1 + UPHILL) * losses[0]:
        return "diverged"
    judged_by = data.validation or data.monitored
    logits = predict_logits(network, judged_by)
    if not task.is_collapsed(logits, judged_by.targets):
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
