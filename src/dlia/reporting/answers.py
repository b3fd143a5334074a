"""Answers to the questions of the exercises: sentences by fixed rules, from results and verdicts.

1. Which variant has the highest mean on the test images, and which are not better than what an
   answer without learning reaches.
2. How much a variant differs from the one that it is compared with, and whether that is more than
   noise: the interval of the paired difference does not contain zero. With more than two
   comparisons, the largest gain in full, and the names of all others by outcome.
3. What the sources reported, and whether it is reproduced.
4. What the assignment sheet asks, and the verdict on it.
5. How many claims about the exercise have which verdict.

A sentence is left out if there is nothing to say, so that an answer has one to five.
"""

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import chain

from dlia.evaluation.comparisons import EQUAL, IDENTICAL
from dlia.reporting.blocks import Paragraph, Prose, Span, Value, joined, variant, words
from dlia.reporting.results import QUESTIONS, JudgedClaim, Outcome, PairedRow, Result
from dlia.reporting.rules import LEVEL_TEXT
from dlia.study.claims import verdict_in_short

BETTER, WORSE, NOISE, SAME, UNKNOWN = "better", "worse", "noise", "same", "one trial"
_TOLD = {
    BETTER: "better by more than the noise",
    WORSE: "worse by more than the noise",
    NOISE: "within the noise",
    SAME: "equal in every trial",
    UNKNOWN: "without an interval, as there is one trial",
}


def answer_of(outcome: Outcome) -> Paragraph:
    """Return the answer to the question of an exercise."""
    sentences = [
        *best(outcome),
        *differences_told(outcome),
        *reported(outcome),
        *asked_of_reader(outcome.claims),
        *counted(outcome.claims),
    ]
    return Paragraph(joined(sentences, " "), "answer")


def best_of(results: Iterable[Result]) -> Result | None:
    """Return the variant with the highest mean, the first one in a tie; None if none has a mean."""
    own = [result for result in results if result.is_variant and math.isfinite(result.value)]
    return max(own, key=lambda result: result.value, default=None)


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
        "failed": _not_better(outcome),
    }
    if len(outcome.variants) == 1:
        said = words(
            "{variant} reaches {value} ({metric} on the test images, {trials}){failed}.", **values
        )
    else:
        said = words(
            "The highest mean on the test images is that of {variant} ({metric} {value}, "
            "{trials}){failed}.",
            **values,
        )
    return [said]


def _not_better(outcome: Outcome) -> Prose:
    names = [result.name for result in outcome.variants if not result.learnt]
    if not names:
        return (Span(""),)
    named = joined(variant(f"{outcome.exercise.id}/{name}", name) for name in names)
    references = [result for result in outcome.results if not result.is_variant]
    told = joined(
        (words("{name} ({mean})", name=Span(r.name, "code"), mean=r.mean) for r in references),
        " or ",
    )
    return words("; not better than {told}: {names}", told=told, names=named)


def _trials(number: int) -> str:
    return "one trial" if number == 1 else f"mean of {number} trials"


def judged(row: PairedRow) -> str:
    """Tell whether a difference is more than noise: BETTER, WORSE, NOISE, SAME or UNKNOWN."""
    if row.remark in (IDENTICAL, EQUAL) or row.low == row.high == 0:
        return SAME
    if row.low is None or row.high is None:
        return UNKNOWN
    return BETTER if row.low > 0 else WORSE if row.high < 0 else NOISE


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
            "{count} {are} {way} ({names})",
            count=len(group),
            are="is" if len(group) == 1 else "are",
            way=_TOLD[kind],
            names=_names(outcome.exercise.id, group),
        )
        for kind, group in groups.items()
        if group
    ]
    first_words = joined((_difference(outcome.exercise.id, row) for row in first), "; ")
    begin = "; of the other comparisons, " if first else f"Of the {len(rows)} comparisons, "
    return [
        words(
            "{first}{begin}{said}.",
            first=first_words or Span(""),
            begin=begin,
            said=joined(said, "; "),
        )
    ]


def _names(id_: str, rows: Sequence[PairedRow]) -> Prose:
    return joined(variant(f"{id_}/{row.variant}", row.variant) for row in rows)


def _difference(id_: str, row: PairedRow) -> Prose:
    kind = judged(row)
    own, other = variant(f"{id_}/{row.variant}", row.variant), variant(row.other)
    if kind == SAME:
        return words("{own} and {other} are equal in every trial", own=own, other=other)
    if not math.isfinite(row.difference):
        return words("the difference of {own} and {other} is not finite", own=own, other=other)
    beyond = ", which is more than the noise between trials"
    ends = {
        BETTER: beyond,
        WORSE: beyond,
        NOISE: ", which is within the noise between trials",
        UNKNOWN: "; one trial cannot tell whether that is more than noise",
    }
    return words(
        "{own} is {amount} {way} than {other}{interval}{end}",
        own=own,
        amount=row.amount.lstrip("-"),
        way="better" if row.difference >= 0 else "worse",
        other=other,
        interval=Span("" if row.low is None else f" ({LEVEL_TEXT} interval {row.interval})"),
        end=ends[kind],
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
    counts = Counter(head(claim.verdict) for claim in claims)
    return words(
        "Of {number} values that the sources report, {counts}.",
        number=counts.total(),
        counts=counts_text(counts),
    )


def _reported(outcome: Outcome, row: Result) -> Prose:
    claim = row.claim
    return words(
        "{source} reports {reported} for {variant}, the build finds {mean} ({verdict})",
        source=claim.source if claim else "",
        reported=row.reported,
        mean=row.mean,
        variant=variant(f"{outcome.exercise.id}/{row.name}", row.name),
        verdict=Span(claim.verdict, "verdict", claim.anchor) if claim else "",
    )


def asked_of_reader(claims: Iterable[JudgedClaim]) -> list[Prose]:
    """Give the verdicts on what the assignment sheet asks."""
    questions = [claim for claim in claims if claim.is_question]
    if not questions:
        return []
    if len(questions) <= 2:
        told = joined(
            (
                words(
                    "{says} {verdict}",
                    says=_without_prefix(claim.says),
                    verdict=Span(claim.shown, "verdict", claim.anchor),
                )
                for claim in questions
            ),
            "; ",
        )
        return [words("The sheet asks: {told}.", told=told)]
    counts = Counter(head(claim.shown) for claim in questions)
    answers = ", ".join(f"{count} {word}" for word, count in counts.most_common())
    return [
        words(
            "The answers to the {number} questions of the sheet: {told}.",
            number=len(questions),
            told=answers,
        )
    ]


def _without_prefix(says: str) -> str:
    prefix = next(prefix for prefix in QUESTIONS if says.startswith(prefix))
    said = says.removeprefix(prefix)
    return said[:1].upper() + said[1:]


def counted(claims: Sequence[JudgedClaim]) -> list[Prose]:
    """Say how many claims have which verdict."""
    if not claims:
        return []
    counts = Counter(head(claim.verdict) for claim in claims)
    return [
        words(
            "Of all [claims](verdicts) about this exercise, {counts}.", counts=counts_text(counts)
        )
    ]


def counts_text(counts: Counter[str]) -> str:
    """Return counts of verdicts as a part of a sentence."""
    items = [
        f"{count} {'is' if count == 1 else 'are'} {word}" for word, count in counts.most_common()
    ]
    return " and ".join(chain([", ".join(items[:-1])] if items[1:] else [], items[-1:]))


def head(verdict: str) -> str:
    """Return a verdict without what it depends on."""
    return verdict_in_short(verdict).partition(" (")[0]
