"""How far the predictions of variants agree with each other, beside those of trials of one variant.

Two networks can reach the same Dice with different masks. Here each mask is compared with that of
another network instead of the truth.
"""

from itertools import combinations_with_replacement, product
from typing import NamedTuple

import numpy as np
import pandas as pd

from dlia.data.class_shares import IGNORED
from dlia.evaluation.predictions import Predictions
from dlia.tasks.segmentation.dice import dice_by_class, mean_of_present

TRIALS, BASE, VARIANTS = "trials of one variant", "variant and base", "two variants"


class _Network(NamedTuple):
    trial: int
    status: str
    masks: np.ndarray


def agreement(
    predictions: dict[str, Predictions], bases: dict[str, str], truth: np.ndarray, classes: int
) -> pd.DataFrame:
    """Compare the predicted masks of all pairs of networks.

    Args:
        predictions: Of each variant, for the same test images in the same order.
        bases: The variant that a variant is compared with, where there is one.
        truth: Masks (n, H, W); only their ignored pixels are read, which do not count.
        classes: How many there are.

    Returns:
        A row per pair: variant, trial, other, other_trial, relation, n; the mean, sd and min of
        the images' Dice, and both statuses. Of variant and base, the base is the other.
    """
    networks = {name: _networks(found, truth) for name, found in predictions.items()}
    rows = []
    for pair in combinations_with_replacement(networks, 2):
        other, variant = pair if bases.get(pair[1]) == pair[0] else pair[::-1]
        relation = TRIALS
        if variant != other:
            relation = BASE if bases.get(variant) == other else VARIANTS
        for own, its in product(networks[variant], networks[other]):
            if relation == TRIALS and own.trial >= its.trial:
                continue
            values = mean_of_present(dice_by_class(own.masks, its.masks, classes))
            rows.append(
                {
                    "variant": variant,
                    "trial": own.trial,
                    "other": other,
                    "other_trial": its.trial,
                    "relation": relation,
                    "n": len(values),
                    "mean": values.mean(),
                    "sd": values.std(ddof=1) if len(values) > 1 else "one image",
                    "min": values.min(),
                    "status": " and ".join(dict.fromkeys([own.status, its.status])),
                }
            )
    return pd.DataFrame(rows)


def _networks(predictions: Predictions, truth: np.ndarray) -> list[_Network]:
    found = []
    for number, trial in enumerate(predictions.trials):
        masks = predictions.classes(number).astype(np.uint8)
        masks[truth == IGNORED] = IGNORED
        found.append(_Network(trial["trial"], trial["status"], masks))
    return found
