"""The report on paper: the order of its parts, and the numbers of figures and tables."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

from dlia.reporting import columns, rendering
from dlia.reporting.blocks import (
    AnyBlock,
    Blocks,
    Figure,
    Folded,
    Panels,
    Paragraph,
    Section,
    Table,
    Volatile,
)
from dlia.reporting.document import ReportContent


def on_paper(report: ReportContent) -> ReportContent:
    """Move the folded parts of the body into a section of the appendix."""
    moved = [
        section
        for chapter in report.body
        for section in (*_details(chapter), *_folded(chapter.blocks))
    ]
    body, appendix = (tuple(map(_unfolded, part)) for part in (report.body, report.appendix))
    details = Section("details", rendering.LABELS["all_details"], tuple(moved))
    return replace(report, body=body, appendix=(*appendix, *([details] if moved else [])))


def _details(chapter: Section) -> Iterator[Section]:
    for section in chapter.blocks:
        if isinstance(section, Section) and (found := _folded(section.blocks)):
            yield Section(f"{section.anchor}--details", section.heading, found)


def _folded(blocks: Blocks) -> tuple[Section, ...]:
    return tuple(
        Section(block.anchor, block.title, _without_folded(block.blocks))
        for block in blocks
        if isinstance(block, Folded) and block.on_paper
    )


def _without_folded(blocks: Blocks) -> Blocks:
    """Leave out what is folded, which is too long for paper, and places for the user's words."""
    return tuple(
        _unfolded(block) if isinstance(block, Section) else block
        for block in blocks
        if not isinstance(block, Folded)
        and not (isinstance(block, Paragraph) and block.kind == "place")
    )


def _unfolded(section: Section) -> Section:
    return replace(section, blocks=_without_folded(section.blocks))


def numbers(report: ReportContent) -> dict[str, str]:
    """Return what each figure and table is called on paper, such as "Table 4", by its anchor.

    LaTeX counts in the same order. What is not printed has no number.
    """
    paper = on_paper(report)
    counts: Counter[str] = Counter()
    found: dict[str, str] = {}
    for block in _counted((*paper.first, *paper.body, *paper.appendix)):
        kind = "Figure" if isinstance(block, Figure) else "Table"
        counts[kind] += 1
        found[block.anchor] = f"{kind} {counts[kind]}"
    return found


def _counted(blocks: Blocks) -> Iterator[Figure | Table]:
    """Yield figures and tables in their order; a wide table is printed as several."""
    for block in blocks:
        yield from _of_block(block)


def _of_block(block: AnyBlock) -> Iterator[Figure | Table]:
    if isinstance(block, Figure):
        yield block
    elif isinstance(block, Table):
        yield from columns.split_wide(block)
    elif isinstance(block, Panels):
        yield from _counted((*block.figures, *block.beside))
    elif isinstance(block, Section | Volatile):
        yield from _counted(block.blocks)
