"""The schema of a claim of a source, an entry of `claims` of a study."""

from typing import Annotated, Literal

from pydantic import Field, Tag

from dlia.study.block import PRINTED, UNIQUE, Block, Name, Text, VariantKey, by_type

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
        "curve exceeds it.",
    )
    crossing: Literal["first", "for_good", "either"] = Field(
        "first",
        description="With reaches: whether the curve exceeds the level for the first time (first) "
        "or from then on (for_good); either if the source does not define it. Both are then shown, "
        "and the claim is refuted only if both refute it.",
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
    volume: Text | None = Field(
        None,
        description="With what is counted in a volume, such as voxels_class_1: its name.",
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
