"""Splits that keep groups whole: the images of a track, volume, patient or sequence.

Images of a group resemble each other. With some of them in training, results on the others would
overestimate the accuracy on new images (data leakage).
"""

import warnings
from dataclasses import dataclass

import numpy as np
from sklearn.model_selection import GroupKFold, StratifiedGroupKFold

from dlia.errors import UserError

# Number of random orders that are tried; the best result is taken.
_ORDERS = 10


def hold_out_groups(
    strata: np.ndarray,
    groups: np.ndarray,
    validation: float,
    seed: int,
    key: str = "data.validation",
) -> np.ndarray:
    """Choose the groups that are held out, by a stratified local search.

    Groups are visited repeatedly in a random order. A group moves to the other part if that brings
    the held-out shares of all images and of every stratum closer to ``validation`` (least
    squares), until no move helps. A stratum that is missing from one part weighs more than all
    deviations together. If groups are small, the share is met closely. If each group has one
    stratum and each stratum at least two groups, every stratum is in both parts. A stratum of a
    single group stays in training. scikit-learn's StratifiedGroupKFold is similar, but supports
    folds of equal size only.

    Args:
        strata: (n,), the stratum of every image, from 0.
        groups: (n,), the group of every image, from 0.
        validation: The share of the images to hold out.
        seed: The seed of the random orders.
        key: The key of the study that states the share.

    Returns:
        (n,), whether an image is held out.

    Raises:
        UserError: Whole groups cannot give a share between half and one and a half times
            ``validation``.
    """
    counts = np.zeros((groups.max() + 1, strata.max() + 1), np.int64)
    np.add.at(counts, (groups, strata), 1)
    counts = counts[:, counts.any(axis=0)]  # quarters of very few images may be empty
    aim = _Aim(counts.sum(0), np.count_nonzero(counts, axis=0), validation)
    generator = np.random.default_rng(seed)
    orders = [generator.permutation(len(counts)) for _ in range(_ORDERS)]
    tried = [_improve(counts, aim, order) for order in orders]
    chosen = min(tried, key=lambda each: aim.miss(counts[each].sum(0)))
    _check_share(counts.sum(1), chosen, validation, key)
    return np.asarray(chosen[groups])


def group_folds(strata: np.ndarray, groups: np.ndarray, folds: int, seed: int) -> np.ndarray:
    """Divide the groups into folds of similar size with similar shares of the strata.

    Where so few groups cannot be stratified without an empty fold, every fold has as many groups.

    Args:
        strata: (n,), the stratum of every image.
        groups: (n,), the group of every image; two groups or more.
        folds: How many are wanted; fewer groups make fewer folds, of one group each.
        seed: The seed of the folds.

    Returns:
        (n,), the fold of every image, from 0.
    """
    number = min(folds, len(np.unique(groups)))
    options = {"n_splits": number, "shuffle": True, "random_state": seed}
    found = np.zeros(len(groups), np.int64)
    if np.bincount(strata).max() >= number:  # less than that is refused
        found = _numbered(StratifiedGroupKFold(**options), strata, groups)
    if len(np.unique(found)) < number:
        found = _numbered(GroupKFold(**options), strata, groups)
    return found


def _numbered(
    division: StratifiedGroupKFold | GroupKFold, strata: np.ndarray, groups: np.ndarray
) -> np.ndarray:
    found = np.zeros(len(groups), np.int64)
    with warnings.catch_warnings():
        # A stratum may have fewer images than there are folds: some folds then do without it.
        warnings.filterwarnings("ignore", "The least populated class", UserWarning)
        for fold, (_, members) in enumerate(division.split(groups, strata, groups)):
            found[members] = fold
    return found


@dataclass(frozen=True)
class _Aim:
    """What is to be held out.

    Attributes:
        totals: (strata,), all images of each.
        spread: (strata,), the groups that each has images in.
        validation: The share to hold out.
    """

    totals: np.ndarray
    spread: np.ndarray
    validation: float

    def miss(self, held: np.ndarray) -> float:
        """Return how far ``held`` (images per stratum) is from the aim."""
        missing = (held == self.totals) | ((held == 0) & (self.spread > 1))
        each = np.square(held / self.totals - self.validation).mean()
        together = (held.sum() / self.totals.sum() - self.validation) ** 2
        return float(each + together + 2 * np.count_nonzero(missing))


def _improve(counts: np.ndarray, aim: _Aim, order: np.ndarray) -> np.ndarray:
    """Move groups between the parts while that helps; return which groups are held out."""
    chosen = np.zeros(len(counts), bool)
    held = np.zeros_like(counts[0])
    miss, changed = aim.miss(held), True
    while changed:
        changed = False
        for group in order:
            moved = held - counts[group] if chosen[group] else held + counts[group]
            if (other := aim.miss(moved)) < miss:
                chosen[group] = not chosen[group]
                held, miss, changed = moved, other, True
    return chosen


def _check_share(sizes: np.ndarray, chosen: np.ndarray, validation: float, key: str) -> None:
    if len(sizes) < 2:
        raise UserError(
            "all training images are of one group, which cannot be divided into two parts "
            f"({key}); use an archive with several groups"
        )
    images, held = int(sizes.sum()), int(sizes[chosen].sum())
    wanted = validation * images
    if abs(held - wanted) > wanted / 2:
        possible = max(held, int(sizes.min())) / images
        raise UserError(
            f"{key} is {validation:g}, which the {len(sizes)} groups of the {images} "
            f"training images cannot give: a group stays whole, every class should be on both "
            f"sides, and the nearest is {held / images:.3g}; state a {key} of about "
            f"{possible:.2g}, or use an archive with more groups"
        )
