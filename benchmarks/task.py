"""What contestants are told, and how they report.

Everything that decides what is learnt comes from dlia, so that it is the same for all.
"""

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from dlia.models import build
from dlia.models.initialization import initialize
from dlia.runtime.files import write_json
from dlia.runtime.log_lines import EpochLine
from dlia.runtime.seeds import derive
from dlia.study.settings import Settings
from dlia.tasks import curves_of
from dlia.training.losses import outputs_of


@dataclass(frozen=True)
class Task:
    """What a contestant trains; it is passed on as a JSON file."""

    settings: dict[str, Any]  # the training settings of a variant
    task: str
    metric: str
    classes: int
    image_shape: list[int]  # channels, height, width
    training_images: int
    inputs: dict[str, str]  # paths of images, targets and split, beside the folder pictures
    device: str
    seed: int
    trials: int = 1  # only dlia trains more than one
    workers: int = 1  # processes in which dlia trains trials in parallel
    folder: str = ""  # a new one for each run

    @property
    def chosen(self) -> Settings:
        """The settings as an object."""
        return Settings.model_validate(self.settings)

    def network(self) -> nn.Module:
        """Build the network with the initial weights of dlia's first trial."""
        channels, height, width = self.image_shape
        outputs = outputs_of(self.chosen.loss, self.classes)
        network = build(self.chosen.model, (channels, height, width), outputs)
        scheme = self.chosen.initialization
        initialize(network, scheme, lambda layer: derive(self.seed, "init", 0, layer))
        return network

    def score(self, logits: Tensor, targets: Tensor) -> float:
        """Compute the metric of logits (n, outputs[, H, W]) as dlia does."""
        return curves_of(self.task).metrics(logits, targets)[self.metric]


class Reporter:
    """Prints the epochs as dlia does, and adds up the seconds of the training steps."""

    def __init__(self, task: Task) -> None:
        self.task, self.epoch, self.seconds = task, 0, 0.0

    def start_steps(self) -> None:
        """Start the clock; the first time, report that the start-up is over."""
        if self.epoch == 0:
            self._print({})
        self.started = self._now()

    def stop_steps(self) -> None:
        """Stop the clock."""
        self.seconds += self._now() - self.started

    def end_epoch(self, value: float) -> None:
        """Report the validation metric after an epoch, and write the seconds of all steps."""
        self.epoch += 1
        self._print({f"validation {self.task.metric}": value})
        said = {"learning_seconds": self.seconds, "values": [value]}
        write_json(Path(self.task.folder) / "said.json", said)

    def _print(self, measured: dict[str, float]) -> None:
        epochs = self.task.settings["epochs"]
        print(EpochLine("training", self.epoch, epochs, measured, None), flush=True)

    def _now(self) -> float:
        if self.task.device == "cuda":
            torch.cuda.synchronize()  # the device may still be busy
        return time.monotonic()
