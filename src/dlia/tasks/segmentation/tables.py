"""How segmentations agree with the truth, image by image, and trial by trial."""

from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import spearmanr

from dlia.evaluation.predictions import Predictions
from dlia.evaluation.statistics import correlation_interval, image_interval
from dlia.tasks.segmentation import mask_shape
from dlia.tasks.segmentation.boundary import WIDTHS, boundary_dice, surface_distances
from dlia.tasks.segmentation.dice import dice, soft_dice_pooled

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
ONE_VALUE = "one value per trial"
ONE_IMAGE = "one image"
CONSTANT = "too few different values"
_NOT_FINITE = "no finite prediction"


def evaluate(
    predictions: Predictions, truth: np.ndarray, classes: list[str]
) -> dict[str, pd.DataFrame]:
    """Compare the predicted with the true masks.

    Args:
        predictions: Logits (trials, n, outputs, H, W).
        truth: Masks (n, H, W) of 0 and 1 in the order of the predictions.
        classes: Their names; not needed.

    Returns:
        dice: a row per trial and image: trial, seed, epoch, image, the metrics of ``PER_IMAGE``,
        both_empty and one_empty (1 where both masks, or one alone, have no foreground), the
        foreground's share in truth and prediction, the number and the spread of the true glands,
        the checkerboard of the true mask, and status.
        metrics: a row per trial and metric: trial, metric, n, mean, sd, p10, p90, min, max over the
        images, images_low and images_high (a bootstrap over images, the network fixed), status;
        also dice_soft_pooled, the share of images with more of a checkerboard than any true mask,
        and the rank correlation of Dice with the spread of the glands.
    """
    true = truth == 1
    facts = pd.DataFrame(
        {
            "foreground_true": true.mean(axis=(1, 2)),
            "glands": [mask_shape.count_glands(mask) for mask in true],
            "spread": [mask_shape.spread(mask) if mask.any() else "no gland" for mask in true],
            "checkerboard_true": [mask_shape.checkerboard(mask) for mask in true],
        }
    )
    tables, summaries = [], []
    for number, trial in enumerate(predictions.trials):
        agreement = pd.DataFrame(_agreement(predictions.classes(number) == 1, true))
        run = {key: trial[key] for key in ("trial", "seed", "epoch")}
        images = pd.concat([agreement, facts], axis=1).assign(status=trial["status"])
        tables.append(pd.DataFrame({**run, "image": predictions.ids}).join(images))
        pooled = soft_dice_pooled(predictions.probabilities(number), truth)
        rows = [_over_images(name, images[name].to_numpy()) for name in PER_IMAGE]
        soft = pooled if np.isfinite(pooled) else _NOT_FINITE
        rows.append(_one_value("dice_soft_pooled", len(images), soft))
        # More of a grid than any true mask has by chance.
        grids = images["checkerboard"] > images["checkerboard_true"].max()
        rows.append(_over_images("checkerboard_images", grids.to_numpy(dtype=float)))
        rows.append(_correlation(images))
        summaries.append(pd.DataFrame(rows).assign(status=trial["status"]))
        summaries[-1].insert(0, "trial", trial["trial"])
    return {
        "dice": pd.concat(tables, ignore_index=True),
        "metrics": pd.concat(summaries, ignore_index=True),
    }


def reference(known: np.ndarray, truth: np.ndarray) -> float:
    """Give the mean Dice of calling every pixel foreground; ``known`` is not needed for that.

    Args:
        known: Masks of the images that are not judged.
        truth: Masks of the images that are.
    """
    return float(dice(np.ones_like(truth, dtype=bool), truth == 1).mean())


def _agreement(predicted: np.ndarray, truth: np.ndarray) -> dict[str, Any]:
    """Measure every image; both masks are boolean, (n, H, W)."""
    pairs = list(zip(predicted, truth, strict=True))
    overlap = dice(predicted, truth)
    near = np.array([boundary_dice(*pair) for pair in pairs]).reshape(-1, len(WIDTHS))
    distances = np.array([surface_distances(*pair) for pair in pairs]).reshape(-1, 2)
    empty = (~predicted.any(axis=(1, 2))).astype(int) + ~truth.any(axis=(1, 2))
    return {
        "dice": overlap,
        "iou": overlap / (2 - overlap),
        "pixel_accuracy": (predicted == truth).mean(axis=(1, 2)),
        **{f"boundary_dice_{width}": near[:, i] for i, width in enumerate(WIDTHS)},
        "assd": distances[:, 0],
        "hd95": distances[:, 1],
        "checkerboard": [mask_shape.checkerboard(mask) for mask in predicted],
        "both_empty": (empty == 2).astype(int),
        "one_empty": (empty == 1).astype(int),
        "foreground_predicted": predicted.mean(axis=(1, 2)),
    }


def _over_images(metric: str, values: np.ndarray) -> dict[str, Any]:
    interval = image_interval(values)
    return {
        "metric": metric,
        "n": len(values),
        "mean": values.mean(),
        "sd": values.std(ddof=1) if interval else ONE_IMAGE,
        "p10": np.quantile(values, 0.1),
        "p90": np.quantile(values, 0.9),
        "min": values.min(),
        "max": values.max(),
        "images_low": interval.low if interval else ONE_IMAGE,
        "images_high": interval.high if interval else ONE_IMAGE,
    }


def _one_value(metric: str, n: int, value: float | str) -> dict[str, Any]:
    rest = ("sd", "p10", "p90", "min", "max", "images_low", "images_high")
    return {"metric": metric, "n": n, "mean": value, **dict.fromkeys(rest, ONE_VALUE)}


def _correlation(images: pd.DataFrame) -> dict[str, Any]:
    """Give Spearman's correlation of Dice with the spread of the true glands, over the images."""
    both = images[["dice", "spread"]].apply(pd.to_numeric, errors="coerce").dropna()
    row = _one_value("spread_correlation", len(both), CONSTANT)
    if len(both) < 2 or (both.max() == both.min()).any():
        return row
    interval = correlation_interval(both.to_numpy())
    return row | {
        "mean": float(spearmanr(both["dice"], both["spread"]).statistic),
        "images_low": interval.low,
        "images_high": interval.high,
    }
