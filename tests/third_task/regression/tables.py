"""How near the predicted numbers are to the true ones."""

import numpy as np
import pandas as pd
from dlia.tasks.regression.numbers import expected, r2

from dlia.evaluation.predictions import Predictions

METRIC = "r2"
REFERENCE = "mean"


def evaluate(
    predictions: Predictions, truth: np.ndarray, classes: list[str], known: np.ndarray
) -> dict[str, pd.DataFrame]:
    """Give r2: a row per trial: trial, seed, epoch, r2, loss (mean squared error), status."""
    rows = []
    for number, trial in enumerate(predictions.trials):
        found = expected(predictions.logits[number].astype(float))
        known = {key: trial[key] for key in ("trial", "seed", "epoch", "status")}
        rows.append({**known, "r2": r2(found, truth), "loss": ((found - truth) ** 2).mean()})
    return {"r2": pd.DataFrame(rows)}


def reference(known: np.ndarray, truth: np.ndarray) -> float:
    """Give what the mean of the known numbers reaches."""
    return r2(np.full(len(truth), known.mean()), truth)
