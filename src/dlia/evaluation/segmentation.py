"""Dice of segmentations on the test part, image by image."""

import numpy as np
import pandas as pd

from dlia.evaluation.dice import dice
from dlia.evaluation.predictions import Predictions

METRIC = "dice"
REFERENCE = "all_foreground"


def evaluate(
    predictions: Predictions, truth: np.ndarray, classes: list[str]
) -> dict[str, pd.DataFrame]:
    """Compare the predicted with the true masks.

    Args:
        predictions: Logits (trials, n, outputs, H, W).
        truth: Masks (n, H, W) of 0 and 1 in the order of the predictions.
        classes: Their names; not needed.

    Returns:
        dice: a row per trial and image: trial, seed, epoch, image, dice, both_empty (1 where both
        masks are empty and Dice is 1 by convention), the foreground's share in truth and
        prediction, and status.
    """
    tables = []
    for number, trial in enumerate(predictions.trials):
        predicted = predictions.classes(number)
        true_share, predicted_share = _share(truth), _share(predicted)
        tables.append(
            pd.DataFrame(
                {
                    "trial": trial["trial"],
                    "seed": trial["seed"],
                    "epoch": trial["epoch"],
                    "image": predictions.ids,
                    "dice": dice(predicted == 1, truth == 1),
                    "both_empty": ((true_share == 0) & (predicted_share == 0)).astype(int),
                    "foreground_true": true_share,
                    "foreground_predicted": predicted_share,
                    "status": trial["status"],
                }
            )
        )
    return {"dice": pd.concat(tables, ignore_index=True)}


def reference(known: np.ndarray, truth: np.ndarray) -> float:
    """Give the mean Dice of calling every pixel foreground; ``known`` is not needed for that.

    Args:
        known: Masks of the images that are not test.
        truth: Masks of the test images.
    """
    return float(dice(np.ones_like(truth, dtype=bool), truth == 1).mean())


def _share(masks: np.ndarray) -> np.ndarray:
    return np.asarray(masks.reshape(len(masks), -1).mean(axis=1))
