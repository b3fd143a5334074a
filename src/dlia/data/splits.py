"""The stratified split into training and validation part, the same for all trials."""

from itertools import combinations

import numpy as np
import pandas as pd
from sklearn.model_selection import StratifiedKFold, train_test_split

from dlia.data.boxes import class_counts, holds_boxes
from dlia.data.class_shares import class_shares, present_classes
from dlia.data.group_splits import group_folds, hold_out_groups
from dlia.data.rows import RANDOM_PART
from dlia.errors import UserError
from dlia.study.folds import FOLDS

# Of 64: a photograph that was scaled or saved anew differs in about two.
SIMILAR_BITS = 4
DIVISIONS = {"part": "main", RANDOM_PART: "random"}  # in similar_images.csv, by column


def split(
    ids: pd.DataFrame, targets: np.ndarray, validation: float | None, seed: int
) -> pd.DataFrame:
    """Split the training images into training and validation part, and into five folds.

    Both splits are stratified: by class, for segmentations by the classes' shares of the pixels,
    for boxes by the rarest class of an image. Targets of the test part are not read. A validation
    part that the archive has stays as it is.

    Images of one group stay together. The share of the validation part is then as close to
    ``validation`` as whole groups allow, and every class is in both parts if its groups allow it
    (see ``hold_out_groups``). With fewer than five groups there are fewer folds.

    Args:
        ids: Columns id, part (train / test, or validation too) and group ("" for an image of its
            own), sorted by id, a row per image.
        targets: Labels (N,), masks (N, H, W) or boxes (N, places, 5) in the order of ``ids``.
        validation: The share of the training images that is held out; None if ``ids`` name the
            validation part, which then stays as it is, without folds.
        seed: The seed of the split.

    Returns:
        Columns id, part (train / validation / test) and fold (0 to 4; -1 for none), and voxel_mm
        if ``ids`` have it.

    Raises:
        UserError: There are too few images of a class to divide, or groups too large for the share.
            A class is in the validation part alone. A group is in the test part and in training.
    """
    _refuse_groups_of_both_parts(ids)
    table = _named(ids) if validation is None else _divided(ids, targets, validation, seed)
    learnt, held_out = (
        present_classes(targets[np.flatnonzero(table["part"] == part)])
        for part in ("train", "validation")
    )
    for name in np.setdiff1d(held_out, learnt):
        raise UserError(
            f"class {name} is in no image that is left for training: so few images show it that "
            "all of them are in the validation part; change seed or data.validation"
        )
    return table


def _named(ids: pd.DataFrame) -> pd.DataFrame:
    """Give the parts that the archive has."""
    columns = [name for name in ("id", "part", "voxel_mm") if name in ids]
    table = ids[columns].copy()
    table.insert(2, "fold", -1)
    return table


def _divided(ids: pd.DataFrame, targets: np.ndarray, validation: float, seed: int) -> pd.DataFrame:
    table = ids[["id", "part"]].assign(fold=-1)
    rows = np.flatnonzero(ids["part"] == "train")
    strata = _strata(targets[rows])
    known = ids.iloc[rows]
    if (known["group"] != "").any():
        groups = _group_numbers(known)
        table.loc[rows[hold_out_groups(strata, groups, validation, seed)], "part"] = "validation"
        table.loc[rows, "fold"] = group_folds(strata, groups, FOLDS, seed)
        return table
    held_out = max(round(validation * len(rows)), 1)
    if targets.ndim > 1 and not _can_be_divided(strata, held_out):
        strata = np.zeros_like(strata)  # few images with masks or boxes: by chance alone
    if not _can_be_divided(strata, held_out):
        smallest = int(np.bincount(strata, minlength=1).min())
        raise UserError(
            f"the smallest class in training has {smallest} images, and the validation part would "
            f"have {held_out} for {int(strata.max(initial=-1)) + 1} classes: too few to divide; "
            "use a larger archive or another data.validation"
        )
    _, held = train_test_split(rows, test_size=held_out, stratify=strata, random_state=seed)
    table.loc[held, "part"] = "validation"
    folds = StratifiedKFold(FOLDS, shuffle=True, random_state=seed).split(rows, strata)
    for fold, (_, members) in enumerate(folds):
        table.loc[rows[members], "fold"] = fold
    return table


def _can_be_divided(strata: np.ndarray, held_out: int) -> bool:
    """Tell whether each stratum has an image in every fold and on both sides of the split."""
    sizes = np.bincount(strata, minlength=1)
    return bool(sizes.min() >= FOLDS and len(sizes) <= held_out <= len(strata) - len(sizes))


def at_random(table: pd.DataFrame, seed: int) -> pd.DataFrame:
    """Add a division that ignores groups, with as many validation images.

    Args:
        table: The split.
        seed: The seed of the split.
    """
    rows = np.flatnonzero(table["part"] != "test")
    count = int((table["part"] == "validation").sum())
    held = np.random.default_rng(seed).permutation(rows)[:count]
    parts = table["part"].mask(table["part"] != "test", "train")
    parts.iloc[held] = "validation"
    return table.assign(**{RANDOM_PART: parts})


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


def similar_images(ids: pd.DataFrame, table: pd.DataFrame) -> pd.DataFrame:
    """List the images that look almost like an image of another part.

    Args:
        ids: Columns id and difference_hash, of 64 bits in hexadecimal.
        table: The split, columns id and part, and random_part if there is such a division, in the
            same order.

    Returns:
        A row for each pair: division (main, or random if there is one), id, part, other_id,
        other_part and bits (in which their hashes differ, at most ``SIMILAR_BITS``), sorted; the
        first image is of the earlier part.
    """
    hashes = np.array([int(text, 16) for text in ids["difference_hash"]], dtype=np.uint64)
    names, rows = ids["id"].to_numpy(), []
    for column in (name for name in DIVISIONS if name in table):
        parts, of = table[column].to_numpy(), DIVISIONS[column]
        for first, second in combinations(("train", "validation", "test"), 2):
            own, other = np.flatnonzero(parts == first), np.flatnonzero(parts == second)
            bits = np.bitwise_count(hashes[own, None] ^ hashes[other])
            for one, two in np.argwhere(bits <= SIMILAR_BITS):
                pair = own[one], other[two]
                both = names[pair[0]], first, names[pair[1]], second
                rows.append((of, *both, int(bits[one, two])))
    columns = ["division", "id", "part", "other_id", "other_part", "bits"]
    return pd.DataFrame(sorted(rows), columns=columns)


def _refuse_groups_of_both_parts(ids: pd.DataFrame) -> None:
    named = ids[ids["group"] != ""]
    parts = named.groupby("group")["part"].nunique()
    both = parts.index[parts > 1].tolist()
    if both:
        shown = ", ".join(both[:20])
        raise UserError(
            f"{len(both)} groups have images in the training and in the test part: {shown}\n"
            "Results on the test part would say little about new groups; correct the groups in the "
            "archive, or move all images of a group to one part."
        )


def _group_numbers(ids: pd.DataFrame) -> np.ndarray:
    """Number the groups by their names; an image without one is a group of its own."""
    alone = ids["id"].where(ids["group"] == "", "")
    return ids.assign(alone=alone).groupby(["group", "alone"]).ngroup().to_numpy()


def _strata(targets: np.ndarray) -> np.ndarray:
    """Give the stratum of every image, (n,), from 0: its class, or a quarter by class shares.

    With two classes of pixels, quarters by the share of the second one. With more, halves by the
    share of the rarest class, each of them cut into halves by the share of the next: that frequent
    classes are evenly divided is likely anyhow.
    """
    if targets.ndim == 1:
        return np.unique(targets, return_inverse=True)[1]
    if holds_boxes(targets):
        return _strata_of_boxes(targets)
    present = present_classes(targets)
    shares = class_shares(targets, int(present.max(initial=0)) + 1)[:, present.astype(np.int64)]
    if shares.shape[1] <= 2:
        last = shares[:, -1] if shares.size else np.zeros(len(targets))
        return _ranked(last, 4)
    first, second = np.argsort(shares.sum(axis=0), kind="stable")[:2]
    strata = 2 * _ranked(shares[:, first], 2)
    for half in (0, 2):
        members = np.flatnonzero(strata == half)
        strata[members] += _ranked(shares[members, second], 2)
    return strata


def _strata_of_boxes(targets: np.ndarray) -> np.ndarray:
    """Give each image the rarest of its classes; those of too few images are with images without.

    Classes are counted by their images.
    """
    shown = class_counts(targets, int(targets[..., 4].max(initial=0)) + 1) > 0
    by_rarity = np.argsort(shown.sum(axis=0), kind="stable")
    rarest = by_rarity[shown[:, by_rarity].argmax(axis=1)]
    strata = np.where(shown.any(axis=1), rarest + 1, 0)
    sizes = np.bincount(strata)
    strata[sizes[strata] < FOLDS] = 0
    if 0 < np.count_nonzero(strata == 0) < FOLDS:
        strata[strata == 0] = np.bincount(strata[strata > 0]).argmax() if strata.any() else 0
    return np.unique(strata, return_inverse=True)[1]


def _ranked(values: np.ndarray, parts: int) -> np.ndarray:
    """Cut images into ``parts`` of equal size by their ``values``; give the part of each."""
    # Ranks instead of values: equal parts even if many images have the same value.
    return np.argsort(np.argsort(values, kind="stable"), kind="stable") * parts // len(values)
