"""Machine-learning reproducibility checklist, answered from the records of the build.

The questions paraphrase Pineau et al. (2021): Improving reproducibility in machine learning
research, Journal of Machine Learning Research 22 (164), appendix. An answer is "no" if nothing is
recorded.
"""

import re
from collections.abc import Sequence
from typing import Any, NamedTuple

from dlia.reporting.again import states
from dlia.reporting.blocks import (
    Cell,
    Prose,
    Row,
    Section,
    Span,
    Value,
    code,
    group,
    joined,
    listed_words,
    paragraph,
    table,
    text,
    words,
)
from dlia.reporting.chapters import Chapter, trainings
from dlia.reporting.environment import NOT_KNOWN, memory
from dlia.reporting.prose import lines
from dlia.reporting.rules import LEVEL_TEXT
from dlia.reporting.trained import searched_settings
from dlia.runtime.checkout import git_state

YES, PARTLY, NO, NOT_APPLICABLE = "yes", "partly", "no", "does not apply"
# Answers that may differ between two builds from the same inputs.
OF_THIS_RUN = ("{memory}", "{code}")


class Answer(NamedTuple):
    """A question with its answer; ``topic`` is its heading."""

    topic: str
    question: str
    answer: str
    evidence: Prose
    volatile: bool


def checklist_part(
    chapters: Sequence[Chapter], records: Sequence[dict[str, Any]], rows: int, assumed: int
) -> Section:
    """Return the section with the checklist.

    Args:
        chapters: The studies with their results.
        records: The records of all trainings.
        rows: The number of rows of hyperparameters.csv.
        assumed: How many of them are settings that are assumed.
    """
    intro = paragraph(
        "The questions follow the machine-learning reproducibility checklist [@pineau]. The "
        "answers come from the records of this build. Where nothing is recorded, the answer is "
        "*no*."
    )
    made: list[Row] = []
    topic = ""
    for found in checklist(chapters, records, rows, assumed):
        made += [group(found.topic, 3)] if found.topic != topic else []
        topic = found.topic
        answer = Cell((Span(found.answer, "verdict"),))
        cells = (Cell(text(found.question)), answer, Cell(found.evidence))
        made.append(Row(cells, volatile=found.volatile))
    caption = words("The machine-learning reproducibility checklist.")
    shown = table("checklist-table", caption, ["Question", "Answer", "Evidence"], made, "checklist")
    return Section("checklist", "Reproducibility checklist", (intro, shown))


def checklist(
    chapters: Sequence[Chapter], records: Sequence[dict[str, Any]], rows: int, assumed: int
) -> list[Answer]:
    """Answer the checklist, see ``checklist_part``."""
    trials = [len(r.trials) for c in chapters for outcome in c.outcomes for r in outcome.variants]
    code, said = _code(records)
    varied, several = min(trials, default=0) > 1, max(trials, default=0) > 1
    values: dict[str, Value] = {
        "assumptions": YES if assumed else NOT_APPLICABLE,
        "assumed": f"{assumed:,}",
        "memory": YES if memory(records) != NOT_KNOWN else PARTLY,
        "available": PARTLY if any(chapter.data.is_real for chapter in chapters) else NO,
        "archives": _archives(chapters),
        "code": code,
        "commits": said,
        "rows": f"{rows:,}",
        "trainings": str(trainings(chapters)),
        "searched": PARTLY if _searched(chapters) else NO,
        "searches": _searched(chapters) or Span(""),
        "variation": YES if varied else PARTLY if trials else NOT_APPLICABLE,
        "spread": f"Standard deviation and {LEVEL_TEXT} interval over trials, and every trial."
        if varied
        else "Some variants have one trial, so no variation over trials can be given for them."
        if several
        else "Every variant has one trial, so no variation over trials can be given."
        if trials
        else "No variant was trained.",
    }
    answers = []
    for line in lines("checklist.md"):
        if line.startswith("# "):
            topic = line.removeprefix("# ")
            continue
        question, answer, evidence = line.split(" | ")
        told = words(evidence, **{n: values[n] for n in re.findall(r"\{(\w+)\}", evidence)})
        given = answer.format(**values)
        answers.append(Answer(topic, question, given, told, answer in OF_THIS_RUN))
    return answers


def _searched(chapters: Sequence[Chapter]) -> Prose:
    """Name the settings that were chosen by held-out images."""
    told = (
        words("Of {key}, {said}. ", key=code(own.key), said=said)
        for chapter in chapters
        for own in chapter.variants
        if (said := searched_settings(own))
    )
    return joined(told, "")


def _archives(chapters: Sequence[Chapter]) -> str:
    real = [chapter.data.named for chapter in chapters if chapter.data.is_real]
    drawn = [chapter.data.archive for chapter in chapters if not chapter.data.is_real]
    known = f"The SHA-256 of {listed_words(real)} is given" if real else ""
    told = f"{known}; where to download {'it' if len(real) == 1 else 'them'} is not recorded. "
    return told * bool(real) + (
        f"Generated images replaced {listed_words(drawn)}." if drawn else ""
    )


def _code(records: Sequence[dict[str, Any]]) -> tuple[str, str]:
    """Return whether the code is given, and the reason."""
    every = [*states(records), git_state()]
    if any(state["commit"] == "unknown" for state in every):
        return NO, "No commit is recorded."
    if len({state["commit"] for state in every}) == 1 and not any(s["dirty"] for s in every):
        return YES, (
            "The same commit trained the networks and wrote the report; all other jobs rerun when "
            "their code changes."
        )
    several = len({state["commit"] for state in every}) > 1
    reasons = ["there are several"] if several else []
    reasons += ["there were uncommitted changes"] if any(s["dirty"] for s in every) else []
    return PARTLY, f"Commits are recorded, but {' and '.join(reasons)}."
