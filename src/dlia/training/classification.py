"""What is measured of a classifier while it is trained."""

from torch import Tensor

from dlia.training.losses import predicted_classes


def metrics(logits: Tensor, targets: Tensor) -> dict[str, float]:
    """Give the accuracy.

    Args:
        logits: (n, classes).
        targets: (n,).
    """
    return {"accuracy": float((predicted_classes(logits) == targets).double().mean())}
