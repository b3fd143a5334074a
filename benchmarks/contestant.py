"""What all contestants share: the task that they read, the network, the measure, what they print.

Everything that decides what is learnt comes from dlia here, so that it is the same for all. How
images get to the network, and what loops over them, is each contestant's own.
"""

import dataclasses
import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from dlia.models import build
from dlia.models.initialization import initialize
from dlia.runtime.seeds import derive
from dlia.tasks.segmentation.dice import dice
from dlia.training.losses import outputs_of, predicted_classes


@dataclasses.dataclass(frozen=True)
class Task:
    """One race as a contestant is told of it; it travels as JSON.

    Attributes:
        settings: A variant's training settings.
        task: classification or segmentation.
        classes: How many classes there are.
        image_shape: Channels, height, width.
        seed: What initial weights and orders derive from.
        trials: Trainings to be done; contestants other than dlia do one.
        workers: Processes that dlia trains trials in, side by side.
        device: cpu or cuda.
        inputs: The arrays and the split, by dlia's names of them.
        pictures: The folder with the same images as PNG files, by part; "" where there is none.
        scratch: A folder for files.
    """

    settings: dict[str, Any]
    task: str
    classes: int
    image_shape: tuple[int, int, int]
    seed: int
    trials: int
    workers: int
    device: str
    inputs: dict[str, str]
    pictures: str
    scratch: str

    def write(self, path: Path) -> None:
        """Write the task for a contestant to read."""
        path.write_text(json.dumps(dataclasses.asdict(self)), encoding="utf-8")


def read_task() -> Task:
    """Read the task that the command line names."""
    fields = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    return Task(**{**fields, "image_shape": tuple(fields["image_shape"])})


def network_of(task: Task) -> nn.Module:
    """Build the network of a task with the initial weights that dlia's first trial has."""
    outputs = outputs_of(task.settings["loss"], task.classes)
    network = build(task.settings["model"], task.image_shape, outputs)
    initialize(
        network,
        task.settings["initialization"],
        lambda layer: derive(task.seed, "init", 0, layer),
    )
    return network


def measure_of(task: Task) -> Callable[[Tensor, Tensor], Tensor]:
    """Give what tells how right logits (n, outputs[, H, W]) are, image by image: (n,), float."""

    def accuracy(logits: Tensor, targets: Tensor) -> Tensor:
        return (predicted_classes(logits) == targets).float()

    def mean_dice(logits: Tensor, targets: Tensor) -> Tensor:
        found: Tensor = dice(predicted_classes(logits) == 1, targets == 1)
        return found.float()

    return accuracy if task.task == "classification" else mean_dice


def metric_of(task: Task) -> str:
    """Give the name of the measure, as dlia prints it."""
    return "accuracy" if task.task == "classification" else "dice"


class Clock:
    """Adds up the seconds of an epoch's training steps, once the device has done them all."""

    def __init__(self, device: str) -> None:
        self.device, self.seconds, self.started = device, 0.0, 0.0

    def start(self) -> None:
        """Begin to count; the device has nothing to do now."""
        self.started = self._now()

    def stop(self) -> None:
        """Add what has gone by."""
        self.seconds += self._now() - self.started

    def _now(self) -> float:
        if self.device == "cuda":
            torch.cuda.synchronize()
        return time.monotonic()


def say_begin() -> None:
    """Tell the runner that the first epoch begins."""
    print("begin", flush=True)


def say_epoch(epoch: int, metric: str, value: float) -> None:
    """Tell the runner how right the network is after an epoch, in as many digits as dlia does."""
    print(f"epoch {epoch} validation {metric} {value:.4f}", flush=True)


def say_result(result: dict[str, Any]) -> None:
    """Tell the runner what only the contestant knows."""
    print(f"result {json.dumps(result)}", flush=True)
