"""Differences of variants, paired by trial: in short beside the answer, in full in the details."""

import math

from dlia.evaluation.comparisons import EQUAL, IDENTICAL
from dlia.reporting import escaping
from dlia.reporting.blocks import (
    Cell,
    Prose,
    Row,
    Span,
    Table,
    code,
    group,
    listed,
    table,
    text,
    variant,
    words,
)
from dlia.reporting.results import Outcome, PairedRow, as_number
from dlia.reporting.rules import LEVEL_TEXT

BETTER, WORSE, ZERO, SAME = "better", "worse", "no clear difference", "equal in every trial"
UNKNOWN, FAILED = "no interval", "not comparable"


def judged(row: PairedRow) -> str:
    """Tell where the interval of a difference lies: BETTER, WORSE, ZERO, SAME, UNKNOWN; or FAILED.

    The interval of a difference with failed trials is that of no method.
    """
    if row.remark in (IDENTICAL, EQUAL) or row.low == row.high == 0:
        return SAME
    if row.failed or not math.isfinite(row.difference):
        return FAILED
    if row.low is None or row.high is None:
        return UNKNOWN
    return BETTER if row.low > 0 else WORSE if row.high < 0 else ZERO


def differences_in_short(outcome: Outcome) -> list[Table]:
    """Return the differences in the metric of the study, each with what it means in a word."""
    rows = [row for row in outcome.comparisons if row.metric == outcome.study.metric]
    if not rows:
        return []
    id_ = outcome.exercise.id
    caption = words(
        "Differences in {metric} on the test images, paired by trial",
        metric=outcome.metric,
    )
    heads = ["Variant", "Compared with", "#Difference", f"#{LEVEL_TEXT} interval", "Result"]
    made = [_in_short(id_, row) for row in rows]
    return [table(f"{id_}--differences", caption, heads, made, "small")]


def differences_told(outcome: Outcome) -> list[Prose]:
    """Say which variants are better or worse than those that they are compared with."""
    id_, names = outcome.exercise.id, dict[str, list[Span]]()
    for row in outcome.comparisons:
        if row.metric == outcome.study.metric:
            names.setdefault(judged(row), []).append(variant(f"{id_}/{row.variant}", row.variant))
    clear = [(kind, names[kind]) for kind in (BETTER, WORSE) if kind in names]
    if clear:
        told = (
            words("{names} {be} {kind}", names=listed(own), be=_be(len(own)), kind=kind)
            for kind, own in clear
        )
        number = sum(len(own) for _, own in clear)
        return [
            words(
                "By the [differences][{id}--differences], {told} than what {each} compared with.",
                id=id_,
                told=listed(told),
                each="it is" if number == 1 else "each is",
            )
        ]
    if ZERO not in names:
        return []
    return [words("None of the [differences][{id}--differences] is clear.", id=id_)]


def _be(number: int) -> str:
    return "is" if number == 1 else "are"


def _in_short(id_: str, row: PairedRow) -> Row:
    kind = judged(row)
    names = [Cell((variant(f"{id_}/{row.variant}", row.variant),)), Cell((variant(row.other),))]
    numbers = [Cell(text(row.amount)), Cell(text(row.interval))]
    if kind == FAILED:
        numbers = [Cell(text(row.failed or row.missing or row.amount), span=2)]
    result = Cell((Span(kind, "strong" if kind in (BETTER, WORSE) else "plain"),))
    return Row((*names, *numbers, result))


def all_differences(outcome: Outcome) -> list[Table]:
    """Return the differences in all measures, with effect sizes and tests."""
    if not outcome.comparisons:
        return []
    id_ = outcome.exercise.id
    tested = any(as_number(row.p) is not None for row in outcome.comparisons)
    caption = words(
        "Each variant compared with another one, paired by trial: the mean difference with its "
        "{level} interval, the effect size (Hedges' $g$ [@hedges]){test}. All numbers: "
        "`results/{id}/comparisons.csv`{images}",
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
    return [table(f"{id_}-comparisons", caption, heads, rows, "small")]


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
