"""Answers to the questions of the exercises: sentences by fixed rules, from results and verdicts.

1. Which variant has the highest mean on the test images, and which did not learn: they are not
   better than what an answer without learning reaches. A mean that contains failed trials is given
   without them, too, and is not called the highest.
2. How much a variant differs from the one that it is compared with, and whether the interval of
   the paired difference excludes zero. With more than two comparisons, the largest gain in full,
   and the names of all others by outcome. Comparisons with failed trials stand apart.
3. What the sources reported, and whether it is reproduced.
4. What the assignment sheet asks, with the answers, and how many claims have which verdict.
5. Which claims are not reproduced, in words, with what was found instead.

A sentence is left out if there is nothing to say, so that an answer has one to five.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import replace

from dlia.evaluation.comparisons import EQUAL, IDENTICAL
from dlia.reporting.blocks import Paragraph, Prose, Span, Value, joined, variant, words
from dlia.reporting.results import JudgedClaim, Outcome, PairedRow, Result, tally
from dlia.reporting.rules import LEVEL_TEXT
from dlia.study.tally import QUESTIONS, Counts, count_verdicts, is_question, refuted

BETTER, WORSE, ZERO, SAME, UNKNOWN = "better", "worse", "zero", "same", "one trial"
FAILED = "failed"
_TOLD = {
    BETTER: "better, with an [interval](statistics) above zero",
    WORSE: "worse, with an [interval](statistics) below zero",
    ZERO: "with an [interval](statistics) that contains zero",
    SAME: "equal in every trial",
    UNKNOWN: "without an interval, as there is one trial",
    FAILED: "with [failed trials](failed), so that the interval describes neither these nor others",
}


def answer_of(outcome: Outcome) -> Paragraph:
    """Return the answer to the question of an exercise."""
    sentences = [
        *best(outcome),
        *differences_told(outcome),
        *reported(outcome),
        *judgements_told(outcome.claims),
        *refuted_told(outcome.claims),
    ]
    return Paragraph(joined(sentences, " "), "answer")


def best_of(results: Iterable[Result]) -> Result | None:
    """Return the variant with the highest mean, the first one in a tie; None if none has a mean.

    One with failed trials among others comes last, as its mean describes neither.
    """
    own = [result for result in results if result.is_variant and math.isfinite(result.value)]
    return max(own, key=lambda result: (not result.of_good, result.value), default=None)


def best(outcome: Outcome) -> list[Prose]:
    """Say which variant has the highest mean, and that none is better than a baseline."""
    first = best_of(outcome.results)
    if not first:
        return [words("No variant has a finite result.")]
    id_ = outcome.exercise.id
    spread = () if first.sd == first.interval else words(" ± {sd}", sd=first.sd)
    values: dict[str, Value] = {
        "variant": variant(f"{id_}/{first.name}", first.name),
        "metric": outcome.metric,
        "value": (Span(first.mean), *spread),
        "trials": _trials(len(first.trials)),
        "failed": (*_not_learnt(outcome), *_with_failures(outcome)),
    }
    if len(outcome.variants) == 1:
        said = words(
            "{variant} reaches {value} ({metric} on the test images, {trials}){failed}.", **values
        )
    else:
        said = words(
            "The highest mean on the test images, which choose nothing here, is that of {variant} "
            "({metric} {value}, {trials}){failed}.",
            **values,
        )
    return [said]


def _not_learnt(outcome: Outcome) -> Prose:
    found = [result for result in outcome.variants if not result.learnt]
    if not found:
        return (Span(""),)
    references = [result for result in outcome.results if not result.is_variant]
    means = joined((row.mean for row in found), " and ")
    best_baseline = max(references, key=lambda row: row.value)
    return words(
        "; {names} did not learn the task: {means} not above the {mean} that {baseline} reaches "
        "without learning",
        names=joined(
            (variant(f"{outcome.exercise.id}/{row.name}", row.name) for row in found), " and "
        ),
        means=words("the means of {means} are", means=means)
        if len(found) > 1
        else words("the mean of {means} is", means=means),
        mean=best_baseline.mean,
        baseline=Span(best_baseline.name, "code"),
    )


def _with_failures(outcome: Outcome) -> Prose:
    """Give the means that contain failed trials without them, too."""
    return tuple(
        span
        for row in outcome.variants
        if row.of_good
        for span in words(
            "; the mean of {name}, {mean}, contains failed trials ({of_good})",
            name=variant(f"{outcome.exercise.id}/{row.name}", row.name),
            mean=row.mean,
            of_good=row.of_good,
        )
    )


def _trials(number: int) -> str:
    return "one trial" if number == 1 else f"mean of {number} trials"


def judged(row: PairedRow) -> str:
    """Tell where the interval of a difference lies: BETTER, WORSE, ZERO, SAME, UNKNOWN; or FAILED.

    The interval of a difference with failed trials is that of no method.
    """
    if row.remark in (IDENTICAL, EQUAL) or row.low == row.high == 0:
        return SAME
    if row.failed:
        return FAILED
    if row.low is None or row.high is None:
        return UNKNOWN
    return BETTER if row.low > 0 else WORSE if row.high < 0 else ZERO


def differences_told(outcome: Outcome) -> list[Prose]:
    """Say how much the variants differ from those that they are compared with."""
    rows = [row for row in outcome.comparisons if row.metric == outcome.study.metric]
    if not rows:
        return []
    if len(rows) <= 2:
        told = joined((_difference(outcome.exercise.id, row) for row in rows), "; ")
        return [words("{told}.", told=told)]
    gains = [row for row in rows if judged(row) in (BETTER, UNKNOWN) and row.difference > 0]
    first = sorted(gains, key=lambda row: (judged(row) != BETTER, -row.difference))[:1]
    rest = [row for row in rows if row not in first]
    groups = {kind: [row for row in rest if judged(row) == kind] for kind in _TOLD}
    said = [
        words(
            f"{{count}} {_TOLD[kind]} ({{names}})",
            count=len(group),
            names=_names(outcome.exercise.id, group),
        )
        for kind, group in groups.items()
        if group
    ]
    first_words = joined((_difference(outcome.exercise.id, row) for row in first), "; ")
    begin = "; of the other comparisons: " if first else "Comparisons: "
    return [
        words(
            "{first}{begin}{said}.",
            first=first_words or Span(""),
            begin=begin,
            said=joined(said, "; "),
        )
    ]


def _names(id_: str, rows: Sequence[PairedRow]) -> Prose:
    """Name the variants, and what each is compared with."""
    others: dict[str, list[Span]] = {}
    for row in rows:
        others.setdefault(row.other, []).append(variant(f"{id_}/{row.variant}", row.variant))
    told = (
        words("{own} against {other}", own=joined(own), other=variant(other))
        for other, own in others.items()
    )
    return joined(told, "; ")


def _difference(id_: str, row: PairedRow) -> Prose:
    kind = judged(row)
    own, other = variant(f"{id_}/{row.variant}", row.variant), variant(row.other)
    if kind == SAME:
        return words("{own} and {other} are equal in every trial", own=own, other=other)
    if not math.isfinite(row.difference):
        return words("the difference of {own} and {other} is not finite", own=own, other=other)
    excludes = "excludes zero" if kind in (BETTER, WORSE) else "contains zero"
    interval = words(
        "; the {level} [interval](statistics) of the difference, {ends}, {excludes}",
        level=LEVEL_TEXT,
        ends=row.interval,
        excludes=excludes,
    )
    return words(
        "{own} is {amount} {way} than {other}{interval}",
        own=own,
        amount=row.amount.lstrip("-"),
        way="better" if row.difference >= 0 else "worse",
        other=other,
        interval=Span("; one trial gives no interval")
        if kind == UNKNOWN
        else Span(f"; {row.failed}, and the difference includes them")
        if kind == FAILED
        else interval,
    )


def reported(outcome: Outcome) -> list[Prose]:
    """Say what the sources reported of the variants, and what the verdict on it is."""
    rows = [r for r in outcome.variants if r.claim and not r.same_as] or [
        r for r in outcome.variants if r.claim
    ]
    if not rows:
        return []
    if len(rows) <= 2:
        told = joined((_reported(outcome, row) for row in rows), "; ")
        return [words("{told}.", told=told)]
    return [values_text(row.claim for row in rows if row.claim)]


def values_text(claims: Iterable[JudgedClaim]) -> Prose:
    """Say how many reported values have which verdict."""
    counts = count_verdicts(("", claim.verdict) for claim in claims).claims
    return words(
        "Of the {number} values that the sources report, {counts}.",
        number=total(counts),
        counts=counts_text(counts),
    )


def _reported(outcome: Outcome, row: Result) -> Prose:
    claim = row.claim
    return words(
        "{source} reports {reported} for {variant}, the build finds {mean}: {verdict}",
        source=claim.source if claim else "",
        reported=row.reported,
        mean=row.mean,
        variant=variant(f"{outcome.exercise.id}/{row.name}", row.name),
        verdict=Span(claim.verdict, "verdict", claim.anchor) if claim else "",
    )


def judgements_told(claims: Sequence[JudgedClaim]) -> list[Prose]:
    """Answer what the sheet asks, and say how many claims have which verdict."""
    counts = tally(claims)
    told = [*questions_told([claim for claim in claims if is_question(claim.says)])]
    if counts.claims:
        told.append(claims_text(counts.claims))
    if not told:
        return []
    return [words("{told}.", told=_sentence(told))]


def questions_told(questions: Sequence[JudgedClaim]) -> list[Prose]:
    """Give the questions of the sheet by their answer; a "no" with its reason."""
    groups: dict[tuple[str, str], list[JudgedClaim]] = {}
    for claim in questions:
        reason = f" ({claim.why})" if claim.why and refuted(claim.verdict) else ""
        groups.setdefault((claim.shown, reason), []).append(claim)
    answers = joined(
        (
            words(
                "{answer}{reason}: {asked}",
                answer=Span(answer, "verdict"),
                reason=Span(reason),
                asked=joined((_quoted(claim, _without_prefix(claim.says)) for claim in group), " "),
            )
            for (answer, reason), group in groups.items()
        ),
        "; ",
    )
    return (
        [words("to the questions of the sheet, the answer is {answers}", answers=answers)]
        if groups
        else []
    )


def refuted_told(claims: Iterable[JudgedClaim]) -> list[Prose]:
    """Say which claims are not reproduced."""
    told = refuted_texts(claims)
    return [words("Not reproduced: {told}.", told=joined(told, "; "))] if told else []


def refuted_texts(claims: Iterable[JudgedClaim]) -> list[Prose]:
    """Give each claim that is not reproduced, and what speaks against it.

    Claims in the same words, about different variants, stand together.
    """
    groups: dict[str, list[JudgedClaim]] = {}
    for claim in claims:
        if refuted(claim.verdict) and not is_question(claim.says):
            groups.setdefault(claim.says.removesuffix("."), []).append(claim)
    return [
        words(
            "{said} ({against})",
            said=_quoted(group[0], says),
            against="; ".join(dict.fromkeys(map(_against, group))),
        )
        for says, group in groups.items()
    ]


def _against(claim: JudgedClaim) -> str:
    # Of a comparison, the values of all trials say less than the reason.
    return claim.why if claim.against and claim.why else f"found: {claim.found}"


def _quoted(claim: JudgedClaim, says: str) -> Span:
    return Span(f"“{says}”", target=claim.anchor)


def _sentence(parts: Sequence[Prose]) -> Prose:
    """Join parts with semicolons, with a capital at the start."""
    first, *rest = joined(parts, "; ")
    return (replace(first, text=first.text[:1].upper() + first.text[1:]), *rest)


def claims_text(counts: Counts) -> Prose:
    """Say how many claims have which verdict."""
    return words(
        "of {number} {claims}, {counts}",
        number=total(counts),
        claims=Span("claims" if total(counts) > 1 else "claim", target="verdicts"),
        counts=counts_text(counts),
    )


def _without_prefix(says: str) -> str:
    prefix = next(prefix for prefix in QUESTIONS if says.startswith(prefix))
    said = says.removeprefix(prefix)
    return said[:1].upper() + said[1:]


def total(counts: Counts) -> int:
    """Return the sum of counts."""
    return sum(count for _, count in counts)


def counts_text(counts: Counts) -> str:
    """Return counts of verdicts as a part of a sentence."""
    items = [f"{count} {'is' if count == 1 else 'are'} {word}" for word, count in counts]
    return " and ".join([", ".join(items[:-1]), items[-1]] if items[1:] else items)
