"""How often each class stands in each part of a data set."""

import numpy as np
import pandas as pd

from dlia.data.arrays import Arrays
from dlia.data.boxes import class_counts, holds_boxes
from dlia.data.class_shares import class_shares

PARTS = ("train", "validation", "test")


def balance(arrays: Arrays, classes: list[str]) -> pd.DataFrame:
    """Count the classes of all parts; of the test part, targets alone are read.

    Args:
        arrays: The data set, with labels, masks or boxes.
        classes: Names of the classes.

    Returns:
        part, class, images (that have it), of one colour (those of them that show nothing, as all
        their pixels are the same) and share: of labels, the share of the part's images; of masks,
        the mean over its images of the share of pixels that are not ignored, with lowest and
        highest beside it; of boxes, that of the part's boxes, with their number (boxes) beside it.
    """
    rows = []
    for part in PARTS:
        of_part = arrays.rows(part)
        targets = arrays.targets_at(of_part)
        shares = class_shares(targets, len(classes))
        empty = None if part == "test" else _of_one_colour(arrays.images_at(of_part))
        for number, name in enumerate(classes):
            found = shares[:, number]
            row = {
                "part": part,
                "class": name,
                "images": int((found > 0).sum()),
                "of_one_colour": "not read" if empty is None else int((empty & (found > 0)).sum()),
            }
            if holds_boxes(targets):
                boxes = class_counts(targets, len(classes)).sum(axis=0)
                share = boxes[number] / max(boxes.sum(), 1)
                rows.append({**row, "share": share, "boxes": int(boxes[number])})
                continue
            extremes = {"lowest": found.min(), "highest": found.max()} if targets.ndim > 1 else {}
            rows.append({**row, "share": found.mean(), **extremes})
    return pd.DataFrame(rows)


def _of_one_colour(images: np.ndarray) -> np.ndarray:
    """Tell of every image, (n, H, W[, C]), whether all its pixels are the same, (n,)."""
    return (images == images[:, :1, :1]).reshape(len(images), -1).all(axis=1)


def samples(
    arrays: Arrays, classes: list[str], each: int, count: int, seed: int | None = None
) -> np.ndarray:
    """Choose training images to show, by their order in the data set and not by their looks.

    Args:
        arrays: The data set.
        classes: Names of the classes.
        each: So many first images of every class, where images have a label.
        count: So many images, evenly spread, where they have a mask or boxes.
        seed: Draws the images instead; None takes those of the order.

    Returns:
        Rows of ``arrays``; of labels, (classes * each,), class by class.
    """
    rows = arrays.rows("train")
    if seed is not None:
        rows = np.random.default_rng(seed).permutation(rows)
    targets = arrays.targets_at(rows)
    if targets.ndim > 1:
        return rows[np.linspace(0, len(rows) - 1, min(count, len(rows))).round().astype(int)]
    return np.concatenate([rows[targets == number][:each] for number in range(len(classes))])
