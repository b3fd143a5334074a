"""The results as a table for docs/benchmarks.md: medians of the rounds, and how dlia compares."""

import re
from pathlib import Path
from typing import Any

import pandas as pd

from dlia.runtime.files import write_text

NAMES = {"dlia": "dlia", "lightning": "Lightning", "tutorial": "tutorial loop"}
MEASURES = {
    "images_per_second": "images per second",
    "seconds_to_level": "seconds to {level}",
    "seconds_to_level_after_startup": "the same without start-up",
    "seconds": "seconds",
    "peak_memory_mib": "peak memory of the host, MiB",
    "value": "{metric} on validation",
}
# By number of trainings; a rate of ten would say no more than their seconds.
ROWS = {1: tuple(MEASURES), 10: ("seconds", "peak_memory_mib", "value")}


def runs_of(results: dict[str, Any], case: str, trainings: int) -> dict[str, pd.DataFrame]:
    """Return the runs of a case by contestant; ten of another than dlia are ten times one."""
    runs = pd.DataFrame(results["runs"]).set_index("round").query("case == @case")
    runs = runs.astype(dict.fromkeys(MEASURES, float)).assign(reckoned=False)
    chosen = runs[runs["trials"] == trainings]
    if trainings == 10 and len(chosen):
        others = runs[runs["contestant"] != "dlia"]
        startup = others["startup_seconds"].fillna(0)
        seconds = startup + 10 * (others["seconds"] - startup)
        chosen = pd.concat([chosen, others.assign(seconds=seconds, reckoned=True)])
    return {name: own for name in NAMES if len(own := chosen[chosen["contestant"] == name])}


def spread(values: pd.Series) -> list[float]:
    """Return median, least and greatest; nothing if a round has no value."""
    return [] if values.isna().any() else values.agg(["median", "min", "max"]).tolist()


def table(results: dict[str, Any]) -> str:
    """Return the table in Markdown: a row per measure, with medians, spreads and ratios."""
    cases = results["conditions"]["cases"]
    names = list(runs_of(results, next(iter(cases)), 1))
    peers = [name for name in names if name != "dlia"]
    heads = ["", *(NAMES[name] for name in names), *(f"against {NAMES[p]}" for p in peers)]
    rows = [heads, ["---"] * len(heads)]
    for case, facts in cases.items():
        level = f"{100 * (facts['level'] or 0):g} %"
        metric = "Dice" if facts["metric"] == "dice" else facts["metric"]
        for trainings, measures in ROWS.items():
            runs = runs_of(results, case, trainings)
            plural = "s" if trainings > 1 else ""
            title = f"`{case}`, {trainings} training{plural} of {facts['epochs']} epochs: "
            for measure in measures:
                cells = [cell(runs[name], measure) if name in runs else "" for name in names]
                ratios = [ratio(runs, name, measure, facts["margin"]) for name in peers]
                if any(cells):
                    words = MEASURES[measure].format(level=level, metric=metric)
                    rows.append([title + words, *cells, *ratios])
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def cell(runs: pd.DataFrame, measure: str) -> str:
    """Return median and spread of a contestant's runs."""
    digits = 4 if measure == "value" else 1
    texts = [f"{v:,.0f}" if v >= 100 else f"{v:.{digits}f}" for v in spread(runs[measure])]
    times = ", ten times one" if measure == "seconds" and runs["reckoned"].all() else ""
    return bracketed(texts) + times


def ratio(runs: dict[str, pd.DataFrame], name: str, measure: str, margin: float) -> str:
    """Compare dlia with another contestant by rounds; who learns less is not called faster."""
    if measure == "value" or not {"dlia", name} <= runs.keys():
        return ""
    dlia, other = runs["dlia"].align(runs[name], join="inner", axis=0)
    above, below = (other, dlia) if measure.startswith("seconds") else (dlia, other)
    ratios = above[measure] / below[measure]
    texts = [f"{value:.2f}" for value in spread(ratios)]
    if measure == "peak_memory_mib":
        return bracketed(texts, "{} of it")
    if runs["dlia"]["value"].median() < runs[name]["value"].median() - margin:
        return "dlia learnt less"
    return bracketed(texts, "**{} times as fast**") or "not reached in every round"


def bracketed(texts: list[str], words: str = "{}") -> str:
    """Return the median in words, and least and greatest in brackets where they differ."""
    if not texts:
        return ""
    median, low, high = texts
    return words.format(median) + ("" if low == high else f" ({low} to {high})")


def section(results: dict[str, Any], name: str) -> str:
    """Return what that page says about the file of results ``name``.json."""
    machine, runs = results["machine"], results["runs"]
    chip = f"{machine['gpu']}; {machine['processor']}" if machine["gpu"] else machine["processor"]
    text = (
        f"Measured on {chip}, {machine['cores']} cores, {machine['memory_gib']} GiB, "
        f"torch {machine['versions']['torch']}, {machine['date']}, commit "
        f"{machine['git']['commit'][:10]}: medians of {results['conditions']['repeats']} "
        "alternating rounds, least and greatest in brackets."
    )
    if machine["load_before"] > 1:
        text += " **Other programs kept the machine busy; measure again when it is idle.**"
    if results["standins"]:
        text += " **On drawn stand-ins: a try-out of the benchmark, not a measurement.**"
    if any(run["trials"] == 10 for run in runs):
        text += " Ten trainings of dlia were run; those of others are ten times one, with one "
        text += "start-up."
    parts = [text, table(results), f"![Speed, as in the table](../benchmarks/{name}_speed.svg)"]
    if "growth" in results:
        words = "Seconds and memory of dlia by images, trials and side of an image"
        parts.append(f"![{words}](../benchmarks/{name}_growth.svg)")
    return "\n\n".join(parts)


def put_between(page: Path, text: str) -> None:
    """Replace what stands between the two marks of a file."""
    pattern = re.compile("(?<=<!-- bench -->\n).*(?=\n<!-- /bench -->)", re.DOTALL)
    write_text(page, pattern.sub(lambda _: text, page.read_text(encoding="utf-8")))
