"""How fast variants learn, in epochs, by what they reach on validation."""

import json
from pathlib import Path
from typing import Any

import pandas as pd

from dlia.files import write_csv

NEVER = "never"


def measure_speed(
    raced: dict[str, str],
    inputs: dict[str, Any],
    metric: str,
    level: float,
    path: str,
) -> None:
    """Write a row for every trial of all variants that learn side by side.

    Args:
        raced: The keys of their trainings, by the name to show.
        inputs: Paths: source, and in the order of ``raced`` histories and records (run.json).
        metric: accuracy or dice.
        level: The value of the metric whose first epoch is looked for.
        path: Where the table goes.
    """
    data = json.loads(Path(inputs["source"]).read_text(encoding="utf-8"))["data"]
    curves = {
        name: validation_curves(pd.read_csv(file), metric)
        for name, file in zip(raced, inputs["histories"], strict=True)
    }
    # What is compared must be averaged over the same epochs: as many as all variants have.
    epochs = {name: _planned(record) for name, record in zip(raced, inputs["records"], strict=True)}
    shared = min(epochs.values())
    rows = []
    for (name, table), record in zip(curves.items(), inputs["records"], strict=True):
        trials = json.loads(Path(record).read_text(encoding="utf-8"))["trials"]
        rows += [
            {
                "data": data,
                "variant": name,
                "trial": number,
                "epochs": epochs[name],
                "level": level,
                "epochs_to_level": first_epoch(table[number], level),
                "area": area(table[number], shared),
                "area_epochs": shared,
                "status": trial["status"],
                "same_as": raced[name] if raced[name].split("/")[-1] != name.split("/")[-1] else "",
            }
            for number, trial in enumerate(trials)
        ]
    write_csv(path, pd.DataFrame(rows))


def validation_curves(history: pd.DataFrame, metric: str) -> pd.DataFrame:
    """Give the metric on validation, a column per trial and a row per epoch, epoch 0 left out."""
    rows = history[(history["part"] == "validation") & (history["metric"] == metric)]
    return rows[rows["epoch"] > 0].pivot_table(index="epoch", columns="trial", values="value")


def first_epoch(curve: pd.Series, level: float) -> int | str:
    """Give the first epoch at which ``curve`` is at least ``level``, or "never"."""
    reached = curve.index[curve >= level]
    return int(reached[0]) if len(reached) else NEVER


def area(curve: pd.Series, epochs: int) -> float:
    """Give the area under the first ``epochs`` of ``curve``, divided by their number.

    A training that ended early, because it diverged, counts with its last value from there on.
    """
    return float(curve.reindex(range(1, epochs + 1)).ffill().mean())


def _planned(record: str) -> int:
    settings = json.loads(Path(record).read_text(encoding="utf-8"))["settings"]
    return int(settings["epochs"])
