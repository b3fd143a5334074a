"""All settings of a variant, and the names of their blocks.

This module and the modules ``settings_*`` are the only definition of every hyperparameter: its
type, bounds, default and description. Studies are checked against it and get their defaults from
it. The report's tables and the JSON schemas for editors take their descriptions from it. Import
all names from here.
"""

from typing import Annotated, Literal

from pydantic import Field

from dlia.study.block import UNIQUE, Block
from dlia.study.settings_images import (
    AugmentationBlock,
    Elastic,
    Input,
    NoAugmentation,
    Prediction,
    RandomAugmentation,
)
from dlia.study.settings_initial_weights import (
    AnyInitialization,
    AnyLayer,
    DrawnInitialization,
    DrawnLayer,
    FrameworkInitialization,
    FrameworkLayer,
    Initialization,
    LayerInitialization,
    Layers,
    NormalInitialization,
    NormalLayer,
)
from dlia.study.settings_learning import (
    Adam,
    AdamW,
    AnyLoss,
    AnyOptimizer,
    AnySchedule,
    Averaging,
    BinaryCrossEntropy,
    BinaryCrossEntropyAndSoftDice,
    Constant,
    Cosine,
    CrossEntropy,
    Ema,
    LossBlock,
    NoAveraging,
    OneCycle,
    Optimizer,
    Rprop,
    Schedule,
    Sgd,
    SoftDice,
    Step,
)
from dlia.study.settings_networks import (
    ActivationName,
    AnyNetwork,
    Cnn,
    Convolutional,
    DropoutBlock,
    Fcn,
    Mlp,
)

__all__ = [
    "ActivationName",
    "Adam",
    "AdamW",
    "AnyInitialization",
    "AnyLayer",
    "AnyLoss",
    "AnyNetwork",
    "AnyOptimizer",
    "AnySchedule",
    "AugmentationBlock",
    "Averaging",
    "BinaryCrossEntropy",
    "BinaryCrossEntropyAndSoftDice",
    "Cnn",
    "Constant",
    "Convolutional",
    "Cosine",
    "CrossEntropy",
    "DrawnInitialization",
    "DrawnLayer",
    "DropoutBlock",
    "Elastic",
    "Ema",
    "Fcn",
    "FrameworkInitialization",
    "FrameworkLayer",
    "Initialization",
    "Input",
    "LayerInitialization",
    "Layers",
    "LossBlock",
    "Mlp",
    "NoAugmentation",
    "NoAveraging",
    "NormalInitialization",
    "NormalLayer",
    "OneCycle",
    "Optimizer",
    "Prediction",
    "RandomAugmentation",
    "Rprop",
    "Schedule",
    "Settings",
    "Sgd",
    "SoftDice",
    "Step",
]


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
