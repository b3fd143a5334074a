"""dlia's engine, as its workflow calls it: all trials of a variant in one job."""

import json
from pathlib import Path

import pandas as pd

from contestant import Task, metric_of, read_task, say_result
from dlia.tasks import curves_of
from dlia.training.train_variant import train_variant
from dlia.training.training_job import TrainingJob


def main() -> None:
    """Train the trials of a task, and say how long their steps took."""
    task = read_task()
    scratch = Path(task.scratch)
    train_variant(
        job_of(task),
        model=str(scratch / "model.safetensors"),
        history=str(scratch / "history.csv"),
        record=str(scratch / "run.json"),
    )
    record = json.loads((scratch / "run.json").read_text(encoding="utf-8"))
    trials = record["trials"]
    say_result(
        {
            "learning_seconds": sum(t["seconds_per_epoch"] * t["epochs"] for t in trials),
            "seconds": sum(trial["seconds"] for trial in trials),
            "values": last_values(task),
            "engine": record["engine"],
            "workers": task.workers,
            "threads": record["threads"],
            "device": record["device"],
        }
    )


def job_of(task: Task) -> TrainingJob:
    """Give the task as the workflow's script would."""
    return TrainingJob(
        settings=task.settings,
        curves=curves_of(task.task),
        classes=task.classes,
        trials=task.trials,
        seed=task.seed,
        code="benchmark",
        device=task.device,
        inputs=task.inputs,
        checkpoints=Path(task.scratch) / "checkpoints",
        workers=task.workers,
    )


def last_values(task: Task) -> list[float]:
    """Give the validation metric of every trial after its last epoch."""
    history = pd.read_csv(Path(task.scratch) / "history.csv")
    own = history[(history["part"] == "validation") & (history["metric"] == metric_of(task))]
    last = own.sort_values("epoch").groupby("trial").tail(1).sort_values("trial")
    return [float(value) for value in last["value"]]


# Trials side by side start processes that import this file anew.
if __name__ == "__main__":
    main()
