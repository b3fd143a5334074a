"""What the original reports claim, one object for each claim."""

from dataclasses import dataclass

from dlia.study.quantities import Quantity

# How a claim is put, and what stands behind that key: a text, variants, or a word.
TEXTS = ("value", "above", "below")
RIVALS = ("higher_than", "lower_than", "equal_to")
KINDS = (*TEXTS, *RIVALS, "fit")


@dataclass(frozen=True)
class Claim:
    """One sentence of a source that the build can put to the test.

    Attributes:
        source: The key of the source and the section.
        says: The sentence, in our own words.
        of: The key of the variant that it is about; with two, it is about how much they differ.
        kind: One of ``KINDS``.
        claimed: The value, level or word; "" for a comparison.
        against: What ``of`` is compared with, as one key or two.
        quantity: The name of what is measured.
        measured: What that is.
        part: The images that it is read on: test, validation or train.
        epoch: The epoch that it is read in, "all" for the mean over all epochs that those compared
            have in common, "" for the networks that were kept.
        other_images: Whether the source used its test part where this reads validation images.
        open_settings: The settings that the source leaves open, and the result may hang on.
        other_training: Whether it trains on other images than the source did.
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
