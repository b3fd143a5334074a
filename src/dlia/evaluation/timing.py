"""How long the trainings took; differs from run to run."""

import json
from pathlib import Path

import pandas as pd

from dlia.files import write_csv


def collect_timing(records: list[str], data: dict[str, str], path: str) -> None:
    """Gather the seconds of all trials from the ``run.json`` files into one table.

    Args:
        records: The files, as results/<exercise>/<variant>/run.json.
        data: What each exercise rests on, real or stand-in.
        path: Where the table goes.
    """
    rows = [
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
    write_csv(path, pd.DataFrame(rows))
