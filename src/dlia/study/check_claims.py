"""What can be wrong with a claim, beyond what its model sees."""

from collections import Counter

from dlia.study.claim_block import ClaimBlock, EachOf
from dlia.study.claims import EITHER, FIRST, KINDS, RIVALS, SIDES, TEXTS
from dlia.study.document import Document
from dlia.study.layout_volumes import NiftiVolumes
from dlia.study.messages import Problem, start_of, suggestion
from dlia.study.model import Variant
from dlia.study.part_names import CURVE_PARTS, TEST, VALIDATION
from dlia.study.printed import ABOUT, parse_reported
from dlia.study.quantities import AGREEMENT, LINEAR, MISTAKEN, SHARES, is_read_from_curves
from dlia.study.read_claims import AS_REPORTED, keys_of, kinds_of, written_claims
from dlia.study.task import Task

# The units that a family of quantities is printed with; "" is none.
UNITS = {
    **dict.fromkeys((*SHARES, "growth"), ("%", "")),
    "seconds": ("min", "s"),
    "times": ("times",),
}


def claim_problems(document: Document, task: Task, variants: dict[str, Variant]) -> list[Problem]:
    """Compare the claims of a study file with its variants; an empty list means that they agree."""
    written = list(written_claims(document))
    times = Counter(claim.id for claim in written)
    found = [
        Problem(f"claims.{claim.written_as}.{problem.path}".rstrip("."), problem.message)
        for claim in written
        for problem in _problems(claim.block, task, variants, document)
    ]
    found += [
        Problem(f"claims.{claim.written_as}", f"another claim is called {claim.id}, too; rename it")
        for claim in written
        if times[claim.id] > 1
    ]
    return list(dict.fromkeys(found))


def _problems(
    block: ClaimBlock, task: Task, variants: dict[str, Variant], document: Document
) -> list[Problem]:
    sources = list(document.sources)
    kinds = kinds_of(block)
    if len(kinds) != 1:
        stated = f"states {' and '.join(kinds)}" if kinds else "claims nothing"
        return [Problem("", f"{stated}; state one of {', '.join(KINDS)}")]
    kind, key = kinds[0], block.source.split(" ")[0]
    if key not in sources:
        text = f"{key} is none of the study's sources{suggestion(key, sources)}"
        return [Problem("source", text)]
    return (
        _variant_problems(block, kind, variants)
        or _quantity_problems(block, kind, task)
        or _derived_problems(block, kind, task, document.data.classes)
        or volume_problems(block, task, document)
        or _agreement_problems(block, kind, variants, document)
        or _map_problems(block, kind, document)
        or _curve_problems(block, kind, task, variants)
        or _text_problems(block, kind, task, variants)
    )


def _places(block: ClaimBlock, kind: str) -> dict[str, str | list[str] | EachOf]:
    """Give the variants that a claim names, by their key in its block."""
    rivals = {kind: getattr(block, kind)} if kind in RIVALS else {}
    return {"of": block.of, **rivals}


def _variant_problems(block: ClaimBlock, kind: str, variants: dict[str, Variant]) -> list[Problem]:
    places = _places(block, kind)
    unknown = [
        Problem(place, f"there is no variant {name}{suggestion(name, list(variants))}")
        for place, written in (*places.items(), ("relative_to", block.relative_to or []))
        for name in keys_of(written)
        if name not in variants
    ]
    if unknown:
        return unknown
    sides = [
        [variants[key].predicted_as for key in keys_of(written)] for written in places.values()
    ]
    if len({len(side) for side in sides}) > 1:
        return [Problem(kind, "two variants can only be compared with two, one with one")]
    if len(sides[0]) > 1 and kind not in (*RIVALS, *SIDES):
        return [Problem("of", f"{kind} is about one variant; name one")]
    if len(sides[0]) > 1 and kind in SIDES and block.reaches:
        return [Problem("reaches", f"{kind} of a crossing is about one variant; name one")]
    same = [place for place, side in zip(places, sides, strict=True) if len({*side}) < len(side)]
    if same:
        return [Problem(same[0], "both are the same training; name another")]
    if len(sides) > 1 and sorted(sides[0]) == sorted(sides[1]):
        return [Problem(kind, f"{sides[1][0]} is the same training; name another")]
    return []


def _quantity_problems(block: ClaimBlock, kind: str, task: Task) -> list[Problem]:
    name, part = block.quantity or task.metric, block.part
    if name not in task.known:
        text = f"{name} is not known of a {task}{suggestion(name, list(task.known))}"
        return [Problem("quantity", text)]
    quantity = task.known[name]
    other = block.or_quantity
    if other and "quantity" not in (block.assumed or {}):
        return [Problem("or_quantity", "needs a reason: state assumed: {quantity: ...}")]
    if other and (other not in task.known or task.known[other].family != quantity.family):
        known = [
            n for n, found in task.known.items() if found.family == quantity.family and n != name
        ]
        text = f"{other} is no other reading of {name}{suggestion(other, known)}"
        return [Problem("or_quantity", text)]
    if kind == "fit":
        stated = {"quantity": block.quantity, "epoch": block.epoch, "part": part != TEST}
        extra = [key for key, value in stated.items() if value]
        return [Problem(key, "does not go with fit; remove it") for key in extra]
    if quantity.parts and part not in quantity.parts:
        known = list(quantity.parts)
        text = f"{name} is known on {' or '.join(known)} images; state part: {known[0]}"
        return [Problem("part", text)]
    if block.epoch is not None and (name.endswith(("_rise", "_step")) or block.reaches):
        return [Problem("epoch", "the claim is about the whole curve; remove it")]
    if block.epoch is not None and not {*quantity.parts} & {*CURVE_PARTS}:
        return [Problem("epoch", f"{name} has no curve; remove it")]
    return []


def _derived_problems(
    block: ClaimBlock, kind: str, task: Task, classes: list[str]
) -> list[Problem]:
    """Check the keys from which another quantity is derived: reaches, relative_to, pair."""
    name = block.quantity or task.metric
    quantity = task.known[name]
    if block.crossing != FIRST and not block.reaches:
        return [Problem("crossing", "goes with reaches; state the level, or remove it")]
    if block.crossing == EITHER and block.or_quantity:
        return [Problem("or_quantity", "is one reading too many beside crossing: either")]
    if block.crossing == EITHER and "quantity" not in (block.assumed or {}):
        return [Problem("crossing", "needs a reason: state assumed: {quantity: ...}")]
    if block.reaches and (VALIDATION not in quantity.parts or kind == "fit"):
        return [Problem("reaches", f"{name} has no curve; remove it")]
    if block.reaches:
        return _number_problems("reaches", block.reaches, name, quantity.family)
    if block.relative_to and (quantity.family != "seconds" or kind not in TEXTS):
        return [Problem("relative_to", "is for value, above and below of run times only")]
    if (name == MISTAKEN) != bool(block.pair):
        return [Problem("pair", f"goes with quantity: {MISTAKEN}, and names two classes")]
    strange = [word for word in block.pair or () if word not in classes]
    text = f"{' and '.join(strange)}: no such class; known here: {', '.join(classes)}"
    return [Problem("pair", text)] if strange else []


def volume_problems(block: ClaimBlock, task: Task, document: Document) -> list[Problem]:
    """Check the name of the volume in which something is counted."""
    known = task.known
    if known[block.quantity or task.metric].of_volume != bool(block.volume):
        counted = next((name for name, found in known.items() if found.of_volume), "")
        such = f"such as quantity: {counted}" if counted else f"which a {task} does not have"
        return [Problem("volume", f"goes with what is counted in one volume, {such}")]
    layout = document.data.layout
    if not block.volume or not isinstance(layout, NiftiVolumes):
        return []
    names = [name for part in layout.parts().values() for name in part]
    text = f"{block.volume} is in no part of the data{suggestion(block.volume, names)}"
    return [] if block.volume in names else [Problem("volume", text)]


def _agreement_problems(
    block: ClaimBlock, kind: str, variants: dict[str, Variant], document: Document
) -> list[Problem]:
    """Check that the predictions of a variant are compared with those of its base."""
    if AGREEMENT not in (block.quantity, block.or_quantity):
        return []
    for key in (key for written in _places(block, kind).values() for key in keys_of(written)):
        exercise = key.partition("/")[0]
        if not document.exercises[exercise].agreement:
            text = f"needs agreement: true in the exercise {exercise}"
            return [Problem("quantity", text)]
        if variants[key].compare_with.partition("/")[0] != exercise:
            text = f"{key} has no base in {exercise}, with which its predictions could agree"
            return [Problem("quantity", text)]
    return []


def _map_problems(block: ClaimBlock, kind: str, document: Document) -> list[Problem]:
    """Check that an exercise maps what the network of a variant sees."""
    if LINEAR not in (block.quantity, block.or_quantity):
        return []
    mapped = {each.network for each in document.exercises.values() if "tsne" in each.shows}
    named = [key for written in _places(block, kind).values() for key in keys_of(written)]
    text = "needs an exercise with shows: [tsne] and network: {}"
    return [Problem("quantity", text.format(key)) for key in named if key not in mapped]


def _curve_problems(
    block: ClaimBlock, kind: str, task: Task, variants: dict[str, Variant]
) -> list[Problem]:
    name = block.quantity or task.metric
    if not task.known[name].parts:
        return []
    named = [
        (place, variants[key])
        for place, written in _places(block, kind).items()
        for key in keys_of(written)
    ]
    fits = {variant.settings.fit for _, variant in named}
    if len(fits) > 1:
        text = f"{' and '.join(v.key for _, v in named)} are trained on different images (fit)"
        return [Problem(kind, text)]
    epoch = block.epoch
    curves = is_read_from_curves(task.known[name], block.part, str(epoch or block.reaches or ""))
    if borrowed := [(place, v) for place, v in named if v.weights_of and (curves or kind == "fit")]:
        text = "has no curves of its own prediction; name {}, whose networks it has"
        return [Problem(place, f"{v.key} {text.format(v.weights_of)}") for place, v in borrowed]
    if kind == "fit":
        text = "has no curves of held-out images (monitor)"
        return [Problem(place, f"{v.key} {text}") for place, v in named if not v.held_out]
    if not curves:
        return []
    unseen = [
        Problem(place, f"{variant.key} has no curves of {block.part} images (monitor)")
        for place, variant in named
        if block.part not in variant.settings.monitor
    ]
    if name.startswith("gradient_norm"):
        text = "records no gradients (gradient_norms)"
        unseen += [
            Problem(place, f"{variant.key} {text}")
            for place, variant in named
            if not variant.settings.gradient_norms
        ]
    if unseen:
        return unseen
    keys = [variant.key for _, variant in named]
    epochs = {key: variants[key].settings.epochs for key in keys}
    short = [key for key in keys if isinstance(epoch, int) and epochs[key] < epoch]
    return [Problem("epoch", f"{key} ends after epoch {epochs[key]}") for key in short]


def _text_problems(
    block: ClaimBlock, kind: str, task: Task, variants: dict[str, Variant]
) -> list[Problem]:
    if kind not in TEXTS:
        return []
    name, text = block.quantity or task.metric, getattr(block, kind)
    if text == AS_REPORTED and kind != "value":
        return [Problem(kind, "reported goes with value only; write the number")]
    if text == AS_REPORTED:
        (of,) = keys_of(block.of)
        part = block.part if task.known[name].parts else ""
        reported = variants[of].printed(part, name)
        if reported is None or reported.value is None:
            where = name if part in ("", TEST) else f"{name}.{part}"
            return [Problem(kind, f"{of} has no number under reported.{where}")]
        return []
    family = "times" if block.relative_to else task.known[name].family
    return _number_problems(kind, text, name, block.counted_in if block.reaches else family)


def _number_problems(kind: str, text: str, name: str, family: str) -> list[Problem]:
    number, unit = parse_reported(text).value, text.removeprefix(ABOUT).partition(" ")[2]
    if number is None:
        return [Problem(kind, f"{start_of(text)!r} is no number")]
    known = UNITS.get(family, ("",))
    if unit not in known:
        written = " or ".join(unit or "no unit" for unit in known)
        return [Problem(kind, f"{start_of(text)!r}: {name} is written with {written}")]
    if family in SHARES and number > 1:
        remedy = "" if unit else f"; write {text} %"
        return [Problem(kind, f"{start_of(text)!r} is more than a share can be{remedy}")]
    return []
