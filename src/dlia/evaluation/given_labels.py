"""The labels that a network gives to the test images, one by one."""

import numpy as np
import pandas as pd

from dlia.evaluation.predictions import Predictions


def given_labels(
    predictions: Predictions, trial: int, truth: np.ndarray, classes: list[str]
) -> pd.DataFrame:
    """List the test images with their true and their predicted class.

    Args:
        predictions: Of a classifier.
        trial: The trial whose network is shown.
        truth: True classes, (n,).
        classes: The names of the classes.

    Returns:
        Columns trial, image, true, predicted, probability (of the predicted class) and correct (1
        or 0), a row for each image in the order of the predictions.
    """
    names = np.array(classes)
    predicted = predictions.classes(trial)
    probabilities = predictions.probabilities(trial)
    return pd.DataFrame(
        {
            "trial": trial,
            "image": predictions.ids,
            "true": names[truth],
            "predicted": names[predicted],
            "probability": probabilities[np.arange(len(truth)), predicted],
            "correct": (predicted == truth).astype(int),
        }
    )
