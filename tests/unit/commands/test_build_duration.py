"""Steps on noise, from which ``doctor`` estimates and ``profile_step.py`` profiles trainings."""

import pytest
import torch
from torch import nn

from dlia.commands.build_duration import on_noise
from dlia.study.yaml_files import ROOT
from dlia.tasks.studies import load_studies

STUDIES = load_studies(["mnist", "warwick"], ROOT)
CPU = torch.device("cpu")


def steps_of(study, key, size):
    settings = STUDIES[study].variant(key).settings
    return on_noise(STUDIES[study], settings, size, 4, CPU)


def order(network) -> list[type]:
    return [type(layer) for layer in network.modules() if isinstance(layer, nn.ReLU | nn.MaxPool2d)]


def test_they_are_made_with_the_layers_in_the_order_of_a_training():
    with steps_of("mnist", "ex1_2/sgd", [28, 28]) as (learner, _):
        assert order(learner.network)[:2] == [nn.MaxPool2d, nn.ReLU]
    assert order(learner.network)[:2] == [nn.ReLU, nn.MaxPool2d]


@pytest.mark.parametrize(
    ("study", "key", "size", "images", "targets"),
    [
        ("mnist", "ex1_2/sgd", [28, 28], (4, 1, 28, 28), (4,)),
        ("warwick", "ex2_1/baseline_2019", [32, 48], (4, 3, 32, 48), (4, 32, 48)),
    ],
)
def test_the_noise_resembles_the_images_of_the_study(study, key, size, images, targets):
    with steps_of(study, key, size) as (learner, shown):
        noise, wanted = shown()
        assert torch.isfinite(learner.step(noise, wanted))
    assert (noise.shape, wanted.shape) == (images, targets)
    assert noise.dtype == torch.float32
    assert wanted.unique().numel() > 1
