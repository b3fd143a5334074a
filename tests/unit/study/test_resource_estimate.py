"""Estimates of work: they count what the networks have."""

import pytest
import torch
from own_studies import own_studies
from torch import nn
from trainings import block, settings_of

from dlia.models import build
from dlia.study.resource_estimate import megabytes, work_of
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


# Measured at 320 x 320 on one core: MiB at most of a process with one training.
MEASURED = [("aquarium", "pretrained", 2, 954), ("aquarium", "pretrained", 8, 1464)]
MEASURED += [("aquarium", "resnet_50", 1, 1251)]


@pytest.mark.parametrize(("study", "name", "batch", "peak"), MEASURED)
def test_the_memory_of_a_detector_is_estimated_as_more_than_was_measured(study, name, batch, peak):
    settings = own_studies(study)[study].variant(f"{study}1_2/{name}").settings
    settings = settings.model_copy(update={"batch_size": batch})
    found = megabytes(settings, work_of(settings, (3, 320, 320), 7), 0, 1)
    assert 1.2 * peak < found < peak + 2000
