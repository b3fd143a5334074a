"""Context of the report templates: plain values, read from the files of the build."""

from typing import Any

from dlia.data.choice import STANDIN
from dlia.formatting import duration_text, metric_text, setting_text
from dlia.reporting import findings
from dlia.reporting.build_time import build_time
from dlia.reporting.checklist import checklist
from dlia.reporting.data_sets import data_context
from dlia.reporting.exercises import exercise_context, shown_context
from dlia.reporting.pictured import best_variant
from dlia.reporting.records import RESULTS, read_table
from dlia.reporting.references import references
from dlia.reporting.rendering import rules
from dlia.reporting.settings import Lines
from dlia.runtime.provenance import git_state
from dlia.study.load import all_variants
from dlia.study.model import Study, Variant
from dlia.tasks.studies import all_quantities


def gather(studies: dict[str, Study], asked: dict[str, Any]) -> dict[str, Any]:
    """Gather everything that the report shows.

    Args:
        studies: What config.yaml asks for.
        asked: The entries report (title, course, author), seed, trials, margins and readings of
            config.yaml, and overrides, the values that replaced its entries in this build.
    """
    words = "".join(f" {key}={setting_text(value)}" for key, value in asked["overrides"].items())
    overridden = f" --config{words}" if words else ""
    hyperparameters = read_table(RESULTS / "hyperparameters.csv")
    shown = (hyperparameters, overridden, asked["readings"])
    chapters = [_study(study, *shown) for study in studies.values()]
    runs = {
        variant["folder"]: variant["run"]
        for chapter in chapters
        for exercise in chapter["exercises"]
        for variant in exercise["variants"]
    }
    records = [runs[folder] for folder in sorted(runs)]
    environment, counts = _environment(records), _counts(chapters)
    counts["hyperparameters"] = len(hyperparameters)
    return {
        "report": asked["report"],
        "seed": asked["seed"],
        "trials": asked["trials"] or _trials(studies),
        "margins": findings.margins_text(asked["margins"], studies.values()),
        "rules": rules(),
        "words": {name: quantity.words for name, quantity in all_quantities().items()},
        "studies": chapters,
        "counts": counts,
        "verdicts": {
            "of_results": findings.tally(c["claims"] for c in chapters),
            "of_times": findings.tally(c["claims_about_time"] for c in chapters),
        },
        "shortened": _shortened(studies),
        "standins": [c["data"]["archive"] for c in chapters if c["data"]["kind"] == STANDIN],
        "environment": environment,
        "build_time": build_time(),
        "make": f"make ARGS='{overridden.strip()}'" if overridden else "make",
        "seeds": _seeds(records),
        "checklist": [answer._asdict() for answer in checklist(chapters, counts, environment)],
        "references": references(list(studies.values())),
    }


def _trials(studies: dict[str, Study]) -> str:
    """Say how the number of trials is chosen where config.yaml gives none."""
    cut = {v.settings.trials for v in _trained(studies) if "trials" in v.asked}
    few = f", but at most {max(cut)} on stand-ins" if cut else ""
    return f"as each variant states{few}"


def _shortened(studies: dict[str, Study]) -> dict[str, str]:
    """Say how many trainings are shortened, to how many epochs, with an example; {} if none."""
    trained = _trained(studies)
    short = [variant for variant in trained if variant.is_shortened]
    if not short:
        return {}
    epochs = " or ".join(map(str, sorted({variant.settings.epochs for variant in short})))
    longest = max(short, key=lambda variant: variant.asked["epochs"])
    return {
        "said": f"{len(short)} of {len(trained)} trainings ended after {epochs} epochs",
        "example": f"{longest.key}: {longest.text('epochs', longest.settings.epochs)} epochs",
    }


def _trained(studies: dict[str, Study]) -> list[Variant]:
    return [variant for variant in all_variants(studies).values() if not variant.same_as]


def _study(study: Study, hyperparameters: Lines, overrides: str, reads: bool) -> dict[str, Any]:
    verdicts = findings.claims_of_values(study)
    exercises = [
        exercise_context(
            study,
            e,
            verdicts,
            [line for line in hyperparameters if line["exercise"] == e.id],
            overrides,
            reads,
        )
        for e in study.exercises.values()
        if e.variants
    ]
    validation = {key: value for e in exercises for key, value in e["validation"].items()}
    return {
        "name": study.name,
        "title": study.title,
        "metric": study.metric,
        "per_pixel": study.task.per_pixel,
        "compares_images": study.task.mistakes,
        "measures": _measures(study),
        "sources": study.sources,
        "data": data_context(study),
        "best": _best(study, validation),
        "claims": findings.claims(study, findings.CLAIMS),
        "claims_about_time": findings.claims(study, findings.CLAIMS_ABOUT_TIME),
        "exercises": exercises,
        "shown": [
            shown_context(study, e) for e in study.exercises.values() if e.shows or not e.variants
        ],
    }


def _best(study: Study, validation: dict[str, str]) -> list[dict[str, str]]:
    """Return the best variants: by validation (if any has such images), and by the sources."""
    called = [
        {"by": f"called best by {source}", "key": key, "value": ""}
        for source, key in study.called_best.items()
    ]
    if not validation:
        return called
    key = best_variant(validation)
    value = metric_text(study.family, validation[key])
    return [{"by": "best on validation", "key": key, "value": value}, *called]


def _measures(study: Study) -> dict[str, str]:
    """Return the labels of the other measures of every variant, by name."""
    known, metric = study.task.known, study.metric
    if not study.task.measures:
        return {}
    lowest = {f"{metric}_p10": f"{known[metric].words}, 10th percentile of the images"}
    return lowest | {name: known[name].words for name in study.task.measures}


def _counts(chapters: list[dict[str, Any]]) -> dict[str, Any]:
    """Count what was built; ``trials`` are the different numbers of trials per variant."""
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


def _seeds(records: list[dict[str, Any]]) -> list[dict[str, str]]:
    """Return the derived seeds of all trials as text; all variants use the same seeds."""
    longest = max((record["seeds"] for record in records), key=len)
    return [
        {"trial": str(number), **{purpose: str(seed) for purpose, seed in trial.items()}}
        for number, trial in enumerate(longest)
    ]


def _environment(records: list[dict[str, Any]]) -> dict[str, Any]:
    """Gather hardware and software of the trainings from their records."""
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
