"""How much of every image each class takes; ignored pixels belong to none."""

import numpy as np

from dlia.data.boxes import NO_BOX, class_counts, holds_boxes

# What a mask holds where nobody knows the class, or where it does not matter. No label is ever it.
IGNORED = 255


def class_shares(targets: np.ndarray, classes: int) -> np.ndarray:
    """Compute for every image the share of each class.

    Args:
        targets: Labels (n,), masks (n, H, W) of class numbers and ``IGNORED``, or boxes
            (n, places, 5).
        classes: How many there are; they are numbered from 0.

    Returns:
        (n, classes), float64. Of masks, shares of the pixels that are not ignored; 0 for all
        classes where every pixel is. Of boxes, shares of the boxes of the image.
    """
    if holds_boxes(targets):
        boxes = class_counts(targets, classes)
        return np.asarray(boxes / np.maximum(boxes.sum(axis=1, keepdims=True), 1))
    flat = targets.reshape(len(targets), int(np.prod(targets.shape[1:])))
    counts = np.stack([np.count_nonzero(flat == number, axis=1) for number in range(classes)], 1)
    known = np.full(len(flat), flat.shape[1])
    if targets.ndim > 1:
        known -= np.count_nonzero(flat == IGNORED, axis=1)
    return np.asarray(counts / np.maximum(known, 1)[:, np.newaxis])


def present_classes(targets: np.ndarray) -> np.ndarray:
    """Give the numbers of the classes that stand in ``targets``, as ``class_shares`` takes them."""
    if holds_boxes(targets):
        found = np.unique(targets[..., 4])
        return found[found != NO_BOX].astype(np.int64)
    found = np.unique(targets)
    return found[found != IGNORED] if targets.ndim > 1 else found
