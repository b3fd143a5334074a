"""Detectors: their shapes, and weights that they take over."""

import math
from pathlib import Path

import numpy as np
import pytest
import torch
import torch.nn.functional as F  # noqa: N812 (the name that everybody knows)
from torchvision.models.detection import retinanet_resnet50_fpn

from dlia.errors import UserError
from dlia.models import build, retinanet, retinanet_lite0
from dlia.models.anchors import PRIOR, with_other_output
from dlia.models.box_features import features_of
from dlia.models.efficientnet_lite0 import Backbone, EfficientNetLite0, PaddedConv
from dlia.models.initialization import distributions, initialize
from dlia.models.pretrained import load, read_weights, write_standin
from dlia.runtime.provenance import sha256_of
from dlia.study.settings import FrameworkInitialization, Retinanet, RetinanetLite0, WeightsFile

SMALL = RetinanetLite0(name="retinanet_lite0", channels=16)


def weights(**changes) -> WeightsFile:
    return WeightsFile(**{"file": "w.pth", "sha256": "0" * 8, "origin": "a test", **changes})


def lite0(**changes) -> torch.nn.Module:
    return build(SMALL.model_copy(update=changes), (3, 64, 64), 3)


def test_the_small_detector_has_its_3_3_million_parameters():
    network = build(RetinanetLite0(name="retinanet_lite0"), (3, 320, 320), 7)
    assert sum(p.numel() for p in network.parameters()) == 3_322_323


def test_the_classifier_has_the_parameters_and_names_of_the_package():
    network = EfficientNetLite0()
    state = network.state_dict()
    assert sum(p.numel() for p in network.parameters()) == 4_652_008
    assert len(state) == 296
    assert state["_blocks.3._depthwise_conv.weight"].shape == (144, 1, 5, 5)
    assert state["_blocks.15._project_conv.weight"].shape == (320, 1152, 1, 1)


@pytest.mark.parametrize(("size", "side"), [(3, 8), (3, 9), (5, 8), (5, 9)])
def test_convolutions_pad_as_tensorflow_does(size, side):
    conv = PaddedConv(1, 1, size, stride=2, bias=False)
    images = torch.rand(1, 1, side, side)
    # TensorFlow's "SAME": as many zeros as are needed, an odd one below and to the right.
    missing = max((math.ceil(side / 2) - 1) * 2 + size - side, 0)
    before, after = missing // 2, missing - missing // 2
    padded = F.pad(images, (before, after, before, after))
    assert torch.equal(conv(images), F.conv2d(padded, conv.weight, stride=2))


@pytest.fixture(scope="module")
def classifier() -> EfficientNetLite0:
    """One with running averages as after a training."""
    torch.manual_seed(0)
    network = EfficientNetLite0()
    for module in network.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            module.running_mean.normal_(0, 0.1)
            module.running_var.uniform_(0.5, 2)
    return network.eval()


def test_a_folded_backbone_gives_what_the_classifier_computes(classifier):
    backbone = Backbone()
    backbone.adopt(classifier.state_dict())
    images = torch.rand(1, 3, 65, 96) * 2 - 1
    for own, its in zip(backbone(images), classifier.features(images), strict=True):
        torch.testing.assert_close(own, its, rtol=1e-4, atol=1e-4)
    assert not any(isinstance(m, torch.nn.BatchNorm2d) for m in backbone.modules())


def test_a_detector_takes_over_the_backbone_and_says_so(classifier, tmp_path):
    path = tmp_path / "w.pth"
    torch.save(classifier.state_dict(), path)
    settings = SMALL.model_copy(update={"weights": weights(sha256=sha256_of(path))})
    network = build(settings, (3, 64, 64), 3)
    head = network.scores.last.weight.clone()
    load(network, settings, str(path))
    assert torch.equal(network.scores.last.weight, head)
    words = distributions(network, FrameworkInitialization(name="framework"))
    assert words["backbone._conv_stem.weight"] == "pre-trained: w.pth"
    assert "framework" in words["pyramid.coarser.weight"]


def test_features_are_those_of_the_backbone_whatever_the_head(tmp_path):
    path = tmp_path / "w.safetensors"
    write_standin(path, lite0(frozen_stages=0).state_dict())
    drawn = RetinanetLite0(
        name="retinanet_lite0", channels=16, weights=weights(head=[0, 2, -1], outputs=3)
    )
    parts = [np.full((3, 5, 3), 200, np.uint8), np.full((40, 20, 3), 200, np.uint8)]
    found = features_of(drawn.plain(), str(path))(parts)
    assert found.shape == (2, 320)
    assert np.allclose(found[0], found[1], atol=1e-5)  # of one colour, whatever their size


def test_frozen_stages_are_not_trained():
    network = lite0(frozen_stages=2)
    frozen = {name for name, p in network.named_parameters() if not p.requires_grad}
    assert "backbone._conv_stem.weight" in frozen
    assert {name.split(".")[2] for name in frozen if "_blocks" in name} == {"0", "1", "2"}
    assert all(p.requires_grad for p in lite0(frozen_stages=0).parameters())


def test_an_untrained_detector_gives_every_class_a_low_probability():
    network = lite0()
    initialize(network, FrameworkInitialization(name="framework"), hash)
    scores = network(torch.rand(1, 3, 64, 64))[..., 8:].sigmoid()
    assert float(scores.detach().mean()) == pytest.approx(PRIOR, rel=0.5)


@pytest.mark.parametrize(
    ("module", "settings"), [(retinanet, Retinanet), (retinanet_lite0, RetinanetLite0)]
)
def test_images_have_room_for_two_of_the_smallest_anchors(module, settings):
    assert settings.least_side == 2 * module.SMALLEST_ANCHOR


def test_outputs_have_a_row_for_every_anchor():
    found = lite0()(torch.rand(2, 3, 64, 96))
    places = sum(-(-64 // s) * -(-96 // s) for s in (8, 16, 32, 64))
    assert found.shape == (2, 9 * places, 8 + 3)
    assert torch.equal(found[0, :, :4], found[1, :, :4])


def test_a_head_is_taken_over_for_the_classes_that_it_names(tmp_path):
    five = build(SMALL, (3, 64, 64), 5)
    path = tmp_path / "w.safetensors"
    write_standin(path, five.state_dict())
    said = weights(head=[4, -1, 2], outputs=5)
    network = lite0(weights=said)
    before = network.scores.last.bias.detach().reshape(9, 3).clone()
    load(network, SMALL.model_copy(update={"weights": said}), str(path))
    own, its = (n.scores.last.weight.reshape(9, -1, 16, 3, 3) for n in (network, five))
    assert torch.equal(own[:, 0], its[:, 4])
    assert torch.equal(own[:, 2], its[:, 2])
    assert torch.equal(network.scores.last.bias.reshape(9, 3)[:, 1], before[:, 1])


def test_one_more_output_is_the_highest_that_names_no_class():
    logits = torch.tensor([[[1.0, 5.0, 2.0, 3.0]]])
    assert with_other_output(logits, [2, -1]).tolist() == [[[2.0, -20.0, 5.0]]]


def test_the_retinanet_has_the_names_of_torchvision():
    own = build(Retinanet(name="retinanet"), (3, 256, 256), 91).state_dict()
    its = retinanet_resnet50_fpn(weights=None, weights_backbone=None, num_classes=91).state_dict()
    # Those of frozen batch normalisation count no batches.
    expected = {n: v.shape for n, v in its.items() if not n.endswith("num_batches_tracked")}
    assert {name: value.shape for name, value in own.items()} == expected


def test_a_file_of_another_digest_is_refused(tmp_path):
    path = tmp_path / "w.pth"
    path.write_bytes(b"x" * 100)
    with pytest.raises(UserError, match="its SHA-256 begins with"):
        read_weights(path, "0" * 8)


class Harmful:
    """What creates a file when it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[object, ...]:
        return Path.touch, (self.path,)


@pytest.mark.parametrize("content", ["code", "half of a file", "nothing", "a web page"])
def test_a_file_that_is_no_weights_is_refused_without_running_it(tmp_path, content):
    path, made = tmp_path / "w.pth", tmp_path / "made"
    torch.save({"a": torch.zeros(99), **({"b": Harmful(made)} if content == "code" else {})}, path)
    data = path.read_bytes()
    other = {"half of a file": data[: len(data) // 2], "nothing": b"", "a web page": b"<html>"}
    path.write_bytes(other.get(content, data))
    # PyTorch's own text advises to load the file with weights_only=False.
    with pytest.raises(UserError, match=r"cannot be read as weights: it is damaged, or holds more"):
        read_weights(path, sha256_of(path)[:8])
    assert not made.exists()


@pytest.mark.parametrize("other", [[torch.zeros(1)], {1: torch.zeros(1)}, {"a": {"b": 1}}])
def test_what_names_no_tensors_is_refused(tmp_path, other):
    path = tmp_path / "w.pth"
    torch.save(other, path)
    with pytest.raises(UserError, match="holds something else than the weights of a network"):
        read_weights(path, sha256_of(path)[:8])


def test_weights_of_another_network_are_refused(tmp_path):
    path = tmp_path / "w.pth"
    torch.save({"a": torch.zeros(1)}, path)
    settings = SMALL.model_copy(update={"weights": weights(sha256=sha256_of(path)[:8])})
    with pytest.raises(UserError, match=r"weights of another network .*: Missing key\(s\)"):
        load(build(settings, (3, 64, 64), 3), settings, str(path))


def test_a_head_of_other_outputs_than_the_study_says_is_refused(tmp_path):
    path = tmp_path / "w.safetensors"
    write_standin(path, build(SMALL, (3, 64, 64), 5).state_dict())
    said = weights(head=[4, -1, 2], outputs=7)
    settings = SMALL.model_copy(update={"weights": said})
    with pytest.raises(UserError, match="its head has 45 outputs, and not 7 for each of 9 anchors"):
        load(lite0(weights=said), settings, str(path))
