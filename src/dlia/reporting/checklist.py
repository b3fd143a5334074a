"""Machine-learning reproducibility checklist, answered from the records of the build.

The questions paraphrase Pineau et al. (2021): Improving reproducibility in machine learning
research, Journal of Machine Learning Research 22 (164), appendix. An answer is "no" if nothing is
recorded.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

from dlia.reporting.blocks import Cell, Row, Section, Span, paragraph, table, text, words
from dlia.reporting.environment import NOT_KNOWN, commits, memory
from dlia.reporting.first_page import Chapter, trainings
from dlia.reporting.rules import LEVEL_TEXT
from dlia.runtime.checkout import git_state

YES, PARTLY, NO, NOT_APPLICABLE = "yes", "partly", "no", "does not apply"
MODELS, THEORY, DATA, CODE, RESULTS = ("Models and algorithms", "Theory", "Data", "Code", "Results")


class Answer(NamedTuple):
    """A question with its answer.

    Attributes:
        volatile: Whether the answer may differ between two builds from the same inputs.
    """

    topic: str
    question: str
    answer: str
    evidence: str
    volatile: bool = False


def checklist_part(
    chapters: Sequence[Chapter], records: Sequence[dict[str, Any]], rows: int
) -> Section:
    """Return the section with the checklist.

    Args:
        chapters: The studies with their results.
        records: The records of all trainings.
        rows: The number of rows of hyperparameters.csv.
    """
    intro = paragraph(
        "The questions follow the machine-learning reproducibility checklist [@pineau]. The "
        "answers come from the records of this build. Where nothing is recorded, the answer is "
        "*no*."
    )
    heads = ["Question", "Answer", "Topic", "Evidence"]
    made = [
        Row(
            (
                Cell(text(row.question)),
                Cell((Span(row.answer, "verdict"),)),
                Cell(text(row.topic)),
                Cell(text(row.evidence)),
            ),
            volatile=row.volatile,
        )
        for row in checklist(chapters, records, rows)
    ]
    caption = words("The machine-learning reproducibility checklist.")
    shown = table("checklist-table", caption, heads, made, "checklist")
    return Section("checklist", "Reproducibility checklist", (intro, shown))


def checklist(
    chapters: Sequence[Chapter], records: Sequence[dict[str, Any]], rows: int
) -> list[Answer]:
    """Answer the checklist, see ``checklist_part``."""
    assumed = sum(len(own.assumed) for chapter in chapters for own in chapter.variants)
    trials = [len(r.trials) for c in chapters for outcome in c.outcomes for r in outcome.variants]
    return [
        Answer(
            MODELS,
            "Is every model described?",
            YES,
            "Every network is listed layer by layer, with output shapes and all arguments.",
        ),
        Answer(
            MODELS,
            "Are the assumptions stated?",
            YES if assumed else NOT_APPLICABLE,
            f"{assumed} settings of the variants are marked as assumed, each with its reason."
            if assumed
            else "No setting is marked as assumed.",
        ),
        Answer(
            MODELS,
            "Is the cost analysed, in time and in memory?",
            YES if memory(records) != NOT_KNOWN else PARTLY,
            "Trainable parameters, multiply-accumulates for one image and seconds are recorded; "
            "so is the peak memory of a training, if the system reports it.",
            volatile=True,
        ),
        Answer(
            THEORY,
            "Are theorems stated with their proofs?",
            NOT_APPLICABLE,
            "The report contains no theorems.",
        ),
        *_of_data(chapters),
        *_of_code(commits(records)),
        Answer(
            RESULTS,
            "Is it said which hyperparameters were searched, and how they were chosen?",
            NO,
            "No search is recorded. Every value is given with its origin; values that were tried "
            "by hand are given with the reasons of the assumptions.",
        ),
        Answer(
            RESULTS,
            "Is every hyperparameter given?",
            YES,
            f"Settings and recorded values of every variant: {rows:,} rows in "
            "results/hyperparameters.csv.",
        ),
        Answer(
            RESULTS,
            "Is the number of runs given?",
            YES,
            f"{trainings(chapters)} trainings, each evaluated on the test images.",
        ),
        Answer(RESULTS, "Are the measures defined?", YES, "In the section Methods."),
        Answer(
            RESULTS,
            "Is the variation of the results given in addition to the mean?",
            YES if min(trials) > 1 else PARTLY,
            f"Standard deviation and {LEVEL_TEXT} interval over trials, and every trial."
            if min(trials) > 1
            else "Some variants have one trial, so no variation over trials can be given for them.",
        ),
        Answer(
            RESULTS,
            "Is the running time or the energy of the runs given?",
            PARTLY,
            "Seconds of every training are in results/timing.csv; energy is not recorded.",
        ),
        Answer(
            RESULTS,
            "Is the computer described?",
            YES,
            "Device, processor, threads and library versions, in the section Environment.",
        ),
    ]


def _of_data(chapters: Sequence[Chapter]) -> list[Answer]:
    real = [chapter.data.archive for chapter in chapters if chapter.data.is_real]
    drawn = [chapter.data.archive for chapter in chapters if not chapter.data.is_real]
    return [
        Answer(DATA, "Is the number of examples given?", YES, "For every part and every class."),
        Answer(
            DATA,
            "Are the splits described?",
            YES,
            "Every image with its part: results/data/<study>/split.csv.",
        ),
        Answer(
            DATA,
            "Are excluded data and preprocessing described?",
            YES,
            "No data were excluded. Pixel values are divided by the setting input.divide_by.",
        ),
        Answer(
            DATA,
            "Are the data available?",
            PARTLY if real else NO,
            " ".join([*_told_of_real(real), *_told_of_drawn(drawn)]),
        ),
        Answer(
            DATA,
            "Is the collection of new data described?",
            NOT_APPLICABLE,
            "No data were collected.",
        ),
    ]


def _told_of_real(archives: list[str]) -> list[str]:
    names = " and ".join(archives)
    told = f"The SHA-256 of {names} is given; where to download it is not recorded."
    return [told] if archives else []


def _told_of_drawn(archives: list[str]) -> list[str]:
    told = f"Generated images replaced {' and '.join(archives)}."
    return [told] if archives else []


def _of_code(trained: list[tuple[str, bool]]) -> list[Answer]:
    own = git_state()
    every = [*trained, (own["commit"], bool(own["dirty"]))]
    unknown = any(commit == "unknown" for commit, _ in every)
    clean = not unknown and len({commit for commit, _ in every}) == 1
    clean = clean and not any(dirty for _, dirty in every)
    return [
        Answer(
            CODE,
            "Are the dependencies given?",
            YES,
            "The versions of the libraries that the trainings used; requirements.txt lists all "
            "packages with hashes.",
        ),
        Answer(
            CODE,
            "Is the code of training and evaluation given?",
            YES if clean else NO if unknown else PARTLY,
            "The same commit trained the networks and wrote the report; all other jobs rerun when "
            "their code changes."
            if clean
            else "No commit is recorded."
            if unknown
            else "Commits are recorded, but there are several, or there were uncommitted changes.",
            volatile=True,
        ),
        Answer(
            CODE,
            "Are the trained models given?",
            YES,
            "One file per variant with all trials: results/<exercise>/<variant>/model.safetensors.",
        ),
        Answer(
            CODE,
            "Is there one command for the results?",
            YES,
            "make; for a single training, the command given with its variant.",
        ),
    ]
