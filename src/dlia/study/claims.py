"""The claims of the original reports, one object per claim."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from typing import NamedTuple

from pydantic import TypeAdapter

from dlia.study.part_names import TEST
from dlia.study.printed import parse_reported
from dlia.study.quantities import AGREEMENT, COUNTED, LINEAR, MISTAKEN, SHARES, Quantity

# Ends of the names of quantities that are differences of two values of a curve or of two masks.
_DIFFERENCES = ("_gap", "_rise", "_step", "_inverted")
# The kinds of claims, by the value of their key: a printed number, variants, or a fit comment.
TEXTS = ("value", "above", "below")
SIDES = {"above": 1, "below": -1}
RIVALS = ("higher_than", "lower_than", "equal_to")
KINDS = (*TEXTS, *RIVALS, "fit")
# Which crossing of a level is meant: the first, that after which it stays exceeded, or any of them.
FIRST, FOR_GOOD, EITHER = "first", "for_good", "either"


@dataclass(frozen=True)
class Claim:
    """One claim of a source that the build can test.

    Attributes:
        source: The key of the source and the section.
        says: The claim, paraphrased.
        of: The key of the variant that it is about, or two keys if it is about their difference.
        kind: One of ``KINDS``.
        claimed: The claimed value, bound or fit comment; "" for a comparison.
        against: The one or two keys that ``of`` is compared with.
        quantity: The name of the measured quantity.
        measured: The description of that quantity.
        part: The part of the data it is measured on: test, validation or train; "" for none.
        epoch: The epoch it is measured in; "all" for the mean over all epochs that the compared
            variants share; "" for the kept weights.
        other_images: Whether the source measured on test images and this build on validation ones.
        open_settings: The assumed settings: the source does not state them, and they may matter.
        other_training: Whether this build trains on other parts of the data than the source.
        asked: Whether an assignment asks or demands it of the reader's own network and machine.
        undefined: What the source does not define, each with the reason for the reading taken.
        or_quantity: The name of the other reading of the quantity, or "".
        or_measured: Its description; that of the quantity itself if there is no other reading.
        reaches: The level whose crossing is claimed, or "".
        crossing: Which crossing is meant: first, for_good or either.
        counted_in: Whether that is counted in epochs or updates.
        relative_to: The variant by whose run time the one of ``of`` is divided, or "".
        pair: The true and the predicted class of the mistakes that are claimed, or nothing.
        printed: Of a comparison of accuracies, the two values that the source prints, or nothing.
        same_function: Whether the two networks that it compares compute the same, so that no
            setting can make one better.
    """

    id: str
    source: str
    says: str
    of: tuple[str, ...]
    kind: str
    claimed: str
    against: tuple[str, ...]
    quantity: str
    measured: Quantity
    part: str
    epoch: str
    other_images: bool
    open_settings: tuple[str, ...]
    other_training: bool
    asked: bool
    undefined: tuple[str, ...]
    or_quantity: str
    or_measured: Quantity
    reaches: str
    crossing: str
    counted_in: str
    relative_to: str
    pair: tuple[str, ...]
    printed: tuple[str, ...]
    same_function: bool

    @property
    def variants(self) -> tuple[str, ...]:
        """The keys of all variants that it is judged by."""
        return (*self.of, *self.against, *([self.relative_to] if self.relative_to else []))

    @property
    def may_be_read(self) -> bool:
        """Whether other values of the settings that its variant assumes can decide it.

        Not if it compares variants, or predictions with those of the base, because both would have
        to be trained with the other value; nor a count, a run time, what is known before the
        training, or an interval over images, which has one confidence level.
        """
        whole = self.kind == "fit" or self.measured.family not in (*COUNTED, "seconds")
        return bool(
            len(self.variants) == 1
            and self.open_settings
            and whole
            and not {AGREEMENT, LINEAR} & {self.quantity, self.or_quantity}
            and not self.measured.about_images
        )

    @property
    def is_of_presence(self) -> bool:
        """Whether it says that there are images of a kind at all, which each trial has or not."""
        counted = self.quantity == MISTAKEN or self.quantity.endswith("_images")
        return counted and self.kind == "above" and parse_reported(self.claimed).value == 0

    @property
    def is_of_an_image(self) -> bool:
        """Whether it says that there is an image with such a value, or with a more extreme one."""
        return (self.kind, self.measured.column[1]) in (("above", "max"), ("below", "min"))

    @property
    def is_of_a_difference(self) -> bool:
        """Whether what is judged is a difference of two values, whose unit is then points."""
        curve = self.judged.family in SHARES and self.quantity.endswith(_DIFFERENCES)
        return len(self.of) > 1 or curve

    def asks_for(self, metric: str) -> str:
        """Give the column of the table whose value has to be above a bound; "" if none has to.

        Args:
            metric: What the table is about; more of it is better.

        Returns:
            mean, min or max (of the images), if the claim is about ``metric`` on test images, in
            one variant, and neither about its course nor about a difference.
        """
        name, column = self.measured.column
        derived = self.reaches or self.relative_to or len(self.of) > 1
        if self.kind != "above" or self.part != TEST or derived:
            return ""
        return column if (name or self.quantity) == metric else ""

    @property
    def judged(self) -> Quantity:
        """The quantity that is judged: the measured one, or what is derived from it."""
        words = self.measured.words
        if self.reaches:
            until = f"{self.counted_in} until {words} exceeds {self.reaches}"
            return Quantity(until + " for good" * (self.crossing == FOR_GOOD), self.counted_in)
        if self.relative_to:
            return Quantity(f"{words}, relative to {self.relative_to}", "times")
        if self.pair:
            true, predicted = self.pair
            return self.measured._replace(words=f"images of {true} predicted as {predicted}")
        return self.measured

    @property
    def other_reading(self) -> tuple[str, "Claim"] | None:
        """The claim in the other reading of what the source does not define, and its name."""
        if self.crossing == EITHER:
            return "for good", replace(self, crossing=FOR_GOOD)
        if self.or_quantity:
            other = replace(self, quantity=self.or_quantity, measured=self.or_measured)
            return self.or_measured.words, other
        return None

    @property
    def is_volatile(self) -> bool:
        """Whether the measured quantity is a run time, which differs from run to run."""
        return self.measured.family == "seconds"

    def plain(self) -> dict[str, object]:
        """Return the claim as plain values."""
        measured = {name: list(getattr(self, name)) for name in ("measured", "or_measured")}
        return {**vars(self), **measured}

    @classmethod
    def of_plain(cls, plain: Mapping[str, object]) -> "Claim":
        """Give the claim that ``plain`` gave these values of; JSON may lie in between.

        Raises:
            pydantic.ValidationError: A value is missing or of another type.
        """
        return _claims().validate_python(plain)


class Reading(NamedTuple):
    """Another value of an assumed setting, which the source may have had.

    Attributes:
        path: The assumed setting.
        words: The setting and its value.
        key: The training that has this value.
    """

    path: str
    words: str
    key: str


@dataclass(frozen=True)
class StudyClaims:
    """The claims of one study, and where the results lie that they are judged by.

    Attributes:
        name: The study's name.
        metric: The metric that the study is judged by.
        per_trial: The table that has what every trial reached.
        data: Whether the results are of real data or of a stand-in.
        claims: The claims to judge.
        untested: Claims on variants that this build does not train, each with the reason.
        trained_as: The key of the training for the key of every variant that ``claims`` name, and
            of every reading that is trained.
        readings: The readings of the variants that ``claims`` name, by the variants' keys.
        unread: The assumed settings of which no readings are trained, of every variant whose claims
            readings can decide.
        reads: Whether the build trains these readings.
        mapped: The exercise that shows a map of what a variant's network sees in boxes, by variant.
        margins: The margins of this study, by family, where it does not take those of all.
        differs: How the images are others than the sources', or prepared otherwise, if they are.
        caveat: The word for it: other images, or other preparation.
    """

    name: str
    metric: str
    per_trial: str
    data: str
    claims: tuple[Claim, ...]
    untested: tuple[tuple[Claim, str], ...]
    trained_as: dict[str, str]
    readings: dict[str, tuple[Reading, ...]] = field(default_factory=dict)
    unread: dict[str, tuple[str, ...]] = field(default_factory=dict)
    reads: bool = False
    mapped: dict[str, str] = field(default_factory=dict)
    margins: dict[str, float] = field(default_factory=dict)
    differs: str = ""
    caveat: str = ""

    @classmethod
    def of_plain(cls, plain: Mapping[str, object]) -> "StudyClaims":
        """Read plain values; claims are as ``Claim.plain`` gives them.

        Raises:
            pydantic.ValidationError: A value is missing or of another type.
        """
        return _studies().validate_python(plain)


@cache
def _claims() -> TypeAdapter[Claim]:
    return TypeAdapter(Claim)


@cache
def _studies() -> TypeAdapter[StudyClaims]:
    return TypeAdapter(StudyClaims)
