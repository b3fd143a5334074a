"""Terminal output at the end of a build."""

import csv
from collections import Counter
from pathlib import Path

from dlia.data.choice import STANDIN
from dlia.formatting import metric_text, table_text
from dlia.plan.plan import Plan
from dlia.study.claims import verdict_in_short

_COLUMNS = ("variant", "mean_sd", "reported", "epochs", "data")


def closing_table(plan: Plan, reports: list[str]) -> str:
    """Return the short table at the end of a build: the result of every variant, and the reports.

    Summaries and reports that are older than their trainings are left out, because a build of a
    single training does not evaluate it.
    """
    rows, summaries = [], []
    for _, exercise in plan.exercises():
        summary = Path(f"results/{exercise.id}/summary.csv")
        models = [f"results/{v.trained_as}/model.safetensors" for v in exercise.variants.values()]
        if _is_newest(summary, [Path(model) for model in models]):
            summaries.append(summary)
            rows += [
                # A summary of an older version may lack a column.
                [exercise.id, *(row.get(name, "") for name in _COLUMNS)]
                for row in _summary(summary)
            ]
    lines = []
    if rows:
        headers = ["exercise", "variant", "mean ± sd", "reported", "epochs", "data"]
        lines.append(table_text(rows, headers))
    if any(row[-1] == STANDIN for row in rows):
        lines.append(
            "stand-in: computed from generated images; says nothing about the original reports."
        )
    if short := next((row[-2] for row in rows if " of " in row[-2]), ""):
        lines.append(
            f"{short} epochs: shortened, on stand-ins or by max_epochs; such a training tests no "
            "claim of the original reports."
        )
    read = [plan.reading_files(exercise)[0] for _, exercise in plan.reading()]
    if read := [path for path in read if _is_newest(Path(path), summaries)]:
        lines.append(f"Readings of settings that no source states: {', '.join(read)}")
    claims = [Path("results/claims.csv"), Path("results/claims_timing.csv")]
    # Claims about run time do not depend on the summaries.
    if rows and _is_newest(claims[0], summaries) and claims[1].is_file():
        lines.append(_tally(claims))
    lines += [f"Report: {path}" for path in reports if _is_newest(Path(path), summaries)]
    return "\n".join(["", *lines, ""]) if lines else ""


def _is_newest(path: Path, others: list[Path]) -> bool:
    return path.is_file() and all(
        not other.is_file() or other.stat().st_mtime <= path.stat().st_mtime for other in others
    )


def _summary(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return [{**row, "mean_sd": _mean_sd(row)} for row in csv.DictReader(file)]


def _mean_sd(row: dict[str, str]) -> str:
    metric, sd = row["metric"], metric_text(row["metric"], row["sd"])
    if sd == row["sd"]:
        return f"{metric_text(metric, row['mean'])} ({sd})"
    return f"{metric_text(metric, row['mean'], unit=False)} ± {sd}"


def _tally(files: list[Path]) -> str:
    counts: Counter[str] = Counter()
    for path in files:
        with path.open(encoding="utf-8", newline="") as file:
            counts.update(verdict_in_short(row["verdict"]) for row in csv.DictReader(file))
    verdicts = ", ".join(f"{count} {verdict}" for verdict, count in counts.most_common())
    return f"Claims: {verdicts or 'none'}"
