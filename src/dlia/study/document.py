"""The schema of studies/<study>.yaml, except for data, claims and the settings of variants."""

from typing import Annotated, Literal

from pydantic import Field, Tag

from dlia.study.block import (
    UNIQUE,
    Block,
    Name,
    OpenShare,
    Share,
    Text,
    VariantKey,
    by_type,
)
from dlia.study.claim_block import ClaimBlock
from dlia.study.data_block import Data
from dlia.study.reported_values import AnyReported


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


Shown = Literal[
    "samples", "random_samples", "balance", "layers", "tsne", "test_labels", "patches", "command"
]


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
        "(test_labels), the training patches of volumes (patches), or the command that applies a "
        "detector to a folder of new photographs (command).",
    )
    network: VariantKey | None = Field(
        None,
        description="The variant whose layers, test labels or command are shown, as "
        "exercise/variant; with tsne, the detector by whose pre-trained features boxes are mapped, "
        "instead of by pixels.",
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
