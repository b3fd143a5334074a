"""dlia and Lightning's Trainer side by side, by ``benchmarks/bench.py``."""

import importlib.util
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from lines import FAILED, MEASURED, ROOT, Line, Setup
from real_jobs import VARIANTS

GOAL_ONE, GOAL_TEN = 5.0, 20.0


def run(setup: Setup) -> Iterator[Line]:
    """Race each exercise; a line for one training and one for ten."""
    if not importlib.util.find_spec("lightning"):
        raise ModuleNotFoundError("No module named 'lightning'", name="lightning")
    for exercise in VARIANTS:
        output = setup.out / f"races-{exercise}.json"
        results, words = raced(setup, exercise, output)
        if results is None:
            yield Line(f"{exercise} against Lightning", FAILED, detail=words)
            continue
        yield one_training(setup, exercise, results)
        yield ten_trainings(setup, exercise, results)


def raced(setup: Setup, exercise: str, output: Path) -> tuple[dict[str, Any] | None, str]:
    """Race; give what was written, or None and why."""
    real = setup.sources.get(VARIANTS[exercise][0]) == "real"
    words = ["--only", "races", "--device", setup.device, "--output", str(output)]
    words += ["--repeats", "1", "--ten-repeats", "1", "--cases", exercise]
    words += ["--contestants", "dlia", "lightning"]
    words += ["--data-dir", setup.data_dir] if real else ["--standins"]
    words += ["--epochs", "1"] if setup.small else []
    script = ROOT / "benchmarks" / "bench.py"
    output.unlink(missing_ok=True)
    ended = subprocess.run(
        [sys.executable, str(script), *words], stderr=subprocess.PIPE, text=True, check=False
    )
    print(ended.stderr, flush=True)
    if ended.returncode:
        return None, " ".join(ended.stderr.split())[-500:]
    found: dict[str, Any] = json.loads(output.read_text(encoding="utf-8"))
    return found, ""


def one_training(setup: Setup, exercise: str, results: dict[str, Any]) -> Line:
    """Compare the training steps of one training, in images a second."""
    key = f"{exercise}.one_training.images_per_second.dlia_over_lightning"
    rates = [f"{run['contestant']} {run['images_per_second']:,.0f}" for run in ones(results)]
    detail = f"images a second: {', '.join(rates)}"
    return compared(setup, exercise, "one trial", GOAL_ONE, results, key, detail)


def ten_trainings(setup: Setup, exercise: str, results: dict[str, Any]) -> Line:
    """Compare ten trainings: ten of Lightning's epochs with one of dlia's ten trials.

    A race takes few epochs, so that the start of the processes would count for much; the bench's
    own ratio of seconds, which includes it, is in the detail.
    """
    key = f"{exercise}.ten_trainings.seconds.lightning_over_dlia"
    own = (setup.left("ten_trials") or {}).get(exercise)
    theirs = next(run for run in ones(results) if run["contestant"] == "lightning")
    if own is None:
        return compared(setup, exercise, "ten trials", GOAL_TEN, results, key, "by the bench")
    epoch = (theirs["seconds"] - theirs["startup_seconds"]) / theirs["epochs"]
    ratio = own["trials"] * epoch / own["epoch"]
    with_start = results["ratios"].get(key)
    bench = "not raced" if with_start is None else f"{with_start:.1f} times"
    return Line(
        f"{exercise} against Lightning, {own['trials']} trials",
        setup.judge(ratio >= GOAL_TEN, VARIANTS[exercise][0]),
        f"{ratio:.1f} times as fast",
        f"{GOAL_TEN:.0f} times",
        detail=f"an epoch: Lightning {epoch:.3f} s for one, dlia {own['epoch']:.3f} s for "
        f"{own['trials']}; the seconds of whole processes of {theirs['epochs']} epochs: {bench}",
    )


def ones(results: dict[str, Any]) -> list[dict[str, Any]]:
    """Give the runs of one training."""
    return [run for run in results["runs"] if run["trials"] == 1]


def compared(
    setup: Setup,
    exercise: str,
    what: str,
    goal: float,
    results: dict[str, Any],
    key: str,
    detail: str,
) -> Line:
    """Give the line of a ratio that the bench has reckoned; it gives none of who learnt less."""
    title, ratio = f"{exercise} against Lightning, {what}", results["ratios"].get(key)
    if ratio is None:
        note = results["ratio_spreads"].get(key, {}).get("note", "not raced")
        return Line(title, MEASURED, "no ratio", f"{goal:.0f} times", detail=f"{note}; {detail}")
    met = setup.judge(ratio >= goal, VARIANTS[exercise][0])
    return Line(title, met, f"{ratio:.1f} times as fast", f"{goal:.0f} times", detail=detail)
