"""What a training minimises, and what a network must give for it."""

from collections.abc import Callable
from typing import Any

import torch.nn.functional as F  # noqa: N812 (the name that everybody knows)
from torch import Tensor

Loss = Callable[[Tensor, Tensor], Tensor]


def outputs_of(loss: dict[str, Any], classes: int) -> int:
    """Give the number of outputs that a network needs for ``loss``."""
    return 1 if loss["name"] == "binary_cross_entropy" else classes


def cross_entropy(logits: Tensor, targets: Tensor) -> Tensor:
    """Give the mean cross-entropy of softmax(logits), over images and pixels.

    Pixels are flattened into rows, because the pixel-wise form has no deterministic backward pass
    on CUDA.

    Args:
        logits: (N, classes) or (N, classes, H, W), float.
        targets: (N,) or (N, H, W), int64.
    """
    return F.cross_entropy(logits.movedim(1, -1).flatten(0, -2), targets.flatten())


def binary_cross_entropy(logits: Tensor, targets: Tensor) -> Tensor:
    """Give the mean binary cross-entropy of sigmoid(logits), over images and pixels.

    Args:
        logits: (N, 1, H, W), float.
        targets: (N, H, W), int64, 0 or 1.
    """
    return F.binary_cross_entropy_with_logits(logits[:, 0], targets.to(logits.dtype))


LOSSES: dict[str, Loss] = {
    "cross_entropy": cross_entropy,
    "binary_cross_entropy": binary_cross_entropy,
}


def predicted_classes(logits: Tensor) -> Tensor:
    """Give the most probable class of every image or pixel; a single output is a sigmoid's.

    Args:
        logits: (N, outputs) or (N, outputs, H, W).

    Returns:
        (N,) or (N, H, W), int64.
    """
    if logits.shape[1] == 1:
        return (logits[:, 0] > 0).long()
    return logits.argmax(1)
