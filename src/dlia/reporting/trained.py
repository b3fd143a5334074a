"""How the variants of an exercise are trained, in a few columns."""

from dlia.formatting import capital, setting_text
from dlia.reporting.blocks import (
    Prose,
    Span,
    Table,
    Value,
    code,
    joined,
    listed,
    table,
    variant,
    words,
)
from dlia.reporting.results import Outcome
from dlia.study.model import Variant

HEADS = (
    "Network",
    "#Parameters",
    "Optimizer",
    "#Rate",
    "#Batch",
    "#Epochs",
)
LAST_HEAD = "What differs"
# The settings that concern only what is recorded.
RECORDED = {"trials", "gradient_norms", "monitor"}


def trained_table(outcome: Outcome, changes: dict[str, list[tuple[str, str]]]) -> Table:
    """Return network, optimizer and sizes; variants with the same ones stand together.

    Args:
        outcome: The results of the exercise.
        changes: Name and value of what differs from the base, by variant.
    """
    id_ = outcome.exercise.id
    learnt = f"#{capital(outcome.study.task.learnt_from)}"
    groups: dict[tuple[tuple[str, ...], Prose], list[str]] = {}
    for name, own in outcome.exercise.variants.items():
        place = (_cells(outcome, name), _changed(own, changes.get(name, [])))
        groups.setdefault(place, []).append(name)
    rows: list[tuple[Value, ...]] = [
        (joined(variant(f"{id_}/{name}", name) for name in names), code(model), *others, changed)
        for ((model, *others), changed), names in groups.items()
    ]
    caption = words(
        "How the variants are trained, and what differs from the variant that each is built on "
        "([all settings][{id}-settings])",
        id=id_,
    )
    return table(f"{id_}--trained", caption, ["Variant", *HEADS, learnt, LAST_HEAD], rows, "small")


def _changed(own: Variant, changes: list[tuple[str, str]]) -> Prose:
    """Name the base of a variant and the settings that differ."""
    base = own.base or own.same_as or own.weights_of
    if not base:
        return (Span("\N{EN DASH}", "soft"),)
    told = [(path, value) for path, value in changes if path not in RECORDED]
    if not told:
        return words("as {base}", base=code(base))
    # Most settings that are tested are those of the network.
    named = joined(
        words("{path} {value}", path=code(path.removeprefix("model.")), value=value)
        for path, value in told
    )
    return words("{base} with {named}", base=code(base), named=named)


def _cells(outcome: Outcome, name: str) -> tuple[str, ...]:
    own = outcome.exercise.variants[name]
    settings, record = own.settings, outcome.records[name]
    return (
        settings.model.name,
        f"{record['parameters']:,}",
        settings.optimizer.name,
        setting_text(settings.optimizer.learning_rate),
        setting_text(settings.batch_size),
        own.text("epochs", settings.epochs),
        f"{record['data']['training_images']:,}",
    )


def searched_settings(own: Variant) -> Prose:
    """Say which settings of a variant were chosen, from how many values and by which images.

    Nothing if none was chosen.
    """
    values: dict[str, set[str]] = {}
    for candidate in own.candidates:
        values.setdefault(candidate.path, set()).add(candidate.words)
    if not values:
        return ()
    told = (
        words("{path} (from {number} values)", path=code(path), number=len(different))
        for path, different in values.items()
    )
    on_folds = any(c.variant.settings.held_out_fold is not None for c in own.candidates)
    images = "training images that were held out, a fifth at a time" if on_folds else ""
    return words(
        "{told} {were} chosen by {images}",
        told=listed(told),
        were="was" if len(values) == 1 else "were",
        images=images or "validation images",
    )
