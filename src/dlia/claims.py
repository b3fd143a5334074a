"""What the original reports claim: read from a study file, checked, and frozen."""

from dataclasses import dataclass
from typing import Any

from dlia.faults import Problem, suggestion
from dlia.quantities import CURVES, QUANTITIES, TEST, VALIDATION
from dlia.reported import parse_reported
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

    @property
    def variants(self) -> tuple[str, ...]:
        """The keys of all variants that it is about."""
        return (*self.of, *self.against)


def claim_problems(
    document: dict[str, Any], variants: dict[str, Variant], sources: list[str]
) -> list[Problem]:
    """Compare the claims of a study file with its variants; an empty list means that they agree."""
    found = [
        Problem(f"claims.{id_}.{problem.path}", problem.message)
        for id_, block in document["claims"].items()
        for problem in _problems(block, document["task"], variants, sources)
    ]
    return [Problem(problem.path.rstrip("."), problem.message) for problem in found]


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
    of, against = _keys(block["of"]), _keys(block[kind]) if kind in RIVALS else ()
    quantity = block.get("quantity", metric)
    part = VALIDATION if kind == "fit" else block["part"]
    claimed = "" if kind in RIVALS else block[kind]
    if claimed == AS_REPORTED:
        claimed = variants[of[0]].reported[quantity].text
    named = [variants[key] for key in (*of, *against)]
    fit = trained_on.get(block["source"].split(" ")[0])
    rests_on_images = QUANTITIES[quantity].family not in ("count", "seconds")
    fewer = fit and rests_on_images and any(variant.settings["fit"] != fit for variant in named)
    return Claim(
        id_,
        block["source"],
        block["says"],
        of,
        kind,
        claimed,
        against,
        quantity,
        part if QUANTITIES[quantity].parts else "",
        str(block.get("epoch", "")),
        part == VALIDATION and block["source_used"] == TEST,
        (
            *dict.fromkeys(path for variant in named for path in variant.assumed),
            *(["training set (the source kept no validation images)"] if fewer else []),
        ),
    )


def _keys(written: str | list[str]) -> tuple[str, ...]:
    return (written,) if isinstance(written, str) else tuple(written)


def _problems(
    block: dict[str, Any], task: str, variants: dict[str, Variant], sources: list[str]
) -> list[Problem]:
    kinds = [kind for kind in KINDS if kind in block]
    if len(kinds) != 1:
        stated = f"states {' and '.join(kinds)}" if kinds else "claims nothing"
        return [Problem("", f"{stated}; state one of {', '.join(KINDS)}")]
    kind, key = kinds[0], block["source"].split(" ")[0]
    if key not in sources:
        text = f"{key} is none of the study's sources{suggestion(key, sources)}"
        return [Problem("source", text)]
    places = {"of": block["of"]} | ({kind: block[kind]} if kind in RIVALS else {})
    unknown = [
        Problem(place, f"there is no variant {name}{suggestion(name, list(variants))}")
        for place, written in places.items()
        for name in _keys(written)
        if name not in variants
    ]
    if unknown:
        return unknown
    if len({len(_keys(written)) for written in places.values()}) > 1:
        return [Problem(kind, "two variants can only be compared with two, one with one")]
    if len(_keys(block["of"])) > 1 and kind not in RIVALS:
        return [Problem("of", f"{kind} is about one variant")]
    return _quantity_problems(block, kind, task, variants)


def _quantity_problems(
    block: dict[str, Any], kind: str, task: str, variants: dict[str, Variant]
) -> list[Problem]:
    name = block.get("quantity", METRICS[task])
    quantity, part = QUANTITIES[name], block["part"]
    if task not in quantity.tasks:
        return [Problem("quantity", f"is not known of a {task}")]
    if kind == "fit":
        extra = [key for key in ("quantity", "epoch") if key in block]
        return [Problem(key, "does not go with fit") for key in extra]
    if quantity.parts and part not in quantity.parts:
        known = " or ".join(quantity.parts)
        return [Problem("part", f"{name} is known on {known} images; state part: {known}")]
    if "epoch" in block and (part not in CURVES or name == "loss_rise" or not quantity.parts):
        return [Problem("epoch", "only curves have epochs: state part: validation or train")]
    if part in CURVES and quantity.parts:
        keys = [key for place in ("of", *RIVALS) for key in _keys(block.get(place, ()))]
        blind = [key for key in keys if variants[key].settings["fit"] != "train"]
        if blind and part == VALIDATION:
            return [Problem("part", f"{', '.join(blind)} has no validation images (fit)")]
        text = block.get("epoch")
        short = [key for key in keys if isinstance(text, int) and _epochs(variants, key) < text]
        if short:
            return [Problem("epoch", f"{', '.join(short)} ends before epoch {text}")]
    if kind == "value" and block[kind] == AS_REPORTED:
        reported = variants[block["of"]].reported.get(name)
        if reported is None or reported.value is None:
            return [Problem("value", f"{block['of']} has no number under reported.{name}")]
    elif kind in TEXTS and parse_reported(block[kind]).value is None:
        return [Problem(kind, f"{block[kind]!r} is no number")]
    return []


def _epochs(variants: dict[str, Variant], key: str) -> int:
    return int(variants[key].settings["epochs"])
