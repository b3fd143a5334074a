"""The fully connected classifier of the assignment."""

import math
from collections import OrderedDict

from torch import nn

from dlia.models import ACTIVATIONS
from dlia.study.settings import Mlp

STACKABLE = True


def build(settings: Mlp, inputs: tuple[int, int, int], outputs: int) -> nn.Module:
    """Build the network of exercise 1.1 (R2019, section 1.1).

    With one hidden layer of 100 units on 28x28x1 it has 79,510 parameters.

    Returns:
        A module that maps (N, channels, H, W) to logits (N, outputs).
    """
    layers: OrderedDict[str, nn.Module] = OrderedDict(flatten=nn.Flatten())
    width = math.prod(inputs)
    for number, units in enumerate(settings.hidden, start=1):
        layers[f"linear{number}"] = nn.Linear(width, units)
        layers[f"activation{number}"] = ACTIVATIONS[settings.activation]()
        width = units
    layers["output"] = nn.Linear(width, outputs)
    return nn.Sequential(layers)


def pooling_first(network: nn.Module) -> list[nn.Module]:
    """Give nothing: nothing is pooled."""
    return []
