"""The classifier of the assignment: convolutions and pooling, then one fully connected layer."""

from collections import OrderedDict
from typing import Any

from torch import nn

from dlia.models import ACTIVATIONS


def build(settings: dict[str, Any], inputs: tuple[int, int, int], outputs: int) -> nn.Module:
    """Build the network of the assignment sheet, exercise 1.2.

    Each convolution is 3x3 with stride 1 and padding 1, followed by the activation and, but for the
    last, by 2x2 max pooling. With channels 8-16-32 on 28x28x1 it has 21,578 parameters.

    Returns:
        A module that maps (N, channels, H, W) to logits (N, outputs).
    """
    width, height, depth = inputs[2], inputs[1], inputs[0]
    channels = settings["channels"]
    layers: OrderedDict[str, nn.Module] = OrderedDict()
    for number, filters in enumerate(channels, start=1):
        layers[f"conv{number}"] = nn.Conv2d(depth, filters, kernel_size=3, padding=1)
        layers[f"activation{number}"] = ACTIVATIONS[settings["activation"]]()
        if number < len(channels):
            layers[f"pool{number}"] = nn.MaxPool2d(kernel_size=2)
            height, width = height // 2, width // 2
        depth = filters
    layers["flatten"] = nn.Flatten()
    layers["output"] = nn.Linear(depth * height * width, outputs)
    return nn.Sequential(layers)
