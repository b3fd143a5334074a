"""The settings of images: scaling of pixels, augmentation, and test-time augmentation."""

from typing import Annotated, Literal

from pydantic import Field

from dlia.study.block import Block, NotNegative, Positive, Share, ShareBelowOne


class Input(Block):
    """What happens to the pixels, as the archive stores them, before the first layer."""

    divide_by: Positive = Field(255, description="The number that every pixel is divided by.")

    def shape(self, stored: tuple[int, int, int]) -> tuple[int, int, int]:
        """Give the shape that a network sees: channels, height and width.

        Args:
            stored: The same of the images on disk. A crop or another size would go in here.
        """
        return stored


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
