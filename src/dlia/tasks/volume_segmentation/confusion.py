"""Confusion matrix of a network over the voxels of the test volumes."""

import numpy as np
from matplotlib.figure import Figure

from dlia.data.arrays import Arrays
from dlia.evaluation.volume_predictions import VolumePredictions, labelled
from dlia.study.part_names import TEST
from dlia.tasks.classification.confusion import confusion


def picture(
    predictions: VolumePredictions, trial: int, arrays: Arrays, classes: list[str]
) -> Figure:
    """Draw the confusion matrix of one trial of a variant; voxels without a class do not count."""
    tested = [
        labelled(predictions.counts(trial, volume))
        for volume in predictions.volumes
        if volume.part == TEST
    ]
    return confusion(np.sum(tested, axis=0), classes)
