"""The settings of networks: the ``model`` block, one class per family."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from dlia.study.block import Block, ShareBelowOne

ActivationName = Annotated[
    Literal["relu", "tanh", "sigmoid", "elu"],
    Field(
        description="The activation function after every hidden layer; the output layer has none."
    ),
]
Place = Annotated[
    Literal["before_pooling", "after_pooling"],
    Field(description="Whether activations come before or after the pooling of their level."),
]
Convolutions = Annotated[
    int, Field(ge=1, le=10, description="Convolutions of a level, each with its activation.")
]
Residual = Annotated[
    bool,
    Field(
        description="Whether a connection bridges over the convolutions of each level; it is added "
        "before the last activation, and zeros fill up the channels that its input lacks."
    ),
]
BatchNorm = Annotated[
    bool,
    Field(
        description="Whether every (transposed) convolution but the output is followed by batch "
        "normalisation, before the activation."
    ),
]
Units = Annotated[list[Annotated[int, Field(ge=1, le=100_000)]], Field(min_length=1)]
Channels = Annotated[list[Annotated[int, Field(ge=1, le=4096)]], Field(min_length=1)]


class DropoutBlock(Block):
    """Which part of a layer's values is set to 0 at random in training."""

    rate: ShareBelowOne = Field(0, description="The probability of being set to 0.")
    of: Literal["units", "channels"] = Field(
        "units",
        description="Whether single values (units) or whole feature maps (channels) are dropped.",
    )
    place: Literal["convolutions", "output"] = Field(
        "convolutions",
        description="After the activation of every level of convolutions, or once before the "
        "output layer.",
    )


class Network(Block):
    """A family of networks.

    Attributes:
        per_pixel: Whether they answer for every pixel, and not once for the image.
        kinds: Its kinds of layers, as ``initialization.layers`` calls them.
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
        description="Units of the fully connected layers between the image and the output.",
    )
    activation: ActivationName = "relu"


class Cnn(Network):
    """Levels of convolutions with pooling between them, and one fully connected layer."""

    per_pixel = False
    kinds = frozenset({"convolution", "linear"})

    name: Literal["cnn"] = Field(description="The family of networks.")
    channels: Channels = Field(
        [8, 16, 32],
        description="Output channels of the 3x3 convolutions (stride 1, padding 1) of each level; "
        "each but the last is followed by 2x2 max pooling, the last by one fully connected layer.",
    )
    convolutions: Convolutions = 1
    residual: Residual = False
    batch_norm: BatchNorm = False
    activation: ActivationName = "relu"
    activation_place: Place = "before_pooling"
    dropout: DropoutBlock = DropoutBlock()


class Fcn(Network):
    """The same levels, with transposed convolutions that lead back to the image's size."""

    per_pixel = True
    kinds = frozenset({"convolution", "transposed_convolution"})

    name: Literal["fcn"] = Field(description="The family of networks.")
    channels: Channels = Field(
        [8, 16, 32],
        description="Output channels of the 3x3 convolutions (stride 1, padding 1) of each level, "
        "each but the last followed by 2x2 max pooling; 2x2 transposed convolutions (stride 2) "
        "lead back through the same numbers, and a 1x1 convolution ends it.",
    )
    convolutions: Convolutions = 1
    residual: Residual = False
    skip: bool = Field(
        False,
        description="Whether what enters a pooling is concatenated to what a transposed "
        "convolution brings back to its size.",
    )
    batch_norm: BatchNorm = False
    activation: ActivationName = "relu"
    activation_place: Place = "before_pooling"
    dropout: DropoutBlock = DropoutBlock()


Convolutional = Cnn | Fcn
AnyNetwork = Annotated[Mlp | Cnn | Fcn, Field(discriminator="name")]
