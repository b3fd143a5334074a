"""What the front page says about a report, kept beside it for the builds that leave it alone."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NotRequired, TypedDict

from dlia.reporting.judged_claims import CLAIMS, claims, tally
from dlia.reporting.records import RESULTS, read_json
from dlia.runtime.files import write_json
from dlia.study.load import all_variants
from dlia.study.model import Study
from dlia.study.origins import STANDIN, STANDIN_WEIGHTS
from dlia.study.tally import is_question


class StudyOutline(TypedDict):
    """A study of a report.

    Attributes:
        name: The name of its file.
        title: Its title.
        data: What it was built from, in words.
        standin: Whether that is a stand-in.
        trainings: How many networks and trainings of these there are, how many networks were
            shortened, and how many readings are trained besides, in words.
        shortened: Whether any was shortened.
        standin_weights: Whether any on real images began with stand-in weights.
        verdicts: The verdicts on claims about results, each with the number of claims.
        questions: The answers to questions of the sheet, each with the number of questions.
        claims_about_time: The number of claims about run time.
        questions_about_time: The number of questions of the sheet about it.
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
    questions_about_time: NotRequired[int]  # which older versions did not write


class Outline(TypedDict):
    """A report; ``formats`` are those in which the build wrote it."""

    title: str
    course: str
    author: str
    formats: list[str]
    studies: list[StudyOutline]


def write_outline(
    studies: dict[str, Study],
    asked: Mapping[str, Any],
    formats: list[str],
    path: str,
) -> None:
    """Write the outline of a report.

    Args:
        studies: The studies of the report.
        asked: The entries report (title, course and author), trials and readings of config.yaml.
        formats: The formats in which it is written.
        path: Where the outline goes.
    """
    report = asked["report"]
    outline: Outline = {
        "title": report["title"],
        "course": report["course"],
        "author": report["author"],
        "formats": formats,
        "studies": [
            _study(study, asked["trials"], asked["readings"]) for study in studies.values()
        ],
    }
    write_json(path, outline)


def read_outline(path: str) -> Outline:
    """Read the outline of a report."""
    outline: Outline = json.loads(Path(path).read_text(encoding="utf-8"))
    return outline


def _study(study: Study, trials: int | None, reads: bool) -> StudyOutline:
    source = read_json(RESULTS / "data" / study.name / "source.json")
    trained = [v for v in all_variants({study.name: study}).values() if v.trains]
    short = [variant for variant in trained if variant.is_shortened]
    count = sum(trials or variant.settings.trials for variant in trained)
    trainings = [f"{len(trained)} network{'s' * (len(trained) != 1)}"]
    trainings += [f"{count} training{'s' * (count != 1)}"]
    trainings += [f"{len(short)} networks shortened"] if short else []
    replaced = source["data"] != STANDIN and sum(STANDIN_WEIGHTS in v.replaced for v in trained)
    trainings += [f"{replaced} from {STANDIN_WEIGHTS}"] if replaced else []
    trainings += [f"{len(study.readings)} readings"] if reads and study.readings else []
    standin = source["data"] == STANDIN
    kind = "Generated stand-in for" if standin else "Real data:"
    counts = tally(claims(study, CLAIMS))
    about_time = [is_question(c.says) for c in study.claims.values() if c.is_volatile]
    return {
        "name": study.name,
        "title": study.title,
        "data": f"{kind} {source['layout'].get('form') or source['archive']}",
        "standin": standin,
        "trainings": ", ".join(trainings),
        "shortened": bool(short),
        "standin_weights": bool(replaced),
        "verdicts": list(counts.claims),
        "questions": list(counts.questions),
        "claims_about_time": about_time.count(False),
        "questions_about_time": about_time.count(True),
    }
