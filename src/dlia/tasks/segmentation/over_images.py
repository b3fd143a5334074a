"""Rows of the table with a row per trial and metric."""

from typing import Any

import numpy as np

from dlia.evaluation.statistics import image_interval

ONE_VALUE = "one value per trial"
ONE_IMAGE = "one image"


def over_images(metric: str, values: np.ndarray) -> dict[str, Any]:
    """Describe how a metric varies over the test images: mean, sd, quantiles, and an interval."""
    interval = image_interval(values)
    return {
        "metric": metric,
        "n": len(values),
        "mean": values.mean(),
        "sd": values.std(ddof=1) if interval else ONE_IMAGE,
        "p10": np.quantile(values, 0.1),
        "p90": np.quantile(values, 0.9),
        "min": values.min(),
        "max": values.max(),
        "images_low": interval.low if interval else ONE_IMAGE,
        "images_high": interval.high if interval else ONE_IMAGE,
    }


def one_value(metric: str, n: int, value: float | str) -> dict[str, Any]:
    """Give the row of a metric that has one value for a trial."""
    rest = ("sd", "p10", "p90", "min", "max", "images_low", "images_high")
    return {"metric": metric, "n": n, "mean": value, **dict.fromkeys(rest, ONE_VALUE)}
