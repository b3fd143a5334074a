"""How often each class of pixels is predicted as each other one, and what follows from it."""

from typing import NamedTuple

import numpy as np

from dlia.data.class_shares import IGNORED


class ByClass(NamedTuple):
    """What a confusion matrix says of every class, (..., K); not a number where a class is absent.

    Attributes:
        dice: 2 |A and B| / (|A| + |B|) of the predicted and the true pixels.
        recall: The share of a class's pixels that are predicted as it; its accuracy.
        precision: The share of the pixels predicted as a class that are of it.
        true: How many pixels are of a class.
        predicted: How many pixels are predicted as it.
    """

    dice: np.ndarray
    recall: np.ndarray
    precision: np.ndarray
    true: np.ndarray
    predicted: np.ndarray


def count_pixels(predicted: np.ndarray, truth: np.ndarray, classes: int) -> np.ndarray:
    """Count all pairs of classes, (K, K): rows are the true classes. Ignored pixels are left out.

    Args:
        predicted: Class numbers, of any shape.
        truth: The same, and ``IGNORED``.
        classes: How many there are.
    """
    known = truth != IGNORED
    pairs = truth[known].astype(np.int64) * classes + predicted[known]
    return np.bincount(pairs, minlength=classes**2).reshape(classes, classes)


def by_class(counts: np.ndarray) -> ByClass:
    """Measure every class by confusion matrices (..., K, K)."""
    hits = np.diagonal(counts, axis1=-2, axis2=-1)
    true, predicted = counts.sum(axis=-1), counts.sum(axis=-2)
    with np.errstate(invalid="ignore", divide="ignore"):
        return ByClass(
            2 * hits / (true + predicted), hits / true, hits / predicted, true, predicted
        )


def pixel_accuracy(counts: np.ndarray) -> np.ndarray:
    """Give the share of the pixels that are right, (...); not a number where there are none."""
    with np.errstate(invalid="ignore", divide="ignore"):
        hits = np.diagonal(counts, axis1=-2, axis2=-1).sum(axis=-1)
        return np.asarray(hits / counts.sum(axis=(-2, -1)))
