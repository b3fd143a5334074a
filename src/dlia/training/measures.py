"""Loss and metrics of a network on a part of the data, for the curves."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from dlia.training.device_data import Part
from dlia.training.losses import Loss

# Pixels per forward pass, so that what a layer gives stays near the processor.
PIXELS = 2**18


@dataclass(frozen=True)
class Curves:
    """The metrics of a task, measured in addition to the loss.

    Attributes:
        metrics: Takes logits and targets; returns values by name, the main metric first.
        is_collapsed: Takes logits and targets; returns whether the predictions are trivial.
    """

    metrics: Callable[[Tensor, Tensor], dict[str, float]]
    is_collapsed: Callable[[Tensor, Tensor], bool]


@torch.no_grad()
def predict_logits(network: nn.Module, part: Part, axis: int = 0) -> Tensor:
    """Give the logits of all images of ``part``, in eval mode.

    Args:
        network: On the device of ``part``.
        part: The images.
        axis: That of the images in what ``network`` gives; 1 for a stack.

    Returns:
        (n, outputs[, H, W]), or of a stack (K, n, outputs[, H, W]).
    """
    network.eval()
    return torch.cat([network(part.inputs(rows)) for rows in in_chunks(part)], dim=axis)


def in_chunks(part: Part) -> Iterator[Tensor]:
    """Walk the rows of ``part``, as many images at a time as is fast."""
    rows = torch.arange(len(part), device=part.targets.device)
    height, width = part.images.shape[1:3]
    yield from rows.split(max(1, PIXELS // (height * width)))


@torch.no_grad()
def measure(logits: Tensor, part: Part, loss: Loss, curves: Curves) -> dict[str, float]:
    """Measure what a network says of ``part``: the loss first, then the task's metrics."""
    return {"loss": float(loss(logits, part.targets)), **curves.metrics(logits, part.targets)}
