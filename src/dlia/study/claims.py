"""The claims of the original reports, one object per claim."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from pydantic import TypeAdapter

from dlia.study.quantities import Quantity

# The kinds of claims, by the value of their key: a printed number, variants, or a fit comment.
TEXTS = ("value", "above", "below")
RIVALS = ("higher_than", "lower_than", "equal_to")
KINDS = (*TEXTS, *RIVALS, "fit")


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

    @property
    def is_volatile(self) -> bool:
        """Whether the measured quantity is a run time, which differs from run to run."""
        return self.measured.family == "seconds"

    def plain(self) -> dict[str, object]:
        """Return the claim as plain values."""
        return {**vars(self), "measured": list(self.measured)}

    @classmethod
    def of_plain(cls, plain: Mapping[str, object]) -> "Claim":
        """Give the claim that ``plain`` gave these values of; JSON may lie in between.

        Raises:
            pydantic.ValidationError: A value is missing or of another type.
        """
        return _claims().validate_python(plain)


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
        trained_as: The key of the training for the key of every variant that ``claims`` name.
    """

    name: str
    metric: str
    per_trial: str
    data: str
    claims: tuple[Claim, ...]
    untested: tuple[tuple[Claim, str], ...]
    trained_as: dict[str, str]

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
