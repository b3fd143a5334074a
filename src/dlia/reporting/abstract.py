"""The abstract: what was repeated, what could be reproduced, and what that rests on."""

import math
from collections.abc import Sequence

from dlia.formatting import metric_text
from dlia.reporting.answers import best_of, counted, values_told
from dlia.reporting.blocks import Paragraph, Prose, Span, joined, listed, variant, words
from dlia.reporting.chapters import Chapter, is_count, trained, trainings
from dlia.reporting.pictured import best_variant
from dlia.reporting.results import JudgedClaim, Outcome, Result, tally
from dlia.reporting.subject import subject
from dlia.study.tally import head, is_question, refuted

NAMED = 3  # reported values or claims that the first page names; it counts the others


def abstract(chapters: Sequence[Chapter], reads: bool, assumed: int) -> tuple[Paragraph, ...]:
    """Return what this is, the conclusion, and what it rests on.

    Args:
        chapters: What the report is about.
        reads: Whether the build trains readings.
        assumed: The number of settings that are assumed.
    """
    rest = [_extent(chapters, reads), *_reservations(chapters, assumed), *_highest(chapters)]
    return (
        Paragraph(joined(subject(chapters), " "), "abstract"),
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
    return [
        *(told for chapter in chapters for told in values_of(chapter)),
        *(
            [_of_others(rest, "other claim" if len(rest) < len(tested) else "claim")]
            if rest
            else []
        ),
        *([_out_of_reach(rows)] if rows else []),
    ]


def values_of(chapter: Chapter) -> list[Prose]:
    """Say how many reported values of a study are reproduced, and how far off the others are."""
    rows = [result for _, result in _reported([chapter])]
    return values_told(rows, chapter.study, chapter.study.title)


def _of_others(claims: Sequence[JudgedClaim], kind: str) -> Prose:
    counts = tally(claims).claims
    named = any(refuted(claim.verdict) for claim in claims)
    return words(
        "{counts}{named}.",
        counts=counted(kind, counts, "verdicts"),
        named=words(" (see the [conclusions][conclusions])") if named else Span(""),
    )


def _extent(chapters: Sequence[Chapter], reads: bool) -> Prose:
    count = sum(len(chapter.study.readings) for chapter in chapters) if reads else 0
    outcomes = [outcome for chapter in chapters for outcome in chapter.outcomes]
    variants = sum(len(outcome.variants) for outcome in outcomes)
    alike = variants - len(trained(chapters))
    numbers = sorted({len(result.trials) for o in outcomes for result in o.variants})
    share = "variant shares" if alike == 1 else "variants share"
    return words(
        "{variants} in {exercises} {were} trained in {trainings} ({each} each){readings}{shared}.",
        were="was" if variants == 1 else "were",
        variants=_number(variants, "variant"),
        exercises=_number(len(outcomes), "exercise"),
        shared=Span(f"; {alike} {share} the networks of another" if alike > 0 else ""),
        trainings=_number(trainings(chapters), "trial"),
        each=" or ".join(map(str, numbers)) or "none",
        readings=Span(f", besides those of {count} readings" if count else ""),
    )


def _number(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'s' * (count != 1)}"


def _highest(chapters: Sequence[Chapter]) -> list[Prose]:
    """Give the highest test means, which select nothing, and what validation selects."""
    told, selected = [], []
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
        validation = {k: v for outcome in chapter.outcomes for k, v in outcome.validation.items()}
        if validation:
            key = best_variant(validation)
            value = metric_text(chapter.study.family, validation[key])
            selected.append(words("{variant} ({value})", variant=variant(key), value=value))
    chosen = words("; selected by validation: {said}", said=listed(selected)) if selected else ()
    return (
        [
            words(
                "Highest test means, for information: {said}{chosen}.",
                said=listed(told),
                chosen=chosen or Span(""),
            )
        ]
        if told
        else []
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
        return words(
            "No reported value lies outside the range in which a further trial is expected."
        )
    far.sort(key=lambda row: -_gap(row[1]))
    told = [
        words(
            "{variant} ({reported} reported, {mean} here)",
            variant=variant(f"{outcome.exercise.id}/{result.name}"),
            reported=Span(result.reported, target=result.claim.anchor if result.claim else ""),
            mean=outcome.span(result),
        )
        for outcome, result in far[:NAMED]
    ]
    silent = sum("settings not reported" in r.claim.verdict for _, r in far if r.claim)
    which = f"{silent} of them count{'s' * (silent == 1)}"
    if silent == len(far):
        which = "they count" if silent > 1 else "it counts"
    return words(
        "{count} reported {lie} outside the range in which a further trial is expected: "
        "{told}{others}.{open}",
        lie="values lie" if len(far) > 1 else "value lies",
        count=len(far),
        told=joined(told),
        others=others_text(len(far)),
        open=Span(
            f" Because the source leaves settings open, {which} as undecided." if silent else ""
        ),
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


def _reservations(chapters: Sequence[Chapter], assumed: int) -> list[Prose]:
    """Count the assumptions, and the reproduced claims that rest on them or need no training."""
    reproduced = [
        (chapter, claim)
        for chapter in chapters
        for claim in chapter.claims
        if head(claim.verdict) == "reproduced" and not is_question(claim.says)
    ]
    resting = sum("assumed settings" in claim.verdict for _, claim in reproduced)
    trivial = sum(is_count(*pair) for pair in reproduced)
    kinds = [f"{resting} rest{'s' * (resting == 1)} on assumed settings"] if resting else []
    are = "is a count" if trivial == 1 else "are counts"
    kinds += [f"{trivial} {are}, known without training"] if trivial else []
    told = words(
        "{assumed} of variants {are} [assumed](term-assumed), as no source states {them}.",
        assumed=_number(assumed, "setting"),
        are="is" if assumed == 1 else "are",
        them="it" if assumed == 1 else "them",
    )
    return [
        *([told] if assumed else []),
        *(
            [words("Of the claims reproduced, {kinds}.", kinds=" and ".join(kinds))]
            if kinds
            else []
        ),
    ]
