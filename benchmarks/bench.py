"""Races dlia against what others use, side by side on this machine; ``make bench``.

The same network, data, batch size, optimizer, schedule, loss and epochs, in dlia's engine, in
Lightning's Trainer on tensors in memory, and in the loop that tutorials teach.
"""

import argparse
import dataclasses
import json
import sys
import tempfile
from pathlib import Path
from typing import Any

import torch

import drawing
import growth
import machine
import racing
import reckoning
import showing
from cases import ROOT, VARIANTS, Case, prepare, read_plan
from dlia.errors import UserError
from dlia.runtime.files import write_json

RESULTS = Path(__file__).resolve().parent / "results.json"


def parsed(words: list[str]) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="bench.py", description=__doc__)
    add = parser.add_argument
    add("--device", choices=("auto", "cpu", "cuda"), default="auto", help="auto: a GPU if any")
    add("--data-dir", help="the folder of MNIST.zip and WARWICK.zip; default: config.yaml's")
    add("--standins", action="store_true", help="try the benchmark out on small drawn images")
    add("--repeats", type=int, default=5, help="rounds; in each, every contestant runs once")
    add("--ten-repeats", type=int, default=3, help="rounds in which dlia also trains ten trials")
    add("--epochs", type=int, help="epochs of a run; default: 16 and 30")
    add("--cases", nargs="+", choices=VARIANTS, default=list(VARIANTS))
    add("--contestants", nargs="+", choices=racing.CONTESTANTS, default=list(racing.CONTESTANTS))
    add("--only", choices=("races", "growth", "report"), help="leave the rest as it is")
    add("--output", type=Path, help="default: results.json here, on a GPU results-cuda.json")
    return parser.parse_args(words)


def main(words: list[str]) -> int:
    """Measure what is asked for, and write results, figures and table; give the exit status."""
    arguments = parsed(words)
    try:
        device = device_of(arguments.device)
        output = arguments.output or output_of(device, arguments.standins)
        if arguments.only == "report":
            report(output)
            return 0
        with tempfile.TemporaryDirectory(prefix="dlia-bench-") as scratch:
            measure(arguments, device, output, Path(scratch))
        report(output)
    except UserError as error:
        print(f"bench: {error}", file=sys.stderr)
        return 1
    return 0


def device_of(wanted: str) -> str:
    """Give cpu or cuda.

    Raises:
        UserError: A GPU is wanted, and there is none.
    """
    available = torch.cuda.is_available()
    if wanted == "cuda" and not available:
        raise UserError("--device cuda: torch finds no GPU here; take auto or cpu")
    return "cuda" if wanted != "cpu" and available else "cpu"


def output_of(device: str, standins: bool) -> Path:
    """Give the file of the results: GPUs and try-outs do not replace the CPU's numbers."""
    name = "results-standins" if standins else "results-cuda" if device == "cuda" else "results"
    return RESULTS.with_name(f"{name}.json")


def measure(arguments: argparse.Namespace, device: str, output: Path, scratch: Path) -> None:
    """Measure what is asked for anew, and write it into the results part by part."""
    plan = read_plan(arguments.data_dir, arguments.standins, scratch)
    known = output.is_file() and arguments.only
    results: dict[str, Any] = json.loads(output.read_text(encoding="utf-8")) if known else {}
    if arguments.only != "growth":
        facts = machine.described(device)
        names = contestants_of(arguments.contestants)
        cases = [
            prepare(case, plan, device, arguments.epochs, "tutorial" in names, scratch)
            for case in arguments.cases
        ]
        runs = [dataclasses.asdict(run) for run in races(cases, names, arguments, scratch)]
        results |= {"machine": facts, **reckoned(cases, runs, arguments)}
        write_json(output, results)
    if arguments.only != "races":
        facts = machine.described(device)
        found = growth.measured(plan, device, scratch, arguments.standins)
        results["growth"] = {**found, "machine": facts}
        write_json(output, results)


def contestants_of(wanted: list[str]) -> list[str]:
    """Give those that are installed, and say who is missing."""
    installed = racing.available()
    for name in wanted:
        if name not in installed:
            print(f"bench: {name} is not installed and does not take part", flush=True)
    return [name for name in wanted if name in installed]


def races(
    cases: list[Case], names: list[str], arguments: argparse.Namespace, scratch: Path
) -> list[racing.Run]:
    """Run all rounds; whoever begins one ends the next, so that warmth favours nobody."""
    runs = []
    for case in cases:
        for round_ in range(arguments.repeats):
            turn = round_ % len(names)
            starts = [(name, 1) for name in names[turn:] + names[:turn]]
            if round_ < arguments.ten_repeats and "dlia" in names and case.name == "ex1_2":
                starts.append(("dlia", reckoning.TRIALS))
            for name, trials in starts:
                folder = scratch / "runs" / f"{case.name}_{round_}_{name}_{trials}"
                run = racing.race(case, name, trials, machine.cores(), round_, folder)
                runs.append(run)
                print(
                    f"{case.name} round {round_ + 1}/{arguments.repeats} {name}, {trials} trained: "
                    f"{run.images_per_second:,.0f} images/s, {run.seconds:.1f} s, "
                    f"{run.peak_memory_mib:.0f} MiB, {case.metric} {run.value:.4f}",
                    flush=True,
                )
    return runs


def reckoned(
    cases: list[Case], runs: list[dict[str, Any]], arguments: argparse.Namespace
) -> dict[str, Any]:
    """Give what follows from the runs, and the conditions that they ran under."""
    summary = reckoning.summarized(runs)
    compared = reckoning.ratios(runs, summary, {case.name: case.margin for case in cases})
    facts = {
        case.name: {
            "variant": case.variant,
            "data": case.kind,
            "metric": case.metric,
            "level": case.level,
            "margin": case.margin,
            "epochs": case.epochs,
            "training_images": case.training_images,
            "preparation_seconds": case.preparation,
            "settings": case.task.settings,
        }
        for case in cases
    }
    return {
        "standins": arguments.standins,
        "conditions": {
            "repeats": arguments.repeats,
            "cases": facts,
            "measures": racing.Run.__doc__,
            "ratios": reckoning.ratios.__doc__,
        },
        "runs": runs,
        "medians": summary,
        "ratios": {key: found["median"] for key, found in compared.items()},
        "ratio_spreads": compared,
    }


def report(output: Path) -> None:
    """Draw the figures beside ``output``; print the table, and put it into the README if real."""
    try:
        results = json.loads(output.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise UserError(f"{output}: not there yet; measure first: make bench") from None
    if "growth" in results:
        drawing.save(
            drawing.growth(results["growth"]), output.with_name(f"{output.stem}_growth.svg")
        )
    if "runs" not in results:
        return
    drawing.save(drawing.races(results), output.with_name(f"{output.stem}_speed.svg"))
    print(f"{showing.described(results)}\n\n{showing.table(results)}")
    if output.resolve().parent == RESULTS.parent and not results["standins"]:
        parts = [path for name in ("cpu", "cuda") if (path := output_of(name, False)).is_file()]
        showing.put_between(ROOT / "README.md", "\n\n".join(map(section, parts)))


def section(path: Path) -> str:
    """Give what the README says of one file of results."""
    results = json.loads(path.read_text(encoding="utf-8"))
    if "runs" not in results:
        return ""
    pictures = [f"![Speed, as in the table](benchmarks/{path.stem}_speed.svg)"]
    if "growth" in results:
        text = "Seconds and memory of dlia by images, trials and side of an image"
        pictures.append(f"![{text}](benchmarks/{path.stem}_growth.svg)")
    return "\n\n".join([showing.described(results), showing.table(results), *pictures])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
