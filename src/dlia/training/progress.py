"""The progress of a trial: counters, history and chosen weights."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from torch import Tensor

from dlia.runtime.interruption import asked_to_end
from dlia.study.part_names import TEST, TRAIN, VALIDATION

Weights = dict[str, Tensor]


@dataclass
class Progress:
    """The progress of a trial.

    Attributes:
        place: Its index among the trials that are trained together.
        epoch: Number of finished epochs.
        batch: Number of finished batches of the current epoch.
        total: The sum of the losses of these batches.
        seconds: Run time of all epochs, including the evaluation after each.
        learning_seconds: Run time of the training steps only.
        status: ok, diverged or collapsed.
        history: Rows of epoch, part, metric and value.
        chosen_epoch: The epoch whose weights are kept so far.
        chosen_value: The metric that this epoch was chosen by.
        chosen_weights: The weights and buffers of this epoch.
    """

    place: int = 0
    epoch: int = 0
    batch: int = 0
    total: float = 0.0
    seconds: float = 0.0
    learning_seconds: float = 0.0
    status: str = "ok"
    history: list[tuple[int, str, str, float]] = field(default_factory=list)
    chosen_epoch: int = 0
    chosen_value: float = -math.inf
    chosen_weights: Weights = field(default_factory=dict)

    @classmethod
    def of(cls, fields: Mapping[str, object]) -> "Progress":
        """Return the progress with the ``fields`` that a checkpoint holds."""
        progress = cls()
        vars(progress).update(fields)
        return progress

    def goes_on(self, epochs: int) -> bool:
        """Tell whether there is an epoch left to train."""
        return self.status == "ok" and self.epoch < epochs

    def stop(self, total: float, seconds: float) -> None:
        """Note what an epoch that is not finished has come to."""
        self.total = total
        self.seconds += seconds
        self.learning_seconds += seconds

    def whereabouts(self) -> str:
        """Say where an interrupted training goes on."""
        return (
            f"ended by {asked_to_end()} after epoch {self.epoch} and {self.batch} batches; "
            "run the same command again to continue from there"
        )

    def finish_epoch(self, finite: bool, seconds: float) -> None:
        """Count an epoch whose losses are ``finite`` or not."""
        self.epoch += 1
        self.batch, self.total = 0, 0.0
        self.status = "ok" if finite else "diverged"
        self.learning_seconds += seconds

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
            # Test images decide nothing, not even whether a trial goes on.
            if part != TEST and not all(math.isfinite(value) for value in values.values()):
                self.status = "diverged"
        metric = list(measured.get(VALIDATION, measured[TRAIN]).values())[1]
        if self.status == "ok" and (select == "last" or metric > self.chosen_value):
            self.chosen_epoch, self.chosen_value = self.epoch, metric
            self.chosen_weights = weights()
