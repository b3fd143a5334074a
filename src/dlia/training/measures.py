"""Loss and metrics of a network on a part of the data, for the curves."""

from collections.abc import Iterator
from typing import Protocol

import torch
from torch import Tensor, nn

from dlia.training.losses import Loss
from dlia.training.parts import Part

# Pixels per forward pass, so that what a layer gives stays near the processor.
PIXELS = 2**18


class Task(Protocol):
    """What is measured of networks beside their loss: classification.py or segmentation.py."""

    def metrics(self, logits: Tensor, targets: Tensor) -> dict[str, float]:
        """Give named numbers; the first one is what the task is judged by."""

    def is_collapsed(self, logits: Tensor, targets: Tensor) -> bool:
        """Tell whether such predictions show that nothing was learnt."""


@torch.no_grad()
def predict_logits(network: nn.Module, part: Part) -> Tensor:
    """Give the logits of all images of ``part``, in eval mode, (n, outputs[, H, W])."""
    network.eval()
    return torch.cat([network(images) for images in in_chunks(part)])


def in_chunks(part: Part) -> Iterator[Tensor]:
    """Walk the images of ``part`` as a network takes them, as many at a time as is fast."""
    rows = torch.arange(len(part), device=part.targets.device)
    height, width = part.images.shape[1:3]
    for chunk in rows.split(max(1, PIXELS // (height * width))):
        yield part.inputs(chunk)


@torch.no_grad()
def measure(network: nn.Module, part: Part, loss: Loss, task: Task) -> dict[str, float]:
    """Measure ``network`` on ``part``: the loss first, then the task's metrics."""
    logits = predict_logits(network, part)
    return {"loss": float(loss(logits, part.targets)), **task.metrics(logits, part.targets)}
