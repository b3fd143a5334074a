"""From runs to medians, from medians to ratios, from points to exponents; nothing is measured."""

import math
import statistics
from collections.abc import Iterable
from typing import Any

MEASURES = (
    "images_per_second",
    "seconds",
    "startup_seconds",
    "seconds_to_level",
    "seconds_to_level_after_startup",
    "peak_memory_mib",
    "value",
    "busy_elsewhere",
)
# What dlia is compared by: the name of the ratio's measure, and whether dlia's number stands above.
COMPARED = {
    "images_per_second": True,
    "seconds": False,
    "seconds_to_level": False,
    "seconds_to_level_after_startup": False,
    "peak_memory_mib": True,
}
# Less is better of memory too, but a leaner program that learns less is none the faster for it.
NOT_OF_SPEED = ("peak_memory_mib",)
ONE, TEN = "one_training", "ten_trainings"
TRIALS = 10


def spread(values: Iterable[float | None]) -> dict[str, float | int] | None:
    """Give median, least and greatest of ``values`` and how many there are; None if any lacks."""
    found = list(values)
    numbers = [value for value in found if value is not None]
    if not found or len(numbers) < len(found):
        return None
    return {
        "median": statistics.median(numbers),
        "min": min(numbers),
        "max": max(numbers),
        "rounds": len(numbers),
    }


def summarized(runs: list[dict[str, Any]]) -> dict[str, Any]:
    """Give the spread of every measure: by case, one or ten trainings, contestant, measure.

    Ten trainings of whoever trained only one at a time are ten times its one training, and say so
    by ``extrapolated``.
    """
    summary: dict[str, Any] = {}
    for case in dict.fromkeys(run["case"] for run in runs):
        own = [run for run in runs if run["case"] == case]
        summary[case] = {ONE: {}, TEN: {}}
        for name in dict.fromkeys(run["contestant"] for run in own):
            one = [run for run in own if (run["contestant"], run["trials"]) == (name, 1)]
            ten = [run for run in own if (run["contestant"], run["trials"]) == (name, TRIALS)]
            if one:
                summary[case][ONE][name] = _spreads(one)
            if ten:
                summary[case][TEN][name] = {**_spreads(ten), "extrapolated": False}
            elif one and any(run["trials"] == TRIALS for run in own):
                repeated = [_ten_times(run) for run in one]
                summary[case][TEN][name] = {**_spreads(repeated), "extrapolated": True}
    return summary


def _spreads(runs: list[dict[str, Any]]) -> dict[str, Any]:
    return {measure: spread(run[measure] for run in runs) for measure in MEASURES}


def _ten_times(run: dict[str, Any]) -> dict[str, Any]:
    """Give a run as if it had trained ten times, one after another, and started only once."""
    startup = run["startup_seconds"] or 0.0
    seconds = startup + TRIALS * (run["seconds"] - startup)
    images = TRIALS * run["images"]
    level = {"seconds_to_level": None, "seconds_to_level_after_startup": None}
    return {**run, **level, "seconds": seconds, "images_per_second": images / seconds}


def ratios(
    runs: list[dict[str, Any]], summary: dict[str, Any], margins: dict[str, float]
) -> dict[str, dict[str, Any]]:
    """Compare dlia with every other, round by round.

    Args:
        runs: All of them; of a round, all had the same seed.
        summary: What ``summarized`` gave of them.
        margins: For each case, how much less of its metric still counts as learning as much.

    Returns:
        By names such as ex1_2.one_training.images_per_second.dlia_over_lightning: the median, least
        and greatest of the ratios of the rounds, and a note. The numbers are None where dlia
        learnt less than the other by more than the margin: what is faster and learns less is not
        faster; and where either missed the level in some round. Numbers above 1 speak for dlia,
        except of memory.
    """
    found = {}
    for case, shares in summary.items():
        for share, contestants in shares.items():
            for peer in contestants:
                if peer == "dlia" or "dlia" not in contestants:
                    continue
                less = less_learnt(contestants["dlia"], contestants[peer], margins[case])
                for measure, ours_above in COMPARED.items():
                    pairs = _paired(runs, case, share, peer, measure)
                    if not pairs:
                        continue
                    words = ("dlia", peer) if ours_above else (peer, "dlia")
                    whole = [(a, b) for a, b in pairs if a is not None and b is not None]
                    values = [a / b if ours_above else b / a for a, b in whole]
                    missed = len(pairs) - len(whole)
                    lacks = f"missed in {missed} of {len(pairs)} rounds" if missed else ""
                    note = less or lacks
                    key = f"{case}.{share}.{measure}.{words[0]}_over_{words[1]}"
                    refused = note and measure not in NOT_OF_SPEED
                    numbers = None if refused else spread(values)
                    empty = {"median": None, "min": None, "max": None, "rounds": len(values)}
                    found[key] = {**(numbers or empty), "note": note}
    return found


def less_learnt(ours: dict[str, Any], theirs: dict[str, Any], margin: float) -> str:
    """Say that dlia learnt less than another by more than the margin; "" if it did not."""
    mine, other = ours["value"]["median"], theirs["value"]["median"]
    if mine >= other - margin:
        return ""
    return f"dlia learnt less: {mine:.4f} against {other:.4f}; no ratio of speed"


def _paired(
    runs: list[dict[str, Any]], case: str, share: str, peer: str, measure: str
) -> list[tuple[float | None, float | None]]:
    """Give what dlia and a peer measured, round by round; nothing if no round has it of both."""

    def of(name: str) -> dict[int, dict[str, Any]]:
        own = [run for run in runs if (run["case"], run["contestant"]) == (case, name)]
        ten = {run["round"]: run for run in own if run["trials"] == TRIALS}
        one = {run["round"]: run for run in own if run["trials"] == 1}
        if share == ONE:
            return one
        return ten or ({} if name == "dlia" else {n: _ten_times(run) for n, run in one.items()})

    ours, theirs = of("dlia"), of(peer)
    pairs = [(ours[n][measure], theirs[n][measure]) for n in sorted(ours.keys() & theirs.keys())]
    if all(a is None or b is None for a, b in pairs):
        return []
    return pairs


def exponent(sizes: list[float], values: list[float]) -> float | None:
    """Give the slope of the line through log sizes and log values, by least squares.

    0 means that ``values`` do not grow, 1 that they grow as the sizes do; None where fewer than two
    points are positive.
    """
    points = [
        (math.log(size), math.log(value))
        for size, value in zip(sizes, values, strict=True)
        if size > 0 and value > 0
    ]
    if len({x for x, _ in points}) < 2:
        return None
    slope, _ = statistics.linear_regression(*zip(*points, strict=True))
    return slope
