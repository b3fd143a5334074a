"""The schema of studies/<study>.yaml, except for its data and the settings of its variants."""

from typing import Annotated, Literal

from pydantic import Field, Tag

from dlia.study.block import (
    PRINTED,
    UNIQUE,
    Block,
    Name,
    OpenShare,
    Share,
    Text,
    VariantKey,
    by_type,
)
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
        " the claim is about the difference between them, with above or below that of the first "
        "less the second; {each: [...]} if the same is claimed of "
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
        description="The variant whose layers or test labels are shown, as exercise/variant; with "
        "tsne, the detector by whose pre-trained features boxes are mapped, instead of by pixels.",
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
