"""Average precision and overlap of predicted boxes on the test part."""

import hashlib

import numpy as np
import pandas as pd

from dlia.evaluation.predictions import Predictions
from dlia.tasks.detection.average_precision import (
    AveragePrecision,
    agnostic,
    average_precision,
    mean_of_classes,
)
from dlia.tasks.detection.matching import confusion_counts, matched_ious

METRIC = "ap50"
REFERENCE = "average_box"
MISSED, NOTHING = "missed", "nothing there"
NO_TRUE_BOX = "no box in the test part"
NO_MATCH = "no matched box"
ONE_VALUE = "one value per trial"


def evaluate(
    predictions: Predictions, truth: np.ndarray, classes: list[str], known: np.ndarray
) -> dict[str, pd.DataFrame]:
    """Compare the predicted with the true boxes.

    Args:
        predictions: Boxes (trials, n, places, 6).
        truth: Boxes (n, places, 5) in the order of the predictions.
        classes: Their names.
        known: Boxes of the images that are not judged.

    Returns:
        ap50: a row per trial: trial, seed, epoch, n (images), boxes (true ones), ap50 (the mean of
        the classes that are in the test part), status. metrics: a row per trial and metric: trial,
        metric, n, mean, sd, digest (of the predicted boxes), status; of ap50, ap75, ap (the mean
        over IoUs from 0.5 to 0.95), agnostic_ap50 (as if there were one class), of the sure boxes
        iou (the mean of those that match a true box with an IoU of 0.5 or more, whatever the
        class), matched (how many these are), missed (true boxes without) and nothing_there (sure
        boxes that match none), smallest_share (of a class among the true boxes of all images), and
        ap50_1, ap50_2 ... of each class. per_class: a row per trial
        and class: trial, class, boxes, ap50, ap75, ap. confusion: a row per trial and pair of
        classes: trial, true, predicted, count; true may be "nothing there", predicted "missed".
    """
    boxes = truth[truth[..., 4] >= 0]
    totals = _totals(truth, len(classes))
    of_all = totals + _totals(known, len(classes))
    share = float(of_all.min() / max(of_all.sum(), 1))
    tables: dict[str, list[pd.DataFrame]] = {
        n: [] for n in ("ap50", "metrics", "per_class", "confusion")
    }
    for number, trial in enumerate(predictions.trials):
        found = predictions.logits[number]
        measured = average_precision(found, truth, len(classes))
        counts = confusion_counts(found, truth, len(classes))
        run = {key: trial[key] for key in ("trial", "seed", "epoch")}
        status = trial["status"]
        facts = {"n": len(truth), "boxes": len(boxes), "ap50": mean_of_classes(measured.ap50)}
        tables["ap50"].append(pd.DataFrame([{**run, **facts, "status": status}]))
        rows = [
            {"trial": trial["trial"], "metric": name, "n": len(truth), "mean": value}
            for name, value in _metrics(found, truth, measured, counts, share).items()
        ]
        metrics = pd.DataFrame(rows).assign(sd=ONE_VALUE, digest=_digest(found), status=status)
        tables["metrics"].append(metrics)
        by_class = pd.DataFrame({"trial": trial["trial"], "class": classes, "boxes": totals})
        for name in ("ap50", "ap75", "ap"):
            by_class[name] = _written(getattr(measured, name))
        tables["per_class"].append(by_class)
        tables["confusion"].append(_pairs(counts, classes).assign(trial=trial["trial"]))
    return {name: pd.concat(parts, ignore_index=True) for name, parts in tables.items()}


def reference(known: np.ndarray, truth: np.ndarray) -> float:
    """Give the AP50 of predicting the same in every image: the mean box of each class.

    Args:
        known: Boxes of the images that are not judged.
        truth: Boxes of the images that are judged.
    """
    boxes = known[known[..., 4] >= 0]
    labels = boxes[:, 4].astype(int)
    numbers = np.unique(labels)
    means = [
        [*boxes[labels == number, :4].mean(axis=0), (labels == number).mean(), number]
        for number in numbers
    ]
    classes = 1 + int(max([0, *numbers, truth[..., 4].max(initial=0)]))
    if not means:
        return 0.0
    found = np.repeat(np.array(means, np.float32)[None], len(truth), axis=0)
    value = mean_of_classes(average_precision(found, truth, classes).ap50)
    return 0.0 if np.isnan(value) else value


def _metrics(
    found: np.ndarray,
    truth: np.ndarray,
    measured: AveragePrecision,
    counts: np.ndarray,
    share: float,
) -> dict[str, float | str]:
    ious = matched_ious(found, truth, len(measured.ap50))
    whatever = average_precision(agnostic(found), agnostic(truth), 1).ap50
    numbered = _written(measured.ap50)
    return {
        "ap50": mean_of_classes(measured.ap50),
        "ap75": mean_of_classes(measured.ap75),
        "ap": mean_of_classes(measured.ap),
        "agnostic_ap50": mean_of_classes(whatever),
        "iou": float(ious.mean()) if len(ious) else NO_MATCH,
        "matched": len(ious),
        "missed": int(counts[:, -1].sum()),
        "nothing_there": int(counts[-1].sum()),
        "smallest_share": share,
        **{f"ap50_{number}": value for number, value in enumerate(numbered, start=1)},
    }


def _totals(boxes: np.ndarray, classes: int) -> np.ndarray:
    """Count the boxes of every class."""
    labels = boxes[..., 4]
    return np.bincount(labels[labels >= 0].astype(int), minlength=classes)


def _digest(found: np.ndarray) -> str:
    """Give what only equal boxes have in common, but for no box at all, which gives "".

    It begins with no digit, so that nobody takes it for a number.
    """
    boxes = np.ascontiguousarray(found[found[..., 5] >= 0])
    if not len(boxes):  # two detectors that find nothing need not be the same
        return ""
    counts = (found[..., 5] >= 0).sum(axis=1)
    return f"sha256:{hashlib.sha256(counts.tobytes() + boxes.tobytes()).hexdigest()[:16]}"


def _written(values: np.ndarray) -> list[float | str]:
    return [NO_TRUE_BOX if np.isnan(value) else float(value) for value in values]


def _pairs(counts: np.ndarray, classes: list[str]) -> pd.DataFrame:
    true, predicted = [*classes, NOTHING], [*classes, MISSED]
    return pd.DataFrame(
        {
            "true": np.repeat(true, len(predicted)),
            "predicted": np.tile(predicted, len(true)),
            "count": counts.ravel(),
        }
    )
