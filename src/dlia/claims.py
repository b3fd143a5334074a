"""What the original reports claim: read from a study file, checked, and frozen."""

from dataclasses import dataclass
from typing import Any

from dlia.quantities import QUANTITIES, TEST, VALIDATION
from dlia.variants import METRICS, Variant

# How a claim is put, and what stands behind that key: a text, variants, or a word.
TEXTS = ("value", "above", "below")
RIVALS = ("higher_than", "lower_than", "equal_to")
KINDS = (*TEXTS, *RIVALS, "fit")
AS_REPORTED = "reported"


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
        quantity: What is measured, one of ``QUANTITIES``.
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
    part: str
    epoch: str
    other_images: bool
    open_settings: tuple[str, ...]
    other_training: bool


def read_claims(
    document: dict[str, Any], variants: dict[str, Variant], trained_on: dict[str, str]
) -> dict[str, Claim]:
    """Turn the claims of a study file, in which nothing is wrong, into objects.

    Args:
        document: The study file.
        variants: Its variants, by key.
        trained_on: For the sources that say so, the images that they trained on (``fit``).
    """
    return {
        id_: _claim(id_, block, METRICS[document["task"]], variants, trained_on)
        for id_, block in document["claims"].items()
    }


def _claim(
    id_: str,
    block: dict[str, Any],
    metric: str,
    variants: dict[str, Variant],
    trained_on: dict[str, str],
) -> Claim:
    kind = next(kind for kind in KINDS if kind in block)
    of, against = keys_of(block["of"]), keys_of(block[kind]) if kind in RIVALS else ()
    quantity = block.get("quantity", metric)
    part = VALIDATION if kind == "fit" else block["part"]
    claimed = "" if kind in RIVALS else block[kind]
    if claimed == AS_REPORTED:
        claimed = variants[of[0]].reported[quantity].text
    named = [variants[key] for key in (*of, *against)]
    fit = trained_on.get(block["source"].split(" ")[0])
    rests_on_images = bool(QUANTITIES[quantity].parts)
    differs = fit and any(variant.settings["fit"] != fit for variant in named)
    return Claim(
        id=id_,
        source=block["source"],
        says=block["says"],
        of=of,
        kind=kind,
        claimed=claimed,
        against=against,
        quantity=quantity,
        part=part if rests_on_images else "",
        epoch=str(block.get("epoch", "")),
        other_images=rests_on_images and part == VALIDATION and block["source_used"] == TEST,
        open_settings=tuple(dict.fromkeys(path for v in named for path in v.assumed)),
        other_training=bool(rests_on_images and differs),
    )


def keys_of(written: str | list[str]) -> tuple[str, ...]:
    """Give the one key, or the two, that a study file names."""
    return (written,) if isinstance(written, str) else tuple(written)
