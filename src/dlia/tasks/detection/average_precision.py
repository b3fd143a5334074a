"""Average precision of predicted boxes, as COCO defines it, by torchmetrics."""

from dataclasses import dataclass

import numpy as np
import torch
from torchmetrics.detection import MeanAveragePrecision

MOST = 100  # boxes of an image that count
RECALLS = np.linspace(0, 1, 101)
_AT_50, _AT_75 = 0, 5  # of the thresholds 0.5, 0.55, ... 0.95


@dataclass(frozen=True)
class AveragePrecision:
    """The average precision of every class; nan for classes without a true box.

    Attributes:
        ap50: At an IoU of 0.5, (classes,).
        ap75: At an IoU of 0.75, (classes,).
        ap: The mean over the IoUs 0.5, 0.55, ... 0.95, (classes,).
        precision: At an IoU of 0.5 and ``RECALLS``, (101, classes).
    """

    ap50: np.ndarray
    ap75: np.ndarray
    ap: np.ndarray
    precision: np.ndarray


def mean_of_classes(values: np.ndarray) -> float:
    """Average over the classes that have a true box; nan if none has."""
    known = values[~np.isnan(values)]
    return float(known.mean()) if len(known) else float("nan")


def average_precision(found: np.ndarray, truth: np.ndarray, classes: int) -> AveragePrecision:
    """Measure predicted boxes.

    Args:
        found: (n, places, 6): corners, score, class; a negative class where there is none.
        truth: (n, places, 5): corners, class; a negative class where there is none.
        classes: How many there are. Predicted boxes of others count for none of them.
    """
    metric = MeanAveragePrecision(
        box_format="xyxy",
        backend="faster_coco_eval",
        extended_summary=True,
        max_detection_thresholds=[1, 10, MOST],
    )
    metric.warn_on_many_detections = False
    metric.update(*_listed(found, truth))
    result = metric.compute()
    table = np.full((10, len(RECALLS), classes), np.nan)
    observed = np.atleast_1d(result["classes"].numpy())
    precision = result["precision"].numpy()[..., 0, -1]  # boxes of all sizes
    for place, label in enumerate(observed):
        if 0 <= label < classes and precision.size:
            own = precision[:, :, place]
            table[:, :, label] = np.where(own < 0, np.nan, own)
    means = table.mean(axis=1)
    return AveragePrecision(means[_AT_50], means[_AT_75], means.mean(axis=0), table[_AT_50])


def agnostic(boxes: np.ndarray) -> np.ndarray:
    """Give boxes as if there were one class."""
    same = boxes.copy()
    same[..., -1] = np.where(boxes[..., -1] < 0, boxes[..., -1], 0)
    return same


def _listed(
    found: np.ndarray, truth: np.ndarray
) -> tuple[list[dict[str, torch.Tensor]], list[dict[str, torch.Tensor]]]:
    predicted, true = [], []
    for own, its in zip(found, truth, strict=True):
        own, its = (torch.from_numpy(boxes[boxes[:, -1] >= 0]).float() for boxes in (own, its))
        labels, true_labels = own[:, 5].long(), its[:, 4].long()
        predicted.append({"boxes": own[:, :4], "scores": own[:, 4], "labels": labels})
        true.append({"boxes": its[:, :4], "labels": true_labels})
    return predicted, true
