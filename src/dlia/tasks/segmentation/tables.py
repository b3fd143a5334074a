"""Agreement of segmentations with the truth, by image and by trial."""

from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import spearmanr

from dlia.data.class_shares import IGNORED, present_classes
from dlia.evaluation.predictions import Predictions
from dlia.evaluation.statistics import correlation_interval
from dlia.tasks.segmentation import mask_shape
from dlia.tasks.segmentation.boundary import WIDTHS, boundary_dice, surface_distances
from dlia.tasks.segmentation.dice import dice, dice_by_class, mean_of_present, soft_dice_pooled
from dlia.tasks.segmentation.over_images import one_value, over_images
from dlia.tasks.segmentation.tables_by_class import by_class_and_pairs

METRIC = "dice"
REFERENCE = "all_foreground"
PER_IMAGE = (
    "dice",
    "iou",
    "pixel_accuracy",
    *(f"boundary_dice_{width}" for width in WIDTHS),
    "assd",
    "hd95",
    "checkerboard",
)
CONSTANT = "too few different values"
IN_NEITHER = "in neither mask"
NO_FOREGROUND = "no foreground"
NO_OBJECT = "no object"
_NOT_FINITE = "no finite prediction"


def evaluate(
    predictions: Predictions, truth: np.ndarray, classes: list[str], known: np.ndarray
) -> dict[str, pd.DataFrame]:
    """Compare the predicted with the true masks.

    Dice and IoU of an image are means over the foreground classes that are in its truth or its
    prediction. Boundary Dice, surface distances, checkerboard, objects and spread are those of two
    classes: of more, all foreground classes together are one. Ignored pixels do not count; where a
    shape is measured, they are background in both masks.

    Args:
        predictions: Logits (trials, n, outputs, H, W).
        truth: Masks (n, H, W) of class numbers and ``IGNORED``, in the order of the predictions.
        classes: Their names, the background first.
        known: Masks of the images that are not judged.

    Returns:
        dice: a row per trial and image: trial, seed, epoch, image, the metrics of ``PER_IMAGE``,
        both_empty and one_empty (1 where both masks, or one alone, have no foreground), the
        foreground's share and spread in the prediction, its share in the truth, the number and the
        spread of the true objects, the checkerboard of the true mask, and status. Of more than two
        classes, also dice_<class> of every foreground class, after dice.
        metrics: a row per trial and metric: trial, metric, n, mean, sd, p10, p90, min, max over the
        images, images_low and images_high (a bootstrap over images, the network fixed), status;
        also dice_soft_pooled, dice_pooled (all images taken as one), what ``_of_worst_image``
        gives, the share of images with more of a checkerboard than any true mask, and the rank
        correlation of Dice with the spread of the objects. Of more than two classes, also
        dice_class_1 and so on, over the images that have this foreground class.
        per_class and confusion: see ``tables_by_class.by_class_and_pairs``.
    """
    judged = truth != IGNORED
    true = (truth != 0) & judged
    others = (known != 0) & (known != IGNORED)
    spreads = np.array([mask_shape.spread(mask) for mask in others if mask.any()])
    facts = pd.DataFrame(
        {
            "foreground_true": _share(true, judged),
            "objects": [mask_shape.count_objects(mask) for mask in true],
            "spread": _spreads(true),
            "checkerboard_true": [mask_shape.checkerboard(mask) for mask in true],
        }
    )
    tables, summaries = [], []
    long: list[pd.DataFrame] = []
    pairs: list[pd.DataFrame] = []
    for number, trial in enumerate(predictions.trials):
        agreement = pd.DataFrame(_agreement(predictions.classes(number), truth, classes))
        run = {key: trial[key] for key in ("trial", "seed", "epoch")}
        images = pd.concat([agreement, facts], axis=1).assign(status=trial["status"])
        tables.append(pd.DataFrame({**run, "image": predictions.ids}).join(images))
        pooled = soft_dice_pooled(predictions.probabilities(number), truth)
        rows = [over_images(name, images[name].to_numpy()) for name in PER_IMAGE]
        rows += _of_classes(images, classes)
        soft = pooled if np.isfinite(pooled) else _NOT_FINITE
        rows.append(one_value("dice_soft_pooled", len(images), soft))
        rows.append(
            one_value("dice_pooled", len(images), _pooled(predictions.classes(number), truth))
        )
        rows += _of_worst_image(images, predictions.classes(number), truth, spreads)
        # A stronger checkerboard than any true mask has by chance.
        grids = images["checkerboard"] > images["checkerboard_true"].max()
        rows.append(over_images("checkerboard_images", grids.to_numpy(dtype=float)))
        rows.append(_correlation(images))
        summaries.append(pd.DataFrame(rows).assign(status=trial["status"]))
        summaries[-1].insert(0, "trial", trial["trial"])
        of_classes, of_pairs = by_class_and_pairs(
            predictions.classes(number), truth, predictions.ids, classes
        )
        for rows_of, collected in ((of_classes, long), (of_pairs, pairs)):
            rows_of.insert(0, "trial", trial["trial"])
            collected.append(rows_of.assign(status=trial["status"]))
    return {
        "dice": pd.concat(tables, ignore_index=True),
        "metrics": pd.concat(summaries, ignore_index=True),
        "per_class": pd.concat(long, ignore_index=True),
        "confusion": pd.concat(pairs, ignore_index=True),
    }


def reference(known: np.ndarray, truth: np.ndarray) -> float:
    """Give the mean Dice of the best constant prediction: one foreground class for every pixel.

    Args:
        known: Masks of the images that are not judged. The class is chosen on them; of two classes
            there is only one to choose.
        truth: Masks of the images that are judged.
    """
    numbers = [int(number) for number in present_classes(known) if number != 0] or [1]
    best = numbers[0]
    if len(numbers) > 1:
        best = max(numbers, key=lambda number: _dice_of_constant(number, known).mean())
    return float(_dice_of_constant(best, truth).mean())


def constant_answers(truth: np.ndarray) -> np.ndarray:
    """Give the Dice of calling every pixel of one class, the background among them.

    Args:
        truth: Masks of the images that are judged.

    Returns:
        A row for each class, a column for each image.
    """
    numbers = sorted({0, 1, *map(int, present_classes(truth))})
    return np.stack([_dice_of_constant(number, truth) for number in numbers])


def _dice_of_constant(number: int, truth: np.ndarray) -> np.ndarray:
    """Give the Dice of each image, (n,), of calling every pixel of class ``number``."""
    classes = 1 + max([number, *map(int, present_classes(truth))])
    by_class = dice_by_class(np.full_like(truth, number), truth, classes)
    return np.asarray(mean_of_present(by_class), dtype=np.float64)


def _columns(classes: list[str]) -> dict[str, int]:
    """Give the column of every foreground class; none for two classes, where dice is its own."""
    return {f"dice_{name}": place for place, name in enumerate(classes[1:]) if len(classes) > 2}


def constant_classes(truth: np.ndarray, classes: int) -> tuple[float, ...]:
    """Give the mean Dice of every foreground class if all pixels are called this class.

    Args:
        truth: The masks.
        classes: How many there are, with the background; two have no metric of their own.
    """
    if classes <= 2:
        return ()
    return tuple(
        float(dice_by_class(np.full_like(truth, number), truth, classes)[number - 1][0].mean())
        for number in range(1, classes)
    )


def _of_classes(images: pd.DataFrame, classes: list[str]) -> list[dict[str, Any]]:
    """Describe the Dice of every foreground class over the images that have it in either mask."""
    rows = []
    for number, column in enumerate(_columns(classes), start=1):
        known = pd.to_numeric(images[column], errors="coerce").dropna().to_numpy(dtype=float)
        name = f"{METRIC}_class_{number}"
        rows.append(over_images(name, known) if len(known) else one_value(name, 0, IN_NEITHER))
    return rows


def _share(pixels: np.ndarray, known: np.ndarray) -> np.ndarray:
    """Give the share of ``pixels`` among the known ones of each image, (n,); 0 of none."""
    return np.asarray(pixels.sum(axis=(1, 2)) / np.maximum(known.sum(axis=(1, 2)), 1))


def _agreement(predicted: np.ndarray, truth: np.ndarray, classes: list[str]) -> dict[str, Any]:
    """Measure every image; both masks are class numbers, (n, H, W)."""
    known = truth != IGNORED
    found, true = (predicted != 0) & known, (truth != 0) & known
    pairs = list(zip(found, true, strict=True))
    by_class = dice_by_class(predicted, truth, len(classes))
    of_classes = {
        name: np.where(by_class[place][1], by_class[place][0].astype(object), IN_NEITHER)
        for name, place in _columns(classes).items()
    }
    near = np.array([boundary_dice(*pair) for pair in pairs]).reshape(-1, len(WIDTHS))
    distances = np.array([surface_distances(*pair) for pair in pairs]).reshape(-1, 2)
    unknown = ~known.any(axis=(1, 2))  # the whole image is ignored
    empty = (~found.any(axis=(1, 2))).astype(int) + ~true.any(axis=(1, 2))
    return {
        "dice": mean_of_present(by_class),
        **of_classes,
        "iou": mean_of_present([(values / (2 - values), own) for values, own in by_class]),
        "pixel_accuracy": np.where(unknown, 1.0, _share((predicted == truth) & known, known)),
        **{f"boundary_dice_{width}": near[:, i] for i, width in enumerate(WIDTHS)},
        "assd": distances[:, 0],
        "hd95": distances[:, 1],
        "checkerboard": [mask_shape.checkerboard(mask) for mask in found],
        "both_empty": (empty == 2).astype(int),
        "one_empty": (empty == 1).astype(int),
        "foreground_predicted": _share(found, known),
        "spread_predicted": _spreads(found),
    }


def _spreads(masks: np.ndarray) -> list[float | str]:
    """Give the spread of each mask, (n, H, W)."""
    return [mask_shape.spread(mask) if mask.any() else NO_OBJECT for mask in masks]


def _of_worst_image(
    images: pd.DataFrame, predicted: np.ndarray, truth: np.ndarray, spreads: np.ndarray
) -> list[dict[str, Any]]:
    """Describe the worst prediction, of the lowest Dice.

    Args:
        images: The rows of the trial's images.
        predicted: Their predicted masks.
        truth: Their true masks.
        spreads: The spread of the foreground of the images that are not judged.

    Returns:
        worst_missed: The missed share of the foreground. worst_inverted: What Dice gains if the
        prediction is inverted. worst_scattered: By how much more the prediction is spread than the
        truth. worst_closer: The share of ``spreads`` that are more than that of the truth.
    """
    worst = int(images["dice"].to_numpy().argmin())
    known = truth[worst] != IGNORED
    found, true = (predicted[worst] != 0) & known, (truth[worst] != 0) & known
    missed = float((true & ~found).sum() / true.sum()) if true.any() else NO_FOREGROUND
    inverted = float(dice((known & ~found)[None], true[None])[0])
    gain = inverted - float(dice(found[None], true[None])[0])
    own, guess = (
        float(pd.to_numeric(images[name], errors="coerce").iloc[worst])
        for name in ("spread", "spread_predicted")
    )
    described = {
        "worst_missed": missed,
        "worst_inverted": gain,
        "worst_scattered": NO_OBJECT if np.isnan(guess - own) else guess - own,
        "worst_closer": NO_OBJECT if np.isnan(own) or not len(spreads) else (spreads > own).mean(),
    }
    return [one_value(name, len(images), value) for name, value in described.items()]


def _pooled(predicted: np.ndarray, truth: np.ndarray) -> float:
    """Give the Dice of the foreground of all images taken as one; ignored pixels do not count."""
    known = truth != IGNORED
    found, true = (predicted != 0) & known, (truth != 0) & known
    return float(dice(found.reshape(1, -1), true.reshape(1, -1))[0])


def _correlation(images: pd.DataFrame) -> dict[str, Any]:
    """Give Spearman's correlation of Dice with the spread of the true objects, over the images."""
    both = images[["dice", "spread"]].apply(pd.to_numeric, errors="coerce").dropna()
    row = one_value("spread_correlation", len(both), CONSTANT)
    if len(both) < 2 or (both.max() == both.min()).any():
        return row
    interval = correlation_interval(both.to_numpy())
    return row | {
        "mean": float(spearmanr(both["dice"], both["spread"]).statistic),
        "images_low": interval.low,
        "images_high": interval.high,
    }
