"""Accuracy of classifiers on the test part."""

import numpy as np
import pandas as pd
from scipy.special import log_softmax

from dlia.evaluation.predictions import Predictions

METRIC = "accuracy"
REFERENCE = "majority"


def evaluate(predictions: Predictions, truth: np.ndarray) -> pd.DataFrame:
    """Compare the predicted with the true labels.

    Args:
        predictions: Logits (trials, n, classes).
        truth: Labels (n,) in the order of the predictions.

    Returns:
        A row per trial: trial, seed, epoch, n, correct, accuracy, loss (cross-entropy), status.
    """
    rows = []
    for number, trial in enumerate(predictions.trials):
        log_probability = log_softmax(predictions.logits[number].astype(np.float64), axis=1)
        correct = int((predictions.classes(number) == truth).sum())
        rows.append(
            {
                "trial": trial["trial"],
                "seed": trial["seed"],
                "epoch": trial["epoch"],
                "n": len(truth),
                "correct": correct,
                "accuracy": correct / len(truth),
                "loss": -log_probability[np.arange(len(truth)), truth].mean(),
                "status": trial["status"],
            }
        )
    return pd.DataFrame(rows)


def reference(known: np.ndarray, truth: np.ndarray) -> float:
    """Give the accuracy of always saying the class that is most frequent in ``known``.

    Args:
        known: Labels of the images that are not test.
        truth: Labels of the test images.
    """
    return float((truth == np.bincount(known).argmax()).mean())
