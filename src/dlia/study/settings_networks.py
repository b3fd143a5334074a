"""The settings of networks: the ``model`` block, one class per family."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from dlia.study.block import Block, ShareBelowOne

ActivationName = Annotated[
    Literal["relu", "tanh", "sigmoid", "elu"],
    Field(
        description="The activation function of every hidden layer; the output layer has none.",
    ),
]
Place = Annotated[
    Literal["before_pooling", "after_pooling"],
    Field(description="Whether the activation of a level comes before or after its max pooling."),
]
Convolutions = Annotated[
    int,
    Field(
        ge=1,
        le=10,
        description="Number of convolutions per level, each followed by an activation.",
    ),
]
Residual = Annotated[
    bool,
    Field(
        description="Whether each level has a residual connection around its convolutions. It "
        "is added before the level's last activation; missing channels of the input"
        " are filled with zeros.",
    ),
]
BatchNorm = Annotated[
    bool,
    Field(
        description="Whether batch normalisation follows every convolution and transposed "
        "convolution except the output layer, before the activation.",
    ),
]
Units = Annotated[list[Annotated[int, Field(ge=1, le=100_000)]], Field(min_length=1)]
Channels = Annotated[list[Annotated[int, Field(ge=1, le=4096)]], Field(min_length=1)]


class DropoutBlock(Block):
    """Dropout: a random share of a layer's values is set to 0 during training."""

    rate: ShareBelowOne = Field(0, description="The probability that a value is set to 0.")
    of: Literal["units", "channels"] = Field(
        "units",
        description="Whether single values (units) or whole feature maps (channels) are set to 0.",
    )
    place: Literal["convolutions", "output"] = Field(
        "convolutions",
        description="Where dropout is applied: after the activation of every level of "
        "convolutions, or once before the output layer.",
    )


class Network(Block):
    """A family of networks.

    Attributes:
        per_pixel: Whether the network predicts a class for every pixel (true) or for the whole
            image (false).
        kinds: The kinds of layers that it contains, named as in ``initialization.layers``.
    """

    per_pixel: ClassVar[bool]
    kinds: ClassVar[frozenset[str]]


class Mlp(Network):
    """A fully connected network."""

    per_pixel = False
    kinds = frozenset({"linear"})

    name: Literal["mlp"] = Field(description="The family of networks.")
    hidden: Units = Field(
        [100],
        description="Number of units of each hidden layer, from the input to the output.",
    )
    activation: ActivationName = "relu"


class Cnn(Network):
    """A convolutional classifier: levels of convolutions with max pooling, then one dense layer."""

    per_pixel = False
    kinds = frozenset({"convolution", "linear"})

    name: Literal["cnn"] = Field(description="The family of networks.")
    channels: Channels = Field(
        [8, 16, 32],
        description="Output channels of the 3x3 convolutions (stride 1, padding 1) of each "
        "level. 2x2 max pooling follows each level except the last, one fully "
        "connected layer the last.",
    )
    convolutions: Convolutions = 1
    residual: Residual = False
    batch_norm: BatchNorm = False
    activation: ActivationName = "relu"
    activation_place: Place = "before_pooling"
    dropout: DropoutBlock = DropoutBlock()


class Fcn(Network):
    """A fully convolutional network: an encoder, and transposed convolutions as its decoder."""

    per_pixel = True
    kinds = frozenset({"convolution", "transposed_convolution"})

    name: Literal["fcn"] = Field(description="The family of networks.")
    channels: Channels = Field(
        [8, 16, 32],
        description="Output channels of the 3x3 convolutions (stride 1, padding 1) of each "
        "encoder level. 2x2 max pooling follows each level except the last. The "
        "decoder has transposed convolutions (stride 2) with the same channels "
        "in reverse, then a 1x1 convolution.",
    )
    convolutions: Convolutions = 1
    residual: Residual = False
    skip: bool = Field(
        False,
        description="Whether the network has skip connections: the input of each max pooling is"
        " concatenated to the decoder's feature maps of the same size (as in "
        "U-Net).",
    )
    upsampling_filter: int = Field(
        2,
        ge=2,
        le=4,
        description="Filter size of the transposed convolutions (stride 2). 3 is no multiple of "
        "the stride, which leaves a checkerboard.",
    )
    batch_norm: BatchNorm = False
    activation: ActivationName = "relu"
    activation_place: Place = "before_pooling"
    dropout: DropoutBlock = DropoutBlock()


Convolutional = Cnn | Fcn
AnyNetwork = Annotated[Mlp | Cnn | Fcn, Field(discriminator="name")]
