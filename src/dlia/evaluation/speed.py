"""Learning speed: the number of epochs until a variant reaches a validation metric."""

import json
from pathlib import Path
from typing import Any

import pandas as pd

from dlia.runtime.files import write_csv
from dlia.study.origins import resting_on

_NEVER = "never"
NO_CURVE = "no epoch"  # it diverged before the first one
_NOTHING = pd.Series(dtype=float)


def measure_speed(
    raced: list[dict[str, str]],
    inputs: dict[str, Any],
    metric: str,
    level: float,
    path: str,
) -> None:
    """Write a row for every trial of all variants that learn side by side.

    Args:
        raced: For each variant: name, same_as.
        inputs: Paths: source, and in the order of ``raced`` histories and records (run.json).
        metric: accuracy or dice.
        level: The value of the metric whose first epoch is looked for.
        path: Where the table goes.
    """
    data = _json(inputs["source"])["data"]
    records = [_json(file) for file in inputs["records"]]
    # What is compared must be averaged over the same epochs: as many as all variants have.
    shared = min(record["settings"]["epochs"] for record in records)
    rows = []
    for variant, record, file in zip(raced, records, inputs["histories"], strict=True):
        curves = validation_curves(pd.read_csv(file), metric)
        for number, trial in enumerate(record["trials"]):
            curve = curves.get(number, _NOTHING)
            rows.append(
                {
                    "data": resting_on(data, record.get("weights", "")),
                    "variant": variant["name"],
                    "trial": number,
                    "epochs": record["settings"]["epochs"],
                    "epochs_asked": record["asked"].get("epochs", record["settings"]["epochs"]),
                    "level": level,
                    "epochs_to_level": first_epoch(curve, level),
                    "area": area(curve, shared),
                    "area_epochs": shared,
                    "area_all_epochs": area(curve, record["settings"]["epochs"]),
                    "status": trial["status"],
                    "same_as": variant["same_as"],
                }
            )
    write_csv(path, pd.DataFrame(rows))


def validation_curves(history: pd.DataFrame, metric: str) -> pd.DataFrame:
    """Give the metric on validation, a column per trial and a row per epoch, epoch 0 left out."""
    rows = history[(history["part"] == "validation") & (history["metric"] == metric)]
    return rows[rows["epoch"] > 0].pivot_table(index="epoch", columns="trial", values="value")


def first_epoch(curve: pd.Series, level: float) -> int | str:
    """Give the first epoch at which ``curve`` is at least ``level``, or "never"."""
    reached = curve.index[curve >= level]
    return int(reached[0]) if len(reached) else _NEVER


def area(curve: pd.Series, epochs: int) -> float | str:
    """Give the area under the first ``epochs`` of ``curve``, divided by their number.

    A training that ended early, because it diverged, counts with its last value from there on.
    """
    if curve.empty:
        return NO_CURVE
    return float(curve.reindex(range(1, epochs + 1)).ffill().mean())


def _json(path: str) -> dict[str, Any]:
    record: dict[str, Any] = json.loads(Path(path).read_text(encoding="utf-8"))
    return record
