"""Accuracy of classifiers on the test part."""

import numpy as np
import pandas as pd
from scipy.special import log_softmax

from dlia.evaluation.predictions import Predictions
from dlia.evaluation.statistics import wilson_interval
from dlia.tasks.classification.pairs import count_pairs

METRIC = "accuracy"
REFERENCE = "majority"


def evaluate(
    predictions: Predictions, truth: np.ndarray, classes: list[str], known: np.ndarray
) -> dict[str, pd.DataFrame]:
    """Compare the predicted with the true labels.

    Args:
        predictions: Logits (trials, n, classes).
        truth: Labels (n,) in the order of the predictions.
        classes: The names of the labels.
        known: Not used; labels of the images that are not judged.

    Returns:
        accuracy: a row per trial: trial, seed, epoch, n, correct, accuracy, its Wilson interval
        (low, high), loss (cross-entropy), status. per_class: a row per trial and class: trial,
        class, n, correct, accuracy. confusion: a row per trial and pair of classes: trial, true,
        predicted, count. mistakes: a row per trial and misclassified image: trial, image, true,
        predicted.
    """
    names = np.array(classes)
    accuracies, per_class, confusions, mistakes = [], [], [], []
    for number, trial in enumerate(predictions.trials):
        log_probability = log_softmax(predictions.logits[number].astype(np.float64), axis=1)
        predicted = predictions.classes(number)
        counts = count_pairs(truth, predicted, len(classes))
        correct = int(counts.trace())
        interval = wilson_interval(correct, len(truth))
        accuracies.append(
            {
                "trial": trial["trial"],
                "seed": trial["seed"],
                "epoch": trial["epoch"],
                "n": len(truth),
                "correct": correct,
                "accuracy": correct / len(truth),
                "low": interval.low,
                "high": interval.high,
                "loss": -log_probability[np.arange(len(truth)), truth].mean(),
                "status": trial["status"],
            }
        )
        totals = counts.sum(axis=1)
        per_class.append(
            pd.DataFrame(
                {
                    "trial": trial["trial"],
                    "class": classes,
                    "n": totals,
                    "correct": counts.diagonal(),
                    "accuracy": [
                        right / n if n else "no image"
                        for right, n in zip(counts.diagonal().tolist(), totals, strict=True)
                    ],
                }
            )
        )
        confusions.append(
            pd.DataFrame(
                {
                    "trial": trial["trial"],
                    "true": np.repeat(classes, len(classes)),
                    "predicted": np.tile(classes, len(classes)),
                    "count": counts.ravel(),
                }
            )
        )
        wrong = np.flatnonzero(predicted != truth)
        mistakes.append(
            pd.DataFrame(
                {
                    "trial": trial["trial"],
                    "image": np.array(predictions.ids)[wrong],
                    "true": names[truth[wrong]],
                    "predicted": names[predicted[wrong]],
                }
            )
        )
    return {
        "accuracy": pd.DataFrame(accuracies),
        "per_class": pd.concat(per_class, ignore_index=True),
        "confusion": pd.concat(confusions, ignore_index=True),
        "mistakes": pd.concat(mistakes, ignore_index=True),
    }


def reference(known: np.ndarray, truth: np.ndarray) -> float:
    """Return the accuracy of always predicting the most frequent class in ``known``.

    Args:
        known: Labels of all images outside the test part.
        truth: Labels of the test images.
    """
    return float((truth == np.bincount(known).argmax()).mean())
