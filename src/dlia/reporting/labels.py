"""Labels of results in Snakemake's own report."""

import csv
from pathlib import Path

NO_WILDCARDS = str.maketrans("{}", "()")


def data_of(table: Path) -> str:
    """Return the kinds of data of the rows of a table: real, stand-in, or both."""
    with table.open(encoding="utf-8", newline="") as file:
        kinds = {kind for row in csv.DictReader(file) for kind in row["data"].split(" and ")}
    return " and ".join(sorted(kinds)) or "no rows"


def result_label(shows: str, variant: str, kind: str, table: Path) -> str:
    """Return the label of a result: its content, its variant, its kind and its data."""
    of = "" if variant == "all" else f" of {variant}"
    return f"{shows.replace('_', ' ')}{of} ({kind}, {data_of(table)})"


def category(title: str) -> str:
    """Return a title without braces, which Snakemake would read as wildcards."""
    return title.translate(NO_WILDCARDS)
