"""The conclusions: how a study deviates from its sources, why, and what would decide the rest."""

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from statistics import median
from typing import Any

from dlia.formatting import amount_text
from dlia.reporting.answers import gap_text, refuted_texts
from dlia.reporting.blocks import (
    AnyBlock,
    Fact,
    FactList,
    Paragraph,
    Prose,
    Section,
    Span,
    code,
    joined,
    listed,
    variant,
    words,
)
from dlia.reporting.chapters import Chapter
from dlia.reporting.deciding import next_steps
from dlia.reporting.differences import ZERO, clear_differences, judged, of_metric
from dlia.reporting.predictions import explained
from dlia.reporting.results import Outcome, Result
from dlia.study.model import Study
from dlia.study.tally import head

Row = tuple[Outcome, Result]


def conclusions_part(chapters: Sequence[Chapter], asked: dict[str, Any]) -> list[Section]:
    """Return the section; nothing if there is nothing to conclude.

    Args:
        chapters: What the report is about.
        asked: The entry readings of config.yaml, and overrides.
    """
    blocks: list[AnyBlock] = []
    for chapter in chapters:
        own = {
            "Reported values": _deviations(chapter),
            "Causes": _causes(chapter),
            "Comparisons": _comparisons(chapter),
            "Not reproduced": _refuted(chapter),
        }
        blocks += _facts(words("*{title}*", title=chapter.study.title), own)
    common = {"Limits": _limits(chapters), "Next steps": next_steps(chapters, asked)}
    blocks += _facts(words("*What these results rest on, and what would decide more*"), common)
    return [Section("conclusions", "Conclusions", tuple(blocks))] if blocks else []


def _facts(title: Prose, told: dict[str, list[Prose]]) -> list[AnyBlock]:
    facts = tuple(Fact(term, joined(said, " ")) for term, said in told.items() if said)
    return [Paragraph(title), FactList(facts)] if facts else []


def _rows(chapter: Chapter) -> list[Row]:
    """Return the variants of which a source reports a value that was tested, each training once."""
    return [
        (outcome, result)
        for outcome in chapter.outcomes
        for result in outcome.compared
        if result.claim
        and not result.same_as
        and not result.claim.verdict.startswith("not tested")
        and math.isfinite(result.value - result.reported_value)
    ]


def _deviations(chapter: Chapter) -> list[Prose]:
    gaps = sorted(row.value - row.reported_value for _, row in _rows(chapter))
    if not gaps:
        return []
    family, margin = chapter.study.family, chapter.outcomes[0].margin
    low, mid, high = (gap_text(family, gap) for gap in (gaps[0], median(gaps), gaps[-1]))
    sides = {"lower": sum(gap < 0 for gap in gaps), "higher": sum(gap > 0 for gap in gaps)}
    told = " and ".join(f"{side} than {count}" for side, count in sides.items() if count)
    if len(gaps) in sides.values():
        told = told.rpartition(" ")[0] + f" all {len(gaps)}"
    else:
        told = f"{told or 'equal to all'} of the {len(gaps)}"
    beyond = words(
        "; {far} differ by more than the margin of {margin}",
        far=sum(abs(gap) > margin for gap in gaps),
        margin=amount_text(family, margin),
    )
    return [
        words(
            "The mean here is {told} reported values ({low} to {high}, median {median}){beyond}.",
            told=told,
            low=low.partition(" ")[0],
            high=high,
            median=mid,
            beyond=beyond if margin else Span(""),
        )
    ]


def _causes(chapter: Chapter) -> list[Prose]:
    """Say which settings are open wherever a value is missed, what explains it, and what failed."""
    rows = _rows(chapter)
    missed = [(outcome, row) for outcome, row in rows if _verdict(row) != "reproduced"]
    told = []
    if missed:
        open_ = [_open_settings(chapter.study, row) for _, row in missed]
        common = [setting for setting in open_[0] if all(setting in own for own in open_)]
        told.append(
            words(
                "The sources leave settings open for {open} that {are} not called reproduced"
                "{common}.",
                open="every value"
                if all(open_)
                else f"{sum(map(bool, open_))} of the {len(missed)} values",
                are="is" if all(open_) else "are",
                common=words("; open in each case: {of}", of=joined(map(code, common)))
                if common
                else Span(""),
            )
        )
    told += [said for outcome in chapter.outcomes for said in explained(outcome)]
    return told + [said for outcome in chapter.outcomes for said in _failed(outcome, missed, rows)]


def _verdict(result: Result) -> str:
    return head(result.claim.verdict) if result.claim else ""


def _open_settings(study: Study, result: Result) -> list[str]:
    known = study.claims.get(result.claim.name) if result.claim else None
    return list(known.open_settings) if known else []


def _failed(outcome: Outcome, missed: Sequence[Row], rows: Sequence[Row]) -> Iterator[Prose]:
    """Name the networks that did not learn, what is built on them, and values near the baseline."""
    lines = [row for row in outcome.results if not row.is_variant]
    if not lines:
        return
    line = max(lines, key=lambda row: row.value)
    for result in outcome.variants:
        key = f"{outcome.exercise.id}/{result.name}"
        heirs = [
            variant(f"{own.exercise.id}/{row.name}")
            for own, row in missed
            if key in _ancestors(outcome.study, f"{own.exercise.id}/{row.name}")
        ]
        # Other networks that did not learn are no cause of what differs from a source.
        if result.learnt or not (heirs or any(row is result for _, row in missed)):
            continue
        yield words(
            "{variant} did not learn the task ({mean}; {line} reaches {baseline} without learning)"
            "{heirs}.",
            variant=variant(key),
            mean=result.mean,
            line=code(line.name),
            baseline=line.mean,
            heirs=words(", and {heirs} {are} built on it", heirs=listed(heirs), are=_are(heirs))
            if heirs
            else Span(""),
        )
    near = [
        row
        for own, row in rows
        if own is outcome and abs(row.reported_value - outcome.baseline) <= outcome.margin
    ]
    for row in near:
        yield words(
            "The {reported} that {source} reports for {variant} is itself within the margin of "
            "what {line} reaches.",
            reported=row.reported,
            source=row.claim.source.partition(" ")[0] if row.claim else "",
            variant=variant(f"{outcome.exercise.id}/{row.name}"),
            line=code(line.name),
        )


def _are(items: Sequence[object]) -> str:
    return "is" if len(items) == 1 else "are"


def _ancestors(study: Study, key: str) -> Iterator[str]:
    """Yield the variants that one is built on, the nearest first."""
    while base := study.variant(key).base:
        yield base
        key = base


def _comparisons(chapter: Chapter) -> list[Prose]:
    found = (clear_differences(own, small=False) for own in chapter.outcomes)
    large = [own for own in found if own]
    kinds = Counter(judged(row, own.margin) for own in chapter.outcomes for row in of_metric(own))
    told: list[Prose] = []
    if large:
        metric = chapter.study.task.known[chapter.study.metric].words
        told.append(words("In {metric}, {large}.", metric=metric, large=joined(large, "; ")))
    if kinds[ZERO]:
        told.append(
            words(
                "In {open} of {all} comparisons there is no clear difference.",
                open=kinds[ZERO],
                all=kinds.total(),
            )
        )
    return told


def _refuted(chapter: Chapter) -> list[Prose]:
    told = refuted_texts(chapter.short_claims, reasons=False)
    return [words("{told}.", told=joined(told, "; "))] if told else []


def _limits(chapters: Sequence[Chapter]) -> list[Prose]:
    counts = {len(row.trials) for c in chapters for own in c.outcomes for row in own.variants}
    if not counts:
        return []
    few = "one trial" if counts == {1} else f"{' or '.join(map(str, sorted(counts)))} trials"
    return [
        words(
            "The results rest on {few} of each variant, one split of the data and {images}. "
            "{covered}",
            few=few,
            covered="Another trial, split or test part may give others."
            if counts == {1}
            else "Other trials are covered by the intervals, other splits and images are not.",
            images=listed(chapter.data.tested for chapter in chapters),
        )
    ]
