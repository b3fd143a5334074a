"""Formatting of numbers, settings and tables for readers."""

import io
import math
import re
from collections.abc import Sequence
from typing import Any

# The text for a number that is infinite or undefined.
_NOT_FINITE = "not finite"
# The format of each family of quantities: factor, format specification (z: no minus sign before a
# zero), unit, and unit of a difference.
_FORMATS = {
    "accuracy": (100.0, "z.2f", " %", " points"),
    "dice": (1.0, "z.3f", "", ""),
    "ap": (1.0, "z.3f", "", ""),
    "ap50": (1.0, "z.3f", "", ""),
    "loss": (1.0, "z.4f", "", ""),
    "ratio": (1.0, "z.4f", "", ""),
    "share": (100.0, "z.0f", " %", " points"),
    "growth": (100.0, "z.0f", " %", " points"),
    "pixels": (1.0, "z.2f", " px", " px"),
    "millimetres": (1.0, "z.1f", " mm", " mm"),
    "count": (1.0, ",.0f", "", ""),
    "counted_share": (100.0, "z.2f", " %", " points"),
    "seconds": (1.0, "", " s", " s"),
    "times": (1.0, "", " times", " times"),
    "epochs": (1.0, "", " epochs", " epochs"),
    "updates": (1.0, "", " updates", " updates"),
    "number": (1.0, "", "", ""),
}


_SINGULAR = {" epochs": " epoch", " updates": " update", " points": " point"}
_PLAIN = (1.0, "z.4f", "", "")
MOST_DIGITS = 8  # after the point


def metric_text(family: str, value: Any, unit: bool = True) -> str:
    """Format a value for a table ("98.78 %", "0.662"); text is returned unchanged."""
    try:
        number = float(value)
    except ValueError:
        return str(value)
    if not math.isfinite(number):
        return _NOT_FINITE
    factor, form, symbol, _ = _FORMATS.get(family, _PLAIN)
    text = f"{number * factor:{form or _three_digits(number)}}"
    return _counted(text, symbol) if unit else text


def amount_text(family: str, value: float) -> str:
    """Format the difference of two values ("0.21 points", "-0.012")."""
    if not math.isfinite(value):
        return _NOT_FINITE
    factor, form, _, symbol = _FORMATS.get(family, _PLAIN)
    return _counted(f"{value * factor:{form or _three_digits(value)}}", symbol)


def _counted(number: str, unit: str) -> str:
    """Write a number with its unit, such as 1 epoch and 2 epochs."""
    is_one = number.lstrip("+-") == "1" and unit in _SINGULAR
    return number + (_SINGULAR[unit] if is_one else unit)


def amounts_text(family: str, low: float, high: float) -> str:
    """Format the interval of a difference ("0.10 to 0.31 points").

    An end of an interval without zero is not printed as zero: both ends get more digits instead.
    """
    factor, form, _, unit = _FORMATS.get(family, _PLAIN)
    ends = [amount_text(family, end) for end in (low, high)]
    if low * high > 0 and (found := re.search(r"\.(\d)f", form)):
        for digits in range(int(found[1]), MOST_DIGITS):
            ends = [f"{end * factor:,.{digits}f}{unit}" for end in (low, high)]
            if all(round(end * factor, digits) for end in (low, high)):
                break
    return range_text(*ends)


def _three_digits(value: float) -> str:
    """Return the format for three significant digits, but no rounding before the point."""
    return ",.0f" if abs(value) >= 100 else ".3g"


def percent_text(share: float) -> str:
    """Format a fraction as a whole percentage ("13 %")."""
    return metric_text("share", share)


def interval_text(family: str, low: Any, high: Any) -> str:
    """Format an interval ("98.61 to 98.93 %"); a reason why there is none is returned as it is."""
    try:
        float(low)
    except ValueError:
        return str(low)
    return range_text(metric_text(family, low), metric_text(family, high))


def range_text(low: str, high: str) -> str:
    """Join two formatted ends of an interval, with the unit once ("0.1 to 0.3 points")."""
    _, blank, unit = low.partition(" ")
    is_same = high.endswith((blank + unit, f"{blank}{unit}s"))
    return f"{low.removesuffix(blank + unit) if is_same else low} to {high}"


def setting_text(value: Any) -> str:
    """Format a setting's value as in a study file (YAML)."""
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
    """Format a number with three significant digits."""
    return f"{value:.3g}"


def duration_text(seconds: float) -> str:
    """Format a duration ("2 h 35 min", "48 s")."""
    if seconds < 100:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes // 60} h {minutes % 60} min" if minutes >= 60 else f"{minutes} min"


def table_text(
    rows: Sequence[Sequence[object]],
    headers: Sequence[str] = (),
    widths: Sequence[int | None] = (),
) -> str:
    """Format a table as plain text, for a terminal or a file.

    Args:
        rows: The rows, each a sequence of cells.
        headers: The column headers; empty for a table without a header.
        widths: The maximal width of each column in characters, None for no limit; longer cells
            are wrapped.

    Returns:
        The lines of the table, joined by newlines.
    """
    # Imported here: most commands read a plan but print no table, and rich is slow to import.
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


def capital(words: str) -> str:
    """Return the words with a capital letter at the beginning; the others stay as they are."""
    return words[:1].upper() + words[1:]
