"""Hardware and software behind the results."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from dlia.evaluation.timing import continued, read_jobs, read_trials
from dlia.formatting import duration_text
from dlia.reporting.again import commits_table
from dlia.reporting.blocks import (
    Fact,
    FactList,
    Figure,
    Paragraph,
    Prose,
    Section,
    Volatile,
    code,
    joined,
    paragraph,
    text,
    words,
)
from dlia.reporting.data_sets import DataSet
from dlia.reporting.records import RESULTS
from dlia.study.model import Study

Records = Sequence[dict[str, Any]]
NOT_KNOWN = "not known"
LAST_RUN = " (of its last run, where it was continued)"
SIDE_BY_SIDE = (
    "; trials that ran side by side in one job count once, so that all trials, added up, took "
    "longer than their jobs"
)
NO_TRAINING = "no training"  # as where all variants need a GPU, and there is none


def hardware(records: Records) -> Prose:
    """Return devices, processors and the time of all trainings."""
    if not records:
        return text(NO_TRAINING)
    return words(
        "{devices} ({processors}); {duration} of training, all trials added up",
        devices=_each(records, "device"),
        processors=_each(records, "processor"),
        duration=duration_text(sum(t["seconds"] for r in records for t in r["trials"])),
    )


def _each(records: Records, key: str) -> str:
    return ", ".join(map(str, sorted({record[key] for record in records}))) or NO_TRAINING


def libraries(records: Records, only: Collection[str] = ()) -> str:
    """Return the versions of the libraries that trained the networks, or ``only`` of these."""
    versions = sorted(
        {
            tuple(item for item in record["versions"].items() if not only or item[0] in only)
            for record in records
        }
    )
    told = (", ".join(f"{name} {version}" for name, version in items) for items in versions)
    return "; ".join(told) or NO_TRAINING


def memory(records: Records) -> str:
    """Return the peak memory of a training, or that it is not known."""
    most = max((record["peak_memory_mib"] for record in records), default=0)
    return f"{most:,} MiB" if most else NOT_KNOWN


def environment_part(
    data_sets: Sequence[DataSet],
    trained: Mapping[str, dict[str, Any]],
    asked: dict[str, Any],
    trials: str,
) -> Section:
    """Return the section on hardware, software and the time of the build.

    Args:
        data_sets: The data of the studies of the report.
        trained: The records of all trainings, by the keys of their variants.
        asked: The entries of config.yaml, and overrides.
        trials: The number of trials in words.
    """
    records, studies = [*trained.values()], [data.study for data in data_sets]
    any_continued = any(len(continued(read_jobs(_timing(study)))) for study in studies)
    facts = FactList(
        (
            *_archives(data_sets),
            Fact("Libraries", text(libraries(records))),
            Fact(
                "Engine",
                words(
                    "{engine}; threads: {threads}",
                    engine=_each(records, "engine"),
                    threads=_each(records, "threads"),
                ),
            ),
            Fact("Seed", words("{seed}; trials: {trials}", seed=str(asked["seed"]), trials=trials)),
            Fact("Hardware", hardware(records), volatile=True),
            Fact(
                "Memory",
                words(
                    "{memory}, the peak of a training process{run}",
                    memory=memory(records),
                    run=text(LAST_RUN if any_continued else ""),
                ),
                volatile=True,
            ),
        )
    )
    return Section(
        "environment",
        "Environment",
        (facts, Volatile((*commits_table(trained), build_time(studies)))),
    )


def _archives(data_sets: Sequence[DataSet]) -> list[Fact]:
    """Return the SHA-256 of every real archive."""
    real = [data for data in data_sets if data.is_real]
    told = (words("{file} {sha256}", file=d.named, sha256=code(d.sha256)) for d in real)
    return [Fact("SHA-256", joined(told))] if real else []


def build_time(studies: Iterable[Study]) -> Section:
    """Return how long the jobs of each study took."""
    blocks = tuple(block for study in studies for block in _build_time(study))
    return Section("build-time", "Build time", blocks)


def _build_time(study: Study) -> tuple[Paragraph, Figure]:
    jobs, trials = read_jobs(_timing(study)), read_trials(_timing(study))
    measured = jobs.dropna(subset="seconds")
    seconds = dict(zip(measured["job"], measured["seconds"], strict=True))
    caption = words(
        "{title}: run time of all jobs by step and by exercise, including start-up, waiting and "
        "writing. Jobs that ran in parallel count in full{beside}.",
        title=study.title,
        beside=text(SIDE_BY_SIDE if _side_by_side(trials, seconds) else ""),
    )
    said = paragraph(
        "*{title}*: {sentence}{continued} All jobs: `{file}`",
        title=study.title,
        sentence=_sentence(len(jobs), seconds),
        continued=text(_runs(len(continued(jobs)))),
        file=str(_timing(study)),
    )
    return said, Figure(f"{study.name}-time-figure", f"{study.name}/figures/durations", caption)


def _timing(study: Study) -> Path:
    return RESULTS / study.name / "timing.csv"


def _side_by_side(trials: pd.DataFrame, seconds: dict[str, float]) -> bool:
    """Tell whether the trials of a job, added up, took longer than the job."""
    added = trials["seconds"].groupby(trials["job"]).sum().round(2)
    return any(added[job] > seconds[job] for job in added.index if job in seconds)


def _runs(trainings: int) -> str:
    """Say how trainings count that were interrupted and continued; "" if none was."""
    if not trainings:
        return ""
    were = "training was" if trainings == 1 else "trainings were"
    return (
        f" {trainings} {were} interrupted and continued: there the seconds of all epochs count, "
        "because Snakemake measures only the last run of a job."
    )


def _sentence(jobs: int, seconds: dict[str, float]) -> str:
    if not seconds:
        return f"No run time is recorded in this folder for the {jobs} jobs before the report."
    left = jobs - len(seconds)
    rest = f"; the other {left} did not run in this folder" if left else ""
    longest = max(seconds, key=lambda name: seconds[name])
    return (
        f"The {len(seconds)} jobs before the report took {duration_text(sum(seconds.values()))} "
        f"in total. Jobs that ran in parallel count in full, including the time that they "
        f"waited{rest}. The longest was {longest} with {duration_text(seconds[longest])}."
    )
