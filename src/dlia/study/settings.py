"""The settings of a variant: every hyperparameter with its type, bounds, default and meaning.

This is their only source. Studies are checked with it, defaults are filled in from it, the tables
of the report take their descriptions from it, and the schemas for editors are made from it.
"""

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from dlia.study.block import (
    UNIQUE,
    Block,
    NotNegative,
    OpenShare,
    Positive,
    Share,
    ShareBelowOne,
    below_one_then_above,
)

# What several blocks have.
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
Pair = Field(min_length=2, max_length=2)


class Input(Block):
    """What happens to the pixels, as the archive stores them, before the first layer."""

    divide_by: Positive = Field(255, description="The number that every pixel is divided by.")

    def shape(self, stored: tuple[int, int, int]) -> tuple[int, int, int]:
        """Give the shape that a network sees: channels, height and width.

        Args:
            stored: The same of the images on disk. A crop or another size would go in here.
        """
        return stored


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


# --- Networks


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


# --- Initial weights

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


# --- Losses

LOSS = Field(
    description="cross_entropy (softmax over one output per class), binary_cross_entropy (sigmoid "
    "of a single output), soft_dice, or the sum of the last two; all but the first for two classes "
    "of pixels."
)
Smoothing = Annotated[
    ShareBelowOne,
    Field(description="The share of each target that all classes divide among them."),
]
Smooth = Annotated[
    Positive, Field(description="Added to numerator and denominator of the soft Dice.")
]


class CrossEntropy(Block):
    """Softmax over one output per class."""

    name: Literal["cross_entropy"] = LOSS
    label_smoothing: Smoothing = 0


class BinaryCrossEntropy(Block):
    """Sigmoid of a single output."""

    name: Literal["binary_cross_entropy"] = LOSS
    label_smoothing: Smoothing = 0


class SoftDice(Block):
    """One minus the soft Dice of a single output."""

    name: Literal["soft_dice"] = LOSS
    smooth: Smooth = 1


class BinaryCrossEntropyAndSoftDice(Block):
    """The sum of both."""

    name: Literal["binary_cross_entropy_and_soft_dice"] = LOSS
    label_smoothing: Smoothing = 0
    smooth: Smooth = 1
    dice_weight: Positive = Field(1, description="The weight of the soft Dice in the sum.")


LossBlock = CrossEntropy | BinaryCrossEntropy | SoftDice | BinaryCrossEntropyAndSoftDice
AnyLoss = Annotated[LossBlock, Field(discriminator="name")]


# --- Optimizers

RULE = Field(description="The rule of the update.")
Rate = Annotated[
    Positive,
    Field(
        description="The learning rate; where a schedule changes it, its initial value (one_cycle, "
        "its highest)."
    ),
]
Decay = Annotated[
    NotNegative, Field(description="Factor of the L2 penalty that is added to the gradient.")
]
DecayOn = Annotated[
    Literal["all", "kernels"],
    Field(
        description="Whether the penalty holds for all weights or for kernels only, not for biases "
        "and normalisations."
    ),
]
Betas = Annotated[
    list[ShareBelowOne],
    Pair,
    Field(
        description="Decay factors of the running means of the gradient and of its square.",
    ),
]
Eps = Annotated[Positive, Field(description="Added to the denominator of the update.")]
Amsgrad = Annotated[bool, Field(description="Whether the AMSGrad variant is used.")]


class Sgd(Block):
    """Stochastic gradient descent."""

    name: Literal["sgd"] = RULE
    learning_rate: Rate
    momentum: ShareBelowOne = Field(0, description="Momentum factor.")
    dampening: Share = Field(0, description="Dampening of the momentum.")
    nesterov: bool = Field(False, description="Whether Nesterov's momentum is used.")
    weight_decay: Decay = 0
    weight_decay_on: DecayOn = "all"


class Adam(Block):
    """Adam; its weight decay is an L2 penalty."""

    name: Literal["adam"] = RULE
    learning_rate: Rate
    betas: Betas = Field([0.9, 0.999])
    eps: Eps = 1e-8
    weight_decay: Decay = 0
    weight_decay_on: DecayOn = "all"
    amsgrad: Amsgrad = False


class AdamW(Block):
    """Adam with decoupled weight decay."""

    name: Literal["adamw"] = RULE
    learning_rate: Rate
    betas: Betas = Field([0.9, 0.999])
    eps: Eps = 1e-8
    weight_decay: NotNegative = Field(
        0.01,
        description="Share of the weights that each step takes off, times the learning rate.",
    )
    weight_decay_on: DecayOn = "all"
    amsgrad: Amsgrad = False


class Rprop(Block):
    """Resilient propagation: the signs of the gradient alone."""

    name: Literal["rprop"] = RULE
    learning_rate: Positive = Field(description="Initial step size.")
    etas: Annotated[list[Positive], Pair, below_one_then_above] = Field(
        [0.5, 1.2],
        description="Factors of the step size after a change and after none of the gradient's "
        "sign.",
    )
    step_sizes: Annotated[list[Positive], Pair] = Field(
        [1e-6, 50], description="The smallest and the largest step size."
    )


Optimizer = Sgd | Adam | AdamW | Rprop
AnyOptimizer = Annotated[Optimizer, Field(discriminator="name")]


# --- Schedules

SHAPE = Field(description="The shape of the schedule.")


class Constant(Block):
    """One learning rate throughout."""

    name: Literal["constant"] = SHAPE


class Step(Block):
    """A rate that is reduced again and again."""

    name: Literal["step"] = SHAPE
    step_size: int = Field(ge=1, description="Epochs between two reductions of the learning rate.")
    gamma: Annotated[Positive, Field(le=1)] = Field(description="Factor of each reduction.")


class Cosine(Block):
    """A rate that falls by half a cosine."""

    name: Literal["cosine"] = SHAPE
    eta_min: NotNegative = Field(
        0, description="The learning rate at the end, half a cosine away from the initial one."
    )


class OneCycle(Block):
    """A rate that rises and falls once (Smith and Topin 2018)."""

    name: Literal["one_cycle"] = SHAPE
    pct_start: OpenShare = Field(0.3, description="The share of the steps in which the rate rises.")
    anneal_strategy: Literal["cos", "linear"] = Field(
        "cos", description="The shape of rise and fall."
    )
    cycle_momentum: bool = Field(
        True,
        description="Whether the momentum (or the first beta) falls while the rate rises; the "
        "optimizer's own is then not used.",
    )
    base_momentum: ShareBelowOne = Field(0.85, description="The lowest momentum.")
    max_momentum: ShareBelowOne = Field(0.95, description="The highest momentum.")
    div_factor: Annotated[Positive, Field(ge=1)] = Field(
        25, description="The highest rate divided by the initial one."
    )
    final_div_factor: Annotated[Positive, Field(ge=1)] = Field(
        10000, description="The initial rate divided by the last one."
    )
    three_phase: bool = Field(False, description="Whether the last fall is a phase of its own.")


Schedule = Constant | Step | Cosine | OneCycle
AnySchedule = Annotated[Schedule, Field(discriminator="name")]


# --- Averages of the weights, augmentation

AVERAGE = Field(description="None, or the exponential moving average of the weights.")


class NoAveraging(Block):
    """The weights themselves."""

    name: Literal["none"] = AVERAGE


class Ema(Block):
    """An exponential moving average of the weights over the steps."""

    name: Literal["ema"] = AVERAGE
    decay: OpenShare = Field(
        description="What each step keeps of the average; the rest is the current weights."
    )


Averaging = NoAveraging | Ema
CHANGES = Field(description="Nothing, or the changes below, each drawn for every image.")


class Elastic(Block):
    """A smooth random displacement of every pixel."""

    displacement: NotNegative = Field(
        0, description="Root mean square of the displacement, in pixels; 0 is none."
    )
    smoothness: Positive = Field(
        4, description="Standard deviation of the Gaussian that smooths it, in pixels."
    )


class NoAugmentation(Block):
    """Every image as it is."""

    name: Literal["none"] = CHANGES


class RandomAugmentation(Block):
    """Changes that are drawn for every image each time it is shown."""

    name: Literal["random"] = CHANGES
    shift: NotNegative = Field(0, description="Largest shift along each axis, in pixels.")
    rotation: Annotated[NotNegative, Field(le=180)] = Field(
        0, description="Largest rotation to either side, in degrees."
    )
    scale: Annotated[NotNegative, Field(le=10)] = Field(
        0, description="Scaling by up to 1 + scale, or down to 1 / (1 + scale)."
    )
    horizontal_flip: bool = Field(
        False, description="Whether every second image is flipped left to right."
    )
    vertical_flip: bool = Field(
        False, description="Whether every second image is flipped upside down."
    )
    quarter_turns: bool = Field(
        False, description="Whether images are turned by multiples of 90 degrees."
    )
    elastic: Elastic = Elastic()
    border: Literal["zeros", "reflection"] = Field(
        "zeros", description="What is seen beyond the edge of an image."
    )
    brightness: NotNegative = Field(
        0, description="Largest offset of all pixels, as a share of the image's own range."
    )
    contrast: ShareBelowOne = Field(0, description="Largest relative change of the contrast.")
    stain: ShareBelowOne = Field(0, description="Largest relative change of each channel's stain.")


AugmentationBlock = NoAugmentation | RandomAugmentation


class Prediction(Block):
    """How predictions are made from a trained network; changing it never retrains."""

    threshold: Share | None = Field(
        None, description="A pixel is foreground if its predicted probability is above this."
    )
    views: Literal["none", "horizontal_flip", "flips", "dihedral", "shifts"] = Field(
        "none",
        description="Test-time augmentation, the views of an image whose predicted probabilities "
        "are averaged: the image alone, with its horizontal flip, all four flips, these with "
        "quarter turns (dihedral), or moved by one pixel (shifts; classification only).",
    )


class Settings(Block):
    """One training procedure, with every default filled in."""

    trials: int = Field(
        3, ge=1, le=100, description="Independent trainings, each from seeds of its own."
    )
    input: Input = Input()
    model: AnyNetwork = Field(description="The network.")
    initialization: AnyInitialization = Field(
        FrameworkInitialization(name="framework"),
        description="How the weights of convolutions and fully connected layers start.",
    )
    loss: AnyLoss = Field(
        description="What the training minimises, the mean over images and pixels."
    )
    gradients: Literal["autograd", "by_hand"] = Field(
        "autograd",
        description="How gradients are computed and followed: autograd (PyTorch) or by_hand "
        "(written out in NumPy; fully connected networks and plain gradient descent only, always "
        "on the CPU).",
    )
    optimizer: AnyOptimizer = Field(description="How the weights follow the gradient.")
    schedule: AnySchedule = Field(
        Constant(name="constant"),
        description="How the learning rate changes; it is set anew before every step.",
    )
    averaging: Averaging = Field(
        NoAveraging(name="none"),
        discriminator="name",
        description="Whether the network that is measured and kept is an average over the steps.",
    )
    augmentation: AugmentationBlock = Field(
        NoAugmentation(name="none"),
        discriminator="name",
        description="How every image is changed at random each time it is shown; on the device.",
    )
    add_copies: Annotated[
        list[Literal["horizontal_flip", "vertical_flip", "half_turn"]], UNIQUE
    ] = Field(
        [],
        description="Fixed copies of every training image that are added to the training images, "
        "one for each entry; curves are taken on the images themselves.",
    )
    batch_size: int = Field(
        ge=1,
        le=100_000,
        description="Images per step; the last batch of an epoch may be smaller.",
    )
    epochs: int = Field(
        ge=1, le=100_000, description="Passes over the training images, each in a new order."
    )
    fit: Literal["train", "train+validation"] = Field(
        "train",
        description="The images that are trained on. With train+validation nothing is left to "
        "choose by: the last epoch is taken, and the curves have no validation rows.",
    )
    select: Literal["last", "best_validation"] = Field(
        "last",
        description="The epoch whose weights are kept, the last or the best on validation "
        "(accuracy, mean Dice).",
    )
    gradient_norms: bool = Field(
        False,
        description="Whether history.csv records, for every epoch and layer, the norm of the "
        "gradient of its weights, averaged over the steps.",
    )
    prediction: Prediction = Prediction()

    @property
    def by_hand(self) -> bool:
        """Whether it trains without PyTorch, and so on the CPU whatever the device is."""
        return self.gradients == "by_hand"

    def of_training(self) -> dict[str, object]:
        """Give what a training depends on, as plain values."""
        return self.model_dump(exclude_none=True, exclude={"trials", "prediction"})
