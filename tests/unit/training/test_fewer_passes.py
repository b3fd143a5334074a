"""What the engine does to a network so that it takes less time changes none of its numbers."""

import copy
from itertools import product

import pytest
import torch
import torch.nn.functional as F  # noqa: N812
from torch import nn
from trainings import FAMILIES, block

from dlia.models import ACTIVATIONS, build, family_of
from dlia.models.encoder import DROPOUTS
from dlia.training.fewer_passes import in_fewer_passes
from dlia.training.losses import build_loss

MODELS = {
    "cnn": block("model", name="cnn"),
    "cnn of two convolutions": block("model", name="cnn", convolutions=2, residual=True),
    "cnn with normalisation": block("model", name="cnn", batch_norm=True),
    "cnn with tanh": block("model", name="cnn", activation="tanh"),
    "cnn with sigmoid": block("model", name="cnn", activation="sigmoid"),
    "cnn with elu": block("model", name="cnn", activation="elu"),
    "fcn": block("model", name="fcn"),
    "fcn with skip connections": block("model", name="fcn", skip=True),
    "fcn with dropout": block(
        "model", name="fcn", dropout={"rate": 0.2, "place": "convolutions", "of": "units"}
    ),
    "unet": block("model", name="unet", channels=[4, 8, 8], batch_norm=True),
    "cnn with pooling first": block("model", name="cnn", activation_place="after_pooling"),
    "mlp": block("model", name="mlp"),
}


def of_rows(logits, targets):
    """Give the cross-entropy as one writes it down, pixels being rows."""
    return F.cross_entropy(logits.movedim(1, -1).flatten(0, -2), targets.flatten())


OURS = build_loss(block("loss", name="cross_entropy"))


def learnt(network, steps=5, size=8, loss=OURS):
    """Give the weights after a few steps of SGD on noise, in batches of ``size``."""
    torch.manual_seed(1)  # for dropout
    generator = torch.Generator().manual_seed(0)
    optimizer = torch.optim.SGD(network.parameters(), lr=0.1)
    for _ in range(steps):
        images = torch.randn(size, 1, 28, 28, generator=generator)
        images = images.to(memory_format=torch.channels_last)
        logits = network(images)
        targets = torch.randint(0, 2, (size, *logits.shape[2:]), generator=generator)
        optimizer.zero_grad()
        loss(logits, targets).backward()
        optimizer.step()
    return network.state_dict()


def fresh(model):
    torch.manual_seed(0)
    return build(model, (1, 28, 28), 2).to(memory_format=torch.channels_last)


PLACES = ["convolutions", "output"]
# All values of every option of a family's settings but for the number of channels and units.
LEVELS = {
    "activation_place": ["before_pooling", "after_pooling"],
    "convolutions": [1, 2],
    "residual": [False, True],
    "batch_norm": [False, True],
    "dropout": [
        {"rate": 0},
        *({"rate": 0.3, "of": of, "place": at} for of, at in product(DROPOUTS, PLACES)),
    ],
}
OPTIONS = {
    "cnn": LEVELS,
    "fcn": {**LEVELS, "skip": [False, True], "upsampling_filter": [2, 3]},
    "unet": {
        **{key: LEVELS[key] for key in ("convolutions", "batch_norm", "dropout")},
        "upsampling": ["bilinear", "nearest", "transposed"],
    },
    "segnet": {
        "batch_norm": [False, True],
        "convolutions": [[1, 2]],
        "pooled_levels": [[1], [1, 2]],
        "downsampling": ["max_pooling"],  # strides need another up-sampling
        "upsampling": ["unpooling", "transposed"],
        "skip": [[], [1]],
        "softmax": [False, True],
    },
    "mlp": {},
}
SIZES = {"channels", "hidden"}
# What does not suit images of 28 x 28 pixels by default.
SMALLER = {"unet": {"channels": [4, 8, 8]}, "segnet": {"channels": [4, 8]}}


def combinations(family, activation):
    """Walk all settings of a family with an activation."""
    sizes = SMALLER.get(family, {})
    for values in product(*OPTIONS[family].values()):
        options = {**sizes, **dict(zip(OPTIONS[family], values, strict=True))}
        yield block("model", name=family, activation=activation, **options)


def computed(network, loss):
    """Give what a network says of noise, its loss, and the gradients of all its weights."""
    torch.manual_seed(1)  # for dropout
    generator = torch.Generator().manual_seed(0)
    images = torch.randn(5, 1, 28, 28, generator=generator)
    logits = network(images.to(memory_format=torch.channels_last))
    targets = torch.randint(0, 2, (5, *logits.shape[2:]), generator=generator)
    value = loss(logits, targets)
    value.backward()
    gradients = {name: weight.grad for name, weight in network.named_parameters()}
    return {"outputs": logits, "loss": value, **gradients}


def quick(network, model):
    """Compute as the loop does: in the order that the network's family allows."""
    return in_fewer_passes(network, family_of(model).pooling_first(network))


def order(network):
    return [name for name, _ in network.named_modules()]


@pytest.mark.parametrize("size", [4, 33])
@pytest.mark.parametrize("name", MODELS)
def test_the_weights_are_the_same_to_the_last_bit(name, size):
    usual, changed = fresh(MODELS[name]), fresh(MODELS[name])
    with quick(changed, MODELS[name]):
        learnt(changed, size=size)
    learnt(usual, size=size, loss=of_rows)
    for key, value in usual.state_dict().items():
        assert torch.equal(value, changed.state_dict()[key]), key


@pytest.mark.parametrize("family", FAMILIES)
def test_every_option_of_a_family_is_among_those_that_are_compared(family):
    options = block("model", name=family).plain().keys() - SIZES - {"name", "activation"}
    assert options == OPTIONS[family].keys()


@pytest.mark.slow
@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("family", FAMILIES)
def test_outputs_and_gradients_are_the_same_to_the_last_bit_whatever_the_options(
    family, activation
):
    for model in combinations(family, activation):
        usual, changed = fresh(model), fresh(model)
        expected = computed(usual, of_rows)
        with quick(changed, model):
            found = computed(changed, OURS)
        differing = [n for n, value in expected.items() if not torch.equal(value, found[n])]
        assert (model, differing) == (model, [])


@pytest.mark.parametrize("name", MODELS)
def test_the_network_is_as_before_when_the_training_ends(name):
    network = fresh(MODELS[name])
    before = copy.deepcopy(network)
    with quick(network, MODELS[name]):
        learnt(network, steps=1)
    assert str(network) == str(before)
    assert order(network) == order(before)
    assert not any(layer._forward_pre_hooks for layer in network.modules())


def test_relu_comes_after_the_pooling_meanwhile():
    network = fresh(MODELS["cnn"])
    with quick(network, MODELS["cnn"]):
        layers = order(network.encoder)
    assert layers.index("activation1") == layers.index("pool1") + 1


@pytest.mark.parametrize("name", ["cnn with elu", "fcn with skip connections"])
def test_what_would_change_numbers_stays_where_it_is(name):
    network = fresh(MODELS[name])
    with quick(network, MODELS[name]):
        layers = order(network.encoder)
    assert layers.index("activation1") < layers.index("pool1")


@pytest.mark.parametrize(("name", "layer"), [("cnn", "encoder.activation3"), ("fcn", "output")])
def test_gradients_come_back_in_the_layout_of_images(name, layer):
    network = fresh(MODELS[name])
    seen = []

    def note(_layer, _inputs, result):
        result.grad_fn.register_prehook(lambda gradients: seen.append(gradients[0]))

    network.get_submodule(layer).register_forward_hook(note)
    with quick(network, MODELS[name]):
        learnt(network, steps=1)
    assert seen[0].is_contiguous(memory_format=torch.channels_last)


def test_dropout_between_them_keeps_relu_before_pooling():
    settings = {"rate": 0.5, "place": "convolutions", "of": "units"}
    model = block("model", name="cnn", dropout=settings)
    network = fresh(model)
    with quick(network, model):
        assert isinstance(list(network.encoder)[1], nn.ReLU)
