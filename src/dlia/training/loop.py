"""The training loop, top to bottom on one screen."""

import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn

from dlia.runtime.interruption import Interrupted, asked_to_end
from dlia.study.settings import Settings
from dlia.training.batches import Batches
from dlia.training.checkpoint import Checkpoint
from dlia.training.device_data import Part, TrainingData
from dlia.training.losses import Loss, build_loss
from dlia.training.measures import Curves, measure, predict_logits
from dlia.training.progress import Progress, Weights

# A training loss that is above another by this share of it has gone uphill; less is what settling
# on one class may cost.
UPHILL = 0.01


class Learner(ABC):
    """The networks of the K trials that are trained together, and all that changes their weights.

    What is written out here holds for one trial; stacked.py has the learner for several.

    Attributes:
        network: On the device.
    """

    network: nn.Module

    @property
    def judged(self) -> nn.Module:
        """The network that is measured and kept."""
        return self.network

    @abstractmethod
    def step(self, images: Tensor, targets: Tensor) -> Tensor:
        """Learn from one batch; give the loss of each trial, (K,), or of the one there is, ()."""

    def logits(self, part: Part) -> Iterable[Tensor]:
        """Give what the judged network of each trial says of ``part``, (n, outputs[, H, W])."""
        return [predict_logits(self.judged, part)]

    def weights(self, place: int) -> Weights:
        """Copy the weights and buffers of the judged network of the trial at ``place``."""
        return {name: value.detach().clone() for name, value in self.judged.state_dict().items()}

    def keep(self, chosen: list[Weights]) -> None:
        """Give the judged network of each trial its ``chosen`` weights."""
        self.judged.load_state_dict(chosen[0])

    def gradient_norms(self) -> dict[str, list[float]]:
        """Give what was recorded of the gradients of an epoch, for each trial, and start anew."""
        return {}

    @abstractmethod
    def described(self) -> dict[str, Any]:
        """Say what updates the weights: its class, and its defaults."""

    @abstractmethod
    def state_dict(self) -> dict[str, Any]:
        """Give all that a training needs to go on from between two batches."""

    @abstractmethod
    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Take up what ``state_dict`` gave."""


def train(
    learner: Learner,
    batches: Batches,
    data: TrainingData,
    settings: Settings,
    curves: Curves,
    checkpoint: Checkpoint,
    announce: Callable[[Progress], None],
) -> list[Progress]:
    """Train one trial, or several at once, as ``settings`` (Variant.training_settings) say.

    A checkpoint that fits is taken up. A loss that is not finite ends a trial as "diverged", with
    the weights of the last epoch before; so is a trial called that ends above the untrained
    network's loss, or that learns nothing and stays above what equal probabilities would cost. What
    otherwise has learnt nothing in the end is "collapsed". Where one of several trials has ended,
    the others go on; they share the time evenly.

    Args:
        learner: With the networks on the device.
        batches: What the trials learn from.
        data: What is measured, on the same device.
        settings: Every hyperparameter of the training.
        curves: What is measured beside the loss; its first metric chooses the epoch.
        checkpoint: Written after every epoch, one for all trials.
        announce: Called with the first trial that goes on, before the first epoch and after each.

    Returns:
        For each trial its history with rows (epoch, part, metric, value), epoch 0 being the
        untrained network, and the weights of the chosen epoch, which its judged network also has
        in the end.

    Raises:
        Interrupted: The process was asked to end, and wrote a checkpoint after the last batch.
    """
    epochs = settings.epochs
    select = settings.select
    loss = build_loss(settings.loss)

    def record(those: list[Progress]) -> None:
        measured = {
            name: [measure(logits, part, loss, curves) for logits in learner.logits(part)]
            for name, part in data.measured.items()
        }
        for trial in those:
            own = {name: of_all[trial.place] for name, of_all in measured.items()}
            trial.record(own, partial(learner.weights, trial.place), select)

    def save() -> None:
        states = {"learner": learner.state_dict(), "batches": batches.state_dict()}
        checkpoint.save({"trials": [vars(trial) for trial in trials], **states})

    trials = _resume(checkpoint, learner, batches)
    if not trials:
        places = range(len(batches.streams))
        trials = [Progress(place, chosen_weights=learner.weights(place)) for place in places]
        record(trials)
    announce(next((trial for trial in trials if trial.goes_on(epochs)), trials[0]))

    while running := [trial for trial in trials if trial.goes_on(epochs)]:
        started = time.monotonic()
        learner.network.train()
        totals = torch.tensor([t.total for t in trials], device=data.training.targets.device)
        for rows in batches.epoch(running[0].batch):
            if asked_to_end():
                for trial in running:
                    seconds = (time.monotonic() - started) / len(running)
                    trial.stop(float(totals[trial.place]), seconds)
                save()
                raise Interrupted(running[0].whereabouts())
            totals += learner.step(*batches.shown(rows))
            for trial in running:
                trial.batch += 1

        finite = totals.isfinite().tolist()
        seconds = (time.monotonic() - started) / len(running)
        norms = learner.gradient_norms()
        for trial in running:
            trial.finish_epoch(finite[trial.place], seconds)
            own = [(trial.epoch, "train", name, n[trial.place]) for name, n in norms.items()]
            trial.history += own
        record(running)
        for trial in running:
            trial.seconds += (time.monotonic() - started) / len(running)
        announce(running[0])
        save()

    learner.keep([trial.chosen_weights for trial in trials])
    judged_by = data.validation or data.monitored
    for trial, logits in zip(trials, learner.logits(judged_by), strict=True):
        if trial.status == "ok":
            trial.status = outcome(trial, logits, judged_by.targets, curves, loss)
    return trials


def outcome(progress: Progress, logits: Tensor, targets: Tensor, curves: Curves, loss: Loss) -> str:
    """Judge a trial that came to its end, by what its network says with the weights it keeps."""
    losses = [v for _, part, name, v in progress.history if (part, name) == ("train", "loss")]
    if losses[-1] > (1 + UPHILL) * losses[0]:
        return "diverged"
    if not curves.is_collapsed(logits, targets):
        return "ok"
    # What settles on one class costs no more than giving all the same probability. What is thrown
    # about stays above; it jumps, so that half of the training is looked at.
    later = losses[len(losses) // 2 :]
    unsure = float(loss(torch.zeros_like(logits), targets))
    return "diverged" if sum(later) / len(later) > (1 + UPHILL) * unsure else "collapsed"


def _resume(checkpoint: Checkpoint, learner: Learner, batches: Batches) -> list[Progress]:
    state = checkpoint.load()
    if state is None:
        return []
    learner.load_state_dict(state["learner"])
    batches.load_state_dict(state["batches"])
    return [Progress(**trial) for trial in state["trials"]]
