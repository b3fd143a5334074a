"""What the readings of settings that no source states reach on test images."""

from typing import TypedDict

import pandas as pd

from dlia.study.kinds import CLASS, CLASS_REFERENCE

TAKEN = "as taken"  # the place of setting and value in the row of the variant itself
_KEPT = (
    "epochs",
    "trials",
    "failed",
    "metric",
    "mean",
    "sd",
    "low",
    "high",
    "reported",
    "reported_value",
)


class TestedReading(TypedDict):
    """A reading of a variant; ``taken`` for the variant itself, without ``setting`` and ``value``.

    ``key`` is that of its training, exercise/name.
    """

    variant: str
    key: str
    setting: str
    value: str
    taken: bool


def table_readings(readings: list[TestedReading], summaries: list[str]) -> pd.DataFrame:
    """Give a row for every reading, with what its trials reach on test images.

    Columns: data, variant, setting, value, epochs, trials, failed (trials that diverged or
    collapsed), metric, mean, sd, low and high (Student's 95 % interval of the mean), reported (the
    value of the source, as text and as number) and taken.

    Args:
        readings: The variants that have readings, each followed by its readings.
        summaries: The summaries of the exercise and of its readings.
    """
    tables = [pd.read_csv(path, keep_default_na=False) for path in summaries]
    rows = pd.concat(tables)
    of_all = ~rows["kind"].isin([CLASS, CLASS_REFERENCE])
    found = rows[of_all].drop_duplicates("variant").set_index("variant")
    found["failed"] = found["status"].map(_failed)
    return pd.DataFrame(
        {
            "data": found.loc[name, "data"],
            "variant": reading["variant"],
            "setting": reading["setting"] or TAKEN,
            "value": reading["value"] or TAKEN,
            **{column: found.loc[name, column] for column in _KEPT},
            "taken": reading["taken"],
        }
        for reading in readings
        for name in [reading["key"].partition("/")[2]]
    )


def _failed(status: str) -> int:
    """Count the trials that did not end well, from a text such as "2 ok, 1 collapsed"."""
    counts = [part.split() for part in status.split(", ")]
    return sum(int(count) for count, word, *_ in counts if count.isdigit() and word != "ok")
