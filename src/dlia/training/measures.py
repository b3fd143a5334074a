"""Loss and metrics of a network on a part of the data, for the curves."""

from typing import Protocol

import torch
from torch import Tensor, nn

from dlia.training.losses import Loss
from dlia.training.parts import Part

# Images per forward pass; it changes speed and memory only.
BATCH = 500


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
    rows = torch.arange(len(part), device=part.targets.device)
    return torch.cat([network(part.inputs(chunk)) for chunk in rows.split(BATCH)])


@torch.no_grad()
def measure(network: nn.Module, part: Part, loss: Loss, task: Task) -> dict[str, float]:
    """Measure ``network`` on ``part``: the loss first, then the task's metrics."""
    logits = predict_logits(network, part)
    return {"loss": float(loss(logits, part.targets)), **task.metrics(logits, part.targets)}
