"""Where weights start: from streams of their own, in the stated distributions."""

import pytest
import torch
from torch import nn
from trainings import block

from dlia.models import build
from dlia.models.initialization import initialize
from dlia.runtime.seeds import derive


def started(trial=0, model=None, **settings):
    model = model or {"name": "cnn"}
    shape = (3, 32, 32) if model["name"] == "fcn" else (1, 28, 28)
    network = build(block("model", **model), shape, 10)
    settings = block("initialization", **(settings or {"name": "framework"}))
    initialize(network, settings, lambda layer: derive(1, "init", trial, layer))
    return network.state_dict()


def test_the_same_trial_starts_from_the_same_weights():
    first, second = started(), started()
    assert all(torch.equal(first[name], second[name]) for name in first)


def test_another_trial_starts_from_other_weights():
    first, second = started(), started(trial=1)
    assert not any(torch.equal(first[name], second[name]) for name in first)


@pytest.mark.parametrize(
    "model",
    [
        {"name": "cnn", "channels": [8, 16, 32, 64]},
        {"name": "cnn", "convolutions": 2},
        {"name": "fcn", "batch_norm": True},
    ],
)
def test_layers_of_equal_name_and_shape_start_equal_in_different_networks(model):
    first, second = started(), started(model=model)
    name = "encoder.block2.conv1.weight"
    assert torch.equal(first[name], second[name])


def test_drawing_weights_leaves_the_global_stream_as_it_was():
    torch.manual_seed(5)
    expected = torch.rand(1)
    network = build(block("model", name="cnn"), (1, 28, 28), 10)
    torch.manual_seed(5)
    initialize(network, block("initialization", name="normal", std=0.05), lambda layer: 7)
    assert torch.equal(torch.rand(1), expected)


# The fully connected layer of the digit network: 1568 values in, 10 out.
@pytest.mark.parametrize(
    ("settings", "deviation"),
    [
        ({"name": "normal", "std": 0.05}, 0.05),
        ({"name": "glorot_uniform"}, (2 / (1568 + 10)) ** 0.5),
        ({"name": "glorot_normal"}, (2 / (1568 + 10)) ** 0.5),
        ({"name": "he_uniform"}, (2 / 1568) ** 0.5),
        ({"name": "he_normal"}, (2 / 1568) ** 0.5),
        ({"name": "framework"}, (1 / (3 * 1568)) ** 0.5),
    ],
    ids=lambda value: value["name"] if isinstance(value, dict) else "",
)
def test_weights_have_the_deviation_of_their_distribution(settings, deviation):
    weight = started(**settings)["output.weight"]
    assert float(weight.std()) == pytest.approx(deviation, rel=0.03)


@pytest.mark.parametrize("name", ["he_uniform", "he_normal"])
@pytest.mark.parametrize(
    ("layer", "summed"),
    [
        (nn.Linear(400, 300), 400),
        (nn.Conv2d(40, 300, 3), 40 * 9),
        # Every pixel of the result is summed over the channels alone: strides do not overlap.
        (nn.ConvTranspose2d(300, 100, 2, stride=2), 300),
    ],
    ids=["linear", "convolution", "transposed"],
)
def test_he_weights_have_two_divided_by_what_is_summed_as_variance(name, layer, summed):
    initialize(nn.Sequential(layer), block("initialization", name=name), lambda _: 3)
    assert float(layer.weight.var()) == pytest.approx(2 / summed, rel=0.03)


def test_he_weights_keep_the_scale_through_a_transposed_convolution():
    layer = nn.ConvTranspose2d(300, 100, 2, stride=2)
    initialize(nn.Sequential(layer), block("initialization", name="he_normal"), lambda _: 3)
    images = torch.randn(4, 300, 8, 8, generator=torch.Generator().manual_seed(0)).relu()
    assert float(layer(images).var()) == pytest.approx(2 * float(images.square().mean()), rel=0.1)


def test_glorot_weights_fill_the_stated_interval():
    weight = started(name="glorot_uniform")["output.weight"]
    assert float(weight.abs().max()) == pytest.approx((6 / (1568 + 10)) ** 0.5, rel=0.01)


def test_zeros_are_zeros():
    assert not started(name="zeros")["encoder.block1.conv1.weight"].any()


def test_a_constant_is_the_value_of_every_weight():
    weights = started(name="constant", value=0.1)
    assert weights["encoder.block1.conv1.weight"].unique().tolist() == [pytest.approx(0.1)]
    assert not weights["encoder.block1.conv1.bias"].any()


def test_one_kind_of_layers_can_start_from_a_constant():
    weights = started(name="he_normal", layers={"linear": {"name": "constant", "value": -2}})
    assert weights["output.weight"].unique().tolist() == [-2.0]
    assert len(weights["encoder.block1.conv1.weight"].unique()) > 1


def test_biases_start_at_zero_unless_left_to_the_framework():
    bias = "encoder.block1.conv1.bias"
    assert not started(name="glorot_uniform")[bias].any()
    assert started(name="glorot_uniform", biases="framework")[bias].all()


def test_one_kind_of_layers_can_start_otherwise():
    weights = started(
        model={"name": "fcn"},
        name="he_normal",
        layers={"transposed_convolution": {"name": "zeros"}},
    )
    assert weights["encoder.block1.conv1.weight"].all()
    assert not weights["decoder.up1.conv.weight"].any()


def test_normalisations_start_as_the_identity():
    weights = started(model={"name": "cnn", "batch_norm": True}, name="normal", std=0.05)
    assert weights["encoder.block1.norm1.weight"].unique().tolist() == [1.0]
    assert weights["encoder.block1.norm1.bias"].unique().tolist() == [0.0]
