"""How long the trainings took; differs from run to run."""

import json
import math
from pathlib import Path
from typing import Any

import pandas as pd

from dlia.files import write_csv


def collect_timing(
    records: list[str], data: dict[str, str], bases: dict[str, str], path: str
) -> None:
    """Gather the seconds of all trials from the ``run.json`` files into one table.

    ``seconds`` are those of whole trainings; ``seconds_per_epoch`` leaves out what was measured in
    between, and ``times_base`` is how many times as long as the base's it is.

    Args:
        records: The files, as results/<exercise>/<variant>/run.json.
        data: What each exercise rests on, real or stand-in.
        bases: What each variant is built on, or "", by key.
        path: Where the table goes.
    """
    table = pd.DataFrame(_rows(records, data))
    key = table["exercise"] + "/" + table["variant"]
    base = key.map(bases)
    per_epoch = table["seconds_per_epoch"].groupby(key).mean()
    # A base that diverged before its first epoch has no time.
    ratio = table["seconds_per_epoch"] / base.map(per_epoch).replace(0, math.nan)
    ratio = ratio.round(3).astype(object).where(ratio.notna(), "base has no time")
    table.insert(7, "base", base)
    table.insert(8, "times_base", ratio.where(base != "", "no base"))
    write_csv(path, table)


def _rows(records: list[str], data: dict[str, str]) -> list[dict[str, Any]]:
    return [
        {
            "data": data[Path(file).parts[-3]],
            "exercise": Path(file).parts[-3],
            "variant": Path(file).parts[-2],
            "trial": number,
            "epochs": trial["epochs"],
            "seconds": trial["seconds"],
            "seconds_per_epoch": trial["seconds_per_epoch"],
            "device": record["device"],
            "threads": record["threads"],
            "engine": record["engine"],
        }
        for file in records
        for record in [json.loads(Path(file).read_text(encoding="utf-8"))]
        for number, trial in enumerate(record["trials"])
    ]
