"""Measures of a classifier during training."""

from torch import Tensor

from dlia.training.losses import predicted_classes
from dlia.training.measures import Curves


def metrics(logits: Tensor, targets: Tensor) -> dict[str, float]:
    """Return the accuracy.

    Args:
        logits: Outputs of the network, (n, classes).
        targets: True classes, (n,).
    """
    return {"accuracy": float((predicted_classes(logits) == targets).double().mean())}


def is_collapsed(logits: Tensor, targets: Tensor) -> bool:
    """Tell whether the classifier is no better than always predicting the most frequent class."""
    correct = int((predicted_classes(logits) == targets).sum())
    return correct <= int(targets.bincount().max())


CURVES = Curves(metrics, is_collapsed)
