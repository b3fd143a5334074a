"""The rows of the data set that a training uses."""

import numpy as np
import pandas as pd

from dlia.errors import UserError

# In split.csv, the parts of a division at random, beside the one that keeps groups together.
RANDOM_PART = "random_part"


def divided(table: pd.DataFrame, split: str | None) -> pd.DataFrame:
    """Give the parts of a division, ``random`` or the one that keeps groups together."""
    return table.assign(part=table[RANDOM_PART]) if split == "random" else table


def hold_out(table: pd.DataFrame, fold: int | None) -> pd.DataFrame:
    """Make a fold of the training images the validation part; None leaves the split as it is.

    Raises:
        UserError: The data set has so few groups that it has no such fold.
    """
    if fold is None:
        return table
    members = table["fold"] == fold
    if not members.any():
        folds = table["fold"].max() + 1
        raise UserError(
            f"held_out_fold: {fold} has no images: the training images have {folds} groups, and "
            f"therefore {folds} folds; write a number below {folds}"
        )
    part = table["part"].mask(table["part"] != "test", "train").mask(members, "validation")
    return table.assign(part=part)


def training_rows(table: pd.DataFrame, fit: str) -> np.ndarray:
    """Give the rows that ``fit`` ("train" or "train+validation") trains on."""
    return np.flatnonzero(table["part"].isin(fit.split("+")))


def monitored_rows(table: pd.DataFrame, fit: str) -> np.ndarray:
    """Give the fixed subset of the training rows that the training curves are measured on.

    It is as large as the validation part, so that both curves have the same noise, and evenly
    spaced over the ids; ids begin with the class where there are class folders, so that the subset
    has the classes' shares.
    """
    rows = training_rows(table, fit)
    size = min(int((table["part"] == "validation").sum()), len(rows))
    return rows[np.linspace(0, len(rows) - 1, size).round().astype(int)]
