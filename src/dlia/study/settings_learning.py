"""The settings of losses, optimizers, learning-rate schedules and weight averaging."""

from typing import Annotated, Literal

from pydantic import Field

from dlia.study.block import (
    Block,
    NotNegative,
    OpenShare,
    Positive,
    Share,
    ShareBelowOne,
    below_one_then_above,
)

Pair = Field(min_length=2, max_length=2)

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


# --- Learning-rate schedules

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


# --- Weight averaging

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
