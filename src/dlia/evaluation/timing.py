"""Run times of trainings and all other jobs; they differ from run to run."""

import csv
import json
import math
from pathlib import Path
from typing import Any

import pandas as pd

TRIAL, JOB = "trial", "job"
NO_OTHER = "no other"
NOT_MEASURED = "not measured"
_COLUMNS = (
    "data",
    "study",
    "kind",
    "job",
    "step",
    "exercise",
    "variant",
    "trial",
    "epochs",
    "seconds",
    "seconds_per_epoch",
    "base",
    "times_base",
    "same_program_as",
    "device",
    "threads",
    "engine",
)


def collect_timing(
    study: str,
    records: list[str],
    jobs: list[dict[str, str]],
    bases: dict[str, str],
    benchmarks: Path,
) -> pd.DataFrame:
    """Gather the seconds of a study's trials, and of its jobs, which have start and writing too.

    Of a trial, ``seconds`` are those of the training; ``seconds_per_epoch`` leaves out what was
    measured in between, and ``times_base`` is how many times as long as the base's it is.
    ``same_program_as`` names the variants whose trainings computed the very same, step by step,
    although their settings differ: seconds of one and the other differ by chance.

    Args:
        study: The name of the study.
        records: The records of the trainings, as results/<exercise>/<variant>/run.json.
        jobs: For each job: job (its rule), step, exercise, variant, data (real or stand-in).
        bases: What each variant is built on, or "", by key.
        benchmarks: The folder where Snakemake measures a job in <rule>.tsv; a job that did not run
            here has no such file.

    Returns:
        The columns ``_COLUMNS``, first the trials, then the jobs.
    """
    data = {job["exercise"]: job["data"] for job in jobs}
    found = {"/".join(Path(file).parts[-3:-1]): _record(file) for file in records}
    trials = pd.DataFrame(_trials(found, data), columns=[*_COLUMNS])
    key = trials["exercise"] + "/" + trials["variant"]
    base = key.map(bases)
    per_epoch = trials["seconds_per_epoch"].groupby(key).mean()
    # A base that diverged before its first epoch has no time.
    ratio = trials["seconds_per_epoch"] / base.map(per_epoch).replace(0, math.nan)
    ratio = ratio.round(3).astype(object).where(ratio.notna(), "base has no time")
    trials = trials.assign(base=base, times_base=ratio.where(base != "", "no base"))
    measured = pd.DataFrame(
        {"kind": JOB, **job, "seconds": _seconds(benchmarks / f"{job['job']}.tsv")} for job in jobs
    )
    both = pd.concat([trials.astype(object), measured.astype(object)], ignore_index=True)
    return both.reindex(columns=list(_COLUMNS)).assign(study=study).fillna("")


def read_trials(path: Path) -> pd.DataFrame:
    """Read the trials of the table, their numbers as numbers."""
    table = pd.read_csv(path, keep_default_na=False)
    numbers = {"trial": int, "epochs": int, "seconds": float, "seconds_per_epoch": float}
    return table[table["kind"] == TRIAL].astype(numbers)


def read_jobs(path: Path) -> pd.DataFrame:
    """Read the jobs of the table; ``seconds`` are nan where they were not measured."""
    table = pd.read_csv(path, keep_default_na=False)
    jobs = table[table["kind"] == JOB]
    return jobs.assign(seconds=pd.to_numeric(jobs["seconds"], errors="coerce"))


def same_programs(records: dict[str, dict[str, Any]]) -> dict[str, list[str]]:
    """Give for each training the others that computed the very same, by the variants' keys.

    Their settings are equal but for those of the model, and their layers are equal and were
    computed in the same order, whatever their order is in the model.
    """
    programs = {key: _program(record) for key, record in records.items()}
    return {
        key: [other for other in programs if other != key and programs[other] == program]
        for key, program in programs.items()
    }


def _program(record: dict[str, Any]) -> str:
    layers = {layer["name"]: [layer["layer"], layer["arguments"]] for layer in record["layers"]}
    computed = [(name, layers[name]) for name in record["computed_layers"]]
    settings = {**record["settings"], "model": computed}
    return json.dumps([settings, record["engine"], record["device"]], sort_keys=True)


def _record(file: str) -> dict[str, Any]:
    record: dict[str, Any] = json.loads(Path(file).read_text(encoding="utf-8"))
    return record


def _trials(records: dict[str, dict[str, Any]], data: dict[str, str]) -> list[dict[str, Any]]:
    same = same_programs(records)
    return [
        {
            "kind": TRIAL,
            "data": data[exercise],
            "job": f"train_{exercise}_{variant}",
            "step": "train",
            "exercise": exercise,
            "variant": variant,
            "trial": number,
            "epochs": trial["epochs"],
            "seconds": trial["seconds"],
            "seconds_per_epoch": trial["seconds_per_epoch"],
            "same_program_as": ", ".join(same[key]) or NO_OTHER,
            "device": record["device"],
            "threads": record["threads"],
            "engine": record["engine"],
        }
        for key, record in records.items()
        for exercise, variant in [key.split("/")]
        for number, trial in enumerate(record["trials"])
    ]


def _seconds(benchmark: Path) -> float | str:
    """Read what Snakemake measured; a job that did not run in this folder has no such file."""
    try:
        with benchmark.open(encoding="utf-8", newline="") as file:
            return float(next(csv.DictReader(file, delimiter="\t"))["s"])
    except (OSError, StopIteration, KeyError, ValueError):
        return NOT_MEASURED
