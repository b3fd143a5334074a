"""The settings of initial weights: the ``initialization`` block."""

from typing import Annotated, Literal

from pydantic import Field

from dlia.study.block import Block, Positive

DISTRIBUTION = Field(
    description="The distribution of the initial weights: the framework's own, Glorot's, He's, "
    "normal around 0, or zeros."
)
Drawn = Literal["glorot_uniform", "glorot_normal", "he_uniform", "he_normal", "zeros"]
Biases = Annotated[Literal["zeros", "framework"], Field(description="How the biases start.")]
Std = Annotated[Positive, Field(description="Standard deviation of the weights around 0.")]


class FrameworkLayer(Block):
    """Layers that start as the framework starts them."""

    name: Literal["framework"] = DISTRIBUTION


class DrawnLayer(Block):
    """Layers whose weights are drawn by a rule, from their size alone."""

    name: Drawn = DISTRIBUTION
    biases: Biases = "zeros"


class NormalLayer(Block):
    """Layers whose weights are drawn around 0."""

    name: Literal["normal"] = DISTRIBUTION
    std: Std
    biases: Biases = "zeros"


AnyLayer = Annotated[FrameworkLayer | DrawnLayer | NormalLayer, Field(discriminator="name")]


OF_THESE = Field(None, description="How the weights of these layers start.")


class Layers(Block):
    """What holds for one kind of layers instead."""

    convolution: AnyLayer | None = OF_THESE
    transposed_convolution: AnyLayer | None = OF_THESE
    linear: AnyLayer | None = OF_THESE


class FrameworkInitialization(Block):
    """Weights that start as the framework starts them."""

    name: Literal["framework"] = DISTRIBUTION
    layers: Layers = Layers()


class DrawnInitialization(Block):
    """Weights that are drawn by a rule, from the size of their layer alone."""

    name: Drawn = DISTRIBUTION
    layers: Layers = Layers()
    biases: Biases = "zeros"


class NormalInitialization(Block):
    """Weights that are drawn around 0."""

    name: Literal["normal"] = DISTRIBUTION
    layers: Layers = Layers()
    std: Std
    biases: Biases = "zeros"


AnyInitialization = Annotated[
    FrameworkInitialization | DrawnInitialization | NormalInitialization,
    Field(discriminator="name"),
]
LayerInitialization = FrameworkLayer | DrawnLayer | NormalLayer
Initialization = FrameworkInitialization | DrawnInitialization | NormalInitialization
