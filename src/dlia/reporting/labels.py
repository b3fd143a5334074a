"""Labels of results in Snakemake's own report."""

import csv
from pathlib import Path

NO_WILDCARDS = str.maketrans("{}", "()")


def data_of(table: Path) -> str:
    """Return the kinds of data of the rows of a table: real, stand-in, or both."""
    with table.open(encoding="utf-8", newline="") as file:
        kinds = {kind for row in csv.DictReader(file) for kind in row["data"].split(" and ")}
    return " and ".join(sorted(kinds)) or "no rows"


def is_shortened(summaries: list[Path]) -> bool:
    """Return whether a variant of any of these summaries was trained for too few epochs."""
    return any(
        " of " in row.get("epochs", "")  # which older versions did not write
        for summary in summaries
        if summary.is_file()
        for row in csv.DictReader(summary.read_text(encoding="utf-8").splitlines())
    )


def result_label(
    shows: str, variant: str, kind: str, table: Path, summaries: list[Path] | None = None
) -> str:
    """Return the label of a result: its content, its variant, its kind, its data and its training.

    Args:
        shows: What is shown.
        variant: The variant, or all.
        kind: table, figure, page or document.
        table: A table that says what data the result rests on.
        summaries: The summaries of the exercises that it rests on.
    """
    of = "" if variant == "all" else f" of {variant}"
    short = ", shortened" if is_shortened(summaries or []) else ""
    return f"{shows.replace('_', ' ')}{of} ({kind}, {data_of(table)}{short})"


def category(title: str) -> str:
    """Return a title without braces, which Snakemake would read as wildcards."""
    return title.translate(NO_WILDCARDS)
