"""The kinds of rows of summary.csv, whose readers import no numerical library."""

from collections.abc import Mapping

CLASS, CLASS_REFERENCE = "class", "class reference"


def is_of_class(row: Mapping[str, str]) -> bool:
    """Tell whether a row is about a single class, and not about all of them."""
    return row.get("kind") in (CLASS, CLASS_REFERENCE)
