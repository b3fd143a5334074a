"""Numbers and settings as a reader wants to see them."""

import io
import math
from collections.abc import Sequence
from typing import Any

# What stands in the place of a number that is infinite or undefined.
_NOT_FINITE = "not finite"
# How a family of quantities is shown: factor, format (z: no minus before a zero), unit, unit of a
# difference.
_FORMATS = {
    "accuracy": (100.0, "z.2f", " %", " points"),
    "dice": (1.0, "z.3f", "", ""),
    "loss": (1.0, "z.4f", "", ""),
    "ratio": (1.0, "z.4f", "", ""),
    "share": (100.0, "z.0f", " %", " points"),
    "growth": (100.0, "z.0f", " %", " points"),
    "pixels": (1.0, "z.2f", " px", " px"),
    "count": (1.0, ",.0f", "", ""),
    "seconds": (1.0, "", " s", " s"),
}


_PLAIN = (1.0, "z.4f", "", "")


def metric_text(family: str, value: Any, unit: bool = True) -> str:
    """Give a value for a table ("98.78 %", "0.662"); a reason in words stays as it is."""
    try:
        number = float(value)
    except ValueError:
        return str(value)
    if not math.isfinite(number):
        return _NOT_FINITE
    factor, form, symbol, _ = _FORMATS.get(family, _PLAIN)
    return f"{number * factor:{form or _three_digits(number)}}{symbol if unit else ''}"


def amount_text(family: str, value: float) -> str:
    """Give a difference of two values ("0.21 points", "-0.012")."""
    if not math.isfinite(value):
        return _NOT_FINITE
    factor, form, _, symbol = _FORMATS.get(family, _PLAIN)
    return f"{value * factor:{form or _three_digits(value)}}{symbol}"


def _three_digits(value: float) -> str:
    """Give the format that shows three digits, but all that stand before the point."""
    return ",.0f" if abs(value) >= 100 else ".3g"


def percent_text(share: float) -> str:
    """Give a share in whole per cent ("13 %")."""
    return metric_text("share", share)


def interval_text(family: str, low: Any, high: Any) -> str:
    """Give an interval for a table ("98.61 to 98.93 %"), or the reason why there is none."""
    try:
        float(low)
    except ValueError:
        return str(low)
    return range_text(metric_text(family, low), metric_text(family, high))


def range_text(low: str, high: str) -> str:
    """Give both ends of an interval, their unit once ("0.1 to 0.3 points")."""
    _, blank, unit = low.partition(" ")
    return f"{low.removesuffix(blank + unit) if high.endswith(blank + unit) else low} to {high}"


def setting_text(value: Any) -> str:
    """Give a setting's value as it would stand in a study file."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return "[" + ", ".join(setting_text(item) for item in value) + "]"
    if isinstance(value, float):
        value += 0.0  # no minus before a zero
        # YAML 1.1 takes 1e-08 for text; with a point and a signed exponent it is a number.
        mantissa, e, exponent = repr(value).partition("e")
        if e:
            return f"{mantissa if '.' in mantissa else mantissa + '.0'}e{int(exponent):+d}"
        return mantissa.removesuffix(".0")
    return "null" if value is None else str(value)


def significant(value: float) -> str:
    """Give a number with three digits that count."""
    return f"{value:.3g}"


def duration_text(seconds: float) -> str:
    """Give a duration as one would say it ("2 h 35 min", "48 s")."""
    if seconds < 100:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes // 60} h {minutes % 60} min" if minutes >= 60 else f"{minutes} min"


def table_text(
    rows: Sequence[Sequence[object]],
    headers: Sequence[str] = (),
    widths: Sequence[int | None] = (),
) -> str:
    """Give a table for a terminal or a file, as wide as it has to be.

    Args:
        rows: Of cells.
        headers: Of the columns; without them, none is shown.
        widths: The most letters of each column, None for no limit; longer cells are wrapped.
    """
    # Only now: a plan is read often and shows no table.
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=SIMPLE_HEAD if headers else None, show_header=bool(headers), pad_edge=False)
    count = len(headers) or max((len(row) for row in rows), default=0)
    for number in range(count):
        most = widths[number] if number < len(widths) else None
        name = headers[number] if headers else ""
        table.add_column(name, max_width=most, no_wrap=most is None, overflow="fold")
    for row in rows:
        table.add_row(*(Text(str(cell)) for cell in row))
    output = io.StringIO()
    Console(file=output, width=1000, highlight=False).print(table)
    return "\n".join(line.rstrip() for line in output.getvalue().splitlines()).strip("\n")
