"""What the candidates of a setting reach on validation images, and which one is taken."""

import json
from itertools import groupby
from pathlib import Path
from typing import TypedDict

import pandas as pd

from dlia.runtime.files import write_csv
from dlia.study.origins import resting_on


class Candidate(TypedDict):
    """A value that a variant's setting is chosen from; ``taken`` if the variant has it."""

    variant: str
    setting: str
    value: str
    taken: bool


class Inputs(TypedDict):
    """Paths: source.json, and the records and histories in the order of the candidates."""

    source: str
    records: list[str]
    histories: list[str]


def table_choices(candidates: list[Candidate], inputs: Inputs, metric: str, path: str) -> None:
    """Write a row for every candidate, with what its trials reach on held-out images.

    These are the validation images, or the five folds of the training images, each held out by a
    training of its own.

    Columns: data, variant, setting, value, folds (0 for the validation part), trials (of all folds
    together), failed (trials that diverged or collapsed), epochs, epochs_asked (by the study, more
    if the training is shortened), metric, mean, sd, lowest and highest (over the trials, in the
    epoch whose weights are kept), best (the highest mean among the candidates without failed
    trials) and taken.

    Args:
        candidates: In the order of the study file; the folds of one follow each other.
        inputs: The files to read.
        metric: The study's metric, such as accuracy; higher is better.
        path: The file of the table.
    """
    data = json.loads(Path(inputs["source"]).read_text(encoding="utf-8"))["data"]
    trainings = zip(candidates, inputs["records"], inputs["histories"], strict=True)
    rows = []
    for _, same in groupby(trainings, lambda training: _asked(training[0])):
        those = list(same)
        runs = [json.loads(Path(record).read_text(encoding="utf-8")) for _, record, _ in those]
        reached = pd.concat(
            _kept(pd.read_csv(history), run["trials"], metric)
            for run, (_, _, history) in zip(runs, those, strict=True)
        )
        candidate, epochs = those[0][0], runs[0]["settings"]["epochs"]
        rows.append(
            {
                "data": resting_on(data, runs[0].get("weights", "")),
                "variant": candidate["variant"],
                "setting": candidate["setting"],
                "value": candidate["value"],
                "folds": len(those) if len(those) > 1 else 0,
                "trials": len(reached),
                "failed": sum(trial["status"] != "ok" for run in runs for trial in run["trials"]),
                "epochs": epochs,
                "epochs_asked": runs[0]["asked"].get("epochs", epochs),
                "metric": metric,
                "mean": reached.mean(),
                "sd": reached.std(),
                "lowest": reached.min(),
                "highest": reached.max(),
                "taken": candidate["taken"],
            }
        )
    table = pd.DataFrame(rows)
    sound = table["mean"].where(table["failed"] == 0)
    highest = sound.groupby([table["variant"], table["setting"]]).transform("max")
    table.insert(len(table.columns) - 1, "best", sound == highest)
    write_csv(path, table)


def _asked(candidate: Candidate) -> tuple[str, str, str]:
    return candidate["variant"], candidate["setting"], candidate["value"]


def _kept(history: pd.DataFrame, trials: list[dict[str, int]], metric: str) -> pd.Series:
    """Return what every trial reaches on validation images in the epoch that is kept."""
    rows = history[(history["part"] == "validation") & (history["metric"] == metric)]
    values = rows.set_index(["trial", "epoch"])["value"]
    kept = [(number, trial["chosen_epoch"]) for number, trial in enumerate(trials)]
    return values.reindex(kept)
