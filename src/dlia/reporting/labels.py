"""What Snakemake's own report says beside a result."""

import csv
from pathlib import Path

NO_WILDCARDS = str.maketrans("{}", "()")


def data_of(table: Path) -> str:
    """Tell what the rows of a table say that they rest on: real, stand-in, or both."""
    with table.open(encoding="utf-8", newline="") as file:
        kinds = {row["data"] for row in csv.DictReader(file)}
    return " and ".join(sorted(kinds)) or "no rows"


def category(title: str) -> str:
    """Give a title in which Snakemake finds no wildcards."""
    return title.translate(NO_WILDCARDS)
