"""The settings of the SegNet family: a ``model`` block."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from dlia.study.settings_detectors import Retinanet, RetinanetLite0
from dlia.study.settings_networks import (
    ActivationName,
    BatchNorm,
    Channels,
    Cnn,
    Fcn,
    LevelNumbers,
    Mlp,
    Network,
    Unet,
)

Counts = Annotated[list[Annotated[int, Field(ge=1, le=10)]], Field(min_length=1)]


class Segnet(Network):
    """A SegNet: an encoder, and a decoder of the same blocks in reverse that unpools."""

    per_pixel = True
    kinds = frozenset({"convolution", "transposed_convolution"})
    residual: ClassVar[bool] = False

    name: Literal["segnet"] = Field(description="The family of networks.")
    channels: Channels = Field(
        [64, 128, 256, 512, 512],
        description="Output channels of the 3x3 convolutions (stride 1, padding 1) of each block of"
        " the encoder. The decoder has the same blocks in reverse; the last convolution of each "
        "leads to the channels of the next, and that of the last block to the outputs.",
    )
    convolutions: Counts = Field(
        [2, 2, 3, 3, 3],
        description="Number of convolutions of each block, in encoder and decoder. Each but the "
        "last of the network is followed by an activation.",
    )
    pooled_levels: Annotated[LevelNumbers, Field(min_length=1)] = Field(
        [1, 2, 3, 4, 5],
        description="The blocks, from 1, after which the encoder halves the sides, and before which"
        " the decoder doubles them.",
    )
    downsampling: Literal["max_pooling", "strided"] = Field(
        "max_pooling",
        description="How sides are halved: 2x2 max pooling, or a 3x3 convolution with stride 2.",
    )
    upsampling: Literal["unpooling", "transposed"] = Field(
        "unpooling",
        description="How sides are doubled: unpooling, which puts each value where the pooling "
        "found its largest and 0 elsewhere, or a 3x3 transposed convolution with stride 2. "
        "Unpooling needs max pooling.",
    )
    skip: LevelNumbers = Field(
        [],
        description="The blocks whose output before the down-sampling is concatenated to what the "
        "decoder has up-sampled to the same size.",
    )
    softmax: bool = Field(
        False,
        description="Whether the network ends in a softmax. A cross-entropy that applies its own "
        "one then works on probabilities (double softmax).",
    )
    batch_norm: BatchNorm = True
    activation: ActivationName = "relu"


NetworkBlock = Mlp | Cnn | Fcn | Unet | Segnet | Retinanet | RetinanetLite0
AnyNetwork = Annotated[NetworkBlock, Field(discriminator="name")]
