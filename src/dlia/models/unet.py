"""The U-Net (Ronneberger et al. 2015), with padded convolutions as most of its users have it."""

from collections import OrderedDict
from itertools import pairwise

import torch
from torch import Tensor, nn

from dlia.models import ACTIVATIONS
from dlia.models.encoder import Level, dropout, encoder
from dlia.study.settings import LevelForm, Unet

STACKABLE = True


class UNet(nn.Module):
    """An encoder, and a decoder of as many levels as it pools, then a 1x1 convolution.

    A level of the decoder doubles the sides and halves the channels, concatenates what entered the
    pooling of this size, and ends with convolutions as a level of the encoder does.
    """

    def __init__(self, settings: Unet, depth: int, outputs: int) -> None:
        super().__init__()
        channels = settings.channels
        self.encoder = encoder(settings, depth)
        self.upsampling, self.decoder = nn.ModuleList(), nn.ModuleList()
        for below, filters in pairwise(reversed(channels)):
            self.upsampling.append(_upsampling(below, filters, settings.upsampling))
            layers: OrderedDict[str, nn.Module] = OrderedDict(
                block=Level(2 * filters, LevelForm(filters, 3, 1, pooled=False), settings),
                activation=ACTIVATIONS[settings.activation](),
                **dropout(settings, "convolutions", "dropout"),
            )
            self.decoder.append(nn.Sequential(layers))
        self.dropout = nn.Sequential(OrderedDict(dropout(settings, "output", "output")))
        self.output = nn.Conv2d(channels[0], outputs, kernel_size=1)

    def forward(self, images: Tensor) -> Tensor:
        """Map (N, channels, H, W) to logits (N, outputs, H, W)."""
        features, kept = images, []
        for layer in self.encoder:
            if isinstance(layer, nn.MaxPool2d):
                kept.append(features)
            features = layer(features)
        for upsampling, convolutions in zip(self.upsampling, self.decoder, strict=True):
            features = convolutions(torch.cat([upsampling(features), kept.pop()], dim=1))
        logits: Tensor = self.output(self.dropout(features))
        return logits


def _upsampling(depth: int, filters: int, mode: str) -> nn.Sequential:
    """Build layers that map (N, depth, H, W) to (N, filters, 2H, 2W)."""
    if mode == "transposed":
        layer = nn.ConvTranspose2d(depth, filters, kernel_size=2, stride=2)
        return nn.Sequential(OrderedDict(conv=layer))
    # Others convolve what they have interpolated. Both orders give the same, because the weights of
    # an interpolation add up to 1; this one has a quarter of the pixels to convolve.
    corners = True if mode == "bilinear" else None
    return nn.Sequential(
        OrderedDict(
            conv=nn.Conv2d(depth, filters, kernel_size=1),
            interpolation=nn.Upsample(scale_factor=2, mode=mode, align_corners=corners),
        )
    )


def build(settings: Unet, inputs: tuple[int, int, int], outputs: int) -> nn.Module:
    """Build the network of exercise lungs2_1, and its variations.

    With channels 16-32-64-128, two normalised convolutions a level, grey images and one output it
    has 450,897 parameters. The sides of an image must be multiples of 2 to the power of the levels
    less 1.
    """
    return UNet(settings, inputs[0], outputs)


def pooling_first(network: nn.Module) -> list[nn.Module]:
    """Give nothing: skip connections hand on what enters the pooling."""
    return []
