"""The settings of networks: the ``model`` block, one class per family."""

from typing import Annotated, ClassVar, Literal, NamedTuple

from pydantic import Field

from dlia.study.block import UNIQUE, Block, ShareBelowOne

ActivationName = Annotated[
    Literal["relu", "tanh", "sigmoid", "elu", "none"],
    Field(
        description="The activation function of every hidden layer; the output layer has none. "
        "With none, layers follow each other without one; max pooling is then all that is not "
        "linear.",
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

FilterSizes = Annotated[list[Literal[1, 3, 5, 7, 9, 11]], Field(min_length=1)]
LevelNumbers = Annotated[list[Annotated[int, Field(ge=1)]], UNIQUE]


class _Dropout(Block):
    """Dropout: a random share of a layer's values is set to 0 during training."""

    rate: ShareBelowOne = Field(0, description="The probability that a value is set to 0.")
    of: Literal["units", "channels"] = Field(
        "units",
        description="Whether single values (units) or whole feature maps (channels) are set to 0.",
    )


class DropoutBlock(_Dropout):
    """Dropout: a random share of a layer's values is set to 0 during training."""

    place: Literal["convolutions", "output"] = Field(
        "convolutions",
        description="Where dropout is applied: after the activation of every level of "
        "convolutions, or once before the output layer.",
    )


class CnnDropout(_Dropout):
    """Dropout: a random share of a layer's values is set to 0 during training."""

    place: Literal["convolutions", "hidden", "everywhere", "output"] = Field(
        "convolutions",
        description="Where dropout is applied: after the activation of every level of "
        "convolutions, after that of every hidden fully connected layer (hidden), after both "
        "(everywhere), or once before the output layer.",
    )


class Network(Block):
    """A family of networks.

    Attributes:
        per_pixel: Whether the network predicts a class for every pixel (true) or for the whole
            image (false).
        boxed: Whether it predicts boxes.
        kinds: The kinds of layers that it contains, named as in ``initialization.layers``.
    """

    per_pixel: ClassVar[bool]
    boxed: ClassVar[bool] = False
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


class LevelForm(NamedTuple):
    """The form of a level of convolutions.

    Attributes:
        filters: Output channels of each convolution.
        size: Filter size.
        padding: Zeros at each edge.
        pooled: Whether 2x2 max pooling follows.
    """

    filters: int
    size: int
    padding: int
    pooled: bool


class Levelled(Network):
    """A family with levels of convolutions and max pooling.

    Subclasses have ``channels`` and ``convolutions``.
    """

    channels: Channels
    convolutions: Convolutions

    def levels(self) -> list[LevelForm]:
        """Return the levels: 3x3 convolutions that keep the sides, and pooling between levels."""
        last = len(self.channels)
        return [
            LevelForm(filters, 3, 1, number < last)
            for number, filters in enumerate(self.channels, start=1)
        ]

    def sides(self, side: int) -> list[tuple[list[int], int]]:
        """Return the side of every feature map of an image with sides of ``side``.

        Returns:
            For each level: the sides after each convolution, and after the pooling, if there is
            one. A side below 1 cannot be computed.
        """
        found = []
        for level in self.levels():
            convolved = []
            for _ in range(self.convolutions):
                side += 2 * level.padding - level.size + 1
                convolved.append(side)
            side = side // 2 if level.pooled else side
            found.append((convolved, side))
        return found


class Cnn(Levelled):
    """A convolutional classifier: levels of convolutions with max pooling, then dense layers."""

    per_pixel = False
    kinds = frozenset({"convolution", "linear"})

    name: Literal["cnn"] = Field(description="The family of networks.")
    channels: Channels = Field(
        [8, 16, 32],
        description="Output channels of the convolutions (stride 1) of each level. They are 3x3 "
        "with padding 1, and 2x2 max pooling follows each level except the last, unless stated "
        "otherwise; the output layer, or the hidden layers, follow the last.",
    )
    hidden: Units | None = Field(
        None,
        description="Number of units of each fully connected layer between the convolutions and "
        "the output layer; no such layer if not stated.",
    )
    convolutions: Convolutions = 1
    filter_sizes: FilterSizes | None = Field(
        None,
        description="Filter size of the convolutions of each level; 3 for all if not stated.",
    )
    padding: Literal["same", "none"] | None = Field(
        None,
        description="Zeros around the feature maps: as many as keep their size (same, also if not "
        "stated), or none, so that a convolution makes them smaller.",
    )
    pooled_levels: LevelNumbers | None = Field(
        None,
        description="The levels, from 1, that 2x2 max pooling follows; all but the last if not "
        "stated.",
    )
    residual: Residual = False
    batch_norm: BatchNorm = False
    activation: ActivationName = "relu"
    activation_place: Place = "before_pooling"
    dropout: CnnDropout = CnnDropout()

    def levels(self) -> list[LevelForm]:
        """Return the levels as they are stated."""
        number = len(self.channels)
        sizes = self.filter_sizes or [3] * number
        pooled = range(1, number) if self.pooled_levels is None else self.pooled_levels
        return [
            LevelForm(filters, size, 0 if self.padding == "none" else size // 2, place in pooled)
            for place, (filters, size) in enumerate(zip(self.channels, sizes, strict=True), start=1)
        ]


class Fcn(Levelled):
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


class Unet(Levelled):
    """A U-Net: an encoder, and a decoder that interpolates, concatenates and convolves."""

    per_pixel = True
    kinds = frozenset({"convolution", "transposed_convolution"})
    # A level of the decoder has fewer channels than what enters it, which nothing can bridge.
    residual: ClassVar[bool] = False
    activation_place: ClassVar[Literal["before_pooling"]] = "before_pooling"

    name: Literal["unet"] = Field(description="The family of networks.")
    channels: Channels = Field(
        [16, 32, 64, 128],
        description="Output channels of the 3x3 convolutions (stride 1, padding 1) of each "
        "encoder level. 2x2 max pooling follows each level except the last. Each "
        "decoder level doubles the sides, concatenates the encoder's feature maps "
        "of the same size and has convolutions as the encoder's level; a 1x1 convolution follows "
        "the last.",
    )
    upsampling: Literal["bilinear", "nearest", "transposed"] = Field(
        "bilinear",
        description="How a decoder level doubles the sides: bilinear interpolation (with aligned "
        "corners) or nearest neighbours, each with a 1x1 convolution to the channels of the "
        "level, or a transposed 2x2 convolution (stride 2).",
    )
    convolutions: Convolutions = 2
    batch_norm: bool = Field(
        False,
        description="Whether batch normalisation follows every 3x3 convolution, before the "
        "activation; what doubles the sides and the output layer have none.",
    )
    activation: ActivationName = "relu"
    dropout: DropoutBlock = DropoutBlock()


Convolutional = Cnn | Fcn | Unet
