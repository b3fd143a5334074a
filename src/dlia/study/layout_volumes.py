"""The layout of volumes in the NIfTI form: the ``layout`` block ``nifti_volumes``."""

from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import Field

from dlia.study.block import UNIQUE, Block, Text
from dlia.study.layout_blocks import Unused
from dlia.study.messages import Problem
from dlia.study.path_template import Template, spelt

VOLUMES = "nifti_volumes"  # the name of the layout
FEWEST_SLICES = 4  # of a volume of a stand-in
VOLUME = "volume"  # the placeholder for the name of a volume
Names = Annotated[list[Text], UNIQUE]
Labels = Annotated[list[Annotated[int, Field(ge=0, le=255)]], UNIQUE]


class NiftiVolumes(Block):
    """Volumes (.nii or .nii.gz), each with a segmentation; their slices are the images."""

    name: Literal["nifti_volumes"] = Field(description="The layout.")
    images: Text = Field(
        description="The path of a volume below the archive's top folder, with the placeholder "
        "<volume> for its name, and others for what differs, each of them once.",
    )
    segmentations: Text = Field(
        description="The path of its segmentation, with <volume> too.",
    )
    train: Annotated[Names, Field(min_length=1)] = Field(
        description="The names of the volumes of the training part.",
    )
    validation: Annotated[Names, Field(min_length=1)] = Field(
        description="The names of the volumes of the validation part.",
    )
    test: Annotated[Names, Field(min_length=1)] = Field(
        description="The names of the volumes of the test part.",
    )
    left_out: Names = Field(
        [],
        description="The names of the volumes that are not used, such as those without a "
        "segmentation. A volume that is named nowhere is an error.",
    )
    axis: Annotated[int, Field(ge=1, le=3)] = Field(
        3,
        description="The axis that slices are taken along, after a volume was turned so that its "
        "axes lead to the right, to the front and to the top.",
    )
    labels: Annotated[Labels, Field(min_length=2)] = Field(
        description="The number of each class in the segmentations, in the order of `classes`.",
    )
    ignored: Labels = Field(
        [],
        description="Numbers in the segmentations that are no class, such as 0 for the background:"
        " such voxels have no part in losses and metrics. Other numbers are errors.",
    )
    unused: Unused = Field([])

    def parts(self) -> dict[str, list[str]]:
        """Return the names of the volumes of every part."""
        return {"train": self.train, "validation": self.validation, "test": self.test}

    def problems(self) -> Iterator[Problem]:
        """Yield what is wrong with paths, names and numbers, with paths below the block."""
        for key, text in (("images", self.images), ("segmentations", self.segmentations)):
            names = Template(text).names
            if not text.lower().endswith((".nii", ".nii.gz")):
                yield Problem(key, "must end in .nii or .nii.gz: only NIfTI files are read")
            if VOLUME not in names or len({*names}) < len(names):
                text = f"needs the placeholder <{VOLUME}>, and each placeholder only once"
                yield Problem(key, text)
        if Template(self.images).form == Template(self.segmentations).form:
            yield Problem("segmentations", "is the path of images, too; each needs its own")
        first: dict[str, str] = {}
        for key, names_of in (*self.parts().items(), ("left_out", self.left_out)):
            for name in names_of:
                other = first.setdefault(spelt(name), key)
                if other != key:
                    yield Problem(key, f"{name} is in {other}, too; a volume has one part")
        if both := sorted({*self.labels} & {*self.ignored}):
            yield Problem("ignored", f"{both[0]} is the number of a class")
