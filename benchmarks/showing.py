"""The results as a table in Markdown, and its place in the README."""

from pathlib import Path
from typing import Any

from dlia.errors import UserError
from dlia.runtime.files import write_text
from reckoning import COMPARED, ONE, TEN

BEGIN, END = "<!-- bench -->", "<!-- /bench -->"
NAMES = {"dlia": "dlia", "lightning": "Lightning", "tutorial": "tutorial loop"}
WORDS = {
    "images_per_second": "images per second",
    "seconds_to_level": "seconds to {level}",
    "seconds_to_level_after_startup": "the same without start-up",
    "seconds": "seconds",
    "peak_memory_mib": "peak memory of the host, MiB",
    "value": "{metric} on validation",
}
# A rate of ten trainings includes ten start-ups, and says no more than their seconds do.
ROWS = {ONE: tuple(WORDS), TEN: ("seconds", "peak_memory_mib", "value")}
BUSY = 0.1  # cores; what is kept busy by others beyond this is worth a warning


def table(results: dict[str, Any]) -> str:
    """Give the table of one machine: a line a measure, with medians, spreads and ratios."""
    names = [name for name in NAMES if any(name in v[ONE] for v in results["medians"].values())]
    peers = [name for name in names if name != "dlia"]
    heads = ["", *(NAMES[name] for name in names), *(f"against {NAMES[p]}" for p in peers)]
    lines = [_row(heads), _row(["---"] * len(heads))]
    for case, shares in results["medians"].items():
        for share, measures in ROWS.items():
            for measure in measures:
                cells = [_cell(shares[share].get(name), measure) for name in names]
                if not any(cells):
                    continue
                against = [_ratio(results, case, share, measure, peer) for peer in peers]
                title = f"{_title(results, case, share)}: {_words(results, case, measure)}"
                lines.append(_row([title, *cells, *against]))
    return "\n".join(lines)


def described(results: dict[str, Any]) -> str:
    """Say where and how the table was measured, and what stands in it."""
    machine, conditions = results["machine"], results["conditions"]
    chips = f"{machine['gpu']}; " if machine["gpu"] else ""
    text = (
        f"Measured on {chips}{machine['processor']}, {machine['cores']} cores, "
        f"{machine['memory_gib']} GiB, torch {machine['versions']['torch']}, {machine['date']}, "
        f"commit {machine['git']['commit'][:10]}: medians of {conditions['repeats']} alternating "
        "rounds, least and greatest in brackets. "
    )
    busy = [run["busy_elsewhere"] for run in results["runs"]]
    if busy and sorted(busy)[len(busy) // 2] > BUSY:
        text += (
            "**Other programs kept the machine busy meanwhile; measure again when it is idle.** "
        )
    if results["standins"]:
        text += "**On drawn stand-ins: a try-out of the benchmark, not a measurement.** "
    if any("extrapolated" in c and c["extrapolated"] for c in _ten(results)):
        text += (
            "Ten trainings of dlia were run; those of others are ten times one, with one start-up. "
        )
    return text.strip()


def _ten(results: dict[str, Any]) -> list[dict[str, Any]]:
    return [found for shares in results["medians"].values() for found in shares[TEN].values()]


def _title(results: dict[str, Any], case: str, share: str) -> str:
    epochs = results["conditions"]["cases"][case]["epochs"]
    return f"`{case}`, {'1 training' if share == ONE else '10 trainings'} of {epochs} epochs"


def _words(results: dict[str, Any], case: str, measure: str) -> str:
    facts = results["conditions"]["cases"][case]
    metric = "accuracy" if facts["metric"] == "accuracy" else "Dice"
    level = f"{100 * facts['level']:g} %" if facts["level"] else ""
    return WORDS[measure].format(level=level, metric=metric)


def _cell(found: dict[str, Any] | None, measure: str) -> str:
    spread = found and found[measure]
    if not found or not spread:
        return ""
    low, high = number(spread["min"], measure), number(spread["max"], measure)
    brackets = f" ({low} to {high})" if low != high else ""
    times = ", ten times one" if found.get("extrapolated") and measure == "seconds" else ""
    return f"{number(spread['median'], measure)}{brackets}{times}"


def _ratio(results: dict[str, Any], case: str, share: str, measure: str, peer: str) -> str:
    """Give how many times faster dlia is, or which share of the memory it takes."""
    if measure not in COMPARED:
        return ""
    over = f"dlia_over_{peer}" if COMPARED[measure] else f"{peer}_over_dlia"
    found = results["ratio_spreads"].get(f"{case}.{share}.{measure}.{over}")
    if not found:
        return ""
    if found["median"] is None:
        return found["note"].partition(":")[0]
    low, high = f"{found['min']:.2f}", f"{found['max']:.2f}"
    brackets = f" ({low} to {high})" if low != high else ""
    if measure == "peak_memory_mib":
        return f"{found['median']:.2f} of it{brackets}"
    return f"**{found['median']:.2f} times as fast**{brackets}"


def number(value: float, measure: str) -> str:
    """Give a value as a reader expects it of its measure."""
    if measure == "value":
        return f"{value:.4f}"
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.1f}"


def _row(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"


def put_between(readme: Path, text: str) -> None:
    """Replace what stands between the two marks of a file.

    Raises:
        UserError: The file has not each of them once, in this order.
    """
    content = readme.read_text(encoding="utf-8")
    before, begin, rest = content.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end or BEGIN in after or END in before + after:
        raise UserError(f"{readme}: must have {BEGIN} and {END} once each; put them back")
    write_text(readme, f"{before}{BEGIN}\n{text}\n{END}{after}")
