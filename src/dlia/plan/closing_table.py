"""Terminal output at the end of a build."""

import csv
from collections.abc import Collection
from pathlib import Path

from dlia.formatting import metric_text, table_text
from dlia.plan import outputs, readings
from dlia.plan.plan import Plan
from dlia.runtime.terminal import wrapped
from dlia.study.origins import REAL_BUT_WEIGHTS, STANDIN
from dlia.study.tally import count_verdicts, counts_in_words

_HEADERS = ("variant", "mean ± sd", "reported", "epochs", "data", "failed")
_DATA, _FAILED = _HEADERS.index("data"), _HEADERS.index("failed")


def closing_table(plan: Plan, built: Collection[str]) -> str:
    """Return the short table at the end of a build: the result of every variant, and the reports.

    Exercises that the build was not asked for are left out. So are summaries and reports that are
    older than their trainings, because a build of a single training does not evaluate it.

    Args:
        plan: The plan of the build.
        built: The files that the build was asked for, whether it had to make them or not.
    """
    rows: list[list[str]] = []
    summaries: dict[str, list[Path]] = {name: [] for name in plan.studies}
    kinds, short = set[str | None](), ""
    for study, exercise in plan.exercises():
        summary = Path(f"results/{exercise.id}/summary.csv")
        models = [f"results/{v.trained_as}/model.safetensors" for v in exercise.variants.values()]
        if str(summary) in built and _is_newest(summary, [Path(model) for model in models]):
            summaries[study.name].append(summary)
            records = _summary(summary)
            rows += _rows(exercise.id, records)
            kinds |= {row.get("data") for row in records}
            short = short or next((e for row in records if " of " in (e := _epochs(row))), "")
    lines = [_table(rows)] if rows else []
    if STANDIN in kinds:
        lines.append(
            wrapped("stand-in: from generated images; says nothing about the original reports.")
        )
    if REAL_BUT_WEIGHTS in kinds:
        lines.append(
            wrapped("stand-in weights: trained on drawn shapes, as a file of weights is missing.")
        )
    if short:
        lines.append(
            wrapped(
                f"{short} epochs: shortened, on stand-ins or by max_epochs; such a training tests "
                "no claim of the original reports."
            )
        )
    read = {
        outputs.reading_files(exercise)[0]: [study.name]
        for study, exercise in readings.exercises_with_readings(plan)
    }
    reports = outputs.report_files(plan)
    # Of what the build was asked for, the files that are newer than the summaries of their studies.
    new = [
        path
        for path, studies in (read | reports).items()
        if path in built
        and _is_newest(Path(path), [s for name in studies for s in summaries[name]])
    ]
    if named := [path for path in new if path in read]:
        lines.append(wrapped(f"Readings of settings that no source states: {', '.join(named)}"))
    claims = {name: Path(f"results/{name}/claims.csv") for name in plan.studies}
    # Claims about run time do not depend on the summaries.
    times = [path.with_name("claims_timing.csv") for path in claims.values()]
    newest = all(_is_newest(path, summaries[name]) for name, path in claims.items())
    if rows and newest and all(path.is_file() for path in times):
        results, of_times = _tally(list(claims.values())), _tally(times)
        times_told = f"; about run time, {of_times}" if of_times else ""
        lines.append(wrapped(f"{results or 'No claims about results'}{times_told}"))
    lines += [f"Report: {path}" for path in new if path in reports]
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


def _is_newest(path: Path, others: list[Path]) -> bool:
    return path.is_file() and all(
        not other.is_file() or other.stat().st_mtime <= path.stat().st_mtime for other in others
    )


def _summary(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _mean_sd(row: dict[str, str]) -> str:
    metric, sd = row["metric"], metric_text(row["metric"], row["sd"])
    if sd == row["sd"]:
        return f"{metric_text(metric, row['mean'])} ({sd})"
    return f"{metric_text(metric, row['mean'], unit=False)} ± {sd}"


def _tally(files: list[Path]) -> str:
    judged = []
    for path in files:
        with path.open(encoding="utf-8", newline="") as file:
            judged += [(row["says"], row["verdict"]) for row in csv.DictReader(file)]
    return counts_in_words(count_verdicts(judged))
