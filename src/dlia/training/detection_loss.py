"""The loss of detectors: every anchor is matched with a box or with none (Lin et al. 2017)."""

import torch
import torch.nn.functional as F  # noqa: N812 (the name that everybody knows)
from torch import Tensor
from torchvision.ops import box_iou, sigmoid_focal_loss

from dlia.models.anchors import encode_boxes

NO_OBJECT, BETWEEN = -1, -2


def focal_and_smooth_l1(outputs: Tensor, targets: Tensor, **options: float) -> Tensor:
    """Give the loss of the classes plus that of the boxes, averaged over images.

    Args:
        outputs: (N, anchors, 8 + classes), as ``models.anchors`` describes them.
        targets: (N, places, 5): corners and class; a negative class where there is no box.
        options: Those of ``terms``.
    """
    return terms(outputs, targets, **options)["loss"]


def terms(
    outputs: Tensor,
    targets: Tensor,
    alpha: float = 0.25,
    gamma: float = 2.0,
    beta: float = 0.0,
    object_above: float = 0.5,
    none_below: float = 0.4,
    box_weight: float = 1.0,
) -> dict[str, Tensor]:
    """Give the loss and its terms, averaged over images, each divided by its anchors with objects.

    Args:
        outputs: (N, anchors, 8 + classes).
        targets: (N, places, 5).
        alpha: Weight of anchors with an object; 1 - alpha of others.
        gamma: How much less easy anchors count.
        beta: Below this distance the loss of a box is quadratic.
        object_above: IoU with a box from which on an anchor has an object.
        none_below: IoU below which an anchor has none.
        box_weight: The weight of the loss of the boxes.

    Returns:
        loss, classification_loss and regression_loss.
    """
    of_classes, of_boxes = outputs.new_zeros(()), outputs.new_zeros(())
    for found, places in zip(outputs, targets, strict=True):
        boxes = places[places[:, 4] >= 0]
        matched = match_anchors(boxes[:, :4], found[:, :4], object_above, none_below)
        objects = (matched >= 0).nonzero()[:, 0]
        own, count = boxes[matched[objects]], max(1, len(objects))
        wanted = torch.zeros_like(found[:, 8:])
        wanted[objects, own[:, 4].long()] = 1.0
        counted = matched != BETWEEN
        of_classes = of_classes + sigmoid_focal_loss(
            found[counted, 8:], wanted[counted], alpha, gamma, reduction="sum"
        ) / count  # fmt: skip
        aims = encode_boxes(own[:, :4], found[objects, :4])
        offsets = found[objects, 4:8]
        of_boxes = of_boxes + F.smooth_l1_loss(offsets, aims, reduction="sum", beta=beta) / count
    of_classes, of_boxes = of_classes / len(outputs), of_boxes / len(outputs)
    return {
        "loss": of_classes + box_weight * of_boxes,
        "classification_loss": of_classes,
        "regression_loss": of_boxes,
    }


def match_anchors(boxes: Tensor, anchors: Tensor, object_above: float, none_below: float) -> Tensor:
    """Give the box of every anchor, (anchors,): its row, ``NO_OBJECT``, or ``BETWEEN``.

    The anchors that overlap a box most have an object even if they overlap it little, so that each
    box has an anchor.
    """
    if not len(boxes):
        return torch.full((len(anchors),), NO_OBJECT, device=anchors.device)
    overlaps = box_iou(boxes, anchors)
    highest, which = overlaps.max(dim=0)
    matched = which.clone()
    matched[highest < object_above] = BETWEEN
    matched[highest < none_below] = NO_OBJECT
    best = overlaps.max(dim=1, keepdim=True).values
    closest = ((overlaps == best) & (best > 0)).any(dim=0)
    return torch.where(closest, which, matched)
