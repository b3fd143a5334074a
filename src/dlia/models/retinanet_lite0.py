"""A RetinaNet that a CPU fine-tunes in minutes: EfficientNet-lite0, 64 channels, short heads."""

from collections import OrderedDict

import torch
import torch.nn.functional as F  # noqa: N812 (the name that everybody knows)
from torch import Tensor, nn

from dlia.models.anchors import (
    ANCHORS,
    Anchors,
    ScoreLayer,
    head_of,
    with_anchors,
    with_other_output,
)
from dlia.models.efficientnet_lite0 import TAPS, Backbone
from dlia.study.settings import RetinanetLite0

STACKABLE = False
SMALLEST_ANCHOR = 16  # its side in pixels; each level doubles it
_LEVELS = 4  # strides 8, 16, 32 and 64
_CONVOLUTIONS = 2  # of a head
_GROUPS = 8  # of its normalisation


class Pyramid(nn.Module):
    """A feature pyramid (Lin et al. 2017) from three maps to four of as many channels."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.lateral = nn.ModuleList(nn.Conv2d(depth, channels, 1) for depth in TAPS.values())
        self.output = nn.ModuleList(nn.Conv2d(channels, channels, 3, padding=1) for _ in TAPS)
        self.coarser = nn.Conv2d(channels, channels, 3, stride=2, padding=1)

    def forward(self, maps: list[Tensor]) -> list[Tensor]:
        """Map strides 8, 16 and 32 to strides 8, 16, 32 and 64."""
        own = [lateral(each) for lateral, each in zip(self.lateral, maps, strict=True)]
        for place in (1, 0):
            size = own[place].shape[-2:]
            own[place] = own[place] + F.interpolate(own[place + 1], size=size, mode="nearest")
        found = [output(each) for output, each in zip(self.output, own, strict=True)]
        return [*found, self.coarser(found[-1])]


class Head(nn.Module):
    """Convolutions that all levels share, and a last one with the numbers of every anchor."""

    def __init__(self, channels: int, last: nn.Conv2d) -> None:
        super().__init__()
        layers: OrderedDict[str, nn.Module] = OrderedDict()
        for number in range(_CONVOLUTIONS):
            layers[f"conv{number}"] = nn.Conv2d(channels, channels, 3, padding=1, bias=False)
            layers[f"norm{number}"] = nn.GroupNorm(_GROUPS, channels)
            layers[f"relu{number}"] = nn.ReLU()
        self.tower, self.last = nn.Sequential(layers), last

    def forward(self, maps: list[Tensor]) -> list[Tensor]:
        """Give (N, anchors, numbers) of every level."""
        found = [self.last(self.tower(each)) for each in maps]
        # Anchors vary faster than places, as the generator of anchors has them.
        return [
            each.unflatten(1, (ANCHORS, -1)).permute(0, 3, 4, 1, 2).flatten(1, 3) for each in found
        ]


class RetinaNetLite0(nn.Module):
    """The detector; what it gives says ``anchors``."""

    def __init__(self, settings: RetinanetLite0, classes: int) -> None:
        super().__init__()
        self.settings = settings
        weights, channels = settings.weights, settings.channels
        outputs = weights.outputs if weights and settings.other_output else classes
        self.backbone = Backbone()
        self.pyramid = Pyramid(channels)
        self.scores = Head(channels, ScoreLayer(channels, ANCHORS * outputs, 3, padding=1))
        self.boxes = Head(channels, nn.Conv2d(channels, ANCHORS * 4, 3, padding=1))
        self.anchors = Anchors(SMALLEST_ANCHOR, _LEVELS)
        if settings.frozen_stages:
            frozen = [
                m for stage in self.backbone.stages()[: settings.frozen_stages] for m in stage
            ]
            for module in (self.backbone._conv_stem, *frozen):
                module.requires_grad_(False)

    def forward(self, images: Tensor) -> Tensor:
        """Map (N, 3, H, W), between 0 and 1, to (N, anchors, 8 + classes)."""
        maps = self.pyramid(self.backbone(2 * images - 1))
        logits, offsets = (torch.cat(head(maps), dim=1) for head in (self.scores, self.boxes))
        named = self.settings.weights.head if self.settings.weights else None
        if self.settings.other_output and named:
            logits = with_other_output(logits, named)
        return with_anchors(self.anchors(images, maps), offsets, logits)

    def features(self, images: Tensor) -> Tensor:
        """Map (N, 3, H, W), between 0 and 1, to the means of the last feature maps, (N, 320)."""
        means: Tensor = self.backbone(2 * images - 1)[-1].mean(dim=(2, 3))
        return means

    def adopt(self, weights: dict[str, Tensor]) -> None:
        """Take over pre-trained weights: of the classifier's backbone, or of such a detector.

        Raises:
            RuntimeError: They are those of another network.
        """
        if "_fc.weight" in weights:
            self.backbone.adopt(weights)
            return
        names = ("scores.last.weight", "scores.last.bias")
        own = {name: self.state_dict()[name] for name in names}
        self.load_state_dict({**weights, **head_of(self.settings, weights, own)}, strict=True)


def build(settings: RetinanetLite0, inputs: tuple[int, int, int], outputs: int) -> nn.Module:
    """Build the detector; with 7 classes and 64 channels it has 3,322,323 parameters."""
    return RetinaNetLite0(settings, outputs)


def pooling_first(network: nn.Module) -> list[nn.Module]:
    """Give nothing: there is no pooling."""
    return []
