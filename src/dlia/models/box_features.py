"""What is in the boxes of photographs, as the features of a detector's pre-trained backbone."""

from collections.abc import Callable

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812 (the name that everybody knows)
from pydantic import TypeAdapter

from dlia.models import build, pretrained
from dlia.study.settings import AnyNetwork, Detector

_SIDE = 96  # pixels of what is in a box, for the network
_BATCH = 50
_ANY_CLASSES = 1  # of a head that is not used

_Features = Callable[[list[np.ndarray]], np.ndarray]


def features_of(model: dict[str, object], weights: str) -> _Features:
    """Give a function that maps what is in boxes to features, (n, channels), float32.

    Each part of a photograph is resized to 96 pixels; its features are the means of the
    backbone's last feature maps. The network is not fine-tuned: it has its pre-trained weights.

    Args:
        model: The ``model`` block of a detector, as plain values.
        weights: The file of its pre-trained weights, or of those that stand in for them.
    """
    settings = TypeAdapter(AnyNetwork).validate_python(model)
    assert isinstance(settings, Detector)
    assert settings.weights is not None
    classes = len(settings.weights.head or []) or _ANY_CLASSES
    network = build(settings, (3, _SIDE, _SIDE), classes)
    pretrained.load(network, settings, weights)
    network.eval()

    @torch.no_grad()
    def features(parts: list[np.ndarray]) -> np.ndarray:
        images = torch.stack([_resized(part) for part in parts])
        found = [network.features(batch) for batch in images.split(_BATCH)]  # type: ignore[operator]
        return np.asarray(torch.cat(found).numpy())

    return features


def _resized(part: np.ndarray) -> torch.Tensor:
    """Give a part of a photograph, (H, W, channels) of bytes, as (3, _SIDE, _SIDE) from 0 to 1."""
    image = torch.from_numpy(part.astype(np.float32)).permute(2, 0, 1)[None] / 255
    resized = F.interpolate(image, (_SIDE, _SIDE), mode="bilinear", align_corners=False)
    return resized[0].expand(3, -1, -1)
