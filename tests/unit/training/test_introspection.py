"""What the objects of a training say of themselves, against what they really have and do."""

import copy

import pytest
import torch
from torch import nn
from trainings import VARIANTS, network_of, part, settings_of, task_of

from dlia.training.introspection import arguments_of, layers_of, plain

# One variant for each network that is trained.
NETWORKS = {
    (v.settings.model.model_dump_json(), v.settings.loss.name): key for key, v in VARIANTS.items()
}.values()
RICH = {
    "name": "fcn",
    "channels": [4, 6],
    "convolutions": 2,
    "residual": True,
    "batch_norm": True,
    "dropout": {"rate": 0.3, "of": "channels", "place": "output"},
}


def listed(settings):
    """Give the network of a variant, and the layers that are listed of it."""
    network = network_of(settings)
    return network, layers_of(network, part(task_of(settings), 1).inputs(torch.arange(1)))[0]


def layers_by_name(**model):
    key = "ex2_1/baseline_2019" if model["name"] == "fcn" else "ex1_2/sgd"
    return {layer["name"]: layer for layer in listed(settings_of(key, model=model))[1]}


# What has a value, and whether it is the framework's.


def test_an_argument_that_was_not_given_has_its_default():
    assert arguments_of(torch.optim.Adam, {})["betas"] == {"value": [0.9, 0.999], "default": True}


def test_an_argument_that_was_given_as_it_is_by_default_is_the_default():
    arguments = arguments_of(torch.optim.Adam, {"betas": (0.9, 0.999)})
    assert arguments["betas"] == {"value": [0.9, 0.999], "default": True}


def test_an_argument_that_was_given_otherwise_is_no_default():
    assert arguments_of(torch.optim.Adam, {"lr": 0.1})["lr"] == {"value": 0.1, "default": False}


def test_an_argument_that_has_no_default_and_no_value_is_left_out():
    assert "params" not in arguments_of(torch.optim.Adam, {})


def test_what_only_old_code_passes_is_left_out():
    assert not {"size_average", "reduce"} & set(arguments_of(nn.functional.cross_entropy, {}))


@pytest.mark.parametrize(
    ("layer", "ours"),
    [
        (nn.Conv2d(1, 2, 3), "in_channels out_channels kernel_size"),
        (nn.Conv2d(1, 2, 3, padding=1), "in_channels out_channels kernel_size padding"),
        (nn.Conv2d(1, 2, 1, bias=False), "in_channels out_channels kernel_size bias"),
        (nn.ConvTranspose2d(1, 2, 2, stride=2), "in_channels out_channels kernel_size stride"),
        (nn.Linear(4, 2), "in_features out_features"),
        (nn.MaxPool2d(2), "kernel_size"),
        (nn.MaxPool2d(2, stride=1), "kernel_size stride"),
        (nn.BatchNorm2d(1), "num_features"),
        (nn.BatchNorm2d(1, momentum=0.2), "num_features momentum"),
        (nn.Dropout(0.3), "p"),
        (nn.ELU(), ""),
    ],
    ids=str,
)
def test_a_layer_has_all_but_what_it_was_built_with_from_the_framework(layer, ours):
    row = layers_of(nn.Sequential(layer), torch.zeros(1, 1, 4, 4))[0][0]
    stated = [name for name, a in row["arguments"].items() if not a["default"]]
    assert stated == ours.split()


def test_a_value_that_is_no_plain_one_is_named():
    given = [None, True, 1, 0.5, "word", (1, 2), torch.tensor(0.25), {1: nn.ReLU}, torch.float32]
    assert plain(given) == [
        None,
        True,
        1,
        0.5,
        "word",
        [1, 2],
        0.25,
        {"1": "ReLU"},
        "torch.float32",
    ]


# Layers, against the network itself.


def passed(network, images):
    """Run a network; give the layers without layers in them in the order they ran, and outputs."""
    names = {module: name for name, module in network.named_modules()}
    seen, hooks = [], []
    for module in names:
        if not list(module.children()) and not isinstance(module, nn.Sequential):
            note = lambda m, _, out: seen.append((names[m], list(out.shape[1:])))  # noqa: E731
            hooks.append(module.register_forward_hook(note))
    network.eval()(images)
    for hook in hooks:
        hook.remove()
    return seen


@pytest.mark.parametrize("key", NETWORKS)
def test_layers_are_listed_in_the_order_they_run_with_the_outputs_they_give(key):
    settings = settings_of(key)
    network, layers = listed(settings)
    rows = [(row["name"], row["output"]) for row in layers if "connection" not in row["arguments"]]
    assert rows == passed(network, part(task_of(settings), 1).inputs(torch.arange(1)))


@pytest.mark.parametrize("key", NETWORKS)
def test_every_parameter_is_counted_once(key):
    network, layers = listed(settings_of(key))
    assert sum(row["parameters"] for row in layers) == sum(p.numel() for p in network.parameters())


@pytest.mark.parametrize("key", NETWORKS)
def test_every_layer_with_weights_is_listed_with_its_class(key):
    network, layers = listed(settings_of(key))
    weighted = {name.rpartition(".")[0] for name, _ in network.named_parameters()}
    classes = {row["name"]: row["layer"] for row in layers}
    modules = dict(network.named_modules())
    assert {name: classes.get(name) for name in weighted} == {
        name: type(modules[name]).__name__ for name in weighted
    }


def test_a_residual_connection_is_a_row_before_what_it_bridges():
    rows = list(layers_by_name(**RICH).values())
    connection, first = rows[:2]
    assert (connection["name"], first["name"]) == ("encoder.block1", "encoder.block1.conv1")
    assert connection["arguments"]["connection"]["value"] == "adds its input, 1 channels of zeros"
    assert connection["output"] == first["output"]


def test_a_plain_block_is_no_row():
    assert "encoder.block1" not in layers_by_name(**{**RICH, "residual": False})


@pytest.mark.parametrize(
    ("dropout", "rows"),
    [
        ({"rate": 0}, {}),
        ({"rate": 0.3}, {f"encoder.dropout{n}": "Dropout" for n in (1, 2)}),
        ({"rate": 0.3, "of": "channels", "place": "output"}, {"dropout.output": "Dropout2d"}),
    ],
)
def test_dropout_is_a_row_with_its_rate_wherever_it_is(dropout, rows):
    layers = layers_by_name(**{**RICH, "dropout": dropout})
    found = {name: row for name, row in layers.items() if row["layer"].startswith("Dropout")}
    assert {name: row["layer"] for name, row in found.items()} == rows
    assert all(row["arguments"]["p"]["value"] == dropout["rate"] for row in found.values())


def test_multiplications_of_a_fully_connected_network_are_its_weights_and_biases():
    settings = settings_of("ex1_1/sgd", model={"hidden": [8]})
    images = part("classification", 1).inputs(torch.arange(1))
    assert layers_of(network_of(settings), images)[1] == 784 * 8 + 8 + 8 * 10 + 10


def test_looking_at_a_network_changes_nothing():
    network = network_of(settings_of("ex2_1/baseline_2019", model=RICH)).train()
    before = copy.deepcopy(network.state_dict())
    random = torch.get_rng_state()
    layers_of(network, torch.rand(1, 3, 16, 16, generator=torch.Generator().manual_seed(0)))
    assert all(torch.equal(before[name], value) for name, value in network.state_dict().items())
    assert all(module.training for module in network.modules())
    assert torch.equal(torch.get_rng_state(), random)
