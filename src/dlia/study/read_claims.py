"""Builds claim objects from the validated claims of a study file."""

from collections.abc import Iterator
from typing import NamedTuple

from dlia.study.claim_block import ClaimBlock, EachOf
from dlia.study.claims import KINDS, RIVALS, Claim
from dlia.study.document import Document
from dlia.study.model import Variant
from dlia.study.part_names import TEST, VALIDATION
from dlia.study.task import Task

AS_REPORTED = "reported"


def read_claims(document: Document, task: Task, variants: dict[str, Variant]) -> dict[str, Claim]:
    """Turn the claims of a study file into objects.

    Args:
        document: The validated study file.
        task: The task of the study.
        variants: The resolved variants, by key.

    Returns:
        The claims, by name.
    """
    return {
        written.id: _claim(written.id, written.block, document, task, variants)
        for written in written_claims(document)
    }


class WrittenClaim(NamedTuple):
    """A claim, and where it is written: one block may claim the same of several variants."""

    id: str
    written_as: str
    block: ClaimBlock


def written_claims(document: Document) -> Iterator[WrittenClaim]:
    """Yield a claim for each block, or for each of the variants that a block names."""
    for id_, block in document.claims.items():
        if not isinstance(block.of, EachOf):
            yield WrittenClaim(id_, id_, block)
            continue
        for key in block.of.each:
            own = block.model_copy(update={"of": key})
            yield WrittenClaim(f"{id_}_{key.replace('/', '_')}", id_, own)


def _claim(
    id_: str, block: ClaimBlock, document: Document, task: Task, variants: dict[str, Variant]
) -> Claim:
    (kind,) = kinds_of(block)
    of, against = keys_of(block.of), keys_of(getattr(block, kind)) if kind in RIVALS else ()
    quantity = block.quantity or task.metric
    part = variants[of[0]].held_out if kind == "fit" else block.part
    claimed = "" if kind in RIVALS else getattr(block, kind)
    if claimed == AS_REPORTED:
        reported = variants[of[0]].printed(block.part, quantity)
        claimed = reported.text if reported else ""
    beside = (block.relative_to,) if block.relative_to else ()
    named = [variants[key] for key in (*of, *against, *beside)]
    source = document.sources[block.source.split(" ")[0]]
    fit = source.fit
    rests_on_images = bool(task.known[quantity].parts)
    differs = fit and any(variant.settings.fit != fit for variant in named)
    return Claim(
        id=id_,
        source=block.source,
        says=block.says.replace("<variant>", of[0]).replace("<value>", claimed),
        of=of,
        kind=kind,
        claimed=claimed,
        against=against,
        quantity=quantity,
        measured=task.known[quantity].within(block.volume)
        if block.volume
        else task.known[quantity],
        part=part if rests_on_images else "",
        epoch="" if block.epoch is None else str(block.epoch),
        other_images=rests_on_images and part == VALIDATION and block.source_used == TEST,
        open_settings=()
        if source.assignment
        else tuple(dict.fromkeys(path for v in named for path in v.assumed)),
        other_training=bool(rests_on_images and differs),
        asked=source.assignment,
        undefined=tuple((block.assumed or {}).values()),
        or_quantity=block.or_quantity or "",
        or_measured=task.known[block.or_quantity or quantity],
        reaches=block.reaches or "",
        crossing=block.crossing,
        counted_in=block.counted_in,
        relative_to=block.relative_to or "",
        pair=tuple(block.pair or ()),
        printed=()
        if source.assignment
        else _printed(block, kind, task, [variants[key] for key in (*of, *against)]),
        same_function=len(named) == 2 and _compute_the_same(*named),
    )


def _compute_the_same(first: Variant, second: Variant) -> bool:
    """Tell whether two networks are one function, because they differ in an order alone.

    No activation function falls, so that max pooling may come before or after it.
    """
    both = [variant.settings for variant in (first, second)]
    rest = [
        one.of_training() | {"model": one.model.model_dump(exclude={"activation_place"})}
        for one in both
    ]
    places = {getattr(one.model, "activation_place", "") for one in both}
    drops = getattr(getattr(first.settings.model, "dropout", None), "rate", 0)
    return rest[0] == rest[1] and len(places) == 2 and not drops


def _printed(block: ClaimBlock, kind: str, task: Task, compared: list[Variant]) -> tuple[str, ...]:
    """Return the two accuracies on test images that a source prints and compares, or nothing."""
    of_results = block.quantity is None and block.part == TEST and block.epoch is None
    if kind not in RIVALS or not of_results or task.known[task.metric].family != "accuracy":
        return ()
    values = [variant.reported.get(task.metric) for variant in compared]
    texts = tuple(value.text for value in values if value and len(value.numbers) == 1)
    return texts if len(texts) == len(compared) == 2 else ()


def kinds_of(block: ClaimBlock) -> list[str]:
    """Return the kinds of claim that a block states; a valid block has exactly one."""
    return [kind for kind in KINDS if getattr(block, kind) is not None]


def keys_of(written: str | list[str] | EachOf) -> tuple[str, ...]:
    """Return the variant keys of an entry as a tuple."""
    if isinstance(written, EachOf):
        return tuple(written.each)
    return (written,) if isinstance(written, str) else tuple(written)
