"""The abstract: what could be reproduced and what not, and what that rests on."""

import math
from collections.abc import Sequence

from dlia.reporting.answers import best_of
from dlia.reporting.blocks import Paragraph, Prose, Span, joined, variant, words
from dlia.reporting.chapters import Chapter, is_count, trained, trainings
from dlia.reporting.results import JudgedClaim, Outcome, Result
from dlia.study.tally import head, is_question, refuted

NAMED = 3  # reported values or claims that the first page names; it counts the others


def abstract(chapters: Sequence[Chapter], reads: bool) -> tuple[Paragraph, Paragraph]:
    """Return the conclusion, and at most three sentences on extent, reservations and highest means.

    Args:
        chapters: What the report is about.
        reads: Whether the build trains readings.
    """
    rest = [_extent(chapters, reads), *_reservations(chapters), _highest(chapters)]
    return (
        Paragraph(joined(conclusion(chapters), " "), "conclusion"),
        Paragraph(joined(rest, " "), "abstract"),
    )


def conclusion(chapters: Sequence[Chapter]) -> list[Prose]:
    """Say what could be reproduced and what not, and which reported values are out of reach."""
    rows = _reported(chapters)
    values = [result.claim for _, result in rows if result.claim]
    claims = [c for chapter in chapters for c in chapter.claims if not is_question(c.says)]
    if not claims:
        return [words("The sources make no claim that could be tested.")]
    tested = [claim for claim in claims if not claim.verdict.startswith("not tested")]
    if not tested:
        return [words("This build tests none of the {count} claims.", count=len(claims))]
    rest = [claim for claim in tested if claim not in values]
    of_rest = "other claims" if len(rest) < len(tested) else "claims"
    agree = joined(
        (
            words("{n} of the {of} {kind}", n=_count(own, "reproduced"), of=len(own), kind=kind)
            for own, kind in (
                ([c for c in tested if c in values], Span("values that the sources report")),
                (rest, Span(of_rest, target="verdicts")),
            )
            if own
        ),
        " and ",
    )
    kinds = {word: _count(tested, word) for word in ("compatible", "undecided", "not reproduced")}
    silent = sum("settings not reported" in claim.verdict for claim in tested)
    others = kinds["compatible"]
    first = words(
        "This build reproduces {agree}. It contradicts {refuted}{compatible}, and leaves {open} "
        "open{silent}.",
        agree=agree,
        refuted=kinds["not reproduced"] or "none",
        compatible=Span(f", finds {others} to hold with other settings" if others else ""),
        open=kinds["undecided"] or "none",
        silent=Span(f", {silent} of them because a source leaves out settings" if silent else ""),
    )
    return [first, *([_out_of_reach(rows)] if rows else [])]


def _count(claims: Sequence[JudgedClaim], word: str) -> int:
    return sum(head(claim.verdict) == word for claim in claims)


def _extent(chapters: Sequence[Chapter], reads: bool) -> Prose:
    count = sum(len(chapter.study.readings) for chapter in chapters) if reads else 0
    outcomes = [outcome for chapter in chapters for outcome in chapter.outcomes]
    return words(
        "This report rebuilds {variants} variants of {exercises} exercises on {titles}: {networks} "
        "networks, in {trainings} trainings{readings}.",
        readings=Span(f", besides those of {count} readings" if count else ""),
        variants=sum(len(outcome.variants) for outcome in outcomes),
        exercises=len(outcomes),
        titles=" and ".join(chapter.study.title for chapter in chapters),
        networks=len(trained(chapters)),
        trainings=trainings(chapters),
    )


def _highest(chapters: Sequence[Chapter]) -> Prose:
    """Give the highest means; being picked by the test images, they are no choice."""
    told = []
    for chapter in chapters:
        pairs = [(outcome, result) for outcome in chapter.outcomes for result in outcome.variants]
        first = best_of(result for _, result in pairs)
        if first:
            outcome = next(outcome for outcome, result in pairs if result is first)
            told.append(
                words(
                    "{metric} {value} ({variant})",
                    metric=outcome.metric,
                    value=outcome.span(first),
                    variant=variant(f"{outcome.exercise.id}/{first.name}"),
                )
            )
    means, be = ("means", "are") if len(told) > 1 else ("mean", "is")
    return words(
        "The highest {means}, picked by the test images and thus no choice, {be} {said}.",
        means=means,
        be=be,
        said=joined(told, " and ") or "none",
    )


def _reported(chapters: Sequence[Chapter]) -> list[tuple[Outcome, Result]]:
    """Return the variants of which a source reports a value, each training once."""
    return [
        (outcome, result)
        for chapter in chapters
        for outcome in chapter.outcomes
        for result in outcome.variants
        if result.claim and not result.same_as
    ]


def _out_of_reach(rows: Sequence[tuple[Outcome, Result]]) -> Prose:
    """Name the reported values that the trials do not reach, those with the largest gaps first."""
    far = [(outcome, result) for outcome, result in rows if _is_out_of_reach(result)]
    if not far:
        return words("No reported value lies outside the range where another trial is expected.")
    far.sort(key=lambda row: -_gap(row[1]))
    told = [
        words(
            "{variant} ({reported} reported, {mean} rebuilt)",
            variant=variant(f"{outcome.exercise.id}/{result.name}"),
            reported=result.reported,
            mean=outcome.span(result),
        )
        for outcome, result in far[:NAMED]
    ]
    return words(
        "Outside the range where another trial is expected {lie} {count}: {told}{others}.",
        lie="lie" if len(far) > 1 else "lies",
        count=len(far),
        told=joined(told),
        others=others_text(len(far)),
    )


def others_text(count: int) -> Span:
    """Say how many there are besides those that are named."""
    return Span(f", and {count - NAMED} more" if count > NAMED else "")


def _is_out_of_reach(result: Result) -> bool:
    claim = result.claim
    return claim is not None and (refuted(claim.verdict) or claim.why.startswith("outside"))


def _gap(result: Result) -> float:
    """Return the distance of a mean from its reported value, as a share of that value."""
    reported = result.reported_value
    gap = abs(reported - result.value) / abs(reported) if reported else math.inf
    return gap if math.isfinite(gap) else -math.inf


def _reservations(chapters: Sequence[Chapter]) -> list[Prose]:
    """Count the reproduced claims that rest on assumptions or need no training."""
    reproduced = [
        (chapter, claim)
        for chapter in chapters
        for claim in chapter.claims
        if head(claim.verdict) == "reproduced" and not is_question(claim.says)
    ]
    assumed = sum("assumed settings" in claim.verdict for _, claim in reproduced)
    trivial = sum(is_count(*pair) for pair in reproduced)
    kinds = [f"{assumed} depend{'s' * (assumed == 1)} on assumed settings"] if assumed else []
    are = "is a count" if trivial == 1 else "are counts"
    kinds += [f"{trivial} {are}, known without training"] if trivial else []
    return [words("Of the claims reproduced, {kinds}.", kinds=" and ".join(kinds))] if kinds else []
