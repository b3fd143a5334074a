"""What Snakemake's own report says beside a result."""

import csv
from pathlib import Path

NO_WILDCARDS = str.maketrans("{}", "()")


def data_of(table: Path) -> str:
    """Tell what the rows of a table say that they rest on: real, stand-in, or both."""
    with table.open(encoding="utf-8", newline="") as file:
        kinds = {kind for row in csv.DictReader(file) for kind in row["data"].split(" and ")}
    return " and ".join(sorted(kinds)) or "no rows"


def result_label(shows: str, variant: str, kind: str, table: Path) -> str:
    """Say what a result shows, of which variant, what it is, and what it rests on."""
    of = "" if variant == "all" else f" of {variant}"
    return f"{shows.replace('_', ' ')}{of} ({kind}, {data_of(table)})"


def category(title: str) -> str:
    """Give a title in which Snakemake finds no wildcards."""
    return title.translate(NO_WILDCARDS)
