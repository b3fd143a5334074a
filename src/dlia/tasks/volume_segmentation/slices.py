"""A training and a validation slice beside what a network predicts, with a map of the errors."""

import numpy as np
from matplotlib.figure import Figure

from dlia.data.arrays import Arrays
from dlia.data.class_shares import IGNORED
from dlia.data.volumes import pixel_shape
from dlia.evaluation.volume_predictions import VolumePredictions
from dlia.study.part_names import TRAIN, VALIDATION
from dlia.tasks.segmentation.pairs_of_pixels import by_class, count_pixels
from dlia.tasks.segmentation.segmentations import Segmentation, segmentations
from dlia.tasks.volume_segmentation.describe import grey, slices_with_classes

_NOTE = (
    "The slices are those in the middle of the slices that have a class, of the first volume of "
    "their part. Predicted classes are shown where the image is above 0; Dice is the mean over the "
    "classes, of the voxels that have one."
)


def picture(
    predictions: VolumePredictions, trial: int, arrays: Arrays, classes: list[str]
) -> Figure:
    """Draw a slice of the first training and of the first validation volume."""
    rows = []
    for part, label in ((TRAIN, "training"), (VALIDATION, "validation")):
        place, volume = next(
            (place, v) for place, v in enumerate(predictions.volumes) if v.part == part
        )
        of_volume = slice(volume.first, volume.first + volume.slices)
        images = np.asarray(arrays.images[of_volume])
        masks = np.asarray(arrays.targets[of_volume])
        shown = slices_with_classes(masks)
        number = int(shown[len(shown) // 2])
        predicted = predictions.of_volume(trial, place, images)[number]
        rows.append(
            Segmentation(
                label,
                f"{volume.name}, slice {number}",
                grey(images[number], float(np.percentile(images, 99.8))),
                _with_background(masks[number]),
                _with_background(predicted),
                _dice(predicted, masks[number], len(classes)),
                pixel_shape(arrays.split["voxel_mm"].iloc[volume.first]),
            )
        )
    return segmentations(rows, ["no class", *classes], [_NOTE])


def _with_background(mask: np.ndarray) -> np.ndarray:
    """Number the classes from 1, and voxels without a class 0."""
    return np.where(mask == IGNORED, 0, mask.astype(np.int64) + 1)


def _dice(predicted: np.ndarray, truth: np.ndarray, classes: int) -> float:
    """Give the mean Dice; voxels that are predicted as no class do not count."""
    known = np.where(predicted == IGNORED, IGNORED, truth)
    dice = by_class(count_pixels(predicted, known, classes)).dice
    return float(np.nanmean(dice)) if np.isfinite(dice).any() else float("nan")
