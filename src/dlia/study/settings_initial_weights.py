"""The settings of initial weights: the ``initialization`` block."""

from typing import Annotated, Literal

from pydantic import Field

from dlia.study.block import KEPT, Block, Positive

DISTRIBUTION = Field(
    description="The distribution of the initial weights: PyTorch's default (framework), "
    "Glorot's, He's, normal with mean 0, one constant for all, or zeros.",
)
Drawn = Literal["glorot_uniform", "glorot_normal", "he_uniform", "he_normal", "zeros"]
Biases = Annotated[
    Literal["zeros", "framework"],
    Field(description="The initial biases: zeros, or PyTorch's default (framework)."),
]
Std = Annotated[
    Positive, Field(description="Standard deviation of the initial weights; their mean is 0.")
]

WeightValue = Annotated[
    float, Field(ge=-100, le=100, description="The initial value of every weight."), KEPT
]


class FrameworkLayer(Block):
    """PyTorch's default initialization, for one kind of layer."""

    name: Literal["framework"] = DISTRIBUTION


class DrawnLayer(Block):
    """An initialization that depends only on the layer's size, for one kind of layer."""

    name: Drawn = DISTRIBUTION
    biases: Biases = "zeros"


class NormalLayer(Block):
    """A normal distribution with mean 0, for one kind of layer."""

    name: Literal["normal"] = DISTRIBUTION
    std: Std
    biases: Biases = "zeros"


class ConstantLayer(Block):
    """One value for all weights of a kind of layer."""

    name: Literal["constant"] = DISTRIBUTION
    value: WeightValue
    biases: Biases = "zeros"


AnyLayer = Annotated[
    FrameworkLayer | DrawnLayer | NormalLayer | ConstantLayer, Field(discriminator="name")
]


OF_THESE = Field(
    None,
    description="The initial weights of this kind of layer, instead of the general rule.",
)


class Layers(Block):
    """Initializations that replace the general one for single kinds of layers."""

    convolution: AnyLayer | None = OF_THESE
    transposed_convolution: AnyLayer | None = OF_THESE
    linear: AnyLayer | None = OF_THESE


class FrameworkInitialization(Block):
    """PyTorch's default initialization."""

    name: Literal["framework"] = DISTRIBUTION
    layers: Layers = Layers()


class DrawnInitialization(Block):
    """An initialization that depends only on the layer's size."""

    name: Drawn = DISTRIBUTION
    layers: Layers = Layers()
    biases: Biases = "zeros"


class NormalInitialization(Block):
    """A normal distribution with mean 0."""

    name: Literal["normal"] = DISTRIBUTION
    layers: Layers = Layers()
    std: Std
    biases: Biases = "zeros"


class ConstantInitialization(Block):
    """One value for all weights; units that start equal have equal gradients."""

    name: Literal["constant"] = DISTRIBUTION
    layers: Layers = Layers()
    value: WeightValue
    biases: Biases = "zeros"


LayerInitialization = FrameworkLayer | DrawnLayer | NormalLayer | ConstantLayer
Initialization = (
    FrameworkInitialization | DrawnInitialization | NormalInitialization | ConstantInitialization
)
AnyInitialization = Annotated[Initialization, Field(discriminator="name")]
