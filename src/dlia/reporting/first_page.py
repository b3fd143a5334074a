"""The first page: what was rebuilt, what came out, and what it rests on."""

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from dlia.reporting.abstract import NAMED, abstract, others_text
from dlia.reporting.answers import refuted_texts
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
    words,
)
from dlia.reporting.chapters import (
    Chapter,
    is_count,
    short_ones,
    shortened_text,
    standins,
    weights_text,
)
from dlia.reporting.claims import tallies
from dlia.reporting.environment import NO_TRAINING, hardware
from dlia.reporting.headlines import headline_panel
from dlia.reporting.results import tally


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
    if said := weights_text(chapters):
        told.append(
            paragraph(
                "*Stand-in weights.* {said}, as the file that the study names is missing. No claim "
                "is tested on them. To train from the file, put it beside the archive, and run the "
                "same command again.",
                "warning",
                said=said,
            )
        )
    if said := shortened_text(chapters):
        longest = max(short_ones(chapters), key=lambda own: own.asked["epochs"])
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
    parts += [f"Stand-in weights: {said}." for said in [weights_text(chapters)] if said]
    parts += [f"Shortened: {said}." for said in [shortened_text(chapters)] if said]
    said = Span(" ".join(parts), "strong")
    return (
        words(
            "{said} Results that are marked so say nothing about the original reports.", said=said
        )
        if parts
        else ()
    )


def in_short(says: str) -> str:
    """Return a claim without the explanation in brackets at its end."""
    return re.sub(r" \([^()]*\)\.?$", "", says)


def _refuted(chapters: Sequence[Chapter]) -> list[Fact]:
    """Name claims that are not reproduced: those about results first, then counts."""
    judged = [(chapter, claim) for chapter in chapters for claim in chapter.claims]
    judged.sort(key=lambda pair: is_count(*pair))
    told = refuted_texts(replace(claim, says=in_short(claim.says)) for _, claim in judged)
    if not told:
        return []
    named = joined(told[:NAMED], "; ")
    said = words("{named}{others}", named=named, others=others_text(len(told)))
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
        *abstract(chapters, reads),
        # A single panel would leave half of the page empty.
        *([Panels(tuple(panels), rest)] if len(panels) == 1 else [Panels(tuple(panels)), *rest]),
    ]
