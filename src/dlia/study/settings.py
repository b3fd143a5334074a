"""All settings of a variant, and the names of their blocks.

This module and the modules ``settings_*`` are the only definition of every hyperparameter: its
type, bounds, default and description. Studies are checked against it and get their defaults from
it. The report's tables and the JSON schemas for editors take their descriptions from it. Import
all names from here.
"""

from typing import Annotated, Literal

from pydantic import Field

from dlia.study.block import UNIQUE, Block
from dlia.study.folds import FOLDS
from dlia.study.settings_detectors import (
    BoxPrediction,
    Detector,
    FocalAndSmoothL1,
    Retinanet,
    RetinanetLite0,
    WeightsFile,
)
from dlia.study.settings_images import (
    AugmentationBlock,
    BatchStatistics,
    CopyChanges,
    CopyName,
    Elastic,
    Input,
    Jitter,
    NoAugmentation,
    Prediction,
    RandomAugmentation,
)
from dlia.study.settings_initial_weights import (
    AnyInitialization,
    AnyLayer,
    ConstantInitialization,
    ConstantLayer,
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
    AnyOptimizer,
    AnySchedule,
    Averaging,
    Constant,
    Cosine,
    Ema,
    NoAveraging,
    OneCycle,
    Optimizer,
    Rprop,
    Schedule,
    Sgd,
    Step,
)
from dlia.study.settings_losses import (
    AnyLoss,
    BinaryCrossEntropy,
    BinaryCrossEntropyAndSoftDice,
    CrossEntropy,
    LossBlock,
    SoftDice,
)
from dlia.study.settings_networks import (
    ActivationName,
    Cnn,
    CnnDropout,
    Convolutional,
    DropoutBlock,
    Fcn,
    LevelForm,
    Mlp,
    Unet,
)
from dlia.study.settings_patches import Percentile, Sampling, ZScore
from dlia.study.settings_segnet import AnyNetwork, NetworkBlock, Segnet

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
    "BatchStatistics",
    "BinaryCrossEntropy",
    "BinaryCrossEntropyAndSoftDice",
    "BoxPrediction",
    "Cnn",
    "CnnDropout",
    "Constant",
    "ConstantInitialization",
    "ConstantLayer",
    "Convolutional",
    "CopyChanges",
    "CopyName",
    "Cosine",
    "CrossEntropy",
    "Detector",
    "DrawnInitialization",
    "DrawnLayer",
    "DropoutBlock",
    "Elastic",
    "Ema",
    "Fcn",
    "FocalAndSmoothL1",
    "FrameworkInitialization",
    "FrameworkLayer",
    "Initialization",
    "Input",
    "Jitter",
    "LayerInitialization",
    "Layers",
    "LevelForm",
    "LossBlock",
    "Mlp",
    "NetworkBlock",
    "NoAugmentation",
    "NoAveraging",
    "NormalInitialization",
    "NormalLayer",
    "OneCycle",
    "Optimizer",
    "Percentile",
    "Prediction",
    "RandomAugmentation",
    "Retinanet",
    "RetinanetLite0",
    "Rprop",
    "Sampling",
    "Schedule",
    "Segnet",
    "Settings",
    "Sgd",
    "SoftDice",
    "Step",
    "Unet",
    "WeightsFile",
    "ZScore",
]


class Settings(Block):
    """The settings of one variant, with every default filled in."""

    trials: int = Field(
        3,
        ge=1,
        le=100,
        description="Number of independent trainings, each with its own seeds.",
    )
    input: Input = Input()
    model: AnyNetwork = Field(description="The network.")
    initialization: AnyInitialization = Field(
        FrameworkInitialization(name="framework"),
        description="How the initial weights of convolutions and fully connected layers are set.",
    )
    loss: AnyLoss = Field(
        description="The loss that the training minimises, averaged over images and pixels.",
    )
    gradients: Literal["autograd", "by_hand"] = Field(
        "autograd",
        description="How gradients are computed and applied: autograd (PyTorch) or by_hand "
        "(implemented in NumPy, without automatic differentiation; only for fully "
        "connected networks and plain gradient descent, always on the CPU).",
    )
    optimizer: AnyOptimizer = Field(description="The optimizer that updates the weights.")
    schedule: AnySchedule = Field(
        Constant(name="constant"),
        description="The learning-rate schedule; it sets the learning rate before every step.",
    )
    averaging: Averaging = Field(
        NoAveraging(name="none"),
        discriminator="name",
        description="Whether the network that is evaluated and saved is a running average of "
        "the weights over the steps.",
    )
    augmentation: AugmentationBlock = Field(
        NoAugmentation(name="none"),
        discriminator="name",
        description="Random augmentation: how a training image is changed each time it is used;"
        " computed on the device that trains.",
    )
    sampling: Sampling | None = Field(None, description=Sampling.__doc__)
    add_copies: Annotated[list[CopyName], UNIQUE] = Field(
        [],
        description="Fixed copies of every training image that are added to the training set, "
        "one for each entry; the training curves are measured on the original "
        "images only.",
    )
    copies: CopyChanges | None = Field(None, description=CopyChanges.__doc__)
    batch_size: int = Field(
        ge=1,
        le=100_000,
        description="Images per training step; the last batch of an epoch may be smaller.",
    )
    epochs: int = Field(
        ge=0,
        le=100_000,
        description="Number of passes over the training images, each in a new random order; 0 for "
        "a detector that is tested with its pre-trained weights.",
    )
    fit: Literal["train", "train+validation"] = Field(
        "train",
        description="The parts of the data that are trained on. With train+validation no "
        "validation images remain: the weights of the last epoch are kept, and monitor cannot "
        "have validation.",
    )
    held_out_fold: int | None = Field(
        None,
        ge=0,
        lt=FOLDS,
        description="Which of the five folds of the training images is held out in place of the "
        "validation part; the validation part is then trained on.",
    )
    split: Literal["random"] | None = Field(
        None,
        description="random: the training images are divided into training and validation part "
        "one by one, so that images of a group may be in both; it shows how far results on such "
        "images flatter. Without it, groups stay together.",
    )
    monitor: Annotated[
        list[Literal["train", "validation", "test"]], Field(min_length=1), UNIQUE
    ] = Field(
        ["train", "validation"],
        description="The parts of the data whose loss and metrics are recorded after every epoch:"
        " train (a fixed subset), and validation or test. test is for rebuilding a report that "
        "draws such curves; nothing is chosen by it.",
    )
    select: Literal["last", "best_validation"] = Field(
        "last",
        description="The epoch whose weights are kept: the last one (last), or the one with the"
        " best validation metric, accuracy or mean Dice (best_validation).",
    )
    gradient_norms: bool = Field(
        False,
        description="Whether history.csv records, for every epoch and layer, the L2 norm of the"
        " gradient of its weights, averaged over the steps.",
    )
    prediction: Prediction = Prediction()

    @property
    def by_hand(self) -> bool:
        """Whether the NumPy implementation trains; it always computes on the CPU."""
        return self.gradients == "by_hand"

    def of_training(self) -> dict[str, object]:
        """Return the settings that the training depends on, as plain values.

        Left out are ``trials`` and ``prediction``: what a trial computes does not depend on them.
        """
        return self.model_dump(exclude_none=True, exclude={"trials", "prediction"})
