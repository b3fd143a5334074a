"""Numbers and settings as a reader wants to see them."""

from typing import Any

# How a metric is shown: factor, decimals, unit.
_FORMATS = {"accuracy": (100.0, 2, " %"), "dice": (1.0, 3, ""), "loss": (1.0, 4, "")}


def metric_text(metric: str, value: Any, unit: bool = True) -> str:
    """Give a metric's value for a table ("98.78 %", "0.662"); a reason in words stays as it is."""
    try:
        number = float(value)
    except ValueError:
        return str(value)
    factor, decimals, symbol = _FORMATS[metric]
    return f"{number * factor:.{decimals}f}{symbol if unit else ''}"


def interval_text(metric: str, low: Any, high: Any) -> str:
    """Give an interval for a table ("98.61 to 98.93 %"), or the reason why there is none."""
    try:
        float(low)
    except ValueError:
        return str(low)
    return f"{metric_text(metric, low, unit=False)} to {metric_text(metric, high)}"


def setting_text(value: Any) -> str:
    """Give a setting's value as it would stand in a study file."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return "[" + ", ".join(setting_text(item) for item in value) + "]"
    if isinstance(value, float):
        # YAML 1.1 takes 1e-08 for text; with a point and a signed exponent it is a number.
        mantissa, e, exponent = repr(value).partition("e")
        if e:
            return f"{mantissa if '.' in mantissa else mantissa + '.0'}e{int(exponent):+d}"
        return mantissa.removesuffix(".0")
    return "null" if value is None else str(value)
