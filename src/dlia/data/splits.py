"""Who trains, who validates, who tests: one split for all trials."""

import numpy as np
import pandas as pd
from sklearn.model_selection import StratifiedKFold, train_test_split

from dlia.errors import UserError

FOLDS = 5


def split(ids: pd.DataFrame, targets: np.ndarray, validation: float, seed: int) -> pd.DataFrame:
    """Divide what is not test into training and validation part, and into five folds.

    Both divisions keep the classes' shares; segmentations are stratified by the quartile of their
    foreground share.

    Args:
        ids: Columns id and part (train / test), sorted by id, a row per image.
        targets: Labels (N,) or masks (N, H, W) in the order of ``ids``.
        validation: The share of the training images that is held out.
        seed: What the split derives from.

    Returns:
        Columns id, part (train / validation / test) and fold (0 to 4; -1 for test).

    Raises:
        UserError: There are too few images of a class to divide.
    """
    table = ids[["id", "part"]].assign(fold=-1)
    rows = np.flatnonzero(ids["part"] == "train")
    strata = _strata(targets[rows])
    groups = int(strata.max(initial=-1)) + 1
    smallest = int(np.bincount(strata, minlength=1).min())
    held_out = max(round(validation * len(rows)), 1)
    if smallest < FOLDS or not groups <= held_out <= len(rows) - groups:
        raise UserError(
            f"the smallest class (or quarter by foreground) in training has {smallest} images, and "
            f"the validation part would have {held_out} for {groups} classes: too few to "
            "divide; use a larger archive or another data.validation"
        )
    _, held = train_test_split(rows, test_size=held_out, stratify=strata, random_state=seed)
    table.loc[held, "part"] = "validation"
    folds = StratifiedKFold(FOLDS, shuffle=True, random_state=seed).split(rows, strata)
    for fold, (_, members) in enumerate(folds):
        table.loc[rows[members], "fold"] = fold
    return table


def equal_images(ids: pd.DataFrame, table: pd.DataFrame) -> pd.DataFrame:
    """List the images that are equal, pixel by pixel, to an image of another part.

    Args:
        ids: Columns id and sha256 (of the pixels).
        table: The split, columns id and part, in the same order.

    Returns:
        Columns sha256, id and part, sorted; empty if the parts share no image.
    """
    images = ids[["sha256", "id"]].assign(part=table["part"])
    parts = images.groupby("sha256")["part"].transform("nunique")
    return images[parts > 1].sort_values(["sha256", "part", "id"])


def _strata(targets: np.ndarray) -> np.ndarray:
    if targets.ndim == 1:
        return np.unique(targets, return_inverse=True)[1]
    share = targets.mean(axis=(1, 2))
    # Ranks instead of values: equal quarters even if many images have the same share.
    return np.argsort(np.argsort(share, kind="stable"), kind="stable") * 4 // len(share)
