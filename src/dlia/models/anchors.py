"""What a detector gives for every anchor, and the boxes that follow from it.

A detector's output is a tensor (N, anchors, 8 + classes): the corners of the anchor in pixels; how
far the box is from it, as offsets of the middle in sides of the anchor and as logarithms of the
ratios of the sides (Girshick et al. 2014, appendix C); and a logit for each class.
"""

import math

import torch
from torch import Tensor, nn
from torchvision.models.detection.anchor_utils import AnchorGenerator
from torchvision.models.detection.image_list import ImageList
from torchvision.ops import batched_nms, clip_boxes_to_image

from dlia.study.settings import BoxPrediction, Detector

PRIOR = 0.01  # the probability of a class that an untrained network gives (Lin et al. 2017)
# The largest growth of a side, so that no exponential overflows (as in torchvision).
_LARGEST = math.log(1000.0 / 16)
_CANDIDATES = 1000  # boxes that are compared with each other, at most
NO_DETECTION = -1.0  # the class in a place without a box
ANCHORS = 9  # of each place: three sizes and three shapes


class ScoreLayer(nn.Conv2d):
    """The last convolution of the classes, which begins with a low probability for each."""

    DISTRIBUTION = {  # noqa: RUF012 (read only)
        "weight": "normal with sd 0.01",
        "bias": f"-log((1 - p) / p) with p = {PRIOR}",
    }

    def reset_parameters(self) -> None:
        """Draw the weights anew."""
        nn.init.normal_(self.weight, std=0.01)
        assert self.bias is not None
        nn.init.constant_(self.bias, -math.log((1 - PRIOR) / PRIOR))


class Anchors(nn.Module):
    """Anchors of three sizes and three shapes at every place of each level.

    Args:
        smallest: The first size on the first level, in pixels; each level doubles it.
        levels: How many there are.
    """

    def __init__(self, smallest: int, levels: int) -> None:
        super().__init__()
        first = [smallest * 2**level for level in range(levels)]
        sizes = tuple((x, int(x * 2 ** (1 / 3)), int(x * 2 ** (2 / 3))) for x in first)
        self.generator = AnchorGenerator(sizes, ((0.5, 1.0, 2.0),) * levels)

    def forward(self, images: Tensor, features: list[Tensor]) -> Tensor:
        """Give the corners of all anchors, (anchors, 4)."""
        height, width = images.shape[-2:]
        listed = ImageList(images[:1], [(height, width)])
        return self.generator(listed, features)[0]


def with_anchors(anchors: Tensor, offsets: Tensor, logits: Tensor) -> Tensor:
    """Join what a detector gives: (anchors, 4), (N, anchors, 4) and (N, anchors, classes)."""
    return torch.cat([anchors.expand(len(offsets), -1, -1), offsets, logits], dim=2)


def encode_boxes(boxes: Tensor, anchors: Tensor) -> Tensor:
    """Give how far boxes are from their anchors, both as corners, (n, 4)."""
    sizes, own = anchors[:, 2:] - anchors[:, :2], boxes[:, 2:] - boxes[:, :2]
    middles, of_boxes = anchors[:, :2] + sizes / 2, boxes[:, :2] + own / 2
    return torch.cat([(of_boxes - middles) / sizes, (own / sizes).log()], dim=1)


def decode_boxes(offsets: Tensor, anchors: Tensor) -> Tensor:
    """Give the boxes that lie so far from their anchors, as corners, (n, 4)."""
    sizes = anchors[:, 2:] - anchors[:, :2]
    middles = anchors[:, :2] + sizes / 2 + offsets[:, :2] * sizes
    half = sizes * offsets[:, 2:].clamp(max=_LARGEST).exp() / 2
    return torch.cat([middles - half, middles + half], dim=1)


@torch.no_grad()
def detections(outputs: Tensor, size: tuple[int, int], options: BoxPrediction) -> Tensor:
    """Give the boxes that a detector predicts, the best of each image first.

    Args:
        outputs: (N, anchors, 8 + classes).
        size: Height and width of the images.
        options: Which boxes are predicted.

    Returns:
        (N, most, 6): corners in pixels, score and class; zeros and ``NO_DETECTION`` where an image
        has fewer.
    """
    found = outputs.new_zeros(len(outputs), options.most, 6)
    found[..., 5] = NO_DETECTION
    for place, image in enumerate(outputs):
        scores, classes = image[:, 8:].sigmoid().flatten(), image.shape[1] - 8
        rows = (scores > options.score_above).nonzero()[:, 0]
        if len(rows) > _CANDIDATES:
            # Stable, so that equal scores keep their order on every machine.
            rows = rows[scores[rows].argsort(descending=True, stable=True)[:_CANDIDATES]]
        anchor, labels = rows // classes, rows % classes
        boxes = clip_boxes_to_image(decode_boxes(image[anchor, 4:8], image[anchor, :4]), size)
        kept = batched_nms(boxes, scores[rows], labels, options.overlap_below)[: options.most]
        own = torch.cat([boxes[kept], scores[rows][kept, None], labels[kept, None]], dim=1)
        found[place, : len(own)] = own
    return found


def with_other_output(logits: Tensor, named: list[int]) -> Tensor:
    """Give the logits of the classes, and the highest of all outputs that name none of them.

    Args:
        logits: (N, anchors, outputs), of the head of pre-trained weights.
        named: For each class its output, or -1.
    """
    own = [logits[..., n] if n >= 0 else torch.full_like(logits[..., 0], -20.0) for n in named]
    others = [n for n in range(logits.shape[-1]) if n not in named]
    highest = logits[..., others].amax(dim=-1)
    return torch.stack([*own, highest], dim=-1)


def head_of(
    settings: Detector, weights: dict[str, Tensor], own: dict[str, Tensor]
) -> dict[str, Tensor]:
    """Give the last convolution of the classes as far as pre-trained weights name them.

    Args:
        settings: The ``model`` block of the detector.
        weights: The pre-trained ones.
        own: Its tensors before they are taken over, which classes keep that are not named.
    """
    said = settings.weights
    if settings.other_output or said is None:
        return {}
    if said.head is None:
        return own
    named, outputs = said.head, said.outputs
    return {name: _named(weights[name], named, outputs, own[name]) for name in own}


def _named(tensor: Tensor, named: list[int], outputs: int, otherwise: Tensor) -> Tensor:
    """Take the filters of named outputs from a head, and others from ``otherwise``.

    Args:
        tensor: (anchors * outputs, ...) of the pre-trained head.
        named: For each class its output, or -1.
        outputs: How many the pre-trained head has for an anchor.
        otherwise: (anchors * classes, ...), for classes that it does not name.

    Raises:
        RuntimeError: The head has another number of outputs.
    """
    anchors = len(otherwise) // len(named)
    if len(tensor) != anchors * outputs:
        raise RuntimeError(
            f"its head has {len(tensor)} outputs, and not {outputs} for each of {anchors} anchors"
        )
    of_head = tensor.reshape(-1, outputs, *tensor.shape[1:])
    own = otherwise.clone().reshape(-1, len(named), *tensor.shape[1:])
    for place, number in enumerate(named):
        if number >= 0:
            own[:, place] = of_head[:, number]
    return own.reshape(otherwise.shape)
