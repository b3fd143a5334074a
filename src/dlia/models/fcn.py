"""The segmenter of the assignment: the digit network with transposed convolutions leading back."""

from collections import OrderedDict

import torch
from torch import Tensor, nn

from dlia.errors import UserError
from dlia.models import ACTIVATIONS
from dlia.models.encoder import dropout, encoder
from dlia.study.settings import Fcn

STACKABLE = True


class FullyConvolutional(nn.Module):
    """An encoder, as many transposed convolutions with stride 2 as it pools, a 1x1 convolution.

    Their filter size is 2 unless ``upsampling_filter`` says otherwise: a multiple of the stride,
    against checkerboards (the sheet, section 2.1).
    With skip connections, what enters a pooling is concatenated to what comes back to its size
    (Ronneberger et al. 2015).
    """

    def __init__(self, settings: Fcn, depth: int, outputs: int) -> None:
        super().__init__()
        channels = settings.channels
        self.skip = settings.skip
        self.encoder = encoder(settings, depth)
        self.decoder = nn.Sequential()
        depth = channels[-1]
        for number, filters in enumerate(reversed(channels[:-1]), start=1):
            self.decoder.add_module(f"up{number}", _upsampling(depth, filters, settings))
            depth = 2 * filters if self.skip else filters
        self.dropout = nn.Sequential(OrderedDict(dropout(settings, "output", "output")))
        self.output = nn.Conv2d(depth, outputs, kernel_size=1)

    def forward(self, images: Tensor) -> Tensor:
        """Map (N, channels, H, W) to logits (N, outputs, H, W)."""
        features, kept = images, []
        for layer in self.encoder:
            if isinstance(layer, nn.MaxPool2d):
                kept.append(features)
            features = layer(features)
        for upsampling in self.decoder:
            features = upsampling(features)
            if self.skip:
                features = torch.cat([features, kept.pop()], dim=1)
        logits: Tensor = self.output(self.dropout(features))
        return logits


def _upsampling(depth: int, filters: int, settings: Fcn) -> nn.Sequential:
    layers: OrderedDict[str, nn.Module] = OrderedDict()
    size = settings.upsampling_filter
    # Padding such that the sides double: (size - 2) in total, the odd one at the end.
    padding = (size - 1) // 2
    layers["conv"] = nn.ConvTranspose2d(
        depth,
        filters,
        kernel_size=size,
        stride=2,
        padding=padding,
        output_padding=2 * padding - (size - 2),
    )
    if settings.batch_norm:
        layers["norm"] = nn.BatchNorm2d(filters)
    layers["activation"] = ACTIVATIONS[settings.activation]()
    return nn.Sequential(layers)


def build(settings: Fcn, inputs: tuple[int, int, int], outputs: int) -> nn.Module:
    """Build the fully convolutional network of exercise 2.1 (R2019, figure 11), and its variations.

    With channels 8-16-32, RGB and one output it has 8,625 parameters.

    Raises:
        UserError: The pooling does not divide the image's sides evenly.
    """
    depth, height, width = inputs
    levels = len(settings.channels)
    factor = 2 ** (levels - 1)
    if height % factor or width % factor:
        raise UserError(
            f"model.channels: {levels} levels need image sides that are multiples of "
            f"{factor}, not {height}x{width}"
        )
    return FullyConvolutional(settings, depth, outputs)


def pooling_first(network: FullyConvolutional) -> list[nn.Module]:
    """Give the encoder, unless skip connections hand on what enters its pooling."""
    return [] if network.skip else [network.encoder]
