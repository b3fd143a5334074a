"""The fully connected network written out in NumPy: forward, backward, gradient descent.

What the sheet's Assignment 2 asks for, and exercise 1.1 compares PyTorch with. Nothing here is
differentiated automatically; the formulas are those of Goodfellow et al. 2016, algorithms 6.3 and
6.4, for softmax with cross-entropy.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from dlia.study.settings import Mlp, Settings
from dlia.training import loop
from dlia.training.record_types import LearnerFacts, LearnerState

Floats = np.ndarray[tuple[int, ...], np.dtype[np.float32]]
DenseLayer = tuple[Floats, Floats]  # weights (outputs, inputs), biases (outputs,)


@dataclass(frozen=True)
class Activation:
    """A function, and its derivative in terms of its own value (which forward has at hand)."""

    value: Callable[[Floats], Floats]
    slope: Callable[[Floats], Floats]


def _sigmoid(z: Floats) -> Floats:
    # tanh does not overflow where exp(-z) does.
    return 0.5 * (1 + np.tanh(0.5 * z))


ACTIVATIONS_BY_HAND = {
    "relu": Activation(lambda z: np.maximum(z, 0), lambda a: (a > 0).astype(a.dtype)),
    "tanh": Activation(np.tanh, lambda a: 1 - a * a),
    "sigmoid": Activation(_sigmoid, lambda a: a * (1 - a)),
    "elu": Activation(
        lambda z: np.where(z > 0, z, np.expm1(np.minimum(z, 0))),
        lambda a: np.where(a > 0, 1, a + 1).astype(a.dtype),
    ),
    "none": Activation(lambda z: z, np.ones_like),
}


def forward(images: Floats, layers: list[DenseLayer], activation: Activation) -> list[Floats]:
    """Give the values of every layer, the images (N, inputs) first and the logits last."""
    values = [images]
    for number, (weights, biases) in enumerate(layers, start=1):
        z = values[-1] @ weights.T + biases
        values.append(activation.value(z) if number < len(layers) else z)
    return values


def cross_entropy(logits: Floats, labels: Floats) -> tuple[float, Floats]:
    """Give the mean cross-entropy of softmax(logits), and its gradient (N, classes)."""
    rows = np.arange(len(labels))
    shifted = logits - logits.max(axis=1, keepdims=True)
    exponentials = np.exp(shifted)
    sums = exponentials.sum(axis=1, keepdims=True)
    loss = float((np.log(sums[:, 0]) - shifted[rows, labels]).mean())
    gradient = exponentials / sums
    gradient[rows, labels] -= 1
    return loss, gradient / len(labels)


def backward(
    values: list[Floats], gradient: Floats, layers: list[DenseLayer], activation: Activation
) -> list[DenseLayer]:
    """Give the gradient of every layer's weights and biases.

    Args:
        values: What ``forward`` gave.
        gradient: Of the loss with respect to the logits, (N, classes).
        layers: What ``forward`` was given.
        activation: What ``forward`` was given.
    """
    gradients: list[DenseLayer] = []
    for number in reversed(range(len(layers))):
        gradients.insert(0, (gradient.T @ values[number], gradient.sum(axis=0)))
        if number > 0:
            gradient = (gradient @ layers[number][0]) * activation.slope(values[number])
    return gradients


class Learner(loop.Learner):
    """A fully connected network that learns by the functions above.

    Its arrays are those of the PyTorch network, seen through NumPy: that one has only to start
    with, to be measured and to be stored.

    Args:
        network: A dlia.models.mlp on the CPU, with its initial weights.
        settings: Every hyperparameter of the training.
        steps: Batches of an epoch; not needed, the learning rate is constant.
    """

    def __init__(self, network: nn.Module, settings: Settings, steps: int) -> None:
        self.network = network
        self.rate = settings.optimizer.learning_rate
        assert isinstance(settings.model, Mlp)
        self.activation = ACTIVATIONS_BY_HAND[settings.model.activation]
        self.layers: list[DenseLayer] = [
            (layer.weight.detach().numpy(), layer.bias.detach().numpy())
            for layer in network.modules()
            if isinstance(layer, nn.Linear)
        ]

    def step(self, images: Tensor, targets: Tensor) -> Tensor:
        """Follow the gradient of one batch; give the loss before the update."""
        flat = images.flatten(1).numpy()
        values = forward(flat, self.layers, self.activation)
        loss, gradient = cross_entropy(values[-1], targets.numpy())
        gradients = backward(values, gradient, self.layers, self.activation)
        for layer, slopes in zip(self.layers, gradients, strict=True):
            for array, slope in zip(layer, slopes, strict=True):
                array -= self.rate * slope
        return torch.tensor(loss)

    def described(self) -> LearnerFacts:
        """Say what updates the weights."""
        return {
            "loss": {"function": "cross_entropy", "calls": [], "arguments": {}},
            "optimizer": {
                "class": "gradient descent in NumPy",
                "arguments": {"lr": {"value": self.rate, "default": False}},
                "groups": [
                    {
                        "tensors": 2 * len(self.layers),
                        "numbers": sum(w.size + b.size for w, b in self.layers),
                    }
                ],
            },
            "schedule": {"class": "none", "state": {}},
            "averaging": {"steps": 0, "name": "none"},
            "gradient_norms_of": [],
        }

    def state_dict(self) -> LearnerState:
        """Give all that a training needs to go on from between two batches."""
        return {"network": self.network.state_dict()}

    def load_state_dict(self, state: LearnerState) -> None:
        """Take up what ``state_dict`` gave; values are copied in, so that the arrays see them."""
        self.network.load_state_dict(state["network"])
