"""The boxes that a trained detector predicts."""

from collections.abc import Mapping

import torch
from torch import Tensor, nn

from dlia.models.anchors import detections
from dlia.study.settings import BoxPrediction
from dlia.training.device_data import Part
from dlia.training.measures import in_chunks


@torch.no_grad()
def predict_boxes(network: nn.Module, part: Part, options: Mapping[str, object] | None) -> Tensor:
    """Give the boxes of all images of ``part``, (n, places, 6), as ``detections`` gives them.

    Args:
        network: On the device of ``part``.
        part: The images.
        options: The block ``prediction.boxes``; its defaults without it.
    """
    settings = BoxPrediction.model_validate(options or {})
    network.eval()
    found = []
    for rows in in_chunks(part):
        images = part.inputs(rows)
        size = (images.shape[2], images.shape[3])
        found.append(detections(network(images), size, settings))
    return torch.cat(found)
