"""SegNet (Badrinarayanan et al. 2017): what the encoder pools, the decoder unpools in its place."""

from collections import OrderedDict

import torch
import torch.nn.functional as F  # noqa: N812 (the name that everybody knows)
from torch import Tensor, nn

from dlia.models import ACTIVATIONS
from dlia.study.settings import Segnet

STACKABLE = False  # the places of the largest values were not tried with vmap


class Unpooling(nn.Module):
    """The inverse of 2x2 max pooling: each value in the place of its largest, and 0 elsewhere.

    ``nn.MaxUnpool2d`` has no deterministic form. Nearest up-sampling times the one-hot mask of the
    places has the same values and gradients.
    """

    def forward(self, values: Tensor, places: Tensor) -> Tensor:
        """Map (N, C, H, W) to (N, C, 2H, 2W).

        Args:
            values: What is put in its places.
            places: As max pooling returns them: numbers of pixels, row by row, (N, C, H, W).
        """
        height, width = 2 * values.shape[-2], 2 * values.shape[-1]
        own = torch.arange(height * width, device=values.device).view(height, width)
        spread = places.repeat_interleave(2, -2).repeat_interleave(2, -1)
        return F.interpolate(values, scale_factor=2, mode="nearest") * (spread == own)


class SegNet(nn.Module):
    """Blocks of convolutions down to the smallest sides, and the same blocks back up.

    Args:
        settings: The ``model`` block.
        depth: Channels of the images.
        outputs: Numbers that the network gives for a pixel.
    """

    def __init__(self, settings: Segnet, depth: int, outputs: int) -> None:
        super().__init__()
        channels = settings.channels
        pooled = sorted(settings.pooled_levels)
        self.encoder, self.decoder = nn.ModuleDict(), nn.ModuleDict()
        self.down, self.up = nn.ModuleDict(), nn.ModuleDict()
        self.skip = {f"block{number}" for number in settings.skip}
        for number, filters in enumerate(channels, start=1):
            name, count = f"block{number}", settings.convolutions[number - 1]
            self.encoder[name] = _block([depth, *[filters] * count], settings)
            if number in pooled:
                self.down[name] = _down(filters, settings)
                self.up[name] = _up(filters, settings)
            # A block of the decoder leads to the channels of the one before it.
            entering = 2 * filters if name in self.skip else filters
            leaving = channels[number - 2] if number > 1 else outputs
            sizes = [entering, *[filters] * (count - 1), leaving]
            self.decoder[name] = _block(sizes, settings, bare=number == 1)
            depth = filters
        self.softmax = nn.Sequential(*([nn.Softmax(dim=1)] if settings.softmax else []))

    def forward(self, images: Tensor) -> Tensor:
        """Map (N, channels, H, W) to logits (N, outputs, H, W), or probabilities after softmax."""
        features, entered, places = images, {}, {}
        for name, block in self.encoder.items():
            features = block(features)
            if name not in self.down:
                continue
            if name in self.skip:
                entered[name] = features
            features = self.down[name](features)
            if isinstance(features, tuple):
                features, places[name] = features
        for name, block in reversed(list(self.decoder.items())):
            if name in self.up:
                found = [places[name]] if name in places else []
                features = self.up[name](features, *found)
            if name in self.skip:
                features = torch.cat([features, entered[name]], dim=1)
            features = block(features)
        logits: Tensor = self.softmax(features)
        return logits


def _block(sizes: list[int], settings: Segnet, bare: bool = False) -> nn.Sequential:
    """Build convolutions from each of ``sizes`` to the next; the last is ``bare`` of a network."""
    layers: OrderedDict[str, nn.Module] = OrderedDict()
    for number in range(1, len(sizes)):
        layers[f"conv{number}"] = nn.Conv2d(sizes[number - 1], sizes[number], 3, padding=1)
        if bare and number == len(sizes) - 1:
            break
        if settings.batch_norm:
            layers[f"norm{number}"] = nn.BatchNorm2d(sizes[number])
        layers[f"activation{number}"] = ACTIVATIONS[settings.activation]()
    return nn.Sequential(layers)


def _down(filters: int, settings: Segnet) -> nn.Module:
    if settings.downsampling == "strided":
        return nn.Conv2d(filters, filters, kernel_size=3, stride=2, padding=1)
    return nn.MaxPool2d(kernel_size=2, return_indices=settings.upsampling == "unpooling")


def _up(filters: int, settings: Segnet) -> nn.Module:
    if settings.upsampling == "unpooling":
        return Unpooling()
    return nn.ConvTranspose2d(
        filters, filters, kernel_size=3, stride=2, padding=1, output_padding=1
    )


def build(settings: Segnet, inputs: tuple[int, int, int], outputs: int) -> nn.Module:
    """Build the network of exercise brain2_2 (RCSE 2.2.2), and its variations.

    With all defaults, grey images and three outputs it has 29,443,587 parameters, as the code that
    RCSE names (meetps/pytorch-semseg) but for the normalisation of the last convolution. The sides
    of an image must be multiples of 2 to the power of the down-samplings.
    """
    return SegNet(settings, inputs[0], outputs)


def pooling_first(network: nn.Module) -> list[nn.Module]:
    """Give nothing: of several values that are 0 after ReLU, the first is the largest."""
    return []
