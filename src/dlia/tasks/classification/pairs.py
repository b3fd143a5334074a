"""Counts of pairs of a true and a predicted class."""

import numpy as np


def count_pairs(truth: np.ndarray, predicted: np.ndarray, classes: int) -> np.ndarray:
    """Count every pair of true (rows) and predicted (columns) class, (classes, classes)."""
    return np.bincount(truth * classes + predicted, minlength=classes**2).reshape(classes, classes)
