"""The training loop, top to bottom on one screen."""

import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable
from functools import partial
from itertools import pairwise

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
from dlia.training.record_types import LearnerFacts, LearnerState

# A training loss that exceeds a reference by more than this fraction counts as diverged. A network
# that predicts a single class may exceed it by less.
UPHILL = 0.01


class Learner(ABC):
    """The networks of the K trials that are trained together, and what updates their weights.

    The methods implemented here are those for K = 1; stacked.py has the learner for several.

    Attributes:
        network: The network, on the device.
    """

    network: nn.Module

    @property
    def judged(self) -> nn.Module:
        """The network that is evaluated and saved."""
        return self.network

    @abstractmethod
    def step(self, images: Tensor, targets: Tensor) -> Tensor:
        """Train on one batch; return the losses before the update: (K,), or () for one trial."""

    def logits(self, part: Part) -> Iterable[Tensor]:
        """Return the logits of ``part`` for each trial, each (n, outputs[, H, W])."""
        return [predict_logits(self.judged, part)]

    def measured(self, part: Part, loss: Loss, curves: Curves) -> list[dict[str, float]]:
        """Measure ``part`` for each trial: the loss first, then the task's metrics."""
        return [measure(logits, part, loss, curves) for logits in self.logits(part)]

    def chance(self, loss: Loss) -> Loss:
        """Give what tells the loss of equal probabilities from logits of zero."""
        return loss

    def weights(self, place: int) -> Weights:
        """Copy the weights and buffers of the judged network of the trial at ``place``."""
        return {name: value.detach().clone() for name, value in self.judged.state_dict().items()}

    def keep(self, chosen: list[Weights]) -> None:
        """Load the ``chosen`` weights of each trial into its judged network."""
        self.judged.load_state_dict(chosen[0])

    def gradient_norms(self) -> dict[str, list[float]]:
        """Return the mean gradient norms of the epoch per layer and trial, and reset them."""
        return {}

    @abstractmethod
    def described(self) -> LearnerFacts:
        """Describe what updates the weights, including the framework's default arguments."""

    @abstractmethod
    def state_dict(self) -> LearnerState:
        """Return the state that is needed to resume training between two batches."""

    @abstractmethod
    def load_state_dict(self, state: LearnerState) -> None:
        """Restore a state from ``state_dict``."""


def train(
    learner: Learner,
    batches: Batches,
    data: TrainingData,
    settings: Settings,
    curves: Curves,
    checkpoint: Checkpoint,
    announce: Callable[[Progress], None],
) -> list[Progress]:
    """Train one trial, or several trials at once.

    Training resumes from a valid checkpoint. A trial ends with one of these statuses:

    - "diverged": its loss was not finite (the weights of the last finite epoch are kept), or it
      fails the tests on the loss in ``outcome``.
    - "collapsed": its predictions are trivial, for instance a single class for all images.
    - "ok": otherwise.

    When one of several trials ends early, the others continue. The run time is divided evenly
    among the running trials.

    Args:
        learner: The learner, with the networks on the device.
        batches: The training batches of the trials.
        data: The images for training and for the curves, on the same device.
        settings: All hyperparameters of the training.
        curves: The metrics; the first one selects the epoch if ``select`` is best_validation.
        checkpoint: The checkpoint of all trials together, written after every epoch.
        announce: Called before the first epoch and after each, with the first running trial.

    Returns:
        The progress of each trial: its history with rows (epoch, part, metric, value), where epoch
        0 is the untrained network, and the weights of the chosen epoch. These weights are also
        loaded into the judged networks.

    Raises:
        Interrupted: The process was asked to end; a checkpoint was written after the last batch.
    """
    epochs = settings.epochs
    select = settings.select
    loss = build_loss(settings.loss)

    def record(those: list[Progress]) -> None:
        parts = data.measured.items()
        measured = {name: learner.measured(part, loss, curves) for name, part in parts}
        for trial in those:
            own = {name: of_all[trial.place] for name, of_all in measured.items()}
            trial.record(own, partial(learner.weights, trial.place), select)

    def save() -> None:
        checkpoint.save(
            {
                "trials": [vars(trial) for trial in trials],
                "learner": learner.state_dict(),
                "batches": batches.state_dict(),
            }
        )

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
    judged_by = data.validation or data.monitored  # never the test images
    for trial, logits in zip(trials, learner.logits(judged_by), strict=True):
        if trial.status == "ok":
            chance = learner.chance(loss)
            trial.status = outcome(trial, logits, judged_by.targets, curves, chance)
    return trials


def outcome(progress: Progress, logits: Tensor, targets: Tensor, curves: Curves, loss: Loss) -> str:
    """Return the status of a finished trial: ok, diverged or collapsed.

    A trial has diverged if its last training loss exceeds that of the untrained network. If the
    predictions are trivial (``curves.is_collapsed``), it has diverged if its mean training loss
    over the second half exceeds the loss of equal probabilities, else it has collapsed. So has one
    whose loss fell in every epoch: it was too short.

    Args:
        progress: The trial, with its history.
        logits: The logits of the network with its kept weights.
        targets: The targets of the same images.
        curves: The metrics of the task, with its test for trivial predictions.
        loss: The training loss.
    """
    losses = [v for _, part, name, v in progress.history if (part, name) == ("train", "loss")]
    if losses[-1] > (1 + UPHILL) * losses[0]:
        return "diverged"
    if not curves.is_collapsed(logits, targets):
        return "ok"
    # A network that predicts one class has at most about the loss of equal probabilities. With too
    # high a learning rate, the loss stays above that; it fluctuates, so half of it is averaged.
    later = losses[len(losses) // 2 :]
    unsure = float(loss(torch.zeros_like(logits), targets))
    above = sum(later) / len(later) > (1 + UPHILL) * unsure
    always_fell = all(after < before for before, after in pairwise(losses))
    return "diverged" if above and not always_fell else "collapsed"


def _resume(checkpoint: Checkpoint, learner: Learner, batches: Batches) -> list[Progress]:
    state = checkpoint.load()
    if state is None:
        return []
    learner.load_state_dict(state["learner"])
    batches.load_state_dict(state["batches"])
    return [Progress.of(trial) for trial in state["trials"]]
