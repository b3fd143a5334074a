"""The settings of losses: the ``loss`` block."""

from typing import Annotated, Literal

from pydantic import Field

from dlia.study.block import Block, Positive, ShareBelowOne
from dlia.study.settings_detectors import FocalAndSmoothL1

LOSS = Field(
    description="cross_entropy (softmax over one output per class), binary_cross_entropy "
    "(sigmoid of a single output), soft_dice, or "
    "binary_cross_entropy_and_soft_dice (their sum). All but cross_entropy need"
    " exactly two classes of pixels.",
)
Smoothing = Annotated[
    ShareBelowOne,
    Field(
        description="Label smoothing: the share of each target that is spread evenly over all "
        "classes.",
    ),
]
Smooth = Annotated[
    Positive,
    Field(description="Constant added to the numerator and the denominator of the soft Dice."),
]


class CrossEntropy(Block):
    """Cross-entropy: softmax over one output per class."""

    name: Literal["cross_entropy"] = LOSS
    label_smoothing: Smoothing = 0


class BinaryCrossEntropy(Block):
    """Binary cross-entropy: sigmoid of a single output."""

    name: Literal["binary_cross_entropy"] = LOSS
    label_smoothing: Smoothing = 0


class SoftDice(Block):
    """One minus the soft Dice of a single output."""

    name: Literal["soft_dice"] = LOSS
    smooth: Smooth = 1


class BinaryCrossEntropyAndSoftDice(Block):
    """The sum of binary cross-entropy and soft Dice loss."""

    name: Literal["binary_cross_entropy_and_soft_dice"] = LOSS
    label_smoothing: Smoothing = 0
    smooth: Smooth = 1
    dice_weight: Positive = Field(1, description="The weight of the soft Dice in the sum.")


LossBlock = (
    CrossEntropy | BinaryCrossEntropy | SoftDice | BinaryCrossEntropyAndSoftDice | FocalAndSmoothL1
)
AnyLoss = Annotated[LossBlock, Field(discriminator="name")]
