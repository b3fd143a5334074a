"""What the original reports claim, one object for each claim."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from pydantic import TypeAdapter

from dlia.study.quantities import Quantity

# The kinds of claims, which are keys in study files. The value of the key is a text, one or two
# variants, or a word.
TEXTS = ("value", "above", "below")
RIVALS = ("higher_than", "lower_than", "equal_to")
KINDS = (*TEXTS, *RIVALS, "fit")


@dataclass(frozen=True)
class Claim:
    """One sentence of a source that the build can test.

    Attributes:
        source: The key of the source and the section.
        says: The sentence, in our own words.
        of: The key of the variant that it is about. Two keys: it is about their difference.
        kind: One of ``KINDS``.
        claimed: The value, level or word; "" for a comparison.
        against: What ``of`` is compared with, as one key or two.
        quantity: The name of what is measured.
        measured: What that is.
        part: The images that it is read on: test, validation or train.
        epoch: The epoch that it is read in, "all" for the mean over all epochs that those compared
            have in common, "" for the networks that were kept.
        other_images: Whether the claim is read on validation images and the source used its test
            part.
        open_settings: The settings that the source does not report and that the result may
            depend on.
        other_training: Whether the networks are trained on other images than those of the source.
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
        """Whether what is measured differs from run to run."""
        return self.measured.family == "seconds"

    def plain(self) -> dict[str, object]:
        """Give it as plain values."""
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
