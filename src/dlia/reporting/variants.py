"""The details of the variants of an exercise: what each is, its trials, its history, its times."""

from dlia.formatting import metric_text
from dlia.reporting.again import rerun_command
from dlia.reporting.blocks import (
    AnyBlock,
    Fact,
    FactList,
    Folded,
    Prose,
    Section,
    Span,
    Table,
    Value,
    code,
    joined,
    table,
    variant,
    words,
)
from dlia.reporting.results import Outcome, history
from dlia.study.model import Study, Variant


def variants_part(
    outcome: Outcome,
    changes: dict[str, list[tuple[str, str]]],
    overrides: str,
    reads: bool,
) -> Folded:
    """Return the details of all variants of an exercise.

    Args:
        outcome: Its results.
        changes: Name and value of what differs from the base, by variant.
        overrides: Values that replaced entries of config.yaml, as command-line words.
        reads: Whether the build trains readings.
    """
    id_ = outcome.exercise.id
    sections: list[AnyBlock] = [_trials(outcome)]
    for name, own in outcome.exercise.variants.items():
        facts = _facts(outcome, own, changes[name], overrides)
        if own.readings and not own.same_as:
            facts.append(Fact("Other readings", _readings(own, reads)))
        blocks = (FactList(tuple(facts)), _history(outcome, own))
        sections.append(Section(f"{id_}-{name}", name, blocks))
    return Folded(f"{id_}--variants", "Variants, one by one", tuple(sections))


def _facts(
    outcome: Outcome, own: Variant, changes: list[tuple[str, str]], overrides: str
) -> list[Fact]:
    id_, key = outcome.exercise.id, own.trained_as
    reported = "; ".join(own.reported_texts)
    differing = joined(
        words("{path} {value}", path=code(path), value=Span(value, "differs"))
        for path, value in changes
    )
    nothing = "nothing" if own.differs_from or own.same_as else "not applicable, as it has no base"
    facts = [
        Fact(
            "Source",
            words(
                "{source}; reported: {reported}",
                source=own.source or "none",
                reported=reported or "nothing",
            ),
        )
    ]
    if own.base:
        facts.append(Fact("Base", (variant(own.base),)))
    if own.same_as:
        facts.append(Fact("Same as", words("{key}, trained only once", key=variant(own.same_as))))
    if own.weights_of and not own.same_as:
        shared = words("those of {key}, trained only once", key=variant(own.weights_of))
        facts.append(Fact("Networks", shared))
    facts += [
        Fact(
            "Differs in",
            words(
                "{changes} ([all hyperparameters]({id}-settings), [initial weights](weights))",
                changes=differing or nothing,
                id=id_,
            ),
        ),
        Fact(
            "Training",
            words(
                "{epochs} epochs{short}{otherwise}; {parameters} trainable parameters; "
                "[curves]({id}-curves-figure)",
                epochs=own.text("epochs", own.settings.epochs),
                short=Span(" (shortened)" if own.is_shortened else ""),
                otherwise=Span(f"; {own.otherwise}" if own.otherwise else ""),
                parameters=outcome.records[own.name]["parameters"],
                id=id_,
            ),
        ),
        Fact(
            "Files",
            words(
                "`results/{key}/`: `run.json`, `results/{key}/history.csv`, `model.safetensors`",
                key=key,
            ),
        ),
        Fact("Rerun", (Span(rerun_command(id_, key, overrides), "command"),)),
    ]
    if own.assumed:
        facts.append(Fact("Assumed", _assumed(outcome.study, own)))
    return facts


def _readings(own: Variant, reads: bool) -> Prose:
    """List the other values that a source may have had."""
    return words(
        "{trained}: {listed}",
        trained=Span("trained as variants of their own")
        if reads
        else words("not trained in this build; `--config readings=true` trains them"),
        listed="; ".join(reading.words for reading in own.readings),
    )


def _assumed(study: Study, own: Variant) -> Prose:
    """Give the reasons of the assumptions; those of the base stand with the base."""
    of_base = study.variant(own.base).assumed if own.base else {}
    new = {path: said for path, said in own.assumed.items() if of_base.get(path) != said}
    reasons = [
        words("{path}: {reason}", path=code(path), reason=Span(reason, "user"))
        for path, reason in new.items()
    ]
    if len(new) < len(own.assumed):
        kept = joined(code(path) for path in own.assumed if path not in new)
        base = variant(own.base or "")
        reasons.append(words("As in {base}: {kept}.", base=base, kept=kept))
    return joined(reasons, " ")


def _trials(outcome: Outcome) -> Table:
    id_, metric = outcome.exercise.id, outcome.study.metric
    rows: list[tuple[Value, ...]] = []
    for name in outcome.exercise.variants:
        own = outcome.table[outcome.table["variant"] == name]
        for trial, found in own.groupby("trial"):
            first, mean = found.iloc[0], found[metric].mean()
            learnt = mean > outcome.baseline or first["status"] != "ok"
            status = first["status"] if learnt else "not above the baseline"
            told = (trial, first["seed"], first["epoch"], status)
            value = metric_text(outcome.study.family, mean)
            rows.append((code(name), *map(str, told), value))
    caption = words(
        "All trials of this exercise: {metric} on the test {unit}s",
        metric=outcome.metric,
        unit=outcome.study.task.unit,
    )
    heads = [
        "Variant",
        "#Trial",
        "#Main seed",
        "#Epoch",
        "Status",
        f"#{outcome.metric.capitalize()}",
    ]
    return table(f"{id_}-every-trial", caption, heads, rows, "small")


def _history(outcome: Outcome, own: Variant) -> Folded:
    heads, rows = history(outcome.study.metric, own)
    several = len(outcome.records[own.name]["trials"]) > 1
    caption = words(
        "{what}: `results/{key}/history.csv`",
        what="Means over trials; every trial" if several else "One trial; with all digits",
        key=own.trained_as,
    )
    made = table(
        f"{outcome.exercise.id}-{own.name}-history",
        caption,
        [f"#{h}" for h in heads],
        rows,
        "history",
    )
    title = f"Training history of {own.name}, every epoch"
    return Folded(f"{made.anchor}-part", title, (made,), on_paper=False)
