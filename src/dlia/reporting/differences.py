"""Differences of variants, paired by trial: in short beside the answer, in full in the details."""

import math
from collections.abc import Sequence

from dlia.evaluation.comparisons import EQUAL, IDENTICAL
from dlia.formatting import amount_text
from dlia.reporting import escaping
from dlia.reporting.blocks import (
    Cell,
    Prose,
    Row,
    Span,
    Table,
    code,
    group,
    joined,
    listed,
    table,
    text,
    variant,
    words,
)
from dlia.reporting.one_trial import is_of_one_trial, without_spreads
from dlia.reporting.results import Outcome, PairedRow, as_number
from dlia.reporting.rules import LEVEL_TEXT

BETTER, WORSE, SMALL = "better", "worse", "clear, but below the margin"
ZERO, SAME = "no clear difference", "equal in every trial"
UNKNOWN, FAILED = "no interval", "not comparable"


def judged(row: PairedRow, margin: float) -> str:
    """Give the word for a difference.

    It is clear if its interval excludes zero, and BETTER or WORSE if it is also at least the
    margin. The interval of a difference with failed trials is that of no method.

    Args:
        row: The difference.
        margin: The largest difference that counts as none.
    """
    if row.remark in (IDENTICAL, EQUAL) or row.low == row.high == 0:
        return SAME
    if row.failed or not math.isfinite(row.difference):
        return FAILED
    if row.low is None or row.high is None:
        return UNKNOWN
    if row.low <= 0 <= row.high:
        return ZERO
    if abs(row.difference) < margin:
        return SMALL
    return BETTER if row.low > 0 else WORSE


def of_metric(outcome: Outcome) -> list[PairedRow]:
    """Return the differences in the metric that the study is judged by."""
    return [row for row in outcome.comparisons if row.metric == outcome.study.metric]


def differences_in_short(outcome: Outcome) -> list[Table]:
    """Return the differences in the metric of the study, each with what it means in a word."""
    rows = of_metric(outcome)
    if not rows:
        return []
    id_ = outcome.exercise.id
    single = is_of_one_trial(outcome)
    caption = words(
        "Differences in {metric} on the test {unit}s, {paired}",
        metric=outcome.metric,
        unit=outcome.study.task.unit,
        paired="of one trial each, so that none has an interval" if single else "paired by trial",
    )
    heads = ["Variant", "Compared with", "#Difference", f"#{LEVEL_TEXT} interval", "Result"]
    rows_made = [_in_short(outcome, row) for row in rows]
    made = table(f"{id_}--differences", caption, heads, rows_made, "small")
    return [without_spreads(made, (f"{LEVEL_TEXT} interval", "Result")) if single else made]


def differences_told(outcome: Outcome) -> list[Prose]:
    """Say which variants are better or worse than which others, and by how much."""
    id_, rows = outcome.exercise.id, of_metric(outcome)
    if told := clear_differences(outcome):
        return [words("By the [differences][{id}--differences], {told}.", id=id_, told=told)]
    if not any(judged(row, outcome.margin) == ZERO for row in rows):
        return []
    return [words("None of the [differences][{id}--differences] is clear.", id=id_)]


def clear_differences(outcome: Outcome, small: bool = True) -> Prose:
    """Name both variants and the size of each clear difference; nothing if there is none.

    Args:
        outcome: The results of an exercise.
        small: Whether those below the margin are told, too.
    """
    rows: dict[str, list[PairedRow]] = {}
    for row in of_metric(outcome):
        rows.setdefault(judged(row, outcome.margin), []).append(row)
    large = [
        words(
            "{own} is {kind} than {other} by {amount}",
            own=_named(row, f"{outcome.exercise.id}/{row.variant}", row.variant),
            kind=kind,
            other=_named(row, row.other),
            amount=amount_text(row.family, abs(row.difference)),
        )
        for kind in (BETTER, WORSE)
        for row in rows.get(kind, [])
    ]
    parts = [listed(large)] if large else []
    parts += [_small(outcome, rows[SMALL])] if small and SMALL in rows else []
    return joined(parts, "; ")


def _small(outcome: Outcome, rows: Sequence[PairedRow]) -> Prose:
    told = (
        words(
            "of {own} from {other} ({amount})",
            own=_named(row, f"{outcome.exercise.id}/{row.variant}", row.variant),
            other=_named(row, row.other),
            amount=row.amount,
        )
        for row in rows
    )
    return words(
        "the {differences} {told} {are} {kind} of {margin}",
        differences="difference" if len(rows) == 1 else "differences",
        told=listed(told),
        are="is" if len(rows) == 1 else "are",
        kind=SMALL,
        margin=amount_text(outcome.study.family, outcome.margin),
    )


def _named(row: PairedRow, key: str, name: str = "") -> Prose:
    """Name a variant of a comparison, and say so if it did not learn the task."""
    note = ", which did not learn the task," if key in row.unlearnt else ""
    return (variant(key, name), Span(note)) if note else (variant(key, name),)


def _in_short(outcome: Outcome, row: PairedRow) -> Row:
    kind, key = judged(row, outcome.margin), f"{outcome.exercise.id}/{row.variant}"
    names = [Cell((variant(key, row.variant),)), Cell((variant(row.other),))]
    numbers = [Cell(text(row.amount)), Cell(text(row.interval))]
    if kind == FAILED:
        numbers = [Cell(text(row.failed or row.missing or row.amount), span=2)]
    note = text(f"{' and '.join(row.unlearnt)} did not learn the task") if row.unlearnt else ()
    result = Cell((Span(kind, "strong" if kind in (BETTER, WORSE) else "plain"),), note)
    return Row((*names, *numbers, result))


def all_differences(outcome: Outcome) -> list[Table]:
    """Return the differences in all measures, with effect sizes and tests."""
    if not outcome.comparisons:
        return []
    id_ = outcome.exercise.id
    tested = any(as_number(row.p) is not None for row in outcome.comparisons)
    single = is_of_one_trial(outcome)
    numbers = (
        "Each variant compared with another one, one trial each, so that there is no interval, "
        "effect size or test"
        if single
        else "Each variant compared with another one, paired by trial: the mean difference with "
        "its {level} interval, the effect size (Hedges' $g$ [@hedges]){test}"
    )
    caption = words(
        f"{numbers}. All numbers: `results/{{id}}/comparisons.csv`{{images}}",
        id=id_,
        level=LEVEL_TEXT,
        test=words(
            ", and the $p$-value of the sign-flip test, unadjusted and adjusted within the "
            "exercise [@holm]"
        )
        if tested
        else words("; there are [too few trials][statistics] for the sign-flip test"),
        images=_about_images(outcome) if outcome.study.task.mistakes else Span(""),
    )
    heads = ["Measure", "#Difference", f"#{LEVEL_TEXT} interval", "#Effect g"]
    heads += ["#p", "#p, adjusted"] if tested else []
    rows: list[Row] = []
    before = ""
    for row in outcome.comparisons:
        if row.variant != before:
            title = words(
                "{own} compared with {other}{failed}",
                own=code(row.variant),
                other=code(row.other),
                failed=Span(f" ({row.failed}; these numbers include them)" if row.failed else ""),
            )
            rows.append(group(title, len(heads)))
        before = row.variant
        rows.append(_comparison(row, tested))
    made = table(f"{id_}-comparisons", caption, heads, rows, "small")
    spreads = (f"{LEVEL_TEXT} interval", "Effect g")
    return [without_spreads(made, spreads) if single else made]


def _about_images(outcome: Outcome) -> Prose:
    return words(
        "; McNemar's test [@mcnemar] of every trial, with unadjusted $p$-values, which holds for "
        "these two networks and not for the methods in general: `results/{id}/mcnemar.csv`",
        id=outcome.exercise.id,
    )


def _comparison(row: PairedRow, tested: bool) -> Row:
    if row.missing:
        note = text(row.remark) if row.remark else ()
        return Row((Cell(text(row.words), note), Cell(text(row.missing), span=5 if tested else 3)))
    ends = [Cell(text(row.p)), Cell(text(row.p_holm))]
    if row.p == row.p_holm:
        ends = [Cell(text(row.p), span=2)]
    remark = "" if row.remark in ("", row.p) else row.remark
    # The unit of a difference depends on the measure.
    unit = row.amount.partition(" ")[2]
    name = f"{row.words} ({unit})" if unit else row.words
    numbers = (escaping.without_unit(row.amount), escaping.without_unit(row.interval), row.effect)
    first = Cell(text(name), text(remark) if remark else ())
    return Row((first, *(Cell(text(said)) for said in numbers), *(ends if tested else [])))
