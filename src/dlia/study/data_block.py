"""The block `data` of a study: its archive, other forms of it, and its stand-in."""

from typing import Annotated, Literal

from pydantic import Field, Tag

from dlia.study.block import EXACT, UNIQUE, Block, OpenShare, Printable, Text, by_type
from dlia.study.download import Download
from dlia.study.layout_batches import CifarBatches
from dlia.study.layout_blocks import LabelledFiles, MaskedFiles
from dlia.study.layout_boxes import BoxesTable, Coco, Voc
from dlia.study.layout_volumes import NiftiVolumes
from dlia.study.settings import AnyNetwork


class Standin(Block):
    """The synthetic archive that is used while the real one is missing."""

    kind: Literal["digits", "glands", "shapes", "ellipsoids"] = Field(
        description="The kind of synthetic images: shapes, a different one for each class, in any "
        "layout of pictures; or numerals like MNIST's (digits), or tissue like WARWICK's (glands); "
        "or volumes of nested ellipsoids, the only kind for nifti_volumes.",
    )
    train: int = Field(
        ge=10,
        le=100_000,
        description="Number of synthetic training images; of ellipsoids, the slices of all volumes "
        "of the training and the validation part together.",
    )
    test: int = Field(ge=1, le=100_000, description="Number of synthetic test images.")
    size: int = Field(
        ge=16,
        le=512,
        description="Height and width of a synthetic image, in pixels.",
    )
    seed: int = Field(2021, ge=0, description="The seed of the synthetic images.")
    group: int = Field(
        1,
        ge=1,
        le=1000,
        description="Only for shapes: how many images of a class, one after another, resemble each "
        "other, as those of one track, volume, patient or sequence do.",
    )
    objects: int = Field(
        1,
        ge=1,
        le=8,
        description="Only for shapes in a layout with masks or boxes: the number of objects in an "
        "image; with boxes, the highest.",
    )
    model: AnyNetwork | None = Field(
        None,
        description="The network that every variant has on the synthetic images, instead of its "
        "own; for networks that a CPU does not train in minutes.",
    )
    max_epochs: int | None = Field(
        None,
        ge=1,
        le=100_000,
        description="The most epochs that a variant trains on the synthetic images, unless "
        "max_epochs of config.yaml says otherwise; without it, none is shortened.",
    )


AnyLayout = Annotated[
    Annotated[
        Literal["class_folders", "image_mask_pairs", "idx_files", "glas_files", "scr_radiographs"],
        Tag("word"),
    ]
    | Annotated[
        Annotated[
            LabelledFiles | MaskedFiles | NiftiVolumes | Coco | Voc | BoxesTable | CifarBatches,
            Field(discriminator="name"),
        ],
        Tag("block"),
    ],
    by_type(
        {str: "word"}
        | dict.fromkeys(
            (dict, LabelledFiles, MaskedFiles, NiftiVolumes, Coco, Voc, BoxesTable, CifarBatches),
            "block",
        ),
        "text_or_block",
    ),
]


class Arranged(Block):
    """How the files of an archive are arranged."""

    layout: AnyLayout = Field(
        description="class_folders (<Part>/<class>/<image>.png, or .jpg), image_mask_pairs "
        "(<Part>/image_NN.png beside <Part>/label_NN.png), idx_files (the four files of MNIST), "
        "glas_files (GlaS as it was released), scr_radiographs (JSRT with the masks of SCR), "
        "or a block with the name of a layout that has settings.",
    )

    @property
    def layout_name(self) -> str:
        """The name of the layout."""
        return self.layout if isinstance(self.layout, str) else self.layout.name

    @property
    def layout_options(self) -> dict[str, object] | None:
        """The settings of the layout as plain values, if it has any."""
        return None if isinstance(self.layout, str) else self.layout.plain()


class Form(Arranged):
    """Another release of the images, which is accepted in place of the archive."""

    title: Text = Field(description="What the report calls it, such as: the four IDX files.")
    files: Annotated[list[Text], Field(min_length=1), UNIQUE] = Field(
        description="The names of the files by which it is told, as patterns such as *.tar.gz. All "
        "of them lie in data_dir, or in a folder or an archive with the archive's name.",
    )
    differs: str = Field(
        "",
        description="How its images are prepared otherwise than those of the archive, if they are: "
        "report and verdicts say so.",
    )
    terms: str = Field("", description="Its terms, if they are others than those of the archive.")
    citation: str = Field("", description="Its citation, if it has one of its own.")


class Data(Arranged):
    """The archive, how it is read and how it is split."""

    archive: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]+\.zip$")] = Field(
        description="The archive's file name in data_dir.",
    )
    other_images: str = Field(
        "",
        description="How the archive's images are others than those of the sources, if they are, "
        "such as another selection: report and verdicts say so.",
    )
    left_out_because: str = Field(
        "",
        description="Why images or volumes of the archive are left out, for a layout that names "
        "such: the report says it.",
    )
    forms: list[Form] = Field(
        [],
        description="Other releases of the same images, which are accepted in place of the archive "
        "and told by the names of their files.",
    )
    size: Annotated[
        list[Annotated[int, Field(ge=1, le=4096)]], Field(min_length=2, max_length=2)
    ] = Field(
        description="Height and width of every image, in pixels; of photographs with boxes, those "
        "of the frame that each is fitted into.",
    )
    channels: Annotated[Literal[1, 3], EXACT] = Field(
        description="Channels of every image, 1 (grey) or 3 (RGB).",
    )
    channels_show: str = Field(
        "",
        description="What the channels show, for the captions of images whose colours are not "
        "those of a photograph.",
    )
    classes: Annotated[list[Printable], Field(min_length=1), UNIQUE] = Field(
        description="The names of the classes, in the order of their indices; two or more, but one "
        "is enough for boxes.",
    )
    validation: OpenShare | None = Field(
        None,
        description="The share of the training images that is held out as validation part; not for "
        "a layout that names the validation part itself.",
    )
    split_seed: int = Field(
        2021,
        ge=0,
        le=4294967295,
        description="The seed of the split into training and validation part; all trials use "
        "one split.",
    )
    terms: str = Field("", description="The terms under which the data may be used.")
    citation: str = Field("", description="The citation of the data set.")
    download: Download | None = Field(None, description=Download.__doc__)
    standin: Standin = Field(
        description="The synthetic archive that is used while the real one is missing.",
    )

    @property
    def has_validation(self) -> bool:
        """Whether the archive has a validation part."""
        return getattr(self.layout, "validation", None) is not None

    def drawn(self) -> dict[str, object]:
        """Return what the synthetic archive depends on, as plain values."""
        plain = self.standin.model_dump(exclude={"max_epochs", "model"}) | {"classes": self.classes}
        if self.standin.kind == "shapes":
            own = {"layout": self.layout_name, "options": self.layout_options}
            return plain | own | {"channels": self.channels}
        if self.standin.kind == "ellipsoids":
            plain["options"] = self.layout_options
        return {key: value for key, value in plain.items() if key not in ("group", "objects")}
