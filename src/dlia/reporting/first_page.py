"""The first page: what was rebuilt, what came out, and what it rests on."""

from collections.abc import Mapping, Sequence
from typing import Any

from dlia.reporting.abstract import abstract
from dlia.reporting.again import overrides, whole_command
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
    listed,
    paragraph,
    text,
    words,
)
from dlia.reporting.chapters import (
    Chapter,
    short_ones,
    shortened_text,
    standins,
    weights_text,
)
from dlia.reporting.claims import tallies
from dlia.reporting.environment import hardware, libraries
from dlia.reporting.headlines import headline_panel
from dlia.reporting.judged_claims import tally

SOFTWARE = ("python", "torch", "torchvision", "numpy")  # which results depend on most


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
                archives=listed(archives),
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
                "shortened training. `--config max_epochs=full` trains all epochs.",
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


def facts(
    chapters: Sequence[Chapter], records: Sequence[dict[str, Any]], overridden: str
) -> FactList:
    """Return data, software, hardware, and the command that rebuilds everything.

    Args:
        chapters: What the report is about.
        records: The records of all trainings.
        overridden: Values that replaced entries of config.yaml, as command-line words.
    """
    return FactList(
        (
            Fact("Data", joined((chapter.data.in_total for chapter in chapters), "; ")),
            Fact("Software", text(libraries(records, SOFTWARE))),
            Fact("Hardware", hardware(records), volatile=True),
            Fact(
                "Rebuild",
                words(
                    "{command} (for a single number, see [how to run it again][again])",
                    command=Span(whole_command(overridden), "command"),
                ),
            ),
        ),
        title="This build",
    )


def first_page(
    chapters: Sequence[Chapter],
    records: Sequence[dict[str, Any]],
    asked: dict[str, Any],
    assumed: Mapping[str, Sequence[str]],
) -> list[AnyBlock]:
    """Return the blocks of the first page, below the title.

    Args:
        chapters: What the report is about.
        records: The records of all trainings.
        asked: The entries of config.yaml, and overrides.
        assumed: The paths of the settings that are assumed, by the variants of the sources.
    """
    counts = tally(claim for chapter in chapters for claim in chapter.claims)
    panels = [headline_panel("", c.study.name, c.study.title) for c in chapters if c.outcomes]
    rest: Blocks = (*tallies(counts), facts(chapters, records, overrides(asked)))
    return [
        *warnings(chapters),
        *abstract(chapters, asked["readings"], assumed),
        # A single panel would leave half of the page empty.
        *([Panels(tuple(panels), rest)] if len(panels) == 1 else [Panels(tuple(panels)), *rest]),
    ]
