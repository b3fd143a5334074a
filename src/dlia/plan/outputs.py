"""The files that a build writes."""

from pathlib import Path

from dlia.plan import readings
from dlia.plan.plan import Plan
from dlia.plan.reports import FRONT_PAGE, NUMBER_FILES, TABLES
from dlia.study.model import Exercise, Study
from dlia.study.part_names import TEST

# The tables that every exercise has, in addition to the tables of its task.
SUMMARIES = ("summary", "fit", "comparisons")
# What an exercise shows as a figure alone, and as a table alone.
_FIGURES_ONLY, _TABLES_ONLY = ("samples", "random_samples"), ("layers", "test_labels")
_WORDS_ONLY = ("command",)


def sample_files(study: Study) -> list[str]:
    """Return the files (SVG and PDF) of the figure of a study's sample images."""
    return [f"results/data/{study.name}/figures/samples.{suffix}" for suffix in ("svg", "pdf")]


def headline_files(study: Study) -> list[str]:
    """Return the files (SVG and PDF) of the figure of all results of a study, if it has any."""
    if not any(exercise.variants for exercise in study.exercises.values()):
        return []
    return [f"results/{study.name}/figures/headline.{suffix}" for suffix in ("svg", "pdf")]


def headline_tables(study: Study) -> list[str]:
    """Return the tables that the figure of all results of a study shows, one of each exercise."""
    table = "summary" if study.reported_part == TEST else "parts"
    return [f"results/{e.id}/{table}.csv" for e in study.exercises.values() if e.variants]


def build_time_files(study: Study) -> list[str]:
    """Return the files (SVG and PDF) of the figure of the run times of a study's jobs."""
    return [f"results/{study.name}/figures/durations.{suffix}" for suffix in ("svg", "pdf")]


def figure_files(study: Study, exercise: Exercise) -> list[str]:
    """Return the files (SVG and PDF) of an exercise's figures."""
    names = [
        "curves",
        "trials",
        *(["parts"] if exercise.reports_parts else []),
        *(["classes"] if study.task.metric_of_class else []),
        *(["speed"] if exercise.level else []),
        *(["losses"] if study.task.losses else []),
        *(["gradients"] if exercise.records_gradients else []),
        *(["boundary"] if exercise.boundary else []),
        *(f"{picture}_{name}" for picture in study.task.pictures for name in exercise.variants),
    ]
    folder = f"results/{exercise.id}/figures"
    return [f"{folder}/{name}.{suffix}" for name in names for suffix in ("svg", "pdf")]


def agreement_files(exercise: Exercise) -> list[str]:
    """Return the files of an exercise's agreement: the table, and two figures (SVG and PDF)."""
    folder = f"results/{exercise.id}"
    names = [f"{name}.{s}" for name in ("agreement", "masks") for s in ("svg", "pdf")]
    return [f"{folder}/agreement.csv", *(f"{folder}/figures/{name}" for name in names)]


def reading_files(exercise: Exercise) -> list[str]:
    """Return the files of an exercise's readings: the table, and the figure (SVG and PDF)."""
    folder = f"results/{exercise.id}"
    return [
        f"{folder}/readings.csv",
        *(f"{folder}/figures/readings.{s}" for s in ("svg", "pdf")),
    ]


def show_files(exercise: Exercise, kind: str) -> tuple[list[str], list[str]]:
    """Return the files of what an exercise shows: the tables, and the figures (SVG and PDF)."""
    if kind in _WORDS_ONLY:
        return [], []
    table = [] if kind in _FIGURES_ONLY else [f"results/{exercise.id}/{kind}.csv"]
    stem = f"results/{exercise.id}/figures/{kind}"
    return table, [] if kind in _TABLES_ONLY else [f"{stem}.svg", f"{stem}.pdf"]


def report_files(plan: Plan) -> dict[str, list[str]]:
    """Return the files of the front page and of the reports, each with the studies in it."""
    files = {
        f"results/reports/{name}.{suffix}": report.studies
        for name, report in plan.reports().items()
        for suffix in plan.config.formats
    }
    return {FRONT_PAGE: list(plan.studies), **files}


def results(plan: Plan) -> list[str]:
    """Return all result files of the build, so that Snakemake recreates any that is missing."""
    of_variants = [
        f"results/{variant.key}/{name}"
        for _, variant in plan.trained_variants()
        for name in ("model.safetensors", "history.csv", "run.json")
    ]
    of_variants += [
        f"results/{variant.key}/predictions.safetensors"
        for _, variant in plan.predicting_variants()
    ]
    of_exercises = [
        path
        for study, exercise in plan.exercises()
        for path in (
            *(f"results/{exercise.id}/{name}.csv" for name in (*study.task.tables, *SUMMARIES)),
            *([f"results/{exercise.id}/mcnemar.csv"] if study.task.mistakes else []),
            *([f"results/{exercise.id}/speed.csv"] if exercise.level else []),
            *([f"results/{exercise.id}/parts.csv"] if exercise.reports_parts else []),
            *(agreement_files(exercise) if exercise.agreement else []),
            *figure_files(study, exercise),
        )
    ]
    of_readings = [
        path for _, e in readings.exercises_with_readings(plan) for path in reading_files(e)
    ]
    of_studies = [
        path
        for study in plan.studies.values()
        for path in (
            f"results/data/{study.name}/balance.csv",
            *sample_files(study),
            *(f"results/{study.name}/{table}.csv" for table in TABLES),
            *build_time_files(study),
            *headline_files(study),
        )
    ]
    of_all = [*(f"results/{table}.csv" for table in TABLES), *NUMBER_FILES]
    of_shows = [
        path for _, e, kind in plan.shows() for files in show_files(e, kind) for path in files
    ]
    return [*of_variants, *of_exercises, *of_readings, *of_shows, *of_studies, *of_all]


def passed_on(plan: Plan) -> list[str]:
    """Return the results that are passed on: reports, tables and records of these studies.

    Neither data, networks nor predictions, and no tables of all studies that there are.
    """
    pages = [path for path in report_files(plan) if path != FRONT_PAGE]
    sources = [f"results/data/{name}/source.json" for name in plan.studies]
    own = [path for path in results(plan) if Path(path).parent != Path("results")]
    kept = [path for path in own if path.endswith((".csv", "/run.json"))]
    return [*pages, *kept, *sources]
