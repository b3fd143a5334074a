"""The conclusions: the answer of each exercise in a sentence, and what was not reproduced."""

from collections.abc import Sequence

from dlia.reporting.abstract import values_of
from dlia.reporting.answers import answers_text, best, refuted_told
from dlia.reporting.blocks import AnyBlock, Fact, FactList, Paragraph, Section, Span, joined, words
from dlia.reporting.chapters import Chapter
from dlia.reporting.differences import differences_told
from dlia.reporting.results import Outcome
from dlia.study.tally import is_question


def conclusions_part(chapters: Sequence[Chapter]) -> list[Section]:
    """Return the section; nothing if no exercise has results."""
    blocks: list[AnyBlock] = []
    for chapter in chapters:
        if told := [*values_of(chapter), *refuted_told(chapter.short_claims)]:
            blocks.append(Paragraph(joined(told, " ")))
        if chapter.outcomes:
            blocks.append(FactList(tuple(map(_exercise, chapter.outcomes))))
    return [Section("conclusions", "Conclusions", tuple(blocks))] if blocks else []


def _exercise(outcome: Outcome) -> Fact:
    questions = [claim for claim in outcome.claims if is_question(claim.says)]
    asked = Span(f" Questions of the sheet: {answers_text(questions)}." if questions else "")
    title = Span(outcome.exercise.title, "user", outcome.exercise.id)
    said = words(
        "{title}. {best}{asked}",
        title=title,
        best=joined([*best(outcome), *differences_told(outcome)], " "),
        asked=asked,
    )
    return Fact(outcome.number, said)
