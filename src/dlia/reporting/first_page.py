"""The first page: what was rebuilt, what came out, and what it rests on."""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from dlia.data.choice import STANDIN
from dlia.reporting.answers import (
    best_of,
    claims_text,
    questions_text,
    refuted_texts,
    sentence,
    values_text,
)
from dlia.reporting.blocks import (
    AnyBlock,
    Blocks,
    Fact,
    FactList,
    Panels,
    Paragraph,
    Prose,
    Span,
    joined,
    paragraph,
    text,
    variant,
    words,
)
from dlia.reporting.claims import tallies
from dlia.reporting.data_sets import DataSet
from dlia.reporting.environment import NO_TRAINING, hardware
from dlia.reporting.headlines import headline_panel
from dlia.reporting.results import JudgedClaim, Outcome, Result, tally
from dlia.study.model import Study, Variant
from dlia.study.tally import is_question, refuted

NAMED = 3  # reported values or claims that the first page names; it counts the others
NO_CLAIM = "no claim is tested"


@dataclass(frozen=True)
class Chapter:
    """A study with its data and its results.

    Attributes:
        claims: The claims about results.
        claims_about_time: Those about run times.
    """

    study: Study
    data: DataSet
    outcomes: tuple[Outcome, ...]
    claims: tuple[JudgedClaim, ...]
    claims_about_time: tuple[JudgedClaim, ...]

    @property
    def variants(self) -> list[Variant]:
        """All its variants."""
        return [v for exercise in self.study.exercises.values() for v in exercise.variants.values()]


def warnings(chapters: Sequence[Chapter]) -> list[Paragraph]:
    """Say which data are not real, and which trainings are shortened."""
    told = []
    if archives := standins(chapters):
        told.append(
            paragraph(
                "*Stand-in data.* This build used small generated images in place of {archives}. "
                "Results computed from these stand-ins say nothing about the original reports. To "
                "use a real archive, put it into the folder that `data_dir` in `config.yaml` "
                "names, and run the same command again.",
                "warning",
                archives=" and ".join(archives),
            )
        )
    if said := shortened_text(chapters):
        longest = max(_short(chapters), key=lambda own: own.asked["epochs"])
        told.append(
            paragraph(
                "*Shortened trainings.* {said} ({key}: {epochs} epochs). No claim is tested on a "
                "shortened training. `max_epochs: full` in `config.yaml` trains all epochs.",
                "warning",
                said=said,
                key=longest.key,
                epochs=longest.text("epochs", longest.settings.epochs),
            )
        )
    return told


def banner(chapters: Sequence[Chapter]) -> Prose:
    """Return the words that stand above every page, or none."""
    parts = ["Stand-in data."] if standins(chapters) else []
    parts += [f"Shortened: {said}." for said in [shortened_text(chapters)] if said]
    said = Span(" ".join(parts), "strong")
    return (
        words(
            "{said} Results that are marked so say nothing about the original reports.", said=said
        )
        if parts
        else ()
    )


def standins(chapters: Sequence[Chapter]) -> list[str]:
    """Return the archives that are replaced by stand-ins."""
    return [c.data.archive for c in chapters if c.data.kind == STANDIN]


def _trained(chapters: Sequence[Chapter]) -> list[Variant]:
    return [own for chapter in chapters for own in chapter.variants if own.trains]


def _short(chapters: Sequence[Chapter]) -> list[Variant]:
    return [own for own in _trained(chapters) if own.is_shortened]


def shortened_text(chapters: Sequence[Chapter]) -> str:
    """Say how many trainings are shortened, and to how many epochs; "" if none."""
    short = _short(chapters)
    epochs = " or ".join(map(str, sorted({own.settings.epochs for own in short})))
    count = f"{len(short)} of {len(_trained(chapters))}"
    return f"{count} trainings ended after {epochs} epochs" if short else ""


def abstract(chapters: Sequence[Chapter], reads: bool) -> Paragraph:
    """Return at most six sentences: extent, best, reported values, those out of reach, verdicts.

    Args:
        chapters: What the report is about.
        reads: Whether the build trains readings.
    """
    sentences = [
        _extent(chapters, reads),
        _best(chapters),
        *_reported(chapters),
        *_claims(chapters),
    ]
    return Paragraph(joined(sentences, " "), "abstract")


def _extent(chapters: Sequence[Chapter], reads: bool) -> Prose:
    count = sum(len(chapter.study.readings) for chapter in chapters) if reads else 0
    outcomes = [outcome for chapter in chapters for outcome in chapter.outcomes]
    return words(
        "This report rebuilds {variants} variants of {exercises} exercises on {titles} from the "
        "raw images: {networks} networks, in {trainings} trainings{readings}.",
        readings=Span(f", besides those of {count} readings" if count else ""),
        variants=sum(len(outcome.variants) for outcome in outcomes),
        exercises=len(outcomes),
        titles=" and ".join(chapter.study.title for chapter in chapters),
        networks=len(_trained(chapters)),
        trainings=trainings(chapters),
    )


def trainings(chapters: Sequence[Chapter]) -> int:
    """Count the trainings of all trials, without those of readings."""
    return sum(
        len(result.trials)
        for chapter in chapters
        for outcome in chapter.outcomes
        for result in outcome.variants
        if outcome.exercise.variants[result.name].trains
    )


def _best(chapters: Sequence[Chapter]) -> Prose:
    told = []
    for chapter in chapters:
        pairs = [(outcome, result) for outcome in chapter.outcomes for result in outcome.variants]
        first = best_of(result for _, result in pairs)
        if first:
            outcome = next(outcome for outcome, result in pairs if result is first)
            told.append(
                words(
                    "{metric} {value}{on} ({variant})",
                    metric=outcome.metric,
                    value=outcome.span(first),
                    on=Span(f" on {chapter.study.title}" if len(chapters) > 1 else ""),
                    variant=variant(f"{outcome.exercise.id}/{first.name}"),
                )
            )
    said = joined(told, ", and ") or words("none")
    means, be = ("means", "are") if len(told) > 1 else ("mean", "is")
    return words(
        "The highest {means} on the test images {be} {said}.", means=means, be=be, said=said
    )


def _reported(chapters: Sequence[Chapter]) -> list[Prose]:
    rows = [
        (outcome, result)
        for chapter in chapters
        for outcome in chapter.outcomes
        for result in outcome.variants
        if result.claim and not result.same_as
    ]
    if not rows:
        return [words("No source reports a value that could be compared.")]
    counted = values_text(result.claim for _, result in rows if result.claim)
    return [counted, _out_of_reach(rows)]


def _out_of_reach(rows: Sequence[tuple[Outcome, Result]]) -> Prose:
    """Name the reported values that the trials do not reach, those with the largest gaps first."""
    far = [(outcome, result) for outcome, result in rows if _is_out_of_reach(result)]
    if not far:
        return words("None of them lies outside the range where another trial is expected.")
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
        others=_others(len(far)),
    )


def _others(count: int) -> Span:
    return Span(f", and {count - NAMED} more" if count > NAMED else "")


def _is_out_of_reach(result: Result) -> bool:
    claim = result.claim
    return claim is not None and (refuted(claim.verdict) or claim.why.startswith("outside"))


def _gap(result: Result) -> float:
    """Return the distance of a mean from its reported value, as a share of that value."""
    reported = result.reported_value
    gap = abs(reported - result.value) / abs(reported) if reported else math.inf
    return gap if math.isfinite(gap) else -math.inf


def _claims(chapters: Sequence[Chapter]) -> list[Prose]:
    """Count the verdicts, and those that rest on assumptions or need no training."""
    judged = [(chapter, claim) for chapter in chapters for claim in chapter.claims]
    counts = tally(claim for _, claim in judged)
    reproduced = [
        (chapter, claim)
        for chapter, claim in judged
        if claim.verdict.startswith("reproduced") and not is_question(claim.says)
    ]
    assumed = sum("assumed settings" in claim.verdict for _, claim in reproduced)
    trivial = sum(_is_count(*pair) for pair in reproduced)
    kinds = [f"{assumed} depend{'s' * (assumed == 1)} on assumed settings"] if assumed else []
    are = "is a count" if trivial == 1 else "are counts"
    kinds += [f"{trivial} {are}, known without training"] if trivial else []
    of_these = " and ".join(kinds)
    claims = words(
        "{counts}{of_these}.",
        counts=sentence([claims_text(counts.claims) if counts.claims else text(NO_CLAIM)]),
        of_these=Span(f"; of those reproduced, {of_these}" if of_these else ""),
    )
    if not counts.questions:
        return [claims]
    return [claims, words("{said}.", said=sentence([questions_text(counts.questions)]))]


def _is_count(chapter: Chapter, claim: JudgedClaim) -> bool:
    """Tell whether a claim is about a number that the network has before any training."""
    known = chapter.study.claims.get(claim.name)
    quantity = chapter.study.task.known.get(known.quantity) if known else None
    return quantity is not None and quantity.family == "count" and not quantity.parts


def in_short(says: str) -> str:
    """Return a claim without the explanation in brackets at its end."""
    return re.sub(r" \([^()]*\)\.?$", "", says)


def _refuted(chapters: Sequence[Chapter]) -> list[Fact]:
    """Name claims that are not reproduced: those about results first, then counts."""
    judged = [(chapter, claim) for chapter in chapters for claim in chapter.claims]
    judged.sort(key=lambda pair: _is_count(*pair))
    told = refuted_texts(replace(claim, says=in_short(claim.says)) for _, claim in judged)
    if not told:
        return []
    named = joined(told[:NAMED], "; ")
    said = words("{named}{others}", named=named, others=_others(len(told)))
    return [Fact("Not reproduced", said)]


def facts(chapters: Sequence[Chapter], records: Sequence[dict[str, Any]]) -> FactList:
    """Return what is not reproduced, data, trials and hardware."""
    numbers = sorted({len(r.trials) for c in chapters for o in c.outcomes for r in o.variants})
    trials = words(
        "{numbers} per variant, with own initial weights and order of images; ± is the standard "
        "deviation",
        numbers=" or ".join(map(str, numbers)) or NO_TRAINING,
    )
    return FactList(
        (
            *_refuted(chapters),
            Fact("Data", joined((chapter.data.in_short for chapter in chapters), "; ")),
            Fact("Trials", trials if numbers else text(NO_TRAINING)),
            Fact("Hardware", hardware(records), volatile=True),
        )
    )


def first_page(
    chapters: Sequence[Chapter], records: Sequence[dict[str, Any]], reads: bool
) -> list[AnyBlock]:
    """Return the blocks of the first page, below the title; ``reads`` as in ``abstract``."""
    counts = tally(claim for chapter in chapters for claim in chapter.claims)
    panels = [headline_panel("", c.study.name, c.study.title) for c in chapters if c.outcomes]
    rest: Blocks = (*tallies(counts), facts(chapters, records))
    return [
        *warnings(chapters),
        abstract(chapters, reads),
        # A single panel would leave half of the page empty.
        *([Panels(tuple(panels), rest)] if len(panels) == 1 else [Panels(tuple(panels)), *rest]),
    ]
