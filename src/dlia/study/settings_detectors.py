"""The settings of detectors, their loss and their predictions: networks that give boxes."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from dlia.study.block import Block, NotNegative, OpenShare, Positive, Share, Text
from dlia.study.settings_networks import Network

ALL_STAGES = 5  # of a ResNet
NO_OUTPUT = -1  # of a class that a head of pre-trained weights does not name


class WeightsFile(Block):
    """A file of pre-trained weights, an input like the archive."""

    file: Annotated[str, Field(pattern=r"^[A-Za-z0-9_.-]+\.(pth|pt)$")] = Field(
        description="The file's name in data_dir, as torch.save wrote it.",
    )
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{8,64}$")] = Field(
        description="The SHA-256 of the file, or how it begins: eight digits or more, such as "
        "those in the names of PyTorch's own files.",
    )
    origin: Text = Field(
        description="Where the file comes from, and its licence; a message about a missing file "
        "says so.",
    )
    head: Annotated[list[Annotated[int, Field(ge=NO_OUTPUT)]], Field(min_length=1)] | None = Field(
        None,
        description="For each class, in the order of data.classes, the output of the weights' head "
        "that names it, or -1 if none does. Without it, the scores of the classes begin anew.",
    )
    outputs: int = Field(
        91,
        ge=1,
        le=10_000,
        description="Outputs of the weights' head for an anchor.",
    )


_PreTrained = Annotated[
    WeightsFile | None,
    Field(description="Pre-trained weights that a training starts from; random ones without it."),
]
_OtherOutput = Annotated[
    bool,
    Field(
        description="Whether the network has one more output: the highest of those of the "
        "weights' head that name none of the classes. For networks that are not trained.",
    ),
]


class Detector(Network):
    """A family of networks that give boxes."""

    per_pixel = False
    boxed = True
    kinds = frozenset({"convolution"})
    # The least side of an image, in pixels: two of the smallest anchors.
    least_side: ClassVar[int]

    name: str
    weights: _PreTrained = None
    other_output: _OtherOutput = False

    @property
    def is_partly_frozen(self) -> bool:
        """Whether stages of the backbone are not trained."""
        raise NotImplementedError


class Retinanet(Detector):
    """A RetinaNet with a ResNet-50 and feature pyramid, as in torchvision (COCO_V1)."""

    least_side = 64

    name: Literal["retinanet"] = Field(description="The family of networks.")
    trainable_stages: int = Field(
        3,
        ge=0,
        le=ALL_STAGES,
        description="Stages of the backbone that are trained, counted from its last; batch "
        "normalisation is frozen in all.",
    )

    @property
    def is_partly_frozen(self) -> bool:
        """Whether stages of the backbone are not trained."""
        return self.trainable_stages < ALL_STAGES


class RetinanetLite0(Detector):
    """A RetinaNet with an EfficientNet-lite0, for CPUs: 64 channels, heads of two convolutions."""

    least_side = 32

    name: Literal["retinanet_lite0"] = Field(description="The family of networks.")
    channels: int = Field(
        64,
        ge=8,
        le=1024,
        multiple_of=8,
        description="Channels of the feature pyramid and of the heads.",
    )
    frozen_stages: int = Field(
        2,
        ge=0,
        le=7,
        description="Stages of the backbone, from the first, that are not trained; with one or "
        "more, the convolution before them is not trained either. Batch normalisation is folded "
        "into the convolutions.",
    )

    @property
    def is_partly_frozen(self) -> bool:
        """Whether stages of the backbone are not trained."""
        return self.frozen_stages > 0


class FocalAndSmoothL1(Block):
    """Focal loss of the classes and smooth L1 loss of the boxes (Lin et al. 2017)."""

    name: Literal["focal_and_smooth_l1"] = Field(
        description="focal_and_smooth_l1, the loss of detectors: each anchor is matched with a box "
        "or with none.",
    )
    alpha: Share = Field(0.25, description="Weight of anchors with an object; 1 - alpha of others.")
    gamma: NotNegative = Field(2, description="How much less easy anchors count.")
    beta: NotNegative = Field(
        0,
        description="Below this distance, the loss of a box is quadratic; 0 for the L1 loss.",
    )
    object_above: OpenShare = Field(
        0.5, description="IoU with a box from which on an anchor has an object."
    )
    none_below: OpenShare = Field(
        0.4, description="IoU below which an anchor has none; in between it does not count."
    )
    box_weight: Positive = Field(1, description="The weight of the loss of the boxes in the sum.")


class BoxPrediction(Block):
    """Which of a detector's boxes are predicted."""

    score_above: Share = Field(0.05, description="The lowest score of a predicted box.")
    overlap_below: OpenShare = Field(
        0.5,
        description="Of two boxes of one class whose IoU is above this, the one with the lower "
        "score is left out.",
    )
    most: int = Field(100, ge=1, le=1000, description="The most boxes of an image.")
