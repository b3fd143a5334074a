"""Exercise 1.3: max pooling commutes with every activation that never falls."""

import json

import pytest
import torch
from sweep import job_of
from torch import nn
from trainings import block, equal, run

from dlia.evaluation.timing import same_programs
from dlia.models import ACTIVATIONS, build
from dlia.models.initialization import initialize
from dlia.runtime.seeds import derive
from dlia.training.losses import cross_entropy
from dlia.training.train_variant import train_variant

MONOTONE = ["relu", "tanh", "sigmoid", "elu"]
PLACES = ["before_pooling", "after_pooling"]


class Falling(nn.Module):
    def forward(self, values):
        return -values


def network(activation, place):
    model = block("model", name="cnn", activation=activation, activation_place=place)
    built = build(model, (1, 28, 28), 10)
    seed = lambda layer: derive(1, "init", 0, layer)  # noqa: E731
    initialize(built, block("initialization", name="framework"), seed)
    return built.double()


@pytest.fixture
def digits():
    generator = torch.Generator().manual_seed(0)
    images = torch.rand(16, 1, 28, 28, generator=generator, dtype=torch.float64)
    return images, torch.arange(16) % 10


@pytest.mark.parametrize("activation", MONOTONE)
def test_either_order_is_the_same_function(activation, digits):
    first, second = (network(activation, place)(digits[0]) for place in PLACES)
    assert torch.allclose(first, second, atol=1e-6, rtol=0)


def test_the_order_matters_to_a_function_that_falls(digits, monkeypatch):
    monkeypatch.setitem(ACTIVATIONS, "relu", Falling)
    first, second = (network("relu", place)(digits[0]) for place in PLACES)
    assert not torch.allclose(first, second, atol=1e-6, rtol=0)


@pytest.mark.parametrize("activation", MONOTONE)
def test_either_order_has_the_same_gradient(activation, digits):
    images, targets = digits
    gradients = []
    for place in PLACES:
        built = network(activation, place)
        cross_entropy(built(images), targets).backward()
        gradients.append({name: p.grad for name, p in built.named_parameters()})
    for name, gradient in gradients[0].items():
        assert torch.allclose(gradient, gradients[1][name], atol=1e-6, rtol=0), name


def test_with_relu_either_order_computed_as_written_learns_the_same_bits(digits):
    images, targets = digits[0].float(), digits[1]
    learnt = []
    for place in PLACES:
        built = network("relu", place).float()
        optimizer = torch.optim.SGD(built.parameters(), lr=0.1)
        for _ in range(20):
            optimizer.zero_grad()
            cross_entropy(built(images), targets).backward()
            optimizer.step()
        learnt.append(built.state_dict())
    assert equal(*learnt)


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [("ex1_2/sgd", "ex1_3/pool_relu", True), ("ex1_3/tanh_pool", "ex1_3/pool_tanh", False)],
)
def test_with_relu_both_orders_run_the_same_program(before, after, expected, tmp_path):
    records = {}
    for key in (before, after):
        folder = tmp_path / key.replace("/", "_")
        files = [str(folder / name) for name in ("model.safetensors", "history.csv", "run.json")]
        train_variant(job_of(folder, key, trials=1, epochs=1), *files)
        records[key] = json.loads((folder / "run.json").read_text(encoding="utf-8"))
    assert bool(same_programs(records)[before]) is expected


def test_with_relu_either_order_leads_to_the_same_weights_bit_for_bit(tmp_path):
    before, _ = run("ex1_2/sgd", tmp_path / "a", epochs=10)
    after, _ = run("ex1_3/pool_relu", tmp_path / "b", epochs=10)
    assert before.history == after.history
    assert equal(before.chosen_weights, after.chosen_weights)
