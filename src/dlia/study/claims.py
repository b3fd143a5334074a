"""The claims of the original reports, one object per claim."""

from dataclasses import dataclass

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
