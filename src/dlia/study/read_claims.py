"""From the claims of a study file, in which nothing is wrong, to objects."""

from typing import Any

from dlia.study.claims import KINDS, RIVALS, Claim
from dlia.study.model import METRICS, Variant
from dlia.study.quantities import QUANTITIES, TEST, VALIDATION

AS_REPORTED = "reported"


def read_claims(
    document: dict[str, Any], variants: dict[str, Variant], trained_on: dict[str, str]
) -> dict[str, Claim]:
    """Turn the claims of a study file into objects.

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
