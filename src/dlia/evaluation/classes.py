"""The metric of single classes, where the table of every trial has one, such as dice_class_1."""

from typing import Any

import pandas as pd

TABLE = "metrics"  # has a row for every trial and metric
ONE_CLASS = "one_class"  # in the place of a variant: what calling everything this class reaches
NO_CURVES = "no curves of single classes"


def metrics_of_classes(metric: str, tables: dict[str, pd.DataFrame]) -> list[str]:
    """Return the metrics of the classes, by the order of their numbers; none if there are none.

    Args:
        metric: The metric that the study is judged by.
        tables: The tables of a variant.
    """
    names = [str(name) for name in tables[TABLE]["metric"].unique()] if TABLE in tables else []
    return [name for name in names if name.startswith(f"{metric}_class_")]


def results_of_class(results: pd.DataFrame, table: pd.DataFrame, metric: str) -> pd.DataFrame:
    """Give a row for every trial of a variant.

    Args:
        results: The table of the study's metric; columns data, trial, epoch, status.
        table: The table of every trial; columns trial, metric, mean, min, max.
        metric: That of a class.

    Returns:
        data, trial, epoch, status, min and max (over the images), and ``metric``; where there is no
        number, the reason stands.
    """
    trials = results.groupby("trial")[["data", "epoch", "status"]].first()
    own = table[table["metric"] == metric].set_index("trial")[["mean", "min", "max"]]
    return trials.join(own.rename(columns={"mean": metric})).reset_index()


def reason_in(values: "pd.Series[Any]") -> str:
    """Return the first text among ``values`` that is no number, or ""."""
    texts = values[pd.to_numeric(values, errors="coerce").isna()]
    return "" if texts.empty else str(texts.iloc[0])
