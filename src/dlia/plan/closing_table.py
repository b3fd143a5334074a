"""Terminal output at the end of a build."""

import csv
from collections.abc import Collection
from pathlib import Path

from dlia.formatting import metric_text, table_text
from dlia.plan import outputs, readings
from dlia.plan.plan import Plan
from dlia.runtime.terminal import wrapped
from dlia.study.kinds import is_of_class
from dlia.study.origins import REAL_BUT_WEIGHTS, STANDIN
from dlia.study.tally import count_verdicts, counts_in_words

_HEADERS = ("variant", "mean ± sd", "reported", "epochs", "data", "failed")
_EPOCHS, _DATA, _FAILED = map(_HEADERS.index, ("epochs", "data", "failed"))


def closing_table(plan: Plan, built: Collection[str]) -> str:
    """Return the short table at the end of a build: the result of every variant, and the reports.

    What the build was not asked for is left out: it may be older than its trainings, because a
    build of a single training does not evaluate it.

    Args:
        plan: The plan of the build.
        built: The files that the build was asked for, whether it had to make them or not.
    """

    def is_asked_for(path: str) -> bool:
        return path in built and Path(path).is_file()

    rows: list[list[str]] = []
    kinds = set[str | None]()
    for _, exercise in plan.exercises():
        summary = f"results/{exercise.id}/summary.csv"
        if is_asked_for(summary):
            records = [row for row in _records(summary) if not is_of_class(row)]
            rows += _rows(exercise.id, records)
            kinds |= {row.get("data") for row in records}
    lines = [_table(rows)] if rows else []
    if STANDIN in kinds:
        lines.append(
            wrapped("stand-in: from generated images; says nothing about the original reports.")
        )
    if REAL_BUT_WEIGHTS in kinds:
        lines.append(
            wrapped("stand-in weights: trained on drawn shapes, as a file of weights is missing.")
        )
    if short := [row for row in rows if " of " in row[_EPOCHS]]:
        lines.append(
            wrapped(
                f"{short[0][_EPOCHS]} epochs{' and the like' if len(short) > 1 else ''}: "
                "shortened, on stand-ins or by max_epochs; such a training tests no claim of the "
                "original reports."
            )
        )
    if failed := sorted({line.split()[-1] for row in short for line in row[_FAILED].splitlines()}):
        lines.append(
            wrapped(
                f"{' and '.join(failed)}: after so few epochs, this says little about a network."
            )
        )
    tables = [
        outputs.reading_files(exercise)[0] for _, exercise in readings.exercises_with_readings(plan)
    ]
    if read := [path for path in tables if is_asked_for(path)]:
        lines.append(wrapped(f"Readings of settings that no source states: {', '.join(read)}"))
    claims, times = (
        [path for name in plan.studies if is_asked_for(path := f"results/{name}/{table}.csv")]
        for table in ("claims", "claims_timing")
    )
    if rows and claims:
        results, of_times = _tally(claims), _tally(times)
        times_told = f"; about run time, {of_times}" if of_times else ""
        lines.append(wrapped(f"{results or 'No claims about results'}{times_told}"))
    lines += [f"Report: {path}" for path in outputs.report_files(plan) if is_asked_for(path)]
    return "\n".join(["", *lines, ""]) if lines else ""


def _table(rows: list[list[str]]) -> str:
    """Format the rows without the columns that say nothing, so that they fit 80 columns."""
    kinds = {row[_DATA] for row in rows} - {""}
    unneeded = {
        _DATA: len(kinds) == 1,  # the line below the table says so
        _FAILED: not any(row[_FAILED] for row in rows),
    }
    kept = [number for number in range(len(_HEADERS)) if not unneeded.get(number)]
    return table_text(
        [[row[number] for number in kept] for row in rows], [_HEADERS[number] for number in kept]
    )


def _rows(exercise: str, records: list[dict[str, str]]) -> list[list[str]]:
    """Return the row of an exercise, with its baseline, and a row for each of its variants."""
    baselines = [
        f"baseline {metric_text(row['metric'], row['mean'])}"
        for row in records
        if row.get("kind") == "reference"
    ]
    rows = [[exercise, " ".join(baselines), "", "", "", ""]]
    for row in records:
        if row.get("kind") != "reference":
            failed = [part for part in row.get("status", "").split(", ") if part[-3:] != " ok"]
            reported = row.get("reported", "")
            cells = [_mean_sd(row), reported, _epochs(row), row.get("data", ""), "\n".join(failed)]
            rows.append([f" {row['variant']}", *cells])
    return rows


def _epochs(row: dict[str, str]) -> str:
    """Return the epochs; a summary of an older version may lack them."""
    return row.get("epochs", "")


def _records(path: str) -> list[dict[str, str]]:
    with Path(path).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _mean_sd(row: dict[str, str]) -> str:
    metric, sd = row["metric"], metric_text(row["metric"], row["sd"])
    if sd == row["sd"]:
        return f"{metric_text(metric, row['mean'])} ({sd})"
    return f"{metric_text(metric, row['mean'], unit=False)} ± {sd}"


def _tally(files: list[str]) -> str:
    judged = [(row["says"], row["verdict"]) for path in files for row in _records(path)]
    return counts_in_words(count_verdicts(judged))
