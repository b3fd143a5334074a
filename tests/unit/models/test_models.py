"""The networks: sizes as the reports count them, and what their parts do."""

from typing import get_args

import pytest
import torch
from torch import nn
from trainings import FAMILIES, block, settings_of

from dlia.errors import UserError
from dlia.models import ACTIVATIONS, build, family_of
from dlia.models.stack import Stack
from dlia.study.resource_estimate import work_of
from dlia.study.settings import Mlp
from dlia.training.introspection import layers_of

DIGIT, STAINED = (1, 28, 28), (3, 32, 32)


def cnn(**model):
    return build(block("model", name="cnn", **model), DIGIT, 10)


def fcn(outputs=1, inputs=STAINED, **model):
    return build(block("model", name="fcn", **model), inputs, outputs)


def parameters(network):
    return sum(parameter.numel() for parameter in network.parameters())


def kinds(network):
    """Give the classes of the layers, in the order in which they are run."""
    return [type(layer).__name__ for layer in network.modules() if not list(layer.children())]


def test_the_fully_connected_network_has_79510_parameters():
    network = build(block("model", name="mlp"), DIGIT, 10)
    assert parameters(network) == 784 * 100 + 100 + 100 * 10 + 10


def test_the_digit_network_has_21578_parameters():
    assert parameters(cnn()) == 80 + 1168 + 4640 + 15690


def test_the_gland_network_with_one_output_has_8625_parameters():
    assert parameters(fcn(inputs=(3, 128, 128))) == 224 + 1168 + 4640 + 2064 + 520 + 9


# The network of R2022 1.1 for traffic signs.
SIGNS = {
    "channels": [64, 32, 32],
    "filter_sizes": [5, 5, 3],
    "padding": "none",
    "pooled_levels": [2, 3],
    "activation": "elu",
}


@pytest.mark.parametrize(("batch_norm", "count"), [(False, 87_403), (True, 87_659)])
def test_the_network_for_signs_has_as_many_parameters_as_its_report_implies(batch_norm, count):
    model = block("model", name="cnn", **SIGNS, batch_norm=batch_norm)
    assert parameters(build(model, (3, 28, 28), 43)) == count


def test_every_layer_for_signs_has_the_output_size_of_the_table_in_its_report():
    network = build(block("model", name="cnn", **SIGNS), (3, 28, 28), 43)
    layers, _ = layers_of(network, torch.zeros(1, 3, 28, 28))
    sizes = {layer["name"].rpartition(".")[2]: tuple(layer["output"]) for layer in layers}
    convolutions = [tuple(layer["output"]) for layer in layers if layer["layer"] == "Conv2d"]
    assert convolutions == [(64, 24, 24), (32, 20, 20), (32, 8, 8)]
    assert sizes["pool2"] == (32, 10, 10)
    assert sizes["pool3"] == (32, 4, 4)
    assert sizes["flatten"] == (512,)
    assert sizes["output"] == (43,)
    assert "pool1" not in sizes


@pytest.mark.parametrize(
    "model",
    [
        {"name": "cnn"},
        {"name": "cnn", "channels": [4, 8, 8, 16], "convolutions": 2},
        {"name": "cnn", **SIGNS},
        {"name": "cnn", "channels": [4, 4], "filter_sizes": [1, 7], "pooled_levels": []},
        {"name": "cnn", "channels": [4], "filter_sizes": [11], "padding": "same"},
    ],
)
def test_the_estimated_cost_is_that_of_the_layers(model):
    settings = settings_of("ex1_2/sgd", model=model)
    network = build(settings.model, (3, 28, 32), 5)
    _, macs = layers_of(network, torch.zeros(1, 3, 28, 32))
    work = work_of(settings, (3, 28, 32), 5)
    assert work.parameters == parameters(network)
    # MACs of biases are counted by one and not by the other.
    assert work.macs == pytest.approx(macs, rel=0.05)


@pytest.mark.parametrize("size", [2, 3, 4])
def test_a_filter_of_the_upsampling_has_its_size(size):
    weights = 1168 + 224 + 4640 + 9 + size**2 * (32 * 16 + 16 * 8) + 16 + 8
    assert parameters(fcn(upsampling_filter=size)) == weights


@pytest.mark.parametrize(
    "model",
    [
        {},
        {"skip": True},
        {"convolutions": 3, "residual": True},
        {"upsampling_filter": 3},
        {"upsampling_filter": 4, "skip": True},
    ],
)
def test_a_segmenter_gives_every_pixel_its_logits(model):
    assert fcn(outputs=2, **model)(torch.zeros(5, 3, 32, 32)).shape == (5, 2, 32, 32)


def test_a_size_that_pooling_does_not_divide_is_named():
    with pytest.raises(UserError, match=r"multiples of 4, not 30x30"):
        fcn(inputs=(3, 30, 30))


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_every_activation_can_be_asked_for(activation):
    layers = cnn(activation=activation).modules()
    assert sum(isinstance(layer, ACTIVATIONS[activation]) for layer in layers) == 3


def test_every_activation_is_among_the_settings():
    assert list(get_args(Mlp.model_fields["activation"].annotation)) == list(ACTIVATIONS)


def test_activations_come_before_pooling_unless_asked_otherwise():
    assert kinds(cnn())[:3] == ["Conv2d", "ReLU", "MaxPool2d"]
    after = cnn(activation_place="after_pooling")
    assert kinds(after)[:3] == ["Conv2d", "MaxPool2d", "ReLU"]


def test_batch_normalisation_follows_every_convolution_but_the_output():
    normalised = kinds(fcn(batch_norm=True))
    followers = [
        after
        for layer, after in zip(normalised, [*normalised[1:], "end"], strict=True)
        if layer in {"Conv2d", "ConvTranspose2d"}
    ]
    assert followers == ["BatchNorm2d"] * 5 + ["end"]


@pytest.mark.parametrize(
    ("model", "layer", "count"),
    [
        ({"rate": 0.3}, nn.Dropout, 3),
        ({"rate": 0.3, "of": "channels"}, nn.Dropout2d, 3),
        ({"rate": 0.3, "place": "output"}, nn.Dropout, 1),
        ({"rate": 0}, (nn.Dropout, nn.Dropout2d), 0),
    ],
)
@pytest.mark.parametrize("network", [cnn, fcn])
def test_dropout_is_where_and_of_what_it_is_asked_for(network, model, layer, count):
    built = network(dropout=model)
    assert sum(isinstance(module, layer) for module in built.modules()) == count


def test_dropout_of_channels_drops_whole_feature_maps():
    network = cnn(dropout={"rate": 0.5, "of": "channels"})
    torch.manual_seed(0)
    maps = network.encoder.dropout1.train()(torch.ones(1, 8, 4, 4))
    assert {tuple(plane.unique().tolist()) for plane in maps[0]} == {(0.0,), (2.0,)}


@pytest.mark.parametrize("place", ["convolutions", "output"])
@pytest.mark.parametrize("of", ["units", "channels"])
def test_a_classifier_with_dropout_gives_every_image_its_logits(of, place):
    network = cnn(dropout={"rate": 0.5, "of": of, "place": place})
    assert network.train()(torch.rand(5, 1, 28, 28)).shape == (5, 10)


def test_hidden_layers_follow_the_convolutions_each_with_its_activation():
    network = cnn(hidden=[20, 15])
    names = [name for name, _ in network.named_children()]
    assert names[1:] == ["flatten", "linear1", "activation1", "linear2", "activation2", "output"]
    assert [network.linear1.out_features, network.linear2.out_features] == [20, 15]
    assert network.output.in_features == 15


@pytest.mark.parametrize(
    ("place", "layers"),
    [
        ("convolutions", {"encoder.dropout1", "encoder.dropout2", "encoder.dropout3"}),
        ("hidden", {"dropout1"}),
        ("everywhere", {f"encoder.dropout{n}" for n in (1, 2, 3)} | {"dropout1"}),
    ],
)
def test_dropout_drops_the_stated_share_where_it_is_placed_and_nowhere_else(place, layers):
    network = cnn(hidden=[2000], dropout={"rate": 0.3, "place": place}).train()
    seen = {}
    for name, layer in network.named_modules():
        if name and not list(layer.children()):
            layer.register_forward_hook(
                lambda _, given, out, name=name: seen.update({name: (given[0], out)})
            )
    torch.manual_seed(0)
    network(torch.rand(20, 1, 28, 28))
    zeroed = {
        name: float((out[given != 0] == 0).float().mean())
        for name, (given, out) in seen.items()
        if given.shape == out.shape and "activation" not in name
    }
    dropped = {name: share for name, share in zeroed.items() if share}
    assert dropped.keys() == layers
    assert list(dropped.values()) == pytest.approx([0.3] * len(layers), abs=0.02)


def test_without_activation_and_pooling_a_network_is_linear():
    network = cnn(activation="none", pooled_levels=[], hidden=[20]).eval()
    first, second = torch.rand(2, 3, 1, 28, 28)
    zero = network(torch.zeros(1, 1, 28, 28))
    both = network(first + second) - zero
    torch.testing.assert_close(both, network(first) + network(second) - 2 * zero)


def test_a_skip_connection_hands_on_what_enters_the_pooling():
    network = fcn(skip=True).eval()
    # Without what comes from below, only the skipped maps are left.
    nn.init.zeros_(network.decoder.up2.conv.weight)
    nn.init.zeros_(network.decoder.up2.conv.bias)
    images = torch.rand(2, 3, 32, 32)
    seen = network.encoder.activation1(network.encoder.block1(images))
    upper = network.decoder.up2.conv.out_channels
    alone = torch.cat([torch.zeros(2, upper, 32, 32), seen], dim=1)
    assert torch.equal(network(images), network.output(alone))


def test_skip_connections_add_weights_only_where_channels_are_concatenated():
    assert parameters(fcn(skip=True)) - parameters(fcn()) == 16 * 8 * 4 + 8


@pytest.mark.parametrize("convolutions", [2, 3])
def test_residual_and_plain_blocks_have_the_same_parameters(convolutions):
    plain, residual = (
        {name: p.shape for name, p in fcn(convolutions=convolutions, residual=r).named_parameters()}
        for r in (False, True)
    )
    assert plain == residual


def test_a_block_has_as_many_convolutions_as_asked_for():
    assert kinds(fcn(convolutions=3)).count("Conv2d") == 3 * 3 + 1


def test_a_residual_block_adds_its_input_before_the_last_activation():
    block_ = cnn(convolutions=2, residual=True).encoder.block1
    images = torch.rand(2, 1, 28, 28)
    plain = nn.Sequential.forward(block_, images)
    assert torch.equal(block_(images)[:, :1], plain[:, :1] + images)


def test_a_residual_block_fills_up_missing_channels_with_zeros():
    block_ = cnn(convolutions=2, residual=True).encoder.block1
    images = torch.rand(2, 1, 28, 28)
    assert torch.equal(block_(images)[:, 1:], nn.Sequential.forward(block_, images)[:, 1:])


@pytest.mark.parametrize("name", FAMILIES)
def test_a_family_that_says_so_can_be_stacked(name):
    model = block("model", name=name)
    networks = [build(model, STAINED, 3).train() for _ in range(2)]
    images = torch.rand(4, *STAINED)
    assert isinstance(family_of(model).STACKABLE, bool)
    if family_of(model).STACKABLE:
        alone = torch.stack([network(images) for network in networks])
        assert torch.allclose(Stack(networks)(images), alone, atol=1e-6)


def test_layers_keep_their_names_when_a_network_is_varied():
    plain = dict(fcn().named_parameters())
    for variation in ({"skip": True}, {"batch_norm": True}, {"convolutions": 2, "residual": True}):
        assert plain.keys() <= dict(fcn(**variation).named_parameters()).keys()
