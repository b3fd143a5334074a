"""The networks: sizes as the reports count them, and where their weights start."""

import pytest
import torch

from dlia.errors import UserError
from dlia.models import ACTIVATIONS, build
from dlia.models.initialization import initialize
from dlia.seeds import derive

CNN = {"name": "cnn", "channels": [8, 16, 32], "activation": "relu"}
FCN = {"name": "fcn", "channels": [8, 16, 32], "activation": "relu"}


def parameters(network):
    return sum(parameter.numel() for parameter in network.parameters())


def started(settings, trial=0, model=CNN):
    network = build(model, (1, 28, 28), 10)
    initialize(network, settings, lambda layer: derive(1, "init", trial, layer))
    return network.state_dict()


def test_the_digit_network_has_21578_parameters():
    assert parameters(build(CNN, (1, 28, 28), 10)) == 80 + 1168 + 4640 + 15690


def test_the_gland_network_with_one_output_has_8625_parameters():
    assert parameters(build(FCN, (3, 128, 128), 1)) == 224 + 1168 + 4640 + 2064 + 520 + 9


def test_a_segmenter_gives_every_pixel_its_logits():
    assert build(FCN, (3, 64, 64), 2)(torch.zeros(5, 3, 64, 64)).shape == (5, 2, 64, 64)


def test_a_size_that_pooling_does_not_divide_is_named():
    with pytest.raises(UserError, match=r"multiples of 4, not 30x30"):
        build(FCN, (3, 30, 30), 1)


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_every_activation_can_be_asked_for(activation):
    network = build({**CNN, "activation": activation}, (1, 28, 28), 10)
    assert sum(isinstance(m, ACTIVATIONS[activation]) for m in network.modules()) == 3


def test_the_same_trial_starts_from_the_same_weights():
    first, second = started({"name": "framework"}), started({"name": "framework"})
    assert all(torch.equal(first[name], second[name]) for name in first)


def test_another_trial_starts_from_other_weights():
    first, second = started({"name": "framework"}), started({"name": "framework"}, trial=1)
    assert not any(torch.equal(first[name], second[name]) for name in first)


def test_layers_of_equal_name_and_shape_start_equal_in_different_networks():
    deeper = {**CNN, "channels": [8, 16, 32, 64]}
    first, second = started({"name": "framework"}), started({"name": "framework"}, model=deeper)
    assert torch.equal(first["conv2.weight"], second["conv2.weight"])


def test_drawing_weights_leaves_the_global_stream_as_it_was():
    network = build(CNN, (1, 28, 28), 10)
    torch.manual_seed(5)
    expected = torch.rand(1)
    torch.manual_seed(5)
    initialize(network, {"name": "normal", "std": 0.05, "biases": "zeros"}, lambda layer: 7)
    assert torch.equal(torch.rand(1), expected)


def test_normal_weights_have_the_stated_deviation():
    weight = started({"name": "normal", "std": 0.05, "biases": "zeros"})["output.weight"]
    assert float(weight.std()) == pytest.approx(0.05, rel=0.03)


def test_glorot_weights_fill_the_stated_interval():
    weight = started({"name": "glorot_uniform", "biases": "zeros"})["output.weight"]
    bound = (6 / (1568 + 10)) ** 0.5
    assert float(weight.abs().max()) == pytest.approx(bound, rel=0.01)


def test_biases_start_at_zero_unless_left_to_the_framework():
    zeros = started({"name": "glorot_uniform", "biases": "zeros"})["conv1.bias"]
    framework = started({"name": "glorot_uniform", "biases": "framework"})["conv1.bias"]
    assert not zeros.any()
    assert framework.all()
