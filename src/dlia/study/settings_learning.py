"""The settings of optimizers, learning-rate schedules and weight averaging."""

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

# --- Optimizers

RULE = Field(description="The optimizer.")
Rate = Annotated[
    Positive,
    Field(
        description="The learning rate. With a schedule it is the initial value; with "
        "one_cycle, the highest.",
    ),
]
Decay = Annotated[
    NotNegative,
    Field(description="Weight decay: factor of the L2 penalty that is added to the gradient."),
]
DecayOn = Annotated[
    Literal["all", "kernels"],
    Field(
        description="Whether weight decay applies to all trainable parameters (all), or to "
        "kernels only, not to biases and normalisation layers (kernels).",
    ),
]
Betas = Annotated[
    list[ShareBelowOne],
    Pair,
    Field(
        description="Decay rates of the running means of the gradient and of its square.",
    ),
]
Eps = Annotated[
    Positive,
    Field(
        description="Constant added to the denominator of the update, for numerical stability.",
    ),
]
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
    """Adam, with weight decay as an L2 penalty."""

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
        description="Decoupled weight decay: each step subtracts this share of the weights, "
        "times the learning rate.",
    )
    weight_decay_on: DecayOn = "all"
    amsgrad: Amsgrad = False


class Rprop(Block):
    """Resilient propagation (Rprop), which uses only the signs of the gradient."""

    name: Literal["rprop"] = RULE
    learning_rate: Positive = Field(description="Initial step size.")
    etas: Annotated[list[Positive], Pair, below_one_then_above] = Field(
        [0.5, 1.2],
        description="Factors of the step size: the first if the gradient's sign changed, the "
        "second if it did not.",
    )
    step_sizes: Annotated[list[Positive], Pair] = Field(
        [1e-6, 50],
        description="The smallest and the largest allowed step size.",
    )


Optimizer = Sgd | Adam | AdamW | Rprop
AnyOptimizer = Annotated[Optimizer, Field(discriminator="name")]


# --- Learning-rate schedules

SHAPE = Field(description="The kind of learning-rate schedule.")


class Constant(Block):
    """A constant learning rate."""

    name: Literal["constant"] = SHAPE


class Step(Block):
    """A learning rate that is multiplied by a factor at regular intervals."""

    name: Literal["step"] = SHAPE
    step_size: int = Field(
        ge=1,
        description="Epochs between two reductions of the learning rate.",
    )
    gamma: Annotated[Positive, Field(le=1)] = Field(
        description="Factor that each reduction multiplies the learning rate by.",
    )


class Cosine(Block):
    """A learning rate that falls along half a period of a cosine."""

    name: Literal["cosine"] = SHAPE
    eta_min: NotNegative = Field(0, description="The learning rate at the end of training.")


class OneCycle(Block):
    """A learning rate that rises and falls once (Smith and Topin 2018)."""

    name: Literal["one_cycle"] = SHAPE
    pct_start: OpenShare = Field(
        0.3,
        description="The share of steps during which the rate rises.",
    )
    anneal_strategy: Literal["cos", "linear"] = Field(
        "cos",
        description="The shape of rise and fall: cosine or linear.",
    )
    cycle_momentum: bool = Field(
        True,
        description="Whether the momentum (or Adam's first beta) falls while the rate rises; "
        "the optimizer's own value is then ignored.",
    )
    base_momentum: ShareBelowOne = Field(0.85, description="The lowest momentum of the cycle.")
    max_momentum: ShareBelowOne = Field(0.95, description="The highest momentum of the cycle.")
    div_factor: Annotated[Positive, Field(ge=1)] = Field(
        25,
        description="The highest learning rate divided by the initial one.",
    )
    final_div_factor: Annotated[Positive, Field(ge=1)] = Field(
        10000,
        description="The initial learning rate divided by the last one.",
    )
    three_phase: bool = Field(
        False,
        description="Whether the schedule has a third phase for the final fall.",
    )


Schedule = Constant | Step | Cosine | OneCycle
AnySchedule = Annotated[Schedule, Field(discriminator="name")]


# --- Weight averaging

AVERAGE = Field(description="none, or ema: an exponential moving average of the weights.")


class NoAveraging(Block):
    """No weight averaging."""

    name: Literal["none"] = AVERAGE


class Ema(Block):
    """An exponential moving average of the weights over the steps."""

    name: Literal["ema"] = AVERAGE
    decay: OpenShare = Field(
        description="Share of the average that each step keeps; the rest comes from the current"
        " weights.",
    )


Averaging = NoAveraging | Ema
