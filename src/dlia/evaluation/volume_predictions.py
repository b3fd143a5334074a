"""Predictions for volumes on disk: classes of the voxels inside, and counts of all voxels."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from dlia.data.class_shares import IGNORED
from dlia.evaluation.tensor_file import save_tensors

# How the last number of ``slices`` tells where a voxel lies: its image is above 0, or it is not.
INSIDE, OUTSIDE = 0, 1
SCOPES = ("labelled", "brain", "whole")


class VolumeFacts(NamedTuple):
    """One volume.

    Attributes:
        name: Its name in the study.
        part: train, validation or test.
        first: The row of its first slice in the data set.
        slices: How many it has.
        voxels: How many of its voxels have an image above 0.
    """

    name: str
    part: str
    first: int
    slices: int
    voxels: int


@dataclass(frozen=True)
class VolumePredictions:
    """What the networks of all trials predict for all volumes.

    Attributes:
        classes: (trials, voxels), uint8: the predicted class of every voxel whose image is above 0,
            volume by volume and in the order of the arrays.
        slices: (trials, slices, K + 1, 2, K), int32: the voxels of every slice by their true class
            (the last one: ignored), ``INSIDE`` or ``OUTSIDE``, and their predicted class.
        patches: (trials, 2, K, K), int64: true and predicted classes of the training patches, and
            of patches of the validation volumes that were chosen by the same rule.
        distances: (trials, volumes, K, 2), float64: the Hausdorff distance in mm and its 95th
            percentile; not a number for training volumes and where a class is absent.
        volumes: The volumes.
        prediction: The variant's ``prediction`` block.
        trials: For each trial: trial, seed, epoch, status.
    """

    classes: np.ndarray
    slices: np.ndarray
    patches: np.ndarray
    distances: np.ndarray
    volumes: list[VolumeFacts]
    prediction: dict[str, Any]
    trials: list[dict[str, Any]]

    def of_volume(self, trial: int, place: int, images: np.ndarray) -> np.ndarray:
        """Give the predicted classes of the volume at ``place``, (n, H, W); IGNORED outside.

        Args:
            trial: The number of the trial.
            place: The number of the volume.
            images: The slices of the volume, (n, H, W).
        """
        start = sum(volume.voxels for volume in self.volumes[:place])
        result = np.full(images.shape, IGNORED, np.uint8)
        result[images > 0] = self.classes[trial, start : start + self.volumes[place].voxels]
        return result

    def counts(self, trial: int, volume: VolumeFacts) -> np.ndarray:
        """Add up the slices of a volume, (K + 1, 2, K)."""
        rows = slice(volume.first, volume.first + volume.slices)
        return np.asarray(self.slices[trial, rows].sum(axis=0, dtype=np.int64))


def labelled(counts: np.ndarray) -> np.ndarray:
    """Give the confusion matrix of the voxels that have a class, (..., K, K).

    Args:
        counts: (..., K + 1, 2, K), as ``VolumePredictions`` has them.
    """
    return np.asarray(counts[..., :-1, :, :].sum(axis=-2))


def dice_in(counts: np.ndarray, scope: str) -> np.ndarray:
    """Give the Dice coefficient of every class, (..., K); not a number where it is absent.

    Args:
        counts: (..., K + 1, 2, K).
        scope: labelled (voxels without a class do not count), brain (what is predicted where the
            image is above 0) or whole (what is predicted anywhere in the volume).
    """
    true = counts[..., :-1, :, :].sum(axis=(-2, -1))
    if scope == "labelled":
        found = labelled(counts)
        predicted, hits = found.sum(axis=-2), np.diagonal(found, axis1=-2, axis2=-1)
    else:
        seen = counts[..., :, INSIDE, :] if scope == "brain" else counts.sum(axis=-2)
        predicted = seen.sum(axis=-2)
        hits = np.diagonal(seen[..., :-1, :], axis1=-2, axis2=-1)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(2 * hits / (true + predicted))


def save_volume_predictions(path: str | Path, found: VolumePredictions) -> None:
    """Write the predictions of all trials of a variant."""
    record = {
        "volumes": [list(volume) for volume in found.volumes],
        "prediction": found.prediction,
        "trials": found.trials,
    }
    names = ("classes", "slices", "patches", "distances")
    text = json.dumps(record, sort_keys=True)
    save_tensors(path, {name: getattr(found, name) for name in names}, text)
