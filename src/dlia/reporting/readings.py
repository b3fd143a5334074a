"""Readings of settings that no source states, as the report shows them."""

from dlia.formatting import interval_text, metric_text
from dlia.reporting.records import RESULTS, read_table
from dlia.study.model import Exercise, Study


def reading_rows(study: Study, exercise: Exercise) -> list[dict[str, str]]:
    """Return what every reading of an exercise reaches, one row each, those that are taken too."""
    return [
        {
            "variant": row["variant"],
            "setting": row["setting"],
            "value": row["value"],
            "taken": "yes" if row["taken"] == "True" else "no",
            "reported": row["reported"],
            "mean": metric_text(study.family, row["mean"]),
            "sd": metric_text(study.family, row["sd"]),
            "interval": interval_text(study.family, row["low"], row["high"]),
            "trials": f"{row['trials']}, {row['failed']} failed"
            if int(row["failed"])
            else row["trials"],
        }
        for row in read_table(RESULTS / exercise.id / "readings.csv")
    ]
