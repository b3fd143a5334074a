"""The segmenter of the assignment: the digit network with transposed convolutions leading back."""

from collections import OrderedDict
from typing import Any

from torch import nn

from dlia.errors import UserError
from dlia.models import ACTIVATIONS


def build(settings: dict[str, Any], inputs: tuple[int, int, int], outputs: int) -> nn.Module:
    """Build the fully convolutional network of exercise 2.1 (R2019, figure 11).

    3x3 convolutions, each but the last followed by 2x2 max pooling; then 2x2 transposed
    convolutions with stride 2 (a filter size that is a multiple of the stride, against
    checkerboards) and a 1x1 convolution. With channels 8-16-32, RGB and one output it has 8,625
    parameters.

    Returns:
        A module that maps (N, channels, H, W) to logits (N, outputs, H, W).

    Raises:
        UserError: The pooling does not divide the image's sides evenly.
    """
    depth, height, width = inputs
    channels = settings["channels"]
    factor = 2 ** (len(channels) - 1)
    if height % factor or width % factor:
        raise UserError(
            f"model.channels: {len(channels)} levels need image sides that are multiples of "
            f"{factor}, not {height}x{width}"
        )
    layers: OrderedDict[str, nn.Module] = OrderedDict()
    for number, filters in enumerate(channels, start=1):
        layers[f"conv{number}"] = nn.Conv2d(depth, filters, kernel_size=3, padding=1)
        layers[f"activation{number}"] = ACTIVATIONS[settings["activation"]]()
        if number < len(channels):
            layers[f"pool{number}"] = nn.MaxPool2d(kernel_size=2)
        depth = filters
    for number, filters in enumerate(reversed(channels[:-1]), start=1):
        layers[f"up{number}"] = nn.ConvTranspose2d(depth, filters, kernel_size=2, stride=2)
        layers[f"up_activation{number}"] = ACTIVATIONS[settings["activation"]]()
        depth = filters
    layers["output"] = nn.Conv2d(depth, outputs, kernel_size=1)
    return nn.Sequential(layers)
