"""What weights start from and what changes them, as recorded, against what was promised."""

import json
import math

import pytest
import torch
from conftest import sampled
from sweep import train_and_predict
from torch import nn
from trainings import VARIANTS, block, network_of, settings_of

from dlia.runtime.devices import choose_device, determinism
from dlia.training.introspection import initial_weights, loss_of, optimizer_of, schedule_of
from dlia.training.losses import LOSSES, build_loss
from dlia.training.optimizers import OPTIMIZERS, build_optimizer
from dlia.training.schedules import build_schedule

LAYER = "encoder.block3.conv1"  # 16 channels of 3x3 in, 32 out: 4608 weights
SUMMED = 16 * 9


def start(batch_norm=False, **initialization):
    """Give what is measured of the digit network's initial weights, by tensor."""
    settings = settings_of(
        "ex1_2/sgd", initialization=initialization, model={"batch_norm": batch_norm}
    )
    rows = initial_weights(network_of(settings), settings.initialization)
    return {row["name"]: row for row in rows}


def optimizer(**settings):
    """Build an optimizer for a kernel of 18 numbers, its 2 biases, and a normalisation's 4."""
    network = nn.Sequential(nn.Conv2d(1, 2, 3), nn.BatchNorm2d(2))
    return build_optimizer(network, block("optimizer", **settings))


def arguments(record):
    return {name: argument["value"] for name, argument in record["arguments"].items()}


def stated_otherwise(record):
    return {name for name, argument in record["arguments"].items() if not argument["default"]}


# Where weights start.


@pytest.mark.parametrize(
    ("settings", "deviation"),
    [
        ({"name": "normal", "std": 0.05}, 0.05),
        ({"name": "he_normal"}, math.sqrt(2 / SUMMED)),
        ({"name": "he_uniform"}, math.sqrt(2 / SUMMED)),
        ({"name": "glorot_normal"}, math.sqrt(2 / (SUMMED + 32 * 9))),
        ({"name": "glorot_uniform"}, math.sqrt(2 / (SUMMED + 32 * 9))),
        ({"name": "framework"}, math.sqrt(1 / (3 * SUMMED))),
    ],
    ids=lambda value: value["name"] if isinstance(value, dict) else "",
)
def test_weights_are_measured_to_have_the_deviation_of_their_distribution(settings, deviation):
    row = start(**settings)[f"{LAYER}.weight"]
    assert row["sd"] == pytest.approx(deviation, rel=0.05)
    assert row["mean"] == pytest.approx(0, abs=4 * deviation / math.sqrt(row["numbers"]))


@pytest.mark.parametrize(
    ("name", "bound"),
    [
        ("framework", 1 / math.sqrt(SUMMED)),
        ("he_uniform", math.sqrt(6 / SUMMED)),
        ("glorot_uniform", math.sqrt(6 / (SUMMED + 32 * 9))),
    ],
)
def test_uniform_weights_are_measured_to_fill_their_interval(name, bound):
    row = start(name=name)[f"{LAYER}.weight"]
    assert [row["lowest"], row["highest"]] == pytest.approx([-bound, bound], rel=0.01)
    assert max(-row["lowest"], row["highest"]) <= bound * (1 + 1e-6)


def test_biases_of_the_framework_are_measured_within_their_interval():
    row = start(name="framework")[f"{LAYER}.bias"]
    assert -1 / math.sqrt(SUMMED) < row["lowest"] < row["highest"] < 1 / math.sqrt(SUMMED)


@pytest.mark.parametrize(
    ("tensor", "value", "settings"),
    [
        (f"{LAYER}.weight", 0, {"name": "zeros"}),
        (f"{LAYER}.bias", 0, {"name": "he_normal"}),
        ("encoder.block3.norm1.weight", 1, {"name": "he_normal", "batch_norm": True}),
        ("encoder.block3.norm1.bias", 0, {"name": "he_normal", "batch_norm": True}),
    ],
)
def test_what_starts_at_one_value_is_measured_exactly(tensor, value, settings):
    row = start(**settings)[tensor]
    assert [row[key] for key in ("mean", "sd", "lowest", "highest")] == [value, 0, value, value]


@pytest.mark.parametrize("name", ["framework", "he_uniform", "he_normal"])
def test_every_tensor_is_measured_and_says_what_it_was_drawn_from(name):
    settings = settings_of("ex1_2/sgd", initialization={"name": name}, model={"batch_norm": True})
    network = network_of(settings)
    rows = initial_weights(network, settings.initialization)
    assert [(row["name"], row["numbers"]) for row in rows] == [
        (name, tensor.numel()) for name, tensor in network.named_parameters()
    ]
    assert all(row["distribution"] for row in rows)


@pytest.mark.parametrize(
    ("tensor", "settings", "words"),
    [
        ("weight", {"name": "he_normal"}, "he_normal"),
        ("weight", {"name": "normal", "std": 0.05}, "normal with sd 0.05"),
        ("bias", {"name": "he_normal"}, "zeros"),
        ("bias", {"name": "zeros", "biases": "framework"}, "framework: uniform within 1/√fan_in"),
        (
            "weight",
            {"name": "zeros", "layers": {"convolution": {"name": "he_uniform"}}},
            "he_uniform",
        ),
    ],
)
def test_the_distribution_is_that_of_the_tensor_and_its_kind_of_layer(tensor, settings, words):
    assert start(**settings)[f"{LAYER}.{tensor}"]["distribution"] == words


# The optimizer.


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_an_optimizer_has_only_its_learning_rate_from_us_if_nothing_else_is_stated(name):
    record = optimizer_of(optimizer(name=name, learning_rate=0.1))
    assert record["class"] == f"torch.optim.{OPTIMIZERS[name].__name__}"
    assert stated_otherwise(record) == {"lr"}


def test_an_optimizer_has_what_is_stated():
    record = optimizer_of(optimizer(name="sgd", learning_rate=0.1, momentum=0.9, nesterov=True))
    assert stated_otherwise(record) == {"lr", "momentum", "nesterov"}
    assert arguments(record).items() >= {"lr": 0.1, "momentum": 0.9, "nesterov": True}.items()


def test_all_weights_are_one_group_unless_asked_otherwise():
    stated = {"learning_rate": 0.1, "weight_decay": 0.2}
    assert optimizer_of(optimizer(name="adam", **stated))["groups"] == [
        {"tensors": 4, "numbers": 24}
    ]


def test_decay_of_kernels_makes_a_group_of_all_else_that_has_none():
    stated = {"learning_rate": 0.1, "weight_decay": 0.2, "weight_decay_on": "kernels"}
    assert optimizer_of(optimizer(name="adam", **stated))["groups"] == [
        {"tensors": 1, "numbers": 18},
        {"tensors": 3, "numbers": 6, "weight_decay": 0.0},
    ]


# The schedule.


def ended(epochs=4, steps=3, **schedule):
    """Give what a schedule says of itself after all its steps, and its optimizer too."""
    built = optimizer(name="sgd", learning_rate=0.1, momentum=0.9)
    planned = build_schedule(built, block("schedule", **schedule), epochs, steps)
    for _ in range(epochs * steps - 1):
        built.step()
        planned.step()
    return schedule_of(planned), optimizer_of(built)


@pytest.mark.parametrize(
    ("schedule", "name", "state"),
    [
        ({"name": "constant"}, "ConstantLR", {"factor": 1, "base_lrs": [0.1]}),
        (
            {"name": "step", "step_size": 2, "gamma": 0.5},
            "StepLR",
            {"step_size": 6, "gamma": 0.5},
        ),
        ({"name": "cosine", "eta_min": 0.02}, "CosineAnnealingLR", {"T_max": 12, "eta_min": 0.02}),
        ({"name": "one_cycle"}, "OneCycleLR", {"total_steps": 12, "_anneal_func_type": "cos"}),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_schedule_has_its_class_and_its_periods_in_steps(schedule, name, state):
    record, _ = ended(**schedule)
    assert record["class"] == f"torch.optim.lr_scheduler.{name}"
    assert record["state"].items() >= state.items()
    assert record["state"]["last_epoch"] == 11  # of steps, the first being 0


def test_one_cycle_has_its_limits_in_the_optimizers_groups():
    _, record = ended(name="one_cycle", div_factor=10, final_div_factor=5)
    group = record["groups"][0]
    limits = {"initial_lr": 0.01, "max_lr": 0.1, "min_lr": 0.002}
    assert {name: group[name] for name in limits} == pytest.approx(limits)
    assert (group["base_momentum"], group["max_momentum"]) == (0.85, 0.95)


def test_one_cycle_has_its_phases():
    record, _ = ended(name="one_cycle", pct_start=0.25, three_phase=True)
    phases = record["state"]["_schedule_phases"]
    assert [phase["end_step"] for phase in phases] == [2, 4, 11]


# The loss.


@pytest.mark.parametrize(
    ("settings", "stated", "ours"),
    [
        (
            {"name": "cross_entropy"},
            {"label_smoothing": 0, "reduction": "mean", "dim": 1},
            {"dim"},
        ),
        (
            {"name": "cross_entropy", "label_smoothing": 0.1},
            {"label_smoothing": 0.1},
            {"label_smoothing", "dim"},
        ),
        ({"name": "binary_cross_entropy"}, {"label_smoothing": 0, "pos_weight": None}, set()),
        ({"name": "soft_dice", "smooth": 2}, {"smooth": 2}, {"smooth"}),
        (
            {"name": "binary_cross_entropy_and_soft_dice", "dice_weight": 2},
            {"label_smoothing": 0, "smooth": 1, "dice_weight": 2, "pos_weight": None},
            {"dice_weight"},
        ),
    ],
)
def test_a_loss_has_our_arguments_and_those_of_the_frameworks_functions(settings, stated, ours):
    record = loss_of(build_loss(block("loss", **settings)))
    assert arguments(record).items() >= stated.items()
    assert stated_otherwise(record) == ours


@pytest.mark.parametrize("name", LOSSES)
def test_a_loss_calls_what_it_says_it_calls_and_nothing_else(name, monkeypatch):
    called = []
    for function in (
        "log_softmax",
        "nll_loss",
        "cross_entropy",
        "binary_cross_entropy_with_logits",
    ):
        real = getattr(nn.functional, function)

        def noted(*words, function=function, real=real, **options):
            called.append(f"torch.nn.functional.{function}")
            return real(*words, **options)

        monkeypatch.setattr(nn.functional, function, noted)
    record = loss_of(loss := build_loss(block("loss", name=name)))
    outputs = 2 if name == "cross_entropy" else 1
    loss(torch.zeros(2, outputs, 4, 4), torch.ones(2, 4, 4, dtype=torch.long))
    assert called == record["calls"]


# The whole.


def test_computing_the_same_every_time_is_asked_of_torch():
    choose_device("cpu")
    assert determinism() == {
        "deterministic_algorithms": True,
        "debug_mode": 2,  # an operation that is not deterministic is an error
        "fill_uninitialized_memory": False,
        "cudnn.benchmark": False,
        "cudnn.allow_tf32": False,
        "float32_matmul_precision": "highest",
        "CUBLAS_WORKSPACE_CONFIG": ":4096:8",
        "threads": 1,
    }


@pytest.mark.parametrize("key", sampled([*VARIANTS], 12))
def test_the_record_of_every_variant_is_plain_json(key, tmp_path):
    small = settings_of(key, trials=1, batch_size=4, epochs=2)
    record = train_and_predict(small, tmp_path).record
    assert json.loads(json.dumps(record, allow_nan=False)) == record
