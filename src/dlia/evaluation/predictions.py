"""Predictions on disk, and what they say: read without torch."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from safetensors import safe_open

from dlia.evaluation.tensor_file import save_tensors
from dlia.evaluation.volume_predictions import VolumeFacts, VolumePredictions

_BOXED = 4  # axes of what a detector predicts


@dataclass(frozen=True)
class Predictions:
    """The logits of all trials of a variant for all test images.

    Attributes:
        logits: (trials, n, outputs) or (trials, n, outputs, H, W), float32; of a detector, its
            boxes (trials, n, places, 6): corners in pixels, score and class, the highest score
            first, and a class of -1 in a place without a box.
        ids: The ids of the n images.
        prediction: The variant's ``prediction`` block.
        trials: For each trial: trial, seed, epoch, status.
    """

    logits: np.ndarray
    ids: list[str]
    prediction: dict[str, Any]
    trials: list[dict[str, Any]]

    def probabilities(self, trial: int) -> np.ndarray:
        """Give the probability of every class.

        Returns:
            (n, classes) for images. For pixels, (n, classes, H, W) if there are more than two
            classes, else the probability of the foreground alone, (n, H, W).
        """
        from scipy.special import expit, softmax  # what writes predictions need not wait for it

        logits = self.logits[trial].astype(np.float64)
        if logits.shape[1] == 1:
            return np.asarray(expit(logits[:, 0]))
        probabilities = np.asarray(softmax(logits, axis=1))
        foreground_alone = logits.ndim > 2 and logits.shape[1] == 2
        return probabilities[:, 1] if foreground_alone else probabilities

    def classes(self, trial: int) -> np.ndarray:
        """Give the predicted class of every image (n,), or pixel (n, H, W), as int64.

        It is the most probable class. Of two classes of pixels, the foreground is predicted where
        its probability is above the threshold, if there is one; a single output needs one. Where a
        logit is not finite there is no prediction: the classes are taken in turn, which is right as
        often as chance.
        """
        logits = self.logits[trial]
        outputs, of_pixels = logits.shape[1], logits.ndim > 2
        threshold = self.prediction.get("threshold") if of_pixels and outputs <= 2 else None
        if outputs == 1 and threshold is None:
            raise ValueError("a single output needs a threshold")
        if threshold is None:
            predicted = logits.argmax(axis=1)
        else:
            predicted = (self.probabilities(trial) > threshold).astype(np.int64)
        lost = ~np.isfinite(logits).all(axis=1)
        in_turn = np.indices(predicted.shape).sum(axis=0) % max(outputs, 2)
        return np.where(lost, in_turn, predicted)


def save_predictions(
    path: str | Path,
    logits: np.ndarray,
    ids: list[str],
    prediction: dict[str, Any],
    trials: list[dict[str, Any]],
) -> None:
    """Write logits of shape (trials, n, outputs[, H, W]) and what belongs to them.

    Boxes, (trials, n, places, 6), are written as flat lists without the empty places.
    """
    record = {"ids": ids, "prediction": prediction, "trials": trials}
    text = json.dumps(record, sort_keys=True)
    tensors = _flat(logits) if logits.ndim == _BOXED else {"logits": logits}
    save_tensors(path, tensors, text)


def _flat(places: np.ndarray) -> dict[str, np.ndarray]:
    """Give the boxes of all trials and images one after another; offsets tell where each begins."""
    kept = places[..., 5] >= 0
    boxes = np.ascontiguousarray(places[kept])
    return {
        "boxes": np.ascontiguousarray(boxes[:, :4]),
        "scores": np.ascontiguousarray(boxes[:, 4]),
        "classes": boxes[:, 5].astype(np.int32),
        "offsets": np.concatenate([[0], kept.sum(axis=2).ravel().cumsum()]).astype(np.int64),
    }


def _in_places(tensors: dict[str, np.ndarray], trials: int) -> np.ndarray:
    """Undo ``_flat``: (trials, n, places, 6)."""
    offsets = tensors["offsets"]
    counts = np.diff(offsets)
    found = np.zeros((len(counts), max(1, int(counts.max(initial=0))), 6), np.float32)
    found[..., 5] = -1
    row = np.repeat(np.arange(len(counts)), counts)
    place = np.arange(len(row)) - offsets[row]
    found[row, place, :4] = tensors["boxes"]
    found[row, place, 4], found[row, place, 5] = tensors["scores"], tensors["classes"]
    return found.reshape(trials, -1, *found.shape[1:])


def read_predictions(path: str | Path) -> Predictions:
    """Read what ``save_predictions`` wrote."""
    found = read_any_predictions(path)
    assert isinstance(found, Predictions)
    return found


def read_any_predictions(path: str | Path) -> Predictions | VolumePredictions:
    """Read what ``save_predictions`` or ``save_volume_predictions`` wrote."""
    with safe_open(path, framework="numpy") as file:
        record = json.loads(file.metadata()["dlia"])
        tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    if "volumes" in record:
        volumes = [VolumeFacts(*volume) for volume in record.pop("volumes")]
        return VolumePredictions(volumes=volumes, **tensors, **record)
    boxed = "boxes" in tensors
    logits = _in_places(tensors, len(record["trials"])) if boxed else tensors["logits"]
    return Predictions(logits, **record)
