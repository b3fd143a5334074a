"""Shared parts of the report formats: checks for missing values, filters, constants."""

import inspect
import traceback
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from jinja2 import UndefinedError

from dlia.errors import UserError
from dlia.evaluation import fit, statistics
from dlia.evaluation.statistics import LEVEL
from dlia.formatting import percent_text
from dlia.reporting import escaping
from dlia.tasks.segmentation.boundary import WIDTHS
from dlia.tasks.segmentation.dice import soft_dice_pooled
from dlia.tasks.segmentation.mask_shape import PERIOD
from dlia.verdicts import rules as verdict_rules


def tally(verdicts: Iterable[tuple[str, int]]) -> str:
    """Return the number of claims with each verdict, as text."""
    return ", ".join(f"{count} {verdict}" for verdict, count in verdicts) or "none"


FILTERS: dict[str, Callable[..., Any]] = {
    "count": "{:,}".format,
    "first_capital": lambda text: text[:1].upper() + text[1:],
    "section": lambda exercise: exercise.removeprefix("ex").replace("_", "."),
    "tally": tally,
    "with_unit": escaping.with_unit,
    "without_unit": escaping.without_unit,
}


class MissingValueError(ValueError):
    """A place of the report that would be empty."""


def present(value: Any) -> Any:
    """Return ``value`` unless it is missing.

    Raises:
        MissingValueError: It is None, an empty text or not a number.
    """
    # Of all values, only "not a number" differs from itself.
    if value is None or value == "" or value != value:
        raise MissingValueError("a value is missing")
    # Reading an undefined value raises Jinja's own error, which names it.
    return value


def render_or_name_the_place(render: Callable[[], str], templates: Path) -> str:
    """Render a template; an error names the file and line of a missing value.

    Raises:
        UserError: A value is missing.
    """
    try:
        return render()
    except (MissingValueError, UndefinedError) as error:
        raise UserError(f"{_place(error, templates)}: {error}") from error


def _place(error: Exception, templates: Path) -> str:
    for frame in reversed(traceback.extract_tb(error.__traceback__)):
        if Path(frame.filename).is_relative_to(templates) and frame.lineno:
            line = Path(frame.filename).read_text(encoding="utf-8").splitlines()[frame.lineno - 1]
            return f"{frame.filename}, line {frame.lineno}: {line.strip()}"
    return str(templates)


def rules() -> dict[str, Any]:
    """Return the constants of the code that the text of the report states."""
    *first, last = map(str, WIDTHS)
    return {
        "rise": percent_text(fit.RISE),
        "gap": fit.GAP,
        "half_way": percent_text(fit.HALF_WAY),
        "solved": percent_text(fit.SOLVED),
        "still_falls": percent_text(fit.STILL_FALLS),
        "flips": statistics.FLIPS,
        "exact_pairs": statistics.FLIPS.bit_length() - 1,
        "resamples": statistics.RESAMPLES,
        "enough_trials": verdict_rules.ENOUGH_TRIALS,
        "level": percent_text(LEVEL),
        # A value has two sides to be wrong on, a threshold and a comparison have one.
        "two_sided_error": f"{100 * (1 - LEVEL):.3g} %",
        "one_sided_error": f"{100 * (1 - LEVEL) / 2:.3g} %",
        "pooled_images": inspect.signature(soft_dice_pooled).parameters["batch"].default,
        "contour_widths": f"{', '.join(first)} and {last}",
        "period": PERIOD,
    }
