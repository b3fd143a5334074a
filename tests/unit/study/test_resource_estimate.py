"""Estimates of work: they count what the networks have."""

import pytest
import torch
from torch import nn
from trainings import block, settings_of

from dlia.models import build
from dlia.study.resource_estimate import work_of
from dlia.training.introspection import layers_of
from dlia.training.losses import outputs_of

MODELS = [
    {"name": "mlp", "hidden": [20, 10]},
    {"name": "cnn", "channels": [4, 6, 8], "convolutions": 2},
    {"name": "fcn", "channels": [4, 6, 8]},
    {"name": "fcn", "channels": [4, 6], "skip": True, "upsampling_filter": 3},
    {"name": "unet", "channels": [4, 6, 8]},
    {"name": "unet", "channels": [4, 8], "convolutions": 1, "upsampling": "transposed"},
]


@pytest.mark.parametrize("model", MODELS, ids=str)
def test_parameters_and_multiply_accumulates_are_those_of_the_network(model):
    shape = (3, 32, 16)
    key = "ex1_2/sgd" if model["name"] in {"mlp", "cnn"} else "ex2_1/baseline_2019"
    settings = settings_of(key, model=model)
    outputs = outputs_of(settings.loss, 5)
    network = build(block("model", **model), shape, outputs)
    _, macs = layers_of(network, torch.zeros(1, *shape))
    work = work_of(settings, shape, outputs)
    assert work.parameters == sum(weight.numel() for weight in network.parameters())
    # torchinfo applies a transposed filter at every pixel, and not at every second one of a row.
    if not any(isinstance(layer, nn.ConvTranspose2d) for layer in network.modules()):
        assert work.macs == pytest.approx(macs, rel=0.1)  # it counts the biases, too
