"""What a few trials say about a method."""

import numpy as np
from scipy import stats


def t_interval(values: np.ndarray, level: float = 0.95) -> tuple[float, float] | None:
    """Give Student's t interval of the mean of a share; None for fewer than two values.

    It is cut off at 0 and 1, which accuracy and Dice cannot leave.

    The trial is the unit. A bootstrap over so few values would be far too narrow (about 74 %
    coverage instead of 95 % at three trials).

    Args:
        values: One share, between 0 and 1, per trial.
        level: The coverage for normally distributed values.
    """
    n = len(values)
    if n < 2:
        return None
    half = stats.t.ppf((1 + level) / 2, n - 1) * np.std(values, ddof=1) / np.sqrt(n)
    mean = float(np.mean(values))
    return max(mean - float(half), 0.0), min(mean + float(half), 1.0)
