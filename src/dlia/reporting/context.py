"""What the report's templates are given: plain values, read from the build's files."""

from typing import Any

from dlia.data.choice import STANDIN
from dlia.formatting import duration_text, metric_text
from dlia.provenance import git_state
from dlia.reporting import findings
from dlia.reporting.checklist import checklist
from dlia.reporting.data import data_context
from dlia.reporting.exercises import best_variant, exercise_context
from dlia.reporting.records import RESULTS, read_json, read_table
from dlia.reporting.references import references
from dlia.reporting.settings import Lines
from dlia.variants import Study


def gather(
    studies: dict[str, Study], report: dict[str, Any], seed: int, overrides: dict[str, Any]
) -> dict[str, Any]:
    """Gather everything that the report shows.

    Args:
        studies: What config.yaml asks for.
        report: Its ``report`` block: title, course, author.
        seed: Its ``seed``.
        overrides: What the build was given in the place of what stands in config.yaml.
    """
    words = "".join(f" {key}={value}" for key, value in overrides.items())
    overridden = f" --config{words}" if words else ""
    hyperparameters = read_table(RESULTS / "hyperparameters.csv")
    chapters = [_study(study, hyperparameters, overridden) for study in studies.values()]
    environment, counts = _environment(studies), _counts(chapters)
    counts["hyperparameters"] = len(hyperparameters)
    return {
        "report": report,
        "seed": seed,
        "studies": chapters,
        "counts": counts,
        "verdicts": {
            "of_results": findings.tally(list(studies.values()), findings.CLAIMS),
            "of_times": findings.tally(list(studies.values()), findings.CLAIMS_ABOUT_TIME),
        },
        "standins": [c["data"]["archive"] for c in chapters if c["data"]["kind"] == STANDIN],
        "environment": environment,
        "make": f"make ARGS='{overridden.strip()}'" if overridden else "make",
        "seeds": _seeds(studies),
        "checklist": [answer._asdict() for answer in checklist(chapters, counts, environment)],
        "references": references(list(studies.values())),
    }


def _study(study: Study, hyperparameters: Lines, overrides: str) -> dict[str, Any]:
    verdicts = findings.claims_of_values(study)
    exercises = [
        exercise_context(
            study,
            e,
            verdicts,
            [line for line in hyperparameters if line["exercise"] == e.id],
            overrides,
        )
        for e in study.exercises.values()
    ]
    validation = {key: value for e in exercises for key, value in e["validation"].items()}
    best = best_variant(validation)
    return {
        "name": study.name,
        "title": study.title,
        "metric": study.metric,
        "sources": study.sources,
        "data": data_context(study),
        "best": {"key": best, "value": metric_text(study.metric, validation[best])},
        "claims": findings.claims(study, findings.CLAIMS),
        "claims_about_time": findings.claims(study, findings.CLAIMS_ABOUT_TIME),
        "exercises": exercises,
    }


def _counts(chapters: list[dict[str, Any]]) -> dict[str, Any]:
    """Count what was built; ``trials`` are the numbers of trials that variants have."""
    exercises = [exercise for chapter in chapters for exercise in chapter["exercises"]]
    variants = [variant for exercise in exercises for variant in exercise["variants"]]
    return {
        "exercises": len(exercises),
        "variants": len(variants),
        "trainings": sum(len(v["trials"]) for v in variants if not v["same_as"]),
        "trials": sorted({len(v["trials"]) for v in variants}),
        "claims": sum(len(chapter["claims"]) for chapter in chapters),
        "claims_about_time": sum(len(chapter["claims_about_time"]) for chapter in chapters),
    }


def _seeds(studies: dict[str, Study]) -> list[dict[str, str]]:
    """Give the derived seeds of all trials, as text; they are the same in all variants."""
    records: list[list[dict[str, int]]] = [
        read_json(RESULTS / variant.trained_as / "run.json")["seeds"]
        for study in studies.values()
        for exercise in study.exercises.values()
        for variant in exercise.variants.values()
    ]
    longest = max(records, key=lambda trials: len(trials))
    return [
        {"trial": str(number), **{purpose: str(seed) for purpose, seed in trial.items()}}
        for number, trial in enumerate(longest)
    ]


def _environment(studies: dict[str, Study]) -> dict[str, Any]:
    """Gather what the trainings ran on, from their own records."""
    trained = {
        variant.trained_as
        for study in studies.values()
        for exercise in study.exercises.values()
        for variant in exercise.variants.values()
    }
    records = [read_json(RESULTS / key / "run.json") for key in sorted(trained)]
    memory = max(r["peak_memory_mib"] for r in records)
    commits = {(r["git"]["commit"], str(r["git"]["dirty"])) for r in records}
    return {
        "versions": [
            dict(items) for items in sorted({tuple(r["versions"].items()) for r in records})
        ],
        "devices": sorted({r["device"] for r in records}),
        "processors": sorted({r["processor"] for r in records}),
        "threads": sorted({r["threads"] for r in records}),
        "engines": sorted({r["engine"] for r in records}),
        "commits": [
            {"commit": commit, "dirty": dirty == "True"} for commit, dirty in sorted(commits)
        ],
        "memory": f"{memory:,} MiB" if memory else "not known",
        "report": git_state(),
        "duration": duration_text(sum(t["seconds"] for r in records for t in r["trials"])),
    }
