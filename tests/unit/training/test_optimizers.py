"""Optimizers and schedules are torch's own, given what the settings say."""

import math

import pytest
import torch
from torch import nn
from trainings import block, names_of

from dlia.errors import UserError
from dlia.training.optimizers import OPTIMIZERS, build_optimizer
from dlia.training.schedules import build_schedule

EPOCHS, STEPS = 20, 5
RENAMED = {"learning_rate": "lr"}


def network():
    return nn.Sequential(nn.Conv2d(1, 2, 3), nn.BatchNorm2d(2))


def rates(highest=0.1, optimizer=None, **schedule):
    """Give the learning rate of every step of a training."""
    built = build_optimizer(
        network(), optimizer or block("optimizer", name="sgd", learning_rate=highest)
    )
    planned = build_schedule(built, block("schedule", **schedule), EPOCHS, STEPS)
    seen = []
    for _ in range(EPOCHS * STEPS):
        seen.append(built.param_groups[0]["lr"])
        built.step()
        planned.step()
    return seen


def test_every_optimizer_of_the_settings_is_there():
    assert names_of("optimizer") == list(OPTIMIZERS)


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_the_defaults_of_the_settings_are_the_frameworks(name):
    settings = block("optimizer", name=name, learning_rate=0.01)
    built = build_optimizer(network(), settings)
    plain = OPTIMIZERS[name](network().parameters(), lr=0.01)
    assert built.defaults == plain.defaults


@pytest.mark.parametrize(
    ("name", "changes"),
    [
        ("sgd", {"momentum": 0.8, "nesterov": True, "weight_decay": 0.1}),
        ("sgd", {"momentum": 0.5, "dampening": 0.1}),
        ("adam", {"betas": (0.8, 0.9), "eps": 1e-7, "amsgrad": True}),
        ("adamw", {"weight_decay": 0.05}),
        ("rprop", {"etas": (0.4, 1.1), "step_sizes": (1e-5, 10)}),
    ],
)
def test_every_option_reaches_the_optimizer(name, changes):
    stated = {key: list(v) if isinstance(v, tuple) else v for key, v in changes.items()}
    built = build_optimizer(network(), block("optimizer", name=name, learning_rate=0.01, **stated))
    assert built.defaults.items() >= changes.items()


def test_weight_decay_can_spare_biases_and_normalisations():
    stated = {"weight_decay": 0.1, "weight_decay_on": "kernels"}
    built = build_optimizer(
        network(), block("optimizer", name="adam", learning_rate=0.01, **stated)
    )
    decays = {p.dim(): g["weight_decay"] for g in built.param_groups for p in g["params"]}
    assert decays == {4: 0.1, 1: 0.0}


def test_weight_decay_on_kernels_is_what_keras_adds_to_the_loss():
    # R2019's l2(1e-4) adds 1e-4 w^2 to the loss; its gradient is that of weight_decay 2e-4.
    layer = nn.Linear(3, 2)
    penalty = 1e-4 * layer.weight.square().sum()
    penalty.backward()
    assert torch.allclose(layer.weight.grad, 2e-4 * layer.weight)


def test_a_constant_rate_stays():
    assert set(rates(name="constant")) == {0.1}


def test_steps_come_after_whole_epochs():
    seen = rates(name="step", step_size=5, gamma=0.2)
    expected = [0.1 * 0.2 ** (step // (5 * STEPS)) for step in range(EPOCHS * STEPS)]
    assert seen == pytest.approx(expected)


def test_a_cosine_falls_over_the_whole_training():
    seen = rates(name="cosine", eta_min=0.01)
    total = EPOCHS * STEPS
    expected = [0.01 + 0.09 * (1 + math.cos(math.pi * n / total)) / 2 for n in range(total)]
    assert seen == pytest.approx(expected)


def test_a_training_too_short_for_its_schedule_is_refused():
    built = build_optimizer(network(), block("optimizer", name="adam", learning_rate=0.1))
    schedule = block("schedule", name="one_cycle", pct_start=0.1)
    with pytest.raises(UserError, match=r"schedule\.pct_start: 0\.1 of 10 steps leaves a phase"):
        build_schedule(built, schedule, 10, 1)


def test_one_cycle_rises_to_the_stated_rate_and_falls():
    optimizer = block("optimizer", name="adam", learning_rate=0.1)
    seen = rates(optimizer=optimizer, name="one_cycle")
    assert seen[0] == pytest.approx(0.1 / 25)
    assert max(seen) == pytest.approx(0.1, rel=0.001)
    assert seen.index(max(seen)) == pytest.approx(0.3 * EPOCHS * STEPS, abs=1)
    assert seen[-1] == pytest.approx(0.1 / 25 / 10000)
