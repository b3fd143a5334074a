"""The abstract: what was repeated, what could be reproduced, and what that rests on."""

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from dlia.formatting import metric_text
from dlia.reporting.answers import best_of, counted, values_told
from dlia.reporting.blocks import Paragraph, Prose, Span, joined, listed, variant, words
from dlia.reporting.chapters import Chapter, is_count, trained, trainings
from dlia.reporting.judged_claims import JudgedClaim, tally
from dlia.reporting.pictured import best_variant
from dlia.reporting.results import Outcome, Result
from dlia.reporting.subject import subject
from dlia.reporting.undecided import directions, undecided, why_not_refuted
from dlia.study.tally import failures_of, head, is_question, refuted, rests_on_settings

NAMED = 3  # reported values or kinds of settings that the first page names; it counts the others
# What a setting belongs to, by the first part of its path.
BLOCKS = {
    "input": "the scaling of pixels",
    "model": "the network",
    "initialization": "the initial weights",
    "optimizer": "the optimizer",
    "schedule": "the learning-rate schedule",
    "batch_size": "the batch size",
    "epochs": "the number of epochs",
    "add_copies": "the added copies",
    "patches": "the patches",
}


def abstract(
    chapters: Sequence[Chapter], reads: bool, assumed: Mapping[str, Sequence[str]]
) -> tuple[Paragraph, ...]:
    """Return what this is, the conclusion, and what it rests on.

    Args:
        chapters: What the report is about.
        reads: Whether the build trains readings.
        assumed: The paths of the settings that are assumed, by the variants of the sources.
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
    tested = [claim for claim in claims if _is_tested(claim)]
    if not tested:
        return [words("This build tests none of the {count} claims.", count=len(claims))]
    rest = [claim for claim in tested if claim not in values]
    # A single trial has no range in which a further one is expected.
    ranged = [(o, r) for o, r in rows if _is_tested(r.claim) and len(r.trials) > 1]
    some = len(tested) < len(claims)
    return [
        *(told for chapter in chapters for told in values_of(chapter)),
        *(
            [_of_others(rest, "other claim" if len(rest) < len(tested) else "claim", some)]
            if rest
            else []
        ),
        *_open(tested),
        *([_out_of_reach(ranged)] if ranged else []),
    ]


def values_of(chapter: Chapter) -> list[Prose]:
    """Say how many reported values of a study are reproduced, and how far off the others are."""
    rows = [result for _, result in _reported([chapter])]
    return values_told(rows, chapter.study, chapter.study.title)


def _of_others(claims: Sequence[JudgedClaim], kind: str, some: bool) -> Prose:
    """Count the verdicts on claims; ``some``: others are not tested."""
    are = "is" if len(claims) == 1 else "are"
    counts = tally(claims).claims
    named = any(refuted(claim.verdict) for claim in claims)
    return words(
        "{counts}{named}.",
        counts=counted(kind, counts, "verdicts", f" that {are} tested" if some else ""),
        named=words(" (see the [conclusions][conclusions])") if named else Span(""),
    )


def _open(claims: Sequence[JudgedClaim]) -> list[Prose]:
    """Say which way the numbers point where a claim is undecided, and why they do not refute it."""
    open_ = undecided(claims)
    if not open_:
        return []
    told = [words("{said}.", said=directions(open_)), *why_not_refuted(open_)]
    if any(rests_on_settings(claim.verdict) for claim in open_):
        told.append(
            words(
                "Where a source leaves settings open, a result that agrees with it is called "
                "*reproduced* (with assumed settings), but one that contradicts it is called "
                "*undecided*; the two counts can therefore not be compared."
            )
        )
    return told


def _extent(chapters: Sequence[Chapter], reads: bool) -> Prose:
    count = sum(len(chapter.study.readings) for chapter in chapters) if reads else 0
    outcomes = [outcome for chapter in chapters for outcome in chapter.outcomes]
    variants = sum(len(outcome.variants) for outcome in outcomes)
    alike = variants - len(trained(chapters))
    numbers = sorted({len(result.trials) for o in outcomes for result in o.variants})
    share = "shares" if alike == 1 else "share"
    return words(
        "This build has {variants} in {exercises}, trained in {trainings} ({each} each){readings}"
        "{shared}.",
        variants=_number(variants, "variant"),
        exercises=_number(len(outcomes), "exercise"),
        shared=Span(f"; {alike} of them {share} the networks of another" if alike > 0 else ""),
        trainings=_number(trainings(chapters), "trial"),
        each=" or ".join(map(str, numbers)) or "none",
        readings=Span(f", besides those of {count} readings" if count else ""),
    )


def _number(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'s' * (count != 1)}"


def _highest(chapters: Sequence[Chapter]) -> list[Prose]:
    """Give the highest test means, which select nothing, and what validation selects."""
    told: list[Prose] = []
    selected: list[Prose] = []
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
        selected += _selected(chapter)
    best = "Highest test means, for information: {said}."
    chosen = "Chosen on the validation part: {said}."
    return [
        *([words(best, said=listed(told))] if told else []),
        *([words(chosen, said=listed(selected))] if selected else []),
    ]


def _selected(chapter: Chapter) -> list[Prose]:
    """Name the variant that validation images choose, and of how many, with both values."""
    validation = {k: v for outcome in chapter.outcomes for k, v in outcome.validation.items()}
    if not validation:
        return []
    key = best_variant(validation)
    exercise, _, name = key.partition("/")
    [outcome] = [o for o in chapter.outcomes if o.exercise.id == exercise]
    [result] = [row for row in outcome.variants if row.name == name]
    return [
        words(
            "{variant} of {count} variants with such a part (validation {value}, test {test})",
            count=len({chapter.study.variant(own).trained_as for own in validation}),
            variant=variant(key),
            value=metric_text(chapter.study.family, validation[key]),
            test=outcome.span(result),
        )
    ]


def _reported(chapters: Sequence[Chapter]) -> list[tuple[Outcome, Result]]:
    """Return the variants of which a source reports a value, each training once."""
    return [
        (outcome, result)
        for chapter in chapters
        for outcome in chapter.outcomes
        for result in outcome.compared
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
    return words(
        "Of {number} reported {values}, {count} {lie} outside the range in which a further trial "
        "is expected: {told}{others}.",
        number=len(rows),
        values="value" if len(rows) == 1 else "values",
        lie="lie" if len(far) > 1 else "lies",
        count=len(far),
        told=joined(told),
        others=others_text(len(far)),
    )


def others_text(count: int) -> Span:
    """Say how many there are besides those that are named."""
    return Span(f", and {count - NAMED} more" if count > NAMED else "")


def _is_tested(claim: JudgedClaim | None) -> bool:
    return claim is not None and not claim.verdict.startswith("not tested")


def _is_out_of_reach(result: Result) -> bool:
    claim = result.claim
    return claim is not None and (refuted(claim.verdict) or claim.why.startswith("outside"))


def _gap(result: Result) -> float:
    """Return the distance of a mean from its reported value, as a share of that value."""
    reported = result.reported_value
    gap = abs(reported - result.value) / abs(reported) if reported else math.inf
    return gap if math.isfinite(gap) else -math.inf


def _reservations(chapters: Sequence[Chapter], assumed: Mapping[str, Sequence[str]]) -> list[Prose]:
    """Count the assumptions, and the reproduced claims that rest on them or need no training."""
    reproduced = [
        (chapter, claim)
        for chapter in chapters
        for claim in chapter.claims
        if head(claim.verdict) == "reproduced" and not is_question(claim.says)
    ]
    learnt = [claim for chapter, claim in reproduced if not is_count(chapter, claim)]
    counts = len(reproduced) - len(learnt)
    resting = sum("assumed settings" in claim.verdict for claim in learnt)
    failed = sum(bool(failures_of(claim.verdict)) for claim in learnt)
    many = "" if len(learnt) == 1 else "all " if resting == len(learnt) else f"{resting} of them "
    rests = [f"{many}on assumed settings"] if resting else []
    rests += [f"{failed} on failed trials, too"] if failed else []
    on = f" ({' and '.join(rests)})" if rests else ""
    kinds = (
        [f"{len(learnt)} need{'s' * (len(learnt) == 1)} a trained network{on}"] if learnt else []
    )
    are = "needs" if counts == 1 else "need"
    kinds += [f"{counts} {are} none: counts in the data or in a network"] if counts else []
    return [
        *([_assumptions(assumed)] if any(assumed.values()) else []),
        *([words("Of the claims reproduced, {kinds}.", kinds=listed(kinds))] if kinds else []),
    ]


def open_settings(
    chapters: Sequence[Chapter], assumed: Iterable[Mapping[str, str]]
) -> dict[str, list[str]]:
    """Return the paths of the settings that are assumed, by the variants of the sources.

    Args:
        chapters: What the report is about.
        assumed: The lines of hyperparameters.csv of all settings that are assumed.
    """
    found: dict[str, list[str]] = {v.key: [] for v in trained(chapters) if v.source}
    for line in assumed:
        key = f"{line['exercise']}/{line['variant']}"
        if key in found:
            found[key].append(line["name"])
    return found


def _assumptions(assumed: Mapping[str, Sequence[str]]) -> Prose:
    """Count the settings of a network that are assumed, and name what they belong to."""
    numbers = sorted({len(paths) for paths in assumed.values()})
    low, high = numbers[0], numbers[-1]
    names = dict.fromkeys(path for paths in assumed.values() for path in paths)
    blocks = [path.partition(".")[0] for path in names]
    counts = Counter(BLOCKS.get(block, f"the {block.replace('_', ' ')}") for block in blocks)
    named = [f"{count} of {kind}" for kind, count in counts.most_common(NAMED)]
    others = sum(counts.values()) - sum(count for _, count in counts.most_common(NAMED))
    return words(
        "The sources leave {number} of {each} open, for which values are [assumed](term-assumed) "
        "({all} in all: {named}).",
        number=_number(high, "setting") if low == high else f"{low} to {high} settings",
        all=len(names),
        each="the network" if len(assumed) == 1 else "each network that they report",
        named=listed([*named, *([f"{others} others"] if others else [])]),
    )
