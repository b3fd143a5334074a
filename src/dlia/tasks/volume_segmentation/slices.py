"""A training and a validation slice beside what a network predicts, with a map of the errors."""

import numpy as np
from matplotlib.figure import Figure

from dlia.data.arrays import Arrays
from dlia.data.class_shares import IGNORED
from dlia.data.volumes import pixel_shape
from dlia.evaluation.volume_predictions import VolumePredictions, labelled
from dlia.study.part_names import TRAIN, VALIDATION
from dlia.tasks.segmentation.pairs_of_pixels import by_class
from dlia.tasks.segmentation.segmentations import (
    CONFUSED,
    CONFUSED_COLOUR,
    ERRORS,
    Segmentation,
    segmentations,
)
from dlia.tasks.volume_segmentation.describe import grey, slices_with_classes

# Colours of the map of the errors; black is "no class", as in the other pictures.
_UNCOUNTED = "a class where the truth has none (not counted)"
_ERRORS = {
    _UNCOUNTED: ERRORS["false alarm"],
    "correct class": ERRORS["correct foreground"],
    CONFUSED: CONFUSED_COLOUR,
}
_UNSEEN = {"true class where the image is 0": ERRORS["missed"]}
_NOTE = (
    "Whole slices, not patches: those in the middle of the slices that have a class, of the first "
    "volume of their part. Dice is that of the slice: the mean over its classes, of the voxels "
    "with a true class; what is predicted for others is not counted. Predicted classes are shown "
    "where the image is above 0."
)


def picture(
    predictions: VolumePredictions, trial: int, arrays: Arrays, classes: list[str]
) -> Figure:
    """Draw a slice of the first training and of the first validation volume."""
    rows, is_unseen = [], False
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
        is_unseen |= bool(((masks[number] != IGNORED) & (predicted == IGNORED)).any())
        pairs = labelled(predictions.slices[trial, volume.first + number])
        rows.append(
            Segmentation(
                label,
                volume.name,
                grey(images[number], float(np.percentile(images, 99.8))),
                _with_background(masks[number]),
                _with_background(predicted),
                float(np.nanmean(by_class(pairs).dice)) if pairs.any() else float("nan"),
                pixel_shape(arrays.split["voxel_mm"].iloc[volume.first]),
                (f"whole slice {number}",),
            )
        )
    errors = _ERRORS | (_UNSEEN if is_unseen else {})
    return segmentations(rows, ["no class", *classes], [_NOTE], errors=errors)


def _with_background(mask: np.ndarray) -> np.ndarray:
    """Number the classes from 1, and voxels without a class 0."""
    return np.where(mask == IGNORED, 0, mask.astype(np.int64) + 1)
