"""The schema of studies/<study>.yaml, except for the settings of its variants."""

from typing import Annotated, Literal

from pydantic import Field, Tag

from dlia.study.block import (
    EXACT,
    PRINTED,
    REPORTED,
    REPORTED_RUN,
    UNIQUE,
    Block,
    Name,
    OpenShare,
    Share,
    Text,
    VariantKey,
    by_type,
)
from dlia.study.download import Download
from dlia.study.layout_batches import CifarBatches
from dlia.study.layout_blocks import LabelledFiles, MaskedFiles
from dlia.study.layout_boxes import BoxesTable, Coco, Voc
from dlia.study.layout_volumes import NiftiVolumes
from dlia.study.settings import AnyNetwork


class Source(Block):
    """A report or assignment whose experiments are rebuilt."""

    citation: Text = Field(description="The full citation of the document.")
    fit: Literal["train", "train+validation"] | None = Field(
        None,
        description="The parts of the data that it trained on, if it says so; a variant with "
        "another `fit` is marked as an assumption.",
    )
    assignment: bool = Field(
        False,
        description="Whether it is an assignment. Its questions and demands are about the reader's "
        "own network and machine, so that nothing about these is left open.",
    )
    best: VariantKey | None = Field(
        None,
        description="The variant that it calls its best model, as exercise/variant; the report "
        "shows the mistakes of this one. Without it, of every variant without a validation part.",
    )


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
    Annotated[Literal["class_folders", "image_mask_pairs", "idx_files"], Tag("word")]
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
    classes: Annotated[list[Text], Field(min_length=1), UNIQUE] = Field(
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


Shown = Literal["samples", "random_samples", "balance", "layers", "tsne", "test_labels", "patches"]
PartName = Literal["test", "validation", "train"]
Printed = Annotated[str, Field(pattern=PRINTED)]
Keys = Annotated[
    Annotated[VariantKey, Tag("one")]
    | Annotated[Annotated[list[VariantKey], Field(min_length=2, max_length=2), UNIQUE], Tag("two")],
    by_type({str: "one", list: "two"}, "text_or_list"),
]


class EachOf(Block):
    """Several variants that the same is claimed of, each of them by itself."""

    each: Annotated[list[VariantKey], Field(min_length=2), UNIQUE] = Field(
        description="The variants, as exercise/variant. There is one claim and one verdict for "
        "each; in the text, <variant> stands for its key and <value> for the claimed value.",
    )


Subjects = Annotated[
    Annotated[VariantKey, Tag("one")]
    | Annotated[Annotated[list[VariantKey], Field(min_length=2, max_length=2), UNIQUE], Tag("two")]
    | Annotated[EachOf, Tag("each")],
    by_type({str: "one", list: "two", dict: "each", EachOf: "each"}, "text_or_list"),
]
Epoch = Annotated[
    Annotated[Annotated[int, Field(ge=1)], Tag("number")]
    | Annotated[Annotated[str, Field(pattern="^all$")], Tag("word")],
    by_type({int: "number", str: "word"}, "whole_number_or_text"),
]


class ClaimBlock(Block):
    """One claim of a source that the build can test."""

    source: Text = Field(
        description="The key of the source and the section that contains the claim.",
    )
    says: Text = Field(description="The claim, paraphrased in one sentence.")
    of: Subjects = Field(
        description="The variant that the claim is about, as exercise/variant; a list of two if"
        " the claim is about the difference between them; {each: [...]} if the same is claimed of "
        "several variants.",
    )
    quantity: Name | None = Field(
        None,
        description="The quantity that the claim is about; the study's metric unless stated.",
    )
    part: PartName = Field(
        "test",
        description="The part of the data that the quantity is measured on. Curves of test images "
        "need a variant with test in its `monitor`.",
    )
    source_used: Literal["test", "validation", "train", "unknown"] = Field(
        "unknown",
        description="The part of the data that the source measured it on. Where a source used "
        "test images and this build reads validation images, the claim cannot be refuted.",
    )
    epoch: Epoch | None = Field(
        None,
        description='The epoch that it is measured in; "all" takes the mean over all epochs, '
        "which is the area under the curve. Without it, the kept weights are evaluated.",
    )
    reaches: Printed | None = Field(
        None,
        description="A level of the quantity; the claim is about how long training takes until its "
        "curve first exceeds it.",
    )
    counted_in: Literal["epochs", "updates"] = Field(
        "epochs",
        description="With reaches: whether epochs or updates of the weights (batches) are counted.",
    )
    relative_to: VariantKey | None = Field(
        None,
        description="The variant by whose run time that of the claim's variant is divided; the "
        "value is then a number of times.",
    )
    pair: Annotated[list[Text], Field(min_length=2, max_length=2), UNIQUE] | None = Field(
        None,
        description="With quantity mistaken: the true class and the predicted one.",
    )
    assumed: dict[Literal["quantity", "part"], Text] | None = Field(
        None,
        description="What the source does not define: the quantity, or the part of the data, each "
        "with the reason for the reading that is taken.",
    )
    or_quantity: Name | None = Field(
        None,
        description="The other reading of a quantity that the source does not define. Both are "
        "shown; the claim is refuted only if both readings refute it.",
    )
    value: Printed | None = Field(
        None,
        description='The value as printed ("98.78 %", "5 min"), or `reported` for the variant\'s.',
    )
    above: Printed | None = Field(None, description="The value that it exceeds.")
    below: Printed | None = Field(None, description="The value that it stays below.")
    higher_than: Keys | None = Field(
        None,
        description="The variant (or pair of variants) whose value is lower.",
    )
    lower_than: Keys | None = Field(
        None,
        description="The variant (or pair of variants) whose value is higher.",
    )
    equal_to: Keys | None = Field(
        None,
        description="The variant (or pair of variants) whose value is the same.",
    )
    fit: Literal["underfits", "fits", "overfits", "diverged", "collapsed"] | None = Field(
        None,
        description="The fit comment that the source makes: the word that it uses, or whose "
        "meaning it describes.",
    )


class LearningSpeed(Block):
    """Compares how fast the variants with a validation part learn, and their bases elsewhere."""

    level: OpenShare = Field(
        description="The value of the validation metric; the first epoch that reaches it is "
        "reported.",
    )


class Sweep(Block):
    """A setting that the variants of an exercise differ in; a figure shows results over it."""

    over: Text = Field(
        description="The path of the setting, a number, such as model.dropout.rate.",
    )
    by: Text | None = Field(
        None,
        description="The path of another setting, each value of which has a line of its own.",
    )
    in_all: Annotated[list[Name], UNIQUE] = Field(
        [],
        description="Variants that belong to every line, such as the one without dropout.",
    )


class ExerciseBlock(Block):
    """An exercise: the variants that answer one question."""

    title: Text = Field(description="The exercise's heading in the report.")
    question: Text = Field(description="What the exercise asks, in one sentence.")
    defaults: dict[str, object] = Field(
        {},
        description="Settings of every variant of the exercise, unless overridden.",
    )
    learning_speed: LearningSpeed | None = Field(None, description=LearningSpeed.__doc__)
    boundary: Annotated[list[str], Field(min_length=2, max_length=2), UNIQUE] | None = Field(
        None,
        description="Two variants of the exercise; a figure shows where along the object "
        "boundaries the second one's segmentation differs from the first one's.",
    )
    agreement: bool = Field(
        False,
        description="Whether the predicted masks of all variants are compared with each other: a "
        "figure of the same test images for all, and the Dice of two variants beside that of two "
        "trials of one (agreement.csv, and a figure). For segmentations only.",
    )
    sweep: Sweep | None = Field(None, description=Sweep.__doc__)
    shows: Annotated[list[Shown], UNIQUE] = Field(
        [],
        description="What is shown beside variants: the first images of each class (samples), or "
        "random ones (random_samples), class frequencies (balance), the layers of a network "
        "(layers), a t-SNE embedding (tsne), the labels that a network gives to the test images "
        "(test_labels), or the training patches of volumes (patches).",
    )
    network: VariantKey | None = Field(
        None,
        description="The variant whose layers or test labels are shown, as exercise/variant.",
    )
    variants: dict[Annotated[Name, Field(max_length=30)], dict[str, object]] = Field(
        {},
        description="The variants to train, by name; empty if the exercise only shows something.",
    )


class Resources(Block):
    """The cluster resources that a training requests, instead of the estimated ones."""

    mem_mb: int | None = Field(None, ge=1, description="Memory in MB.")
    hours: int | None = Field(None, ge=1, description="Run time in whole hours.")


class Assumption(Block):
    """An assumed setting, and other values that the source may have had."""

    because: Text = Field(description="The reason for the chosen value.")
    readings: Annotated[list[object], UNIQUE] = Field(
        description="Other values that the source may have had, without the one that the variant "
        "takes; of a block of settings, each the keys that differ. With readings: true in "
        "config.yaml, each is trained as a variant of its own that differs in nothing else. Empty "
        "if no other value could matter; the reason says why.",
    )
    needs_gpu: Annotated[list[object], UNIQUE] = Field(
        [],
        description="Further readings, whose trainings take a CPU longer than hours. A build "
        "without a GPU leaves them out, and then the setting counts as one without readings.",
    )


Assumed = Annotated[
    Annotated[Text, Tag("text")] | Annotated[Assumption, Tag("block")],
    by_type({str: "text", dict: "block"}, "text_or_block"),
]


_One = Annotated[str, Field(pattern=REPORTED), Tag("one")]
_Runs = Annotated[
    list[Annotated[str, Field(pattern=REPORTED_RUN)]], Field(min_length=2), Tag("runs")
]
ReportedText = Annotated[_One | _Runs, by_type({str: "one", list: "runs"}, "text_or_list")]


class ReportedByPart(Block):
    """The values of a metric that a source reports for parts of the data."""

    train: ReportedText | None = Field(None, description="On training images.")
    validation: ReportedText | None = Field(None, description="On validation images.")
    test: ReportedText | None = Field(None, description="On test images.")

    def texts(self) -> dict[str, str | list[str]]:
        """Return what is printed, by part."""
        parts = {part: getattr(self, part) for part in type(self).model_fields}
        return {part: text for part, text in parts.items() if text is not None}


AnyReported = Annotated[
    _One | _Runs | Annotated[ReportedByPart, Tag("parts")],
    by_type({str: "one", list: "runs", dict: "parts", ReportedByPart: "parts"}, "text_or_list"),
]


class Record(Block):
    """The keys of a variant that describe it and do not change its training."""

    base: VariantKey | None = Field(
        None,
        description="The variant whose resolved settings this one starts from, as "
        "exercise/variant.",
    )
    same_as: VariantKey | None = Field(
        None,
        description="The variant that this one is identical to; it is not trained again.",
    )
    weights_of: VariantKey | None = Field(
        None,
        description="The variant whose trained networks this one uses, with another `prediction`; "
        "it is not trained again.",
    )
    compare_with: VariantKey | None = Field(
        None,
        description="The variant that this one is compared with; its base if not stated.",
    )
    source: Text | None = Field(
        None,
        description="The key of the source and the section that describes the variant.",
    )
    reported: Annotated[dict[Name, AnyReported], Field(min_length=1)] | None = Field(
        None,
        description='The values that the source reports, by metric, as printed ("99 %", "0.66"), '
        'or "figure only". If it prints each of its runs: a list of their values. They are of test '
        "images; those of other parts are stated by part: {train: ..., validation: ...}.",
    )
    assumed: dict[str, Assumed] | None = Field(
        None,
        description="Settings that the source does not state, by their path (such as "
        "optimizer.momentum), each with the reason for the chosen value; or with because (that "
        "reason) and readings (other values that the source may have had).",
    )
    chosen_from: dict[str, Annotated[list[object], Field(min_length=2), UNIQUE]] | None = Field(
        None,
        description="The candidates of settings that are chosen by validation images, by the "
        "setting's path. The target choose_<exercise>_<variant> trains them without the "
        "validation part; a build does not.",
    )
    chosen_on: Literal["validation", "folds"] | None = Field(
        None,
        description="The images that chosen_from is judged by: the validation part (also if not "
        "stated), or each of the five folds of the training images in turn, with one trial each.",
    )
    comment: Text | None = Field(
        None,
        description="A comment by the author of the study, shown beside the results.",
    )
    needs: Literal["gpu"] | None = Field(
        None,
        description="gpu for a training that takes a CPU longer than hours: a build without a "
        "GPU leaves it out, unless it is named as a target.",
    )
    resources: Resources | None = Field(None, description=Resources.__doc__)


class ReportBlock(Block):
    """What reports show of a study."""

    images: bool = Field(
        True,
        description="Whether reports show images of the data, such as slices of patients; false if "
        "its terms do not allow that reports with them are passed on.",
    )


class Document(Block):
    """A study: the exercises that share one archive and one task."""

    title: Text = Field(description="The study's name in the report.")
    task: Name = Field(
        description="The task of the networks, such as classification; it determines the metrics.",
    )
    sources: dict[str, Source] = Field(
        {},
        description="The documents that are rebuilt, by the keys that `source` refers to.",
    )
    data: Data = Field(description="The archive, how it is read and how it is split.")
    defaults: dict[str, object] = Field(
        {},
        description="Settings of every variant of the study, unless overridden.",
    )
    exercises: dict[Name, ExerciseBlock] = Field(
        min_length=1,
        description="The exercises, by id; unique over all studies.",
    )
    report: ReportBlock = Field(ReportBlock(), description=ReportBlock.__doc__)
    margins: dict[Literal["accuracy", "dice", "ap"], Share] = Field(
        {},
        description="The margins of the verdicts on the study's claims, where not those of "
        "config.yaml: the largest difference at which two results count as equal.",
    )
    claims: dict[Name, ClaimBlock] = Field(
        {},
        description="The claims of the sources that the build can test, by a name of your choice.",
    )
