"""What may stand in studies/<study>.yaml, beside the settings of its variants."""

from typing import Annotated, Literal

from pydantic import Discriminator, Field, Tag

from dlia.study.block import (
    EXACT,
    PRINTED,
    REPORTED,
    UNIQUE,
    Block,
    Name,
    OpenShare,
    Text,
    VariantKey,
)


class Source(Block):
    """A document that is rebuilt."""

    citation: Text = Field(description="How the document is cited.")
    fit: Literal["train", "train+validation"] | None = Field(
        None,
        description="What it trained on, if it says so; a variant's `fit` that differs is an "
        "assumption.",
    )


class Standin(Block):
    """The drawn archive that stands in while the real one is missing."""

    kind: Literal["digits", "glands"] = Field(description="What is drawn.")
    train: int = Field(ge=10, le=100_000, description="Training images drawn.")
    test: int = Field(ge=1, le=100_000, description="Test images drawn.")
    size: int = Field(ge=16, le=512, description="Height and width of a drawn image, in pixels.")
    seed: int = Field(2021, ge=0, description="The number that the drawing derives from.")


class Data(Block):
    """The archive, how it is read and how it is split."""

    archive: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]+\.zip$")] = Field(
        description="The archive's file name in data_dir."
    )
    layout: Literal["class_folders", "image_mask_pairs"] = Field(
        description="class_folders (<Part>/<class>/<image>.png) or image_mask_pairs "
        "(<Part>/image_NN.png beside <Part>/label_NN.png)."
    )
    size: Annotated[
        list[Annotated[int, Field(ge=1, le=4096)]], Field(min_length=2, max_length=2)
    ] = Field(description="Height and width of every image, in pixels.")
    channels: Annotated[Literal[1, 3], EXACT] = Field(
        description="Channels of every image, 1 (grey) or 3 (RGB)."
    )
    classes: Annotated[list[Text], Field(min_length=2), UNIQUE] = Field(
        description="The classes in the order of their numbers."
    )
    validation: OpenShare = Field(
        description="The share of the training part that is held out for every choice."
    )
    split_seed: int = Field(
        2021,
        ge=0,
        le=4294967295,
        description="The number that the split derives from; one split serves all trials.",
    )
    terms: str = Field("", description="The terms under which the data may be used.")
    citation: str = Field("", description="How the data are cited.")
    standin: Standin = Field(
        description="The drawn archive that stands in while the real one is missing."
    )


def _by_type(tags: dict[type, str], otherwise: str) -> Discriminator:
    """Choose the option by the type of what is written; ``otherwise`` is an error's type."""
    return Discriminator(
        lambda written: tags.get(type(written)),
        custom_error_type=otherwise,
        custom_error_message=otherwise,
    )


PartName = Literal["test", "validation", "train"]
Printed = Annotated[str, Field(pattern=PRINTED)]
Keys = Annotated[
    Annotated[VariantKey, Tag("one")]
    | Annotated[Annotated[list[VariantKey], Field(min_length=2, max_length=2), UNIQUE], Tag("two")],
    _by_type({str: "one", list: "two"}, "text_or_list"),
]
Epoch = Annotated[
    Annotated[Annotated[int, Field(ge=1)], Tag("number")]
    | Annotated[Annotated[str, Field(pattern="^all$")], Tag("word")],
    _by_type({int: "number", str: "word"}, "whole_number_or_text"),
]


class ClaimBlock(Block):
    """One sentence of a source that the build can put to the test."""

    source: Text = Field(description="Where it is claimed, as the key of a source and a section.")
    says: Text = Field(description="The claim in our own words, one sentence.")
    of: Keys = Field(
        description="The variant that the claim is about, as exercise/variant; two in a list if it "
        "is about how much they differ."
    )
    quantity: Name | None = Field(
        None, description="What is claimed of it; the study's metric unless stated."
    )
    part: PartName = Field("test", description="The images that it is read on.")
    source_used: Literal["test", "validation", "train", "unknown"] = Field(
        "unknown",
        description="The images that the source read it on; where it used test images for a curve, "
        "validation images take their place here.",
    )
    epoch: Epoch | None = Field(
        None,
        description='The epoch that it is read in; "all" takes the mean over all epochs, which is '
        "the area under the curve. Without it, the networks that were kept are read.",
    )
    value: Printed | None = Field(
        None,
        description='The value as printed ("98.78 %", "5 min"), or `reported` for the variant\'s.',
    )
    above: Printed | None = Field(None, description="The level that it lies above.")
    below: Printed | None = Field(None, description="The level that it lies below.")
    higher_than: Keys | None = Field(
        None, description="The variant (or the two) that it is higher than."
    )
    lower_than: Keys | None = Field(
        None, description="The variant (or the two) that it is lower than."
    )
    equal_to: Keys | None = Field(None, description="The variant (or the two) that it equals.")
    fit: Literal["underfits", "fits", "overfits", "diverged", "collapsed"] | None = Field(
        None,
        description="The word of the fit comment that the source uses, or whose meaning it "
        "describes.",
    )


class LearningSpeed(Block):
    """Asks how fast the variants learn, beside those of other exercises that they are built on."""

    level: OpenShare = Field(
        description="The value of the validation metric whose first epoch is looked for."
    )


class ExerciseBlock(Block):
    """Variants that answer one question."""

    title: Text = Field(description="The exercise's heading in the report.")
    question: Text = Field(description="What the exercise asks, in one sentence.")
    defaults: dict[str, object] = Field(
        {}, description="Settings of every variant of the exercise, unless overridden."
    )
    learning_speed: LearningSpeed | None = Field(None, description=LearningSpeed.__doc__)
    boundary: Annotated[list[str], Field(min_length=2, max_length=2), UNIQUE] | None = Field(
        None,
        description="Two variants of the exercise; draws where along the boundary the second "
        "differs from the first.",
    )
    shows: Annotated[list[Literal["samples", "balance", "layers", "tsne"]], UNIQUE] = Field(
        [],
        description="What is shown without a training: images, how often each class is there, the "
        "layers of a network, or the images as points of a plane (t-SNE).",
    )
    network: VariantKey | None = Field(
        None, description="The variant whose layers are shown, as exercise/variant."
    )
    variants: dict[Annotated[Name, Field(max_length=30)], dict[str, object]] = Field(
        {}, description="The trainings, by name; none where the exercise only shows something."
    )


class Resources(Block):
    """What a training asks a cluster for, in the place of what is estimated."""

    mem_mb: int | None = Field(None, ge=1, description="Memory in MB.")
    hours: int | None = Field(None, ge=1, description="Hours, whole ones.")


class Record(Block):
    """What accompanies a variant's numbers into the report, and changes no training."""

    base: VariantKey | None = Field(
        None,
        description="The variant whose resolved settings this one starts from, as "
        "exercise/variant.",
    )
    same_as: VariantKey | None = Field(
        None,
        description="The variant that this one is identical with; there is no second training.",
    )
    compare_with: VariantKey | None = Field(
        None, description="The variant that this one is compared with; its base unless stated."
    )
    source: Text | None = Field(
        None,
        description="Where the variant is described, as the key of a source and a section.",
    )
    reported: (
        Annotated[
            dict[Name, Annotated[str, Field(pattern=REPORTED)]],
            Field(min_length=1),
        ]
        | None
    ) = Field(
        None,
        description='What the source reports, by metric, as printed ("99 %", "0.66"), or "figure '
        'only".',
    )
    assumed: dict[str, Text] | None = Field(
        None,
        description="Settings that the source leaves open, by their path, each with the reason "
        "for the choice.",
    )
    comment: Text | None = Field(None, description="The user's own words beside the results.")
    needs: Literal["gpu"] | None = Field(
        None,
        description="gpu for a training that a CPU cannot do in hours: it is left out of a build "
        "without a GPU, unless it is named as a target.",
    )
    resources: Resources | None = Field(None, description=Resources.__doc__)


class Document(Block):
    """The record of the experiments that share one archive and one task."""

    title: Text = Field(description="The study's name in the report.")
    task: Name = Field(description="What the networks do; decides the metrics.")
    sources: dict[str, Source] = Field(
        {}, description="The documents that are rebuilt, by the key that `source` uses."
    )
    data: Data = Field(description="The archive, how it is read and how it is split.")
    defaults: dict[str, object] = Field(
        {}, description="Settings of every variant of the study, unless overridden."
    )
    exercises: dict[Name, ExerciseBlock] = Field(
        min_length=1, description="The exercises, by id; unique over all studies."
    )
    claims: dict[Name, ClaimBlock] = Field(
        {}, description="What the sources claim and the build can test, by names of our own."
    )
