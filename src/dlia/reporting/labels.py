"""Labels of results in Snakemake's own report."""

import csv
from pathlib import Path

NO_WILDCARDS = str.maketrans("{}", "()")


def data_of(tables: list[Path]) -> str:
    """Return the kinds of data of the rows of tables: real, stand-in, or both."""
    kinds = {
        kind
        for table in tables
        for row in csv.DictReader(table.read_text(encoding="utf-8").splitlines())
        for kind in row["data"].split(" and ")
    }
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
    shows: str, variant: str, kind: str, tables: list[Path], summaries: list[Path] | None = None
) -> str:
    """Return the label of a result: its content, its variant, its kind, its data and its training.

    Args:
        shows: What is shown.
        variant: The variant or the report, or all.
        kind: table, figure, page or document.
        tables: Tables that say what data the result rests on.
        summaries: The summaries of the exercises that it rests on.
    """
    of = "" if variant == "all" else f" of {variant}"
    short = ", shortened" if is_shortened(summaries or []) else ""
    return f"{shows.replace('_', ' ')}{of} ({kind}, {data_of(tables)}{short})"


def category(title: str) -> str:
    """Return a title without braces, which Snakemake would read as wildcards."""
    return title.translate(NO_WILDCARDS)
