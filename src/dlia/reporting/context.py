"""What the report's templates are given: plain values, read from the build's files."""

from typing import Any

import pandas as pd

from dlia.data.choice import STANDIN
from dlia.formatting import metric_text
from dlia.reporting import findings
from dlia.reporting.exercises import best_variant, exercise_context, read_json
from dlia.reporting.findings import RESULTS
from dlia.variants import Study


def gather(
    studies: dict[str, Study], report: dict[str, Any], seed: int, trials: int | None
) -> dict[str, Any]:
    """Gather everything that the report shows.

    Args:
        studies: What config.yaml asks for.
        report: Its ``report`` block: title, course, author.
        seed: Its ``seed``.
        trials: Its ``trials``, None if the variants' own hold.
    """
    chapters = [_study(study, trials) for study in studies.values()]
    return {
        "report": report,
        "seed": seed,
        "studies": chapters,
        "verdicts": {
            "of_results": findings.tally(list(studies.values()), findings.CLAIMS),
            "of_times": findings.tally(list(studies.values()), findings.CLAIMS_ABOUT_TIME),
        },
        "standins": [c["data"]["archive"] for c in chapters if c["data"]["kind"] == STANDIN],
        "environment": _environment(studies),
    }


def _study(study: Study, trials: int | None) -> dict[str, Any]:
    folder = RESULTS / "data" / study.name
    source = read_json(folder / "source.json")
    split = pd.read_csv(folder / "split.csv")
    equal = pd.read_csv(folder / "equal_images.csv")
    verdicts = findings.verdicts_of_values(study)
    exercises = [exercise_context(study, e, verdicts, trials) for e in study.exercises.values()]
    validation = {key: value for e in exercises for key, value in e["validation"].items()}
    best = best_variant(validation)
    return {
        "name": study.name,
        "title": study.title,
        "metric": study.metric,
        "sources": study.sources,
        "data": {
            "kind": source["data"],
            "archive": source["archive"],
            "sha256": source["sha256"],
            "size": source["layout"]["size"],
            "channels": source["layout"]["channels"],
            "classes": study.data["classes"],
            "parts": split["part"].value_counts().to_dict(),
            "split_seed": study.data["split_seed"],
            "terms": study.data["terms"],
            "citation": study.data["citation"],
            "equal_images": equal["sha256"].nunique(),
        },
        "best": {"key": best, "value": metric_text(study.metric, validation[best])},
        "claims": findings.claims(study, findings.CLAIMS),
        "claims_about_time": findings.claims(study, findings.CLAIMS_ABOUT_TIME),
        "exercises": exercises,
    }


def _environment(studies: dict[str, Study]) -> dict[str, Any]:
    """Gather what the trainings ran on, from their own records."""
    trained = {
        variant.trained_as
        for study in studies.values()
        for exercise in study.exercises.values()
        for variant in exercise.variants.values()
    }
    records = [read_json(RESULTS / key / "run.json") for key in sorted(trained)]
    commits = {(r["git"]["commit"], str(r["git"]["dirty"])) for r in records}
    return {
        "versions": [
            dict(items) for items in sorted({tuple(r["versions"].items()) for r in records})
        ],
        "devices": sorted({r["device"] for r in records}),
        "threads": sorted({r["threads"] for r in records}),
        "engines": sorted({r["engine"] for r in records}),
        "commits": [
            {"commit": commit, "dirty": dirty == "True"} for commit, dirty in sorted(commits)
        ],
        "seconds": sum(trial["seconds"] for r in records for trial in r["trials"]),
    }
