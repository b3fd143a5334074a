"""The network written out in NumPy, against PyTorch's autograd."""

import numpy as np
import pytest
import torch
import torch.nn.functional as F  # noqa: N812
from trainings import block, network_of, part, run, settings_of, values

from dlia.models import ACTIVATIONS, build
from dlia.study.check_settings import BY_HAND_ACTIVATIONS
from dlia.training import learner as autograd
from dlia.training import numpy_learner as by_hand

RANDOM = np.random.default_rng(3)


def network(activation, hidden=(20, 15)):
    torch.manual_seed(2)
    model = block("model", name="mlp", hidden=list(hidden), activation=activation)
    return build(model, (1, 5, 6), 4).double()


def layers_of(network):
    return by_hand.Learner(
        network,
        {"optimizer": {"learning_rate": 0.1}, "model": {"activation": "relu"}},
        steps=1,
    ).layers


def batch(n=7):
    images = torch.from_numpy(RANDOM.normal(size=(n, 1, 5, 6)))
    return images, torch.from_numpy(RANDOM.integers(0, 4, n))


def test_the_settings_know_which_activations_are_written_out():
    assert tuple(by_hand.ACTIVATIONS_BY_HAND) == BY_HAND_ACTIVATIONS
    assert by_hand.ACTIVATIONS_BY_HAND.keys() <= ACTIVATIONS.keys()


@pytest.mark.parametrize("activation", by_hand.ACTIVATIONS_BY_HAND)
@pytest.mark.parametrize("hidden", [(20,), (20, 15)])
def test_gradients_are_those_of_autograd(activation, hidden):
    twin = network(activation, hidden)
    images, labels = batch()
    loss = F.cross_entropy(twin(images), labels)
    loss.backward()
    layers, rule = layers_of(twin), by_hand.ACTIVATIONS_BY_HAND[activation]
    forward = by_hand.forward(images.flatten(1).numpy(), layers, rule)
    value, slope = by_hand.cross_entropy(forward[-1], labels.numpy())
    found = [array for layer in by_hand.backward(forward, slope, layers, rule) for array in layer]
    expected = [parameter.grad.numpy() for parameter in twin.parameters()]
    assert value == pytest.approx(loss.item(), abs=1e-12)
    for ours, theirs in zip(found, expected, strict=True):
        np.testing.assert_allclose(ours, theirs, atol=1e-6, rtol=0)


@pytest.mark.parametrize("activation", by_hand.ACTIVATIONS_BY_HAND)
def test_forward_gives_the_logits_of_pytorch(activation):
    twin = network(activation)
    images, _ = batch()
    found = by_hand.forward(
        images.flatten(1).numpy(), layers_of(twin), by_hand.ACTIVATIONS_BY_HAND[activation]
    )
    np.testing.assert_allclose(found[-1], twin(images).detach().numpy(), atol=1e-12)


def test_large_logits_give_finite_numbers():
    loss, slope = by_hand.cross_entropy(np.array([[1e4, -1e4]]), np.array([1]))
    assert loss == pytest.approx(2e4)
    assert np.isfinite(slope).all()


def test_a_step_is_a_step_of_gradient_descent():
    settings = settings_of("ex1_1/numpy_2019")
    ours, theirs = network_of(settings), network_of(settings)
    digits = part("classification")
    rows = torch.arange(8)
    for learner, net in ((by_hand, ours), (autograd, theirs)):
        learner.Learner(net, settings, 1).step(digits.inputs(rows), digits.targets[rows])
    for name, weight in ours.state_dict().items():
        assert torch.allclose(weight, theirs.state_dict()[name], atol=1e-6)


def test_the_same_seeds_lead_both_implementations_the_same_way(tmp_path):
    ours, _ = run("ex1_1/numpy_2019", tmp_path / "a")
    theirs, _ = run("ex1_1/numpy_2019", tmp_path / "b", gradients="autograd")
    found, expected = (values(r, "validation", "loss") for r in (ours, theirs))
    assert list(found.values()) == pytest.approx(list(expected.values()), rel=1e-4)
