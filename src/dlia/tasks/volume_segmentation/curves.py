"""The metrics of a segmentation of volumes during training."""

import numpy as np
import torch
from torch import Tensor

from dlia.data.class_shares import IGNORED
from dlia.tasks.segmentation.pairs_of_pixels import by_class, pixel_accuracy
from dlia.training.losses import predicted_classes
from dlia.training.measures import Curves


def metrics(logits: Tensor, targets: Tensor) -> dict[str, float]:
    """Give Dice and recall of every class, their means over the classes, and the pixel accuracy.

    All pixels of the part are pooled. Ignored ones do not count. A class that is neither there nor
    predicted agrees perfectly; of one that is not there, the recall is 0.

    Args:
        logits: (n, classes, H, W).
        targets: (n, H, W), class numbers and ``IGNORED``.
    """
    classes = logits.shape[1]
    known = targets != IGNORED
    pairs = targets[known] * classes + predicted_classes(logits)[known]
    counts = torch.bincount(pairs.cpu(), minlength=classes**2).reshape(classes, classes).numpy()
    found = by_class(counts)
    dice, recall = np.nan_to_num(found.dice, nan=1.0), np.nan_to_num(found.recall)
    return {
        "dice": float(dice.mean()),
        "pixel_accuracy": float(np.nan_to_num(pixel_accuracy(counts))),
        "recall": float(recall.mean()),
        **{f"dice_class_{n}": float(value) for n, value in enumerate(dice, start=1)},
        **{f"recall_class_{n}": float(value) for n, value in enumerate(recall, start=1)},
    }


def is_collapsed(logits: Tensor, targets: Tensor) -> bool:
    """Tell whether one and the same class is predicted wherever ``targets`` are not ignored."""
    return len(predicted_classes(logits)[targets != IGNORED].unique()) <= 1


CURVES = Curves(metrics, is_collapsed)
