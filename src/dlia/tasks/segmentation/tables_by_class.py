"""Agreement of segmentations with the truth, class by class."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pandas as pd

from dlia.tasks.segmentation.pairs_of_pixels import by_class, count_pixels

ALL = "all"  # images taken as one
NO_PIXEL = "no pixel"


def by_class_and_pairs(
    predicted: np.ndarray, truth: np.ndarray, ids: Sequence[str], classes: Sequence[str]
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Compare masks (n, H, W) class by class, the background's class like the others.

    Args:
        predicted: Class numbers.
        truth: The same, and ``IGNORED``.
        ids: The names of the images.
        classes: Names of the classes.

    Returns:
        A row per image and class, and one for all images as one: image, class, dice, recall (the
        share of its pixels that are right), precision, and its true and predicted pixels. A row per
        pair of classes: true, predicted, count (of the pixels of all images).
    """
    pairs = [count_pixels(*masks, len(classes)) for masks in zip(predicted, truth, strict=True)]
    pooled = np.stack(pairs).sum(axis=0)
    rows = [
        row
        for image, counts in zip([*ids, ALL], [*pairs, pooled], strict=True)
        for row in _rows(image, counts, classes)
    ]
    names = list(classes)
    confusion = {
        "true": np.repeat(names, len(names)),
        "predicted": np.tile(names, len(names)),
        "count": pooled.ravel(),
    }
    return pd.DataFrame(rows), pd.DataFrame(confusion)


def _rows(image: str, counts: np.ndarray, classes: Sequence[str]) -> Iterator[dict[str, Any]]:
    measured = by_class(counts)
    for number, name in enumerate(classes):
        shares = {key: getattr(measured, key)[number] for key in ("dice", "recall", "precision")}
        yield {
            "image": image,
            "class": name,
            **{key: value if np.isfinite(value) else NO_PIXEL for key, value in shares.items()},
            "true": int(measured.true[number]),
            "predicted": int(measured.predicted[number]),
        }
