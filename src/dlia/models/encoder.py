"""What the networks for images have in common: convolutions and pooling, level by level."""

from collections import OrderedDict

import torch.nn.functional as F  # noqa: N812 (the name that everybody knows)
from torch import Tensor, nn

from dlia.models import ACTIVATIONS
from dlia.models.dropout import Dropout, Dropout2d
from dlia.study.settings import Convolutional, LevelForm

DROPOUTS = {"units": Dropout, "channels": Dropout2d}
# Places of dropout that stand for several.
PLACES = {"everywhere": ("convolutions", "hidden")}


class Level(nn.Sequential):
    """Convolutions of one level with activations between them; the last activation stands outside.

    It is left out because it may come after pooling, and because a residual connection is added
    before it (He et al. 2016, figure 2). The connection bridges over the whole block. Where the
    channels grow, zeros fill up what the input lacks (the same paper, section 3.3, option A), so
    that a residual block has exactly the parameters of a plain one.
    """

    def __init__(self, depth: int, level: LevelForm, settings: Convolutional) -> None:
        layers: OrderedDict[str, nn.Module] = OrderedDict()
        filters, size, padding, _ = level
        missing = filters - depth
        for number in range(1, settings.convolutions + 1):
            if number > 1:
                layers[f"activation{number - 1}"] = ACTIVATIONS[settings.activation]()
            layers[f"conv{number}"] = nn.Conv2d(depth, filters, kernel_size=size, padding=padding)
            if settings.batch_norm:
                layers[f"norm{number}"] = nn.BatchNorm2d(filters)
            depth = filters
        super().__init__(layers)
        self.residual, self.missing = settings.residual, missing

    def extra_repr(self) -> str:
        """Say what the block does beside what its layers do."""
        return f"adds its input, {self.missing} channels of zeros" if self.residual else ""

    def forward(self, images: Tensor) -> Tensor:
        """Map (N, depth, H, W) to (N, filters, H, W)."""
        result = super().forward(images)
        if self.residual:
            return result + F.pad(images, (0, 0, 0, 0, 0, self.missing))
        return result


def encoder(settings: Convolutional, depth: int) -> nn.Sequential:
    """Build the levels of a network, with the 2x2 max pooling that follows them.

    Args:
        settings: The levels, convolutions, residual, batch_norm, activation, activation_place,
            dropout.
        depth: Channels of the images.

    Returns:
        Layers named block1, activation1, (dropout1,) pool1, block2, ...
    """
    layers: OrderedDict[str, nn.Module] = OrderedDict()
    for number, level in enumerate(settings.levels(), start=1):
        layers[f"block{number}"] = Level(depth, level, settings)
        activation = {
            f"activation{number}": ACTIVATIONS[settings.activation](),
            **dropout(settings, "convolutions", f"dropout{number}"),
        }
        pooling = {f"pool{number}": nn.MaxPool2d(kernel_size=2)} if level.pooled else {}
        if settings.activation_place == "before_pooling":
            layers.update({**activation, **pooling})
        else:
            layers.update({**pooling, **activation})
        depth = level.filters
    return nn.Sequential(layers)


def dropout(settings: Convolutional, place: str, name: str) -> dict[str, nn.Module]:
    """Give the dropout layer that ``settings`` want at ``place``, under its name, or nothing."""
    wanted = settings.dropout
    if wanted.rate == 0 or place not in PLACES.get(wanted.place, (wanted.place,)):
        return {}
    return {name: DROPOUTS[wanted.of](wanted.rate)}
