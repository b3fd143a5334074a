"""Loss and metrics of a network on a part of the data, for the curves."""

from collections.abc import Callable

import torch
from torch import Tensor, nn

from dlia.training.losses import Loss, predicted_classes
from dlia.training.parts import Part

# From logits and targets to named numbers; a task's module has them (classification, segmentation).
Metrics = Callable[[Tensor, Tensor], dict[str, float]]

# Images per forward pass; it changes speed and memory only.
BATCH = 500


@torch.no_grad()
def predict_logits(network: nn.Module, part: Part) -> Tensor:
    """Give the logits of all images of ``part``, in eval mode, (n, outputs[, H, W])."""
    network.eval()
    rows = torch.arange(len(part), device=part.targets.device)
    return torch.cat([network(part.inputs(chunk)) for chunk in rows.split(BATCH)])


@torch.no_grad()
def measure(network: nn.Module, part: Part, loss: Loss, metrics: Metrics) -> dict[str, float]:
    """Measure ``network`` on ``part``: the loss first, then the metrics."""
    logits = predict_logits(network, part)
    return {"loss": float(loss(logits, part.targets)), **metrics(logits, part.targets)}


def is_collapsed(network: nn.Module, part: Part) -> bool:
    """Tell whether ``network`` predicts one and the same class everywhere on ``part``."""
    return len(predicted_classes(predict_logits(network, part)).unique()) == 1
