"""What the front page says about a report, kept beside it for the builds that leave it alone."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import NotRequired, TypedDict

from dlia.data.choice import STANDIN
from dlia.reporting.records import RESULTS, read_json
from dlia.reporting.results import CLAIMS, claims, tally
from dlia.runtime.files import write_json
from dlia.study.load import all_variants
from dlia.study.model import Study
from dlia.study.shorten import STANDIN_WEIGHTS


class StudyOutline(TypedDict):
    """A study of a report.

    Attributes:
        name: The name of its file.
        title: Its title.
        data: What it was built from, in words.
        standin: Whether that is a stand-in.
        trainings: How many trainings there are, how many of them were shortened, and how many
            readings are trained besides, in words.
        shortened: Whether any was shortened.
        standin_weights: Whether any on real images began with stand-in weights.
        verdicts: The verdicts on claims about results, each with the number of claims.
        questions: The answers to questions of the sheet, each with the number of questions.
        claims_about_time: The number of claims about run time.
    """

    name: str
    title: str
    data: str
    standin: bool
    trainings: str
    shortened: bool
    standin_weights: NotRequired[bool]  # which older versions did not write
    verdicts: list[tuple[str, int]]
    questions: NotRequired[list[tuple[str, int]]]  # which older versions did not write
    claims_about_time: int


class Outline(TypedDict):
    """A report; ``formats`` are those in which the build wrote it."""

    title: str
    course: str
    author: str
    formats: list[str]
    studies: list[StudyOutline]


def write_outline(
    studies: dict[str, Study],
    report: Mapping[str, str],
    formats: list[str],
    reads: bool,
    path: str,
) -> None:
    """Write the outline of a report.

    Args:
        studies: The studies of the report.
        report: The report's title, course and author.
        formats: The formats in which it is written.
        reads: Whether the build trains readings.
        path: Where the outline goes.
    """
    outline: Outline = {
        "title": report["title"],
        "course": report["course"],
        "author": report["author"],
        "formats": formats,
        "studies": [_study(study, reads) for study in studies.values()],
    }
    write_json(path, outline)


def read_outline(path: str) -> Outline:
    """Read the outline of a report."""
    outline: Outline = json.loads(Path(path).read_text(encoding="utf-8"))
    return outline


def _study(study: Study, reads: bool) -> StudyOutline:
    source = read_json(RESULTS / "data" / study.name / "source.json")
    trained = [v for v in all_variants({study.name: study}).values() if v.trains]
    short = [variant for variant in trained if variant.is_shortened]
    trainings = [f"{len(trained)} training{'s' * (len(trained) != 1)}"]
    trainings += [f"{len(short)} shortened"] if short else []
    replaced = source["data"] != STANDIN and sum(STANDIN_WEIGHTS in v.replaced for v in trained)
    trainings += [f"{replaced} from {STANDIN_WEIGHTS}"] if replaced else []
    trainings += [f"{len(study.readings)} readings"] if reads and study.readings else []
    standin = source["data"] == STANDIN
    counts = tally(claims(study, CLAIMS))
    return {
        "name": study.name,
        "title": study.title,
        "data": f"{'Generated stand-in for' if standin else 'Real archive'} {source['archive']}",
        "standin": standin,
        "trainings": ", ".join(trainings),
        "shortened": bool(short),
        "standin_weights": bool(replaced),
        "verdicts": list(counts.claims),
        "questions": list(counts.questions),
        "claims_about_time": sum(claim.is_volatile for claim in study.claims.values()),
    }
