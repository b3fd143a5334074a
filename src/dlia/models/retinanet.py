"""The RetinaNet of torchvision (Lin et al. 2017) with a ResNet-50, whose weights it loads."""

from functools import partial

import torch
from torch import Tensor, nn
from torchvision.models.detection.backbone_utils import resnet_fpn_backbone
from torchvision.models.detection.retinanet import RetinaNetHead
from torchvision.ops import FrozenBatchNorm2d
from torchvision.ops.feature_pyramid_network import LastLevelP6P7

from dlia.models.anchors import (
    ANCHORS,
    Anchors,
    ScoreLayer,
    head_of,
    with_anchors,
    with_other_output,
)
from dlia.study.settings import Retinanet

STACKABLE = False
SMALLEST_ANCHOR = 32  # its side in pixels; each level doubles it
_CHANNELS, _LEVELS = 256, 5
# Of the photographs that the backbone was trained on.
_MEAN, _SD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
_SCORES = "head.classification_head.cls_logits"


class RetinaNetResNet50(nn.Module):
    """The detector; what it gives says ``anchors``.

    Images come in the size of the study: torchvision's own resizing has no part in it.
    """

    mean: Tensor
    sd: Tensor

    def __init__(self, settings: Retinanet, classes: int) -> None:
        super().__init__()
        self.settings = settings
        weights = settings.weights
        outputs = weights.outputs if weights and settings.other_output else classes
        # torchvision sets this eps for its weights (``overwrite_eps``).
        self.backbone = resnet_fpn_backbone(
            backbone_name="resnet50",
            weights=None,
            norm_layer=partial(FrozenBatchNorm2d, eps=0.0),
            trainable_layers=settings.trainable_stages,
            returned_layers=[2, 3, 4],
            extra_blocks=LastLevelP6P7(_CHANNELS, _CHANNELS),
        )
        self.head = RetinaNetHead(_CHANNELS, ANCHORS, outputs)
        # Of the same name and shape, but begins as it should when all weights are drawn anew.
        self.head.classification_head.cls_logits = ScoreLayer(
            _CHANNELS, ANCHORS * outputs, 3, padding=1
        )
        self.anchors = Anchors(SMALLEST_ANCHOR, _LEVELS)
        for name, values in (("mean", _MEAN), ("sd", _SD)):
            column = torch.tensor(values)[:, None, None]
            self.register_buffer(name, column, persistent=False)

    def forward(self, images: Tensor) -> Tensor:
        """Map (N, 3, H, W), between 0 and 1, to (N, anchors, 8 + classes)."""
        maps = list(self.backbone((images - self.mean) / self.sd).values())
        found = self.head(maps)
        logits = found["cls_logits"]
        named = self.settings.weights.head if self.settings.weights else None
        if self.settings.other_output and named:
            logits = with_other_output(logits, named)
        return with_anchors(self.anchors(images, maps), found["bbox_regression"], logits)

    def features(self, images: Tensor) -> Tensor:
        """Map (N, 3, H, W), between 0 and 1, to the means of the last feature maps, (N, 2048)."""
        *_, last = self.backbone.body((images - self.mean) / self.sd).values()
        means: Tensor = last.mean(dim=(2, 3))
        return means

    def adopt(self, weights: dict[str, Tensor]) -> None:
        """Take over the weights of torchvision's RetinaNet.

        Raises:
            RuntimeError: They are those of another network.
        """
        names = (f"{_SCORES}.weight", f"{_SCORES}.bias")
        own = {name: self.state_dict()[name] for name in names}
        self.load_state_dict({**weights, **head_of(self.settings, weights, own)}, strict=True)


def build(settings: Retinanet, inputs: tuple[int, int, int], outputs: int) -> nn.Module:
    """Build the detector; with 8 classes it has 32,293,164 parameters."""
    return RetinaNetResNet50(settings, outputs)


def pooling_first(network: nn.Module) -> list[nn.Module]:
    """Give nothing: the only pooling is the backbone's first, after its activation."""
    return []
