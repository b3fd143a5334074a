"""The same training twice: the same bytes, by each engine, on small and on real images."""

import dataclasses
from collections.abc import Iterator
from pathlib import Path

from lines import FAILED, PASSED, Line, Setup
from real_jobs import real_job
from steps import CASES, OWN
from sweep import job_of

from dlia.training.train_variant import train_variant
from dlia.training.training_job import TrainingJob

ENGINES = ("loop", "stacked")
FILES = ("model.safetensors", "history.csv", "run.json")
# Epochs on real images; they show what only large batches do.
EPOCHS = {"ex1_2": 1, "ex2_1": 3}


def run(setup: Setup) -> Iterator[Line]:
    """Train everything twice, and compare weights and histories byte by byte."""
    cases = {"sgd": CASES["ex1_2/sgd"], **OWN}
    cases = {name: cases[name] for name in ("sgd", "dropout")} if setup.small else cases
    jobs = {
        name: job_of(setup.folder / f"{name.replace(' ', '_')}_data", **case, device=setup.device)
        for name, case in cases.items()
    }
    for exercise, epochs in EPOCHS.items():
        if not setup.small:
            jobs[exercise] = real_job(setup, exercise, "auto", 2, epochs, setup.folder)
    differing = []
    for name, job in jobs.items():
        for engine in ENGINES:
            base = setup.folder / f"{name.replace(' ', '_')}_{engine}"
            if files_of(job, engine, base / "first") != files_of(job, engine, base / "second"):
                differing.append(f"{name} by {engine}")
    tried = len(jobs) * len(ENGINES)
    result = FAILED if differing else PASSED
    number = f"{tried - len(differing)} of {tried}"
    yield Line("twice the same bytes", result, number, detail="; ".join(differing))


def files_of(job: TrainingJob, engine: str, folder: Path) -> list[bytes]:
    """Train in ``folder``; give the bytes of model and history."""
    folder.mkdir(parents=True)
    job = dataclasses.replace(job, engine=engine, checkpoints=folder / "checkpoints")
    train_variant(job, *(str(folder / name) for name in FILES))
    return [(folder / name).read_bytes() for name in FILES[:2]]
