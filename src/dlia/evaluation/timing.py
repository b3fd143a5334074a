"""Run times of trainings and all other jobs; they differ from run to run."""

import csv
import json
import math
import re
from pathlib import Path
from typing import Any

import pandas as pd

TRIAL, JOB = "trial", "job"
LOOP = "loop"  # the engine whose trials are processes, side by side on a CPU
NO_OTHER = "no other"
NOT_MEASURED = "not measured"
_AT_ONCE = re.compile(r"trials at once in this build: (\d+)")  # in the log of a training
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
    "seconds_of_last_run",
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
    logs: Path,
) -> pd.DataFrame:
    """Gather the seconds of a study's trials, and of its jobs, which have start and writing too.

    Of a trial, ``seconds`` are those of the training; ``seconds_per_epoch`` leaves out what was
    measured in between, and ``times_base`` is how many times as long as the base's it is.
    ``same_program_as`` names the variants whose trainings computed the very same, step by step,
    although their settings differ: seconds of one and the other differ by chance.

    Snakemake measures only the last run of a job (``seconds_of_last_run``). A training that was
    interrupted and continued has trained in earlier runs, too: its ``seconds`` are at least those
    that its trials needed.

    Args:
        study: The name of the study.
        records: The records of the trainings, as results/<exercise>/<variant>/run.json.
        jobs: For each job: job (its rule), step, exercise, variant, data (real or stand-in).
        bases: What each variant is built on, or "", by key.
        benchmarks: The folder where Snakemake measures a job in <rule>.tsv; a job that did not run
            here has no such file.
        logs: The folder of the jobs' logs, as <rule>.log.

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
    needed = {name: _needed(own, logs / f"{name}.log") for name, own in trials.groupby("job")}
    measured = pd.DataFrame(_job(job, benchmarks, needed.get(job["job"], 0.0)) for job in jobs)
    both = pd.concat([trials.astype(object), measured.astype(object)], ignore_index=True)
    return both.reindex(columns=list(_COLUMNS)).assign(study=study).fillna("")


def read_trials(path: Path) -> pd.DataFrame:
    """Read the trials of the table, their numbers as numbers."""
    table = pd.read_csv(path, keep_default_na=False)
    numbers = {"trial": int, "epochs": int, "seconds": float, "seconds_per_epoch": float}
    return table[table["kind"] == TRIAL].astype(numbers)


def read_jobs(path: Path) -> pd.DataFrame:
    """Read the jobs of the table; their seconds are nan where they were not measured."""
    table = pd.read_csv(path, keep_default_na=False)
    jobs = table[table["kind"] == JOB]
    numbers = ("seconds", "seconds_of_last_run")
    return jobs.assign(**{name: pd.to_numeric(jobs[name], errors="coerce") for name in numbers})


def continued(jobs: pd.DataFrame) -> pd.DataFrame:
    """Select the trainings whose trials took longer than the last run of the job."""
    return jobs[jobs["seconds"] > jobs["seconds_of_last_run"]]


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


def _job(job: dict[str, str], benchmarks: Path, needed: float) -> dict[str, Any]:
    """Return the row of a job whose trials, if it has any, ``needed`` so many seconds."""
    last = _seconds(benchmarks / f"{job['job']}.tsv")
    seconds = last if isinstance(last, str) else max(last, needed)
    return {"kind": JOB, **job, "seconds": seconds, "seconds_of_last_run": last}


def _needed(trials: pd.DataFrame, log: Path) -> float:
    """Return the seconds that the trials of a training needed at least, in all runs of its job.

    As many run side by side as the log says; without a log, perhaps all did.
    """
    at_once = 1
    if (trials["engine"] == LOOP).all() and (trials["device"] == "cpu").all():
        said = _AT_ONCE.search(_text(log))
        at_once = int(said[1]) if said else len(trials)
    return round(max(trials["seconds"].max(), trials["seconds"].sum() / at_once), 2)


def _text(log: Path) -> str:
    try:
        return log.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""


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
