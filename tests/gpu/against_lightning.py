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
    own, theirs = ones(results)
    rates = [f"{run['contestant']} {run['images_per_second']:,.0f}" for run in (own, theirs)]
    ratio = own["images_per_second"] / theirs["images_per_second"]
    detail = f"images a second: {', '.join(rates)}"
    return compared(setup, exercise, "one trial", GOAL_ONE, results, ratio, detail)


def ten_trainings(setup: Setup, exercise: str, results: dict[str, Any]) -> Line:
    """Compare ten trainings: ten of Lightning's epochs with one of dlia's ten trials.

    A race takes few epochs, so that the start of the processes would count for much.
    """
    own, (_, theirs) = (setup.left("ten_trials") or {}).get(exercise), ones(results)
    title = f"{exercise} against Lightning, ten trials"
    if own is None:
        goal = f"{GOAL_TEN:.0f} times"
        return Line(title, MEASURED, "no ratio", goal, detail="ten trials were not trained")
    epochs = results["conditions"]["cases"][exercise]["epochs"]
    epoch = (theirs["seconds"] - (theirs["startup_seconds"] or 0)) / epochs
    ratio = own["trials"] * epoch / own["epoch"]
    detail = (
        f"an epoch: Lightning {epoch:.3f} s for one, dlia {own['epoch']:.3f} s for {own['trials']}"
    )
    what = f"{own['trials']} trials"
    return compared(setup, exercise, what, GOAL_TEN, results, ratio, detail)


def ones(results: dict[str, Any]) -> list[dict[str, Any]]:
    """Give the runs of one training, dlia's first."""
    runs = [run for run in results["runs"] if run["trials"] == 1]
    return sorted(runs, key=lambda run: run["contestant"])


def compared(
    setup: Setup,
    exercise: str,
    what: str,
    goal: float,
    results: dict[str, Any],
    ratio: float,
    detail: str,
) -> Line:
    """Give the line of a ratio; there is none if dlia learnt less."""
    title, (own, theirs) = f"{exercise} against Lightning, {what}", ones(results)
    if own["value"] < theirs["value"] - results["conditions"]["cases"][exercise]["margin"]:
        note = f"dlia learnt less; {detail}"
        return Line(title, MEASURED, "no ratio", f"{goal:.0f} times", detail=note)
    met = setup.judge(ratio >= goal, VARIANTS[exercise][0])
    return Line(title, met, f"{ratio:.1f} times as fast", f"{goal:.0f} times", detail=detail)
