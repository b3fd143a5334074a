"""The first page: what was rebuilt, what came out, and what it rests on."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from dlia.data.choice import STANDIN
from dlia.reporting.answers import best_of, claims_text, questions_text, sentence, values_text
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
    """Return five sentences: extent, best results, reported values, largest difference, claims.

    Args:
        chapters: What the report is about.
        reads: Whether the build trains readings.
    """
    sentences = [_extent(chapters, reads), _best(chapters), *_reported(chapters), _claims(chapters)]
    return Paragraph(joined(sentences, " "), "abstract")


def _extent(chapters: Sequence[Chapter], reads: bool) -> Prose:
    count = sum(len(chapter.study.readings) for chapter in chapters) if reads else 0
    outcomes = [outcome for chapter in chapters for outcome in chapter.outcomes]
    return words(
        "This report rebuilds {variants} variants of {exercises} exercises on {titles} from the "
        "raw images; {networks} of them are trainings of their own, {trainings} with all "
        "trials{readings}.",
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
    outcome, result = max(rows, key=lambda row: _gap(row[1]))
    return [
        values_text(result.claim for _, result in rows if result.claim),
        words(
            "The largest difference from a reported value is that of "
            "{variant}: {reported} reported, {mean} rebuilt ({verdict}).",
            variant=variant(f"{outcome.exercise.id}/{result.name}"),
            reported=result.reported,
            mean=outcome.span(result),
            verdict=Span(result.claim.verdict if result.claim else "", "verdict"),
        ),
    ]


def _gap(result: Result) -> float:
    """Return the distance of a mean from its reported value."""
    gap = abs(result.reported_value - result.value)
    return gap if math.isfinite(gap) else -math.inf


def _claims(chapters: Sequence[Chapter]) -> Prose:
    counts = tally(claim for chapter in chapters for claim in chapter.claims)
    archives = standins(chapters)
    data = f"{' and '.join(archives)} {'is' if len(archives) == 1 else 'are'} not real"
    told = [
        *([claims_text(counts.claims)] if counts.claims else [words("no claim is tested")]),
        *([questions_text(counts.questions)] if counts.questions else []),
        words(data if archives else "all data are real"),
    ]
    return words("{told}.", told=sentence(told))


def facts(chapters: Sequence[Chapter], records: Sequence[dict[str, Any]]) -> FactList:
    """Return data, trials and hardware, a line each."""
    numbers = sorted({len(r.trials) for c in chapters for o in c.outcomes for r in o.variants})
    trials = words(
        "{numbers} per variant, each with its own initial weights and order of images; ± is the "
        "standard deviation over trials",
        numbers=" or ".join(map(str, numbers)) or NO_TRAINING,
    )
    return FactList(
        (
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
