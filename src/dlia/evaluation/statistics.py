"""What a few trials say about a method."""

import numpy as np
from scipy import stats


def t_interval(values: np.ndarray, level: float = 0.95) -> tuple[float, float] | None:
    """Give Student's t interval of the mean; None for fewer than two values.

    The trial is the unit. A bootstrap over so few values would be far too narrow (about 74 %
    coverage instead of 95 % at three trials).

    Args:
        values: One number per trial.
        level: The coverage for normally distributed values.
    """
    n = len(values)
    if n < 2:
        return None
    half = stats.t.ppf((1 + level) / 2, n - 1) * np.std(values, ddof=1) / np.sqrt(n)
    mean = float(np.mean(values))
    return mean - float(half), mean + float(half)
