"""Which predicted box is which true one: each true box has at most one, the surest first."""

from typing import NamedTuple

import numpy as np

IOU = 0.5  # of a matched pair, at least
SURE = 0.3  # score of the boxes that are counted one by one and drawn


class Pairs(NamedTuple):
    """The boxes of one image.

    Attributes:
        found: The rows of the matched predicted boxes.
        true: The rows of the true boxes that they match.
        iou: Of each pair.
    """

    found: np.ndarray
    true: np.ndarray
    iou: np.ndarray


def overlaps(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Give the IoU of every pair of boxes, (m, n), from corners (m, 4) and (n, 4)."""
    low = np.maximum(first[:, None, :2], second[None, :, :2])
    high = np.minimum(first[:, None, 2:4], second[None, :, 2:4])
    common = np.clip(high - low, 0, None).prod(axis=2)
    areas = [(boxes[:, 2:4] - boxes[:, :2]).prod(axis=1) for boxes in (first, second)]
    union = areas[0][:, None] + areas[1][None] - common
    return np.asarray(common / np.where(union > 0, union, 1.0))


def matched(found: np.ndarray, true: np.ndarray, same_class: bool) -> Pairs:
    """Match the boxes of an image.

    Args:
        found: (m, 6), the highest score first, as a detector gives them; no empty places.
        true: (n, 5); no empty places.
        same_class: Whether only boxes of one class match.
    """
    values = overlaps(found[:, :4], true[:, :4])
    if same_class:
        values = np.where(found[:, None, 5] == true[None, :, 4], values, 0.0)
    rows, columns, kept = [], [], []
    free = np.ones(len(true), bool)
    for row, own in enumerate(values):
        own = np.where(free, own, 0.0)
        if len(own) and own.max() >= IOU:
            column = int(own.argmax())
            free[column] = False
            rows.append(row)
            columns.append(column)
            kept.append(own[column])
    return Pairs(np.array(rows, np.int64), np.array(columns, np.int64), np.array(kept))


def filled(boxes: np.ndarray) -> np.ndarray:
    """Give the boxes of an image without the empty places."""
    return boxes[boxes[:, -1] >= 0]


def _surely(found: np.ndarray, true: np.ndarray) -> tuple[np.ndarray, Pairs]:
    """Give the sure boxes of an image, and what they match, whatever the classes."""
    boxes = filled(found)
    boxes = boxes[boxes[:, 4] >= SURE]
    return boxes, matched(boxes, true, same_class=False)


def matched_ious(found: np.ndarray, truth: np.ndarray, classes: int) -> np.ndarray:
    """Give the IoU of every pair that ``confusion_counts`` counts as true and predicted class.

    Args:
        found: (n, places, 6); those below ``SURE`` do not count.
        truth: (n, places, 5).
        classes: How many there are; boxes of none of them count as missing.
    """
    kept = [np.zeros(0)]
    for own, its in zip(found, truth, strict=True):
        boxes, pairs = _surely(own, filled(its))
        kept.append(pairs.iou[boxes[pairs.found, 5] < classes])
    return np.concatenate(kept)


def confusion_counts(found: np.ndarray, truth: np.ndarray, classes: int) -> np.ndarray:
    """Count pairs of true and predicted class over all images.

    Args:
        found: (n, places, 6); those below ``SURE`` do not count.
        truth: (n, places, 5).
        classes: How many there are.

    Returns:
        (classes + 1, classes + 1): rows are the true classes, the last "nothing there"; columns
        the predicted ones, the last "missed".
    """
    counts = np.zeros((classes + 1, classes + 1), np.int64)
    for own, its in zip(found, truth, strict=True):
        true = filled(its)
        boxes, pairs = _surely(own, true)
        predicted = np.minimum(boxes[:, 5].astype(int), classes)
        labels = true[:, 4].astype(int)
        np.add.at(counts, (labels[pairs.true], predicted[pairs.found]), 1)
        missed = np.setdiff1d(np.arange(len(true)), pairs.true)
        np.add.at(counts, (labels[missed], classes), 1)
        alone = np.setdiff1d(np.arange(len(boxes)), pairs.found)
        np.add.at(counts, (np.full(len(alone), classes), predicted[alone]), 1)
    counts[classes, classes] = 0
    return counts
