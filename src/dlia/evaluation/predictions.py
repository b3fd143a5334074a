"""Predictions on disk, and what they say: read without torch."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from safetensors import safe_open
from safetensors.numpy import save

from dlia.evaluation.volume_predictions import VolumeFacts, VolumePredictions
from dlia.runtime.files import write_bytes


@dataclass(frozen=True)
class Predictions:
    """The logits of all trials of a variant for all test images.

    Attributes:
        logits: (trials, n, outputs) or (trials, n, outputs, H, W), float32.
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
        threshold = self.prediction["threshold"] if of_pixels and outputs <= 2 else None
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
    """Write logits of shape (trials, n, outputs[, H, W]) and what belongs to them."""
    record = {"ids": ids, "prediction": prediction, "trials": trials}
    text = json.dumps(record, sort_keys=True)
    write_bytes(path, save({"logits": logits}, metadata={"dlia": text}))


def read_predictions(path: str | Path) -> Predictions:
    """Read what ``save_predictions`` wrote."""
    found = read_any_predictions(path)
    assert isinstance(found, Predictions)
    return found


def read_any_predictions(path: str | Path) -> Predictions | VolumePredictions:
    """Read what ``save_predictions`` or ``save_volume_predictions`` wrote."""
    with safe_open(path, framework="numpy") as file:
        record = json.loads(file.metadata()["dlia"])
        if "volumes" in record:
            volumes = [VolumeFacts(*volume) for volume in record.pop("volumes")]
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
            return VolumePredictions(volumes=volumes, **tensors, **record)
        return Predictions(file.get_tensor("logits"), **record)
