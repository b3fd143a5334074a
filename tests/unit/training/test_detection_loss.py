"""Loss and boxes of detectors, compared with torchvision's RetinaNet; boxes under augmentation."""

import pytest
import torch
from torchvision.models.detection.retinanet import RetinaNet

from dlia.models.anchors import Anchors, decode_boxes, detections, encode_boxes, with_anchors
from dlia.study.settings import BoxPrediction, RandomAugmentation
from dlia.training.box_augmentation import Augmentation
from dlia.training.detection_loss import BETWEEN, NO_OBJECT, match_anchors, terms

CLASSES, SIDE = 4, 128


class NoBackbone(torch.nn.Module):
    out_channels = 16


@pytest.fixture(scope="module")
def outputs() -> tuple[torch.Tensor, torch.Tensor, list[torch.Tensor]]:
    """Random outputs on the anchors of five levels, and true boxes."""
    generator = torch.Generator().manual_seed(3)
    maps = [torch.zeros(1, 1, SIDE // stride, SIDE // stride) for stride in (8, 16, 32, 64, 128)]
    anchors = Anchors(32, 5)(torch.zeros(2, 3, SIDE, SIDE), maps)
    offsets = torch.randn(2, len(anchors), 4, generator=generator) / 4
    logits = torch.randn(2, len(anchors), CLASSES, generator=generator) - 3
    corners = torch.tensor([[8.0, 10, 60, 50], [70, 60, 120, 118], [3, 90, 20, 120]])
    targets = torch.full((2, 3, 5), -1.0)
    targets[0, :, :4], targets[0, :, 4] = corners, torch.tensor([1.0, 3, 0])
    targets[1, 0, :4], targets[1, 0, 4] = corners[1], 2.0
    return with_anchors(anchors, offsets, logits), targets, maps


@pytest.fixture(scope="module")
def peer() -> RetinaNet:
    return RetinaNet(NoBackbone(), CLASSES, detections_per_img=100)


def of_peer(outputs: torch.Tensor) -> dict[str, torch.Tensor]:
    return {"bbox_regression": outputs[..., 4:8], "cls_logits": outputs[..., 8:]}


def test_anchors_equal_those_of_torchvision(outputs, peer):
    from torchvision.models.detection.image_list import ImageList

    listed = ImageList(torch.zeros(1, 3, SIDE, SIDE), [(SIDE, SIDE)])
    assert torch.equal(peer.anchor_generator(listed, outputs[2])[0], outputs[0][0, :, :4])


def test_both_terms_of_the_loss_equal_those_of_torchvision(outputs, peer):
    found, targets, _ = outputs
    boxed = [
        {"boxes": each[each[:, 4] >= 0, :4], "labels": each[each[:, 4] >= 0, 4].long()}
        for each in targets
    ]
    theirs = peer.compute_loss(boxed, of_peer(found), [each[:, :4] for each in found])
    ours = terms(found, targets)
    torch.testing.assert_close(ours["classification_loss"], theirs["classification"])
    torch.testing.assert_close(ours["regression_loss"], theirs["bbox_regression"])
    torch.testing.assert_close(ours["loss"], sum(theirs.values()))


def test_predicted_boxes_equal_those_of_torchvision(outputs, peer):
    found, _, _ = outputs
    lists = {name: [value] for name, value in of_peer(found).items()}
    anchors = [[each[:, :4]] for each in found]
    theirs = peer.postprocess_detections(lists, anchors, [(SIDE, SIDE)] * 2)
    ours = detections(found, (SIDE, SIDE), BoxPrediction())
    for own, its in zip(ours, theirs, strict=True):
        kept = own[own[:, 5] >= 0]
        torch.testing.assert_close(kept[:, :4], its["boxes"])
        torch.testing.assert_close(kept[:, 4], its["scores"])
        assert torch.equal(kept[:, 5].long(), its["labels"])


def test_decoded_boxes_are_those_that_were_encoded(outputs):
    anchors = outputs[0][0, :50, :4]
    boxes = anchors + torch.tensor([1.0, -2, 5, 3])
    torch.testing.assert_close(decode_boxes(encode_boxes(boxes, anchors), anchors), boxes)


def test_an_image_without_a_box_has_a_loss_of_classes_alone(outputs):
    found, targets, _ = outputs
    none = terms(found, torch.full_like(targets, -1.0))
    assert none["regression_loss"] == 0
    assert none["classification_loss"] > 0


def test_a_box_has_an_anchor_even_if_none_overlaps_it_much():
    anchors = torch.tensor([[0.0, 0, 10, 10], [0, 0, 100, 100], [50, 50, 60, 60]])
    matched = match_anchors(torch.tensor([[0.0, 0, 30, 30]]), anchors, 0.5, 0.4)
    assert matched.tolist() == [0, NO_OBJECT, NO_OBJECT]
    between = match_anchors(torch.tensor([[0.0, 0, 10, 10], [0, 0, 67, 67]]), anchors, 0.5, 0.05)
    assert between.tolist()[:2] == [0, 1]
    assert match_anchors(torch.tensor([[0.0, 0, 10, 10]]), anchors, 0.5, 0.005)[1] == BETWEEN


def shown(images: torch.Tensor, boxes: torch.Tensor, **changes: object):
    settings = RandomAugmentation(name="random", **changes)
    return Augmentation(settings, torch.Generator().manual_seed(0))(images, boxes)


@pytest.mark.parametrize(
    "changes",
    [
        {"horizontal_flip": True},
        {"vertical_flip": True},
        {"horizontal_flip": True, "scale": 0.3, "shift": 8},
    ],
)
def test_boxes_move_with_what_they_surround(changes):
    images = torch.zeros(16, 3, 64, 64)
    images[:, :, 20:32, 14:30] = 1.0
    boxes = torch.full((16, 2, 5), -1.0)
    boxes[:, 0] = torch.tensor([14.0, 20, 30, 32, 3])
    moved, held = shown(images, boxes, **changes)
    different = 0
    for image, (box, empty) in zip(moved, held, strict=True):
        rows, columns = (image[0] > 0.5).nonzero().T
        edges = [columns.min(), rows.min(), columns.max() + 1, rows.max() + 1]
        assert box[:4].tolist() == pytest.approx([float(edge) for edge in edges], abs=1.1)
        assert (box[4], empty[4]) == (3, -1)
        different += bool((box != boxes[0, 0]).any())
    assert different > 3


def test_a_box_that_leaves_the_image_is_left_out():
    boxes = torch.tensor([[[0.0, 0, 4, 4, 1]]]).repeat(32, 1, 1)
    _, held = shown(torch.zeros(32, 3, 32, 32), boxes, shift=8)
    assert {-1.0, 1.0} == set(held[..., 4].ravel().tolist())
    assert held[held[..., 4] >= 0][:, :4].min() >= 0
