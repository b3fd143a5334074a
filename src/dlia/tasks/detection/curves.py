"""Measures of a detector during training."""

from torch import Tensor

from dlia.tasks.detection.average_precision import average_precision, mean_of_classes
from dlia.training.measures import Curves


def metrics(found: Tensor, targets: Tensor) -> dict[str, float]:
    """Give the mean AP50 of the classes that have a true box.

    Args:
        found: The predicted boxes, (n, places, 6), as ``models.anchors.detections`` gives them.
        targets: The true boxes, (n, places, 5).
    """
    classes = int(targets[..., 4].max()) + 1
    found_50 = average_precision(found.cpu().numpy(), targets.cpu().numpy(), classes).ap50
    return {"ap50": mean_of_classes(found_50)}


def is_collapsed(found: Tensor, targets: Tensor) -> bool:
    """Tell whether no box is predicted in any image."""
    return not bool((found[..., 5] >= 0).any())


CURVES = Curves(metrics, is_collapsed)
