"""The settings of images: scaling of pixels, augmentation, and test-time augmentation."""

from typing import Annotated, Literal

from pydantic import Field

from dlia.study.block import KEPT, UNIQUE, Block, NotNegative, Positive, Share, ShareBelowOne
from dlia.study.settings_detectors import BoxPrediction
from dlia.study.settings_patches import Scaling

ClassNumbers = Annotated[list[Annotated[int, Field(ge=0)]], Field(min_length=1), UNIQUE]
Sides = Annotated[list[Annotated[int, Field(ge=1)]], Field(min_length=2, max_length=2)]


class Input(Block):
    """How stored pixels are prepared for the first layer."""

    divide_by: Positive = Field(
        255,
        description="The number that every pixel value is divided by.",
    )
    scaling: Scaling | None = Field(
        None,
        description="How the intensities of each volume are scaled, instead of by divide_by; for "
        "slices of volumes.",
    )
    crop: Sides | None = Field(
        None,
        description="Height and width of the part of an image that the network sees: each time at "
        "a random place in training, at the centre otherwise; the whole image if not stated.",
    )


CHANGES = Field(
    description="none, or random: the changes below, each drawn anew for every image.",
)


class Elastic(Block):
    """A smooth random displacement of every pixel."""

    displacement: NotNegative = Field(
        0,
        description="Root mean square length of the displacement, in pixels; 0 for none.",
    )
    smoothness: Positive = Field(
        4,
        description="Standard deviation of the Gaussian that smooths the displacement, in pixels.",
    )


class Jitter(Block):
    """Random changes of colours, each by a factor around 1, clipped to the range of pixels.

    As ColorJitter of torchvision, but always in the order of the keys.
    """

    brightness: NotNegative = Field(
        0,
        description="All values are multiplied by a factor between 1 - brightness (at least 0) and "
        "1 + brightness.",
    )
    contrast: NotNegative = Field(
        0,
        description="The same for the distances from the mean gray value of the image.",
    )
    saturation: NotNegative = Field(
        0,
        description="The same for the distances from each pixel's gray value.",
    )


class NoAugmentation(Block):
    """No augmentation."""

    name: Literal["none"] = CHANGES


class RandomAugmentation(Block):
    """Random changes, drawn anew for every image each time it is used."""

    name: Literal["random"] = CHANGES
    shift: NotNegative = Field(0, description="Largest shift along each axis, in pixels.")
    rotation: Annotated[NotNegative, Field(le=180)] = Field(
        0,
        description="Largest rotation in either direction, in degrees.",
    )
    scale: Annotated[NotNegative, Field(le=10)] = Field(
        0,
        description="Largest enlargement less 1: the scale factor is drawn between 1 / (1 + "
        "scale) and 1 + scale.",
    )
    horizontal_flip: bool = Field(
        False,
        description="Whether an image is flipped left to right with probability 0.5.",
    )
    flip_classes: ClassNumbers | None = Field(
        None,
        description="The classes whose images horizontal_flip flips, by their numbers from 0 in "
        "data.classes; all if not stated.",
    )
    vertical_flip: bool = Field(
        False,
        description="Whether an image is flipped upside down with probability 0.5.",
    )
    quarter_turns: bool = Field(
        False,
        description="Whether images are rotated by 0, 90, 180 or 270 degrees, equally often.",
    )
    elastic: Elastic = Elastic()
    border: Literal["zeros", "reflection"] = Field(
        "zeros",
        description="The values beyond the edge of an image: zeros, or its reflection.",
    )
    brightness: NotNegative = Field(
        0,
        description="Largest offset added to all pixels, as a share of the image's value range.",
    )
    contrast: ShareBelowOne = Field(
        0,
        description="Largest relative change of the contrast about the image's mean.",
    )
    stain: ShareBelowOne = Field(
        0,
        description="Largest relative change of each channel, drawn per channel (stain "
        "augmentation).",
    )
    jitter: Jitter | None = Field(None, description=Jitter.__doc__)


AugmentationBlock = NoAugmentation | RandomAugmentation

CopyName = Literal["horizontal_flip", "vertical_flip", "half_turn", "rotation", "noise"]


class CopyChanges(Block):
    """How much the fixed copies rotation and noise differ from their images."""

    rotation: Annotated[float, Field(ge=-180, le=180), KEPT] | None = Field(
        None,
        description="The angle by which an image is rotated about its middle, in degrees "
        "counter-clockwise. Values between pixels are interpolated (bilinear) and rounded; what "
        "was beyond the edge is 0.",
    )
    noise: Positive | None = Field(
        None,
        description="Standard deviation of the Gaussian noise that is added to every value, in the "
        "units of stored pixels (0 to 255); sums are rounded and stay within their range. The "
        "noise is drawn once, for all epochs and trials.",
    )


class BatchStatistics(Block):
    """Batch normalisation by the statistics of batches of test images, as in training.

    A network that was never put into evaluation mode predicts like this. It sees its test images
    in batches, so that the prediction for an image depends on the others of its batch.
    """

    size: int = Field(ge=2, le=100_000, description="Images of a batch; the last may be smaller.")
    order: Literal["id", "class"] = Field(
        "id",
        description="The order of the images: by their ids, or by class and then id, as from "
        "folders of classes. No other setting uses the test labels.",
    )


class Prediction(Block):
    """How predictions are made from a trained network; a change never retrains."""

    threshold: Share | None = Field(
        None,
        description="A pixel is predicted as foreground if its probability is above this.",
    )
    views: Literal["none", "horizontal_flip", "flips", "dihedral", "shifts"] = Field(
        "none",
        description="Test-time augmentation: the views of an image whose predicted "
        "probabilities are averaged. none: the image alone. horizontal_flip: with "
        "its horizontal flip. flips: all four combinations of flips. dihedral: all "
        "eight flips and quarter turns. shifts: moved by one pixel in each "
        "direction (classification only).",
    )
    batch_statistics: BatchStatistics | None = Field(None, description=BatchStatistics.__doc__)
    boxes: BoxPrediction | None = Field(None, description=BoxPrediction.__doc__)
