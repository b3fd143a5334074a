"""How the variants of an exercise are trained, in a few columns."""

from dlia.formatting import setting_text
from dlia.reporting.blocks import Table, Value, code, joined, table, variant, words
from dlia.reporting.results import Outcome

HEADS = (
    "Network",
    "#Parameters",
    "Optimizer",
    "#Learning rate",
    "#Batch size",
    "#Epochs",
    "#Training images",
)


def trained_table(outcome: Outcome) -> Table:
    """Return network, optimizer and sizes; variants with the same ones stand together."""
    id_ = outcome.exercise.id
    groups: dict[tuple[str, ...], list[str]] = {}
    for name in outcome.exercise.variants:
        groups.setdefault(_cells(outcome, name), []).append(name)
    rows: list[tuple[Value, ...]] = [
        (joined(variant(f"{id_}/{name}", name) for name in names), code(model), *others)
        for (model, *others), names in groups.items()
    ]
    caption = words(
        "How the variants are trained. Those in one row differ in [other "
        "hyperparameters][{id}-settings]",
        id=id_,
    )
    return table(f"{id_}--trained", caption, ["Variant", *HEADS], rows, "small")


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
