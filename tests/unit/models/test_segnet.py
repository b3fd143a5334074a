"""SegNet: its size and its layers as they are known, and its unpooling against torch's."""

import pytest
import torch
from torch import nn
from trainings import block

from dlia.models import build
from dlia.models.segnet import Unpooling
from dlia.study.resource_estimate import work_of
from dlia.training.introspection import layers_of

PATCH = (1, 16, 16)
QUARTER = [16, 32, 64, 128, 128]
POOLED = {"pooled_levels": [1, 3, 5]}


def segnet(outputs=3, inputs=PATCH, **model):
    torch.manual_seed(0)
    return build(block("model", name="segnet", **POOLED, **model), inputs, outputs)


def parameters(network):
    return sum(parameter.numel() for parameter in network.parameters())


@pytest.mark.parametrize(
    ("model", "count"),
    [
        ({}, 29_443_587),
        ({"channels": QUARTER}, 1_845_123),
        ({"upsampling": "transposed"}, 29_443_587 + 2_986_816),
        ({"upsampling": "transposed", "downsampling": "strided"}, 29_443_587 + 2 * 2_986_816),
        # The blocks of 64 and of 256 channels have twice as many inputs.
        (
            {"upsampling": "transposed", "skip": [1, 3]},
            29_443_587 + 2_986_816 + 9 * (64 * 64 + 256 * 256),
        ),
    ],
)
def test_it_has_as_many_parameters_as_the_network_that_it_rebuilds(model, count):
    assert parameters(segnet(**model)) == count


def test_the_sides_are_halved_after_the_stated_blocks_only():
    layers, macs = layers_of(segnet(channels=QUARTER), torch.zeros(1, *PATCH))
    sides = [each["output"][-1] for each in layers if each["name"].endswith("conv1")]
    assert sides == [16, 8, 8, 4, 4, 4, 4, 8, 8, 16]
    assert macs == pytest.approx(41e6, rel=0.05)


@pytest.mark.parametrize(
    "model",
    [
        {},
        {"upsampling": "transposed"},
        {"upsampling": "transposed", "downsampling": "strided"},
        {"upsampling": "transposed", "downsampling": "strided", "skip": [1, 3]},
    ],
)
def test_every_pixel_has_its_logits_for_every_class(model):
    network = segnet(channels=[4, 4, 8, 8, 8], **model)
    assert network(torch.rand(2, 1, 32, 40)).shape == (2, 3, 32, 40)


@pytest.mark.parametrize(
    "model",
    [
        pytest.param({}, id="unpooling"),
        # Of a transposed convolution, torchinfo counts the places of the output.
        pytest.param(
            {"upsampling": "transposed", "downsampling": "strided", "skip": [1, 3]}, id="skip"
        ),
    ],
)
def test_its_work_is_estimated_as_it_is_counted(model):
    settings = block("model", name="segnet", channels=QUARTER, **POOLED, **model)
    network = build(settings, PATCH, 3)
    _, macs = layers_of(network, torch.zeros(1, *PATCH))
    normalised = sum(
        parameter.numel()
        for layer in network.modules()
        if isinstance(layer, nn.BatchNorm2d)
        for parameter in layer.parameters()
    )
    work = work_of(Given(settings), PATCH, 3)
    assert work.parameters == parameters(network) - normalised
    counted_twice = sum(
        layer.weight.numel() * 3 * (16 // 2**number // 2) ** 2
        for number, layer in enumerate(network.up.values())
        if isinstance(layer, nn.ConvTranspose2d)
    )
    assert work.macs == pytest.approx(macs - counted_twice, rel=0.01)


class Given:
    def __init__(self, model):
        self.model = model


@pytest.fixture
def any_algorithm():
    """Allow torch's own unpooling, which is not deterministic, whatever ran before."""
    was = torch.are_deterministic_algorithms_enabled()
    torch.use_deterministic_algorithms(False)
    yield
    torch.use_deterministic_algorithms(was)


def pooled(seed):
    torch.manual_seed(seed)
    values = torch.randn(2, 3, 8, 12).clamp(min=0).requires_grad_()  # with ties at 0
    found, places = nn.functional.max_pool2d(values, 2, return_indices=True)
    return values, found, places


@pytest.mark.usefixtures("any_algorithm")
@pytest.mark.parametrize("seed", [0, 1])
def test_unpooling_gives_what_torch_gives(seed):
    _, found, places = pooled(seed)
    assert torch.equal(Unpooling()(found, places), nn.MaxUnpool2d(2)(found, places))


@pytest.mark.usefixtures("any_algorithm")
@pytest.mark.parametrize("seed", [0, 1])
def test_unpooling_has_the_gradients_that_torch_has(seed):
    weights = torch.randn(2, 3, 8, 12)
    gradients = []
    for unpool in (Unpooling(), nn.MaxUnpool2d(2)):
        values, found, places = pooled(seed)
        (unpool(found, places) * weights).sum().backward()
        gradients.append(values.grad)
    assert gradients[0].abs().sum() > 0
    assert torch.equal(*gradients)


def test_unpooling_is_allowed_where_only_deterministic_computations_are():
    torch.use_deterministic_algorithms(True)
    try:
        loss = segnet(channels=[4, 4, 8, 8, 8])(torch.rand(2, *PATCH)).sum()
        loss.backward()
    finally:
        torch.use_deterministic_algorithms(False)


def test_a_softmax_at_the_end_gives_probabilities_of_the_same_logits():
    small = {"channels": [4, 4, 8, 8, 8]}
    plain, ending = segnet(**small).eval(), segnet(**small, softmax=True).eval()
    images = torch.rand(2, *PATCH)
    assert torch.allclose(ending(images), plain(images).softmax(1))


def test_skip_connections_hand_on_what_enters_the_down_sampling():
    network = segnet(channels=[4, 4, 8, 8, 8], upsampling="transposed", skip=[1]).eval()
    seen = {}
    network.encoder["block1"].register_forward_hook(lambda *a: seen.update(kept=a[2]))
    network.decoder["block1"].register_forward_pre_hook(lambda *a: seen.update(given=a[1][0]))
    network(torch.rand(1, *PATCH))
    assert torch.equal(seen["given"][:, 4:], seen["kept"])
