"""The settings of what is learnt from slices of volumes: their patches, and their intensities."""

from typing import Annotated, Literal

from pydantic import Field

from dlia.study.block import KEPT, Block

SCALING = Field(
    description="percentile (a volume is divided by one of its percentiles) or z_score (its mean "
    "is subtracted, and it is divided by its standard deviation).",
)


class Percentile(Block):
    """Each volume is divided by a percentile of its voxels above 0."""

    name: Literal["percentile"] = SCALING
    percentile: Annotated[float, Field(gt=0, le=100), KEPT] = Field(
        99,
        description="The percentile of the voxels above 0 that becomes 1.",
    )


class ZScore(Block):
    """Each volume has mean 0 and standard deviation 1 over its voxels above 0."""

    name: Literal["z_score"] = SCALING


Scaling = Annotated[Percentile | ZScore, Field(discriminator="name")]


class Sampling(Block):
    """Patches of slices that a network is trained on, instead of whole slices."""

    patch: int = Field(ge=4, le=1024, description="Height and width of a patch, in voxels.")
    stride: int = Field(
        1,
        ge=1,
        le=1024,
        description="The distance of neighbouring training patches, in voxels. For validation and "
        "predictions, patches lie side by side.",
    )
    minimum: list[Annotated[int, Field(ge=0)]] = Field(
        [],
        description="The voxels of each class, in the order of `data.classes`, that a training "
        "patch has at least; empty for no such rule.",
    )
    no_background: bool = Field(
        False,
        description="Whether training patches with a voxel that is ignored are left out.",
    )
