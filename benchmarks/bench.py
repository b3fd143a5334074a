"""Measures dlia against Lightning's Trainer and the loop of tutorials: ``make bench``.

All train the same networks with the same data, batch size, optimizer, schedule, loss and epochs.
"""

import argparse
import json
import os
import sys
from dataclasses import replace
from datetime import UTC, datetime
from importlib.metadata import distributions
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import psutil
import torch

from cases import CASES, ROOT, prepare
from dlia.errors import UserError
from dlia.runtime.checkout import git_state
from dlia.runtime.files import write_json
from dlia.study.config import load_config
from figures import save_figures
from growth import measure_growth
from race import CONTESTANTS, race
from report import put_between, section

RESULTS = Path(__file__).resolve().with_name("results.json")
PACKAGES = ("torch", "torchvision", "lightning", "numpy", "pillow", "psutil")


def main() -> None:
    """Measure what is asked for, and write results, figures and table."""
    parser = argparse.ArgumentParser(prog="bench.py", description=__doc__)
    add = parser.add_argument
    add("--device", choices=("auto", "cpu", "cuda"), default="auto", help="auto: a GPU if any")
    add("--data-dir", help="folder of MNIST.zip and WARWICK.zip; default: config.yaml's")
    add("--standins", action="store_true", help="try the benchmark out on small drawn images")
    add("--repeats", type=int, default=5, help="rounds; in each, every contestant runs once")
    add("--ten-repeats", type=int, default=3, help="rounds in which dlia also trains ten trials")
    add("--epochs", type=int, help="epochs of a run; default: 16 and 30")
    add("--cases", nargs="+", choices=CASES, default=list(CASES))
    add("--contestants", nargs="+", choices=CONTESTANTS, default=list(CONTESTANTS))
    add("--only", choices=("races", "growth", "report"), help="leave the rest as it is")
    add("--output", type=Path, help="default: results.json here, on a GPU results-cuda.json")
    arguments = parser.parse_args()
    if arguments.device == "cuda" and not torch.cuda.is_available():
        parser.error("--device cuda: torch finds no GPU here; use auto or cpu")
    if arguments.device == "auto":
        arguments.device = "cuda" if torch.cuda.is_available() else "cpu"
    kind = "-standins" if arguments.standins else {"cpu": "", "cuda": "-cuda"}[arguments.device]
    output = arguments.output or RESULTS.with_stem(f"results{kind}")
    try:
        if arguments.only != "report":
            with TemporaryDirectory(prefix="dlia-bench-") as scratch:
                measure(arguments, output, Path(scratch))
        write_report(output)
    except UserError as error:
        sys.exit(f"bench: {error}")


def measure(arguments: argparse.Namespace, output: Path, scratch: Path) -> None:
    """Measure what is asked for anew, and write it into the results part by part."""
    results = json.loads(output.read_bytes()) if arguments.only and output.is_file() else {}
    machine = describe_machine(arguments.device)
    if arguments.only != "growth":
        results |= {"machine": machine, **run_rounds(arguments, scratch)}
        write_json(output, results)
    if arguments.only != "races":
        found = measure_growth(arguments.device, scratch, arguments.standins)
        write_json(output, results | {"growth": {**found, "machine": machine}})


def run_rounds(arguments: argparse.Namespace, scratch: Path) -> dict[str, Any]:
    """Run all rounds; whoever starts one ends the next, so that a warm machine favours nobody."""
    names = [name for name in arguments.contestants if find_spec(CONTESTANTS[name])]
    for name in set(arguments.contestants) - set(names):
        print(f"bench: {name} is not installed and does not take part", flush=True)
    config = load_config(ROOT)
    folder = arguments.data_dir or config.data_dir
    config = config.model_copy(update={"standins": arguments.standins, "data_dir": folder})
    workers, device = len(os.sched_getaffinity(0)), arguments.device
    cases, runs = {}, []
    for case in arguments.cases:
        _, variant, epochs, level = CASES[case]
        task = prepare(case, config, scratch / case, device, arguments.epochs or epochs)
        cases[case] = {
            "variant": variant,
            "level": level,
            "margin": config.margins.plain()[task.metric],
            "epochs": task.settings["epochs"],
            **{key: getattr(task, key) for key in ("metric", "training_images", "settings")},
        }
        for number in range(arguments.repeats):
            turn, seed = number % len(names), config.seed + number
            starts = [(name, 1) for name in names[turn:] + names[:turn]]
            if case == "ex1_2" and "dlia" in names and number < arguments.ten_repeats:
                starts.append(("dlia", 10))
            for name, trials in starts:
                folder = scratch / f"{case}, round {number}, {name}, {trials} trained"
                own: dict[str, Any] = {
                    "seed": seed,
                    "trials": trials,
                    "workers": workers,
                    "folder": str(folder),
                }
                run = race(replace(task, **own), name, level)
                runs.append({"case": case, "round": number, **run})
                print(f"{folder.name}: {run['seconds']:.1f} s, {run['value']:.4f}", flush=True)
    conditions = {"repeats": arguments.repeats, "cases": cases}
    return {"standins": arguments.standins, "conditions": conditions, "runs": runs}


def describe_machine(device: str) -> dict[str, Any]:
    """Describe what is measured on."""
    lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    processors = (line.partition(": ")[2] for line in lines if line.startswith("model name"))
    return {
        "processor": next(processors, os.uname().machine),
        "cores": len(os.sched_getaffinity(0)),
        "memory_gib": round(psutil.virtual_memory().total / 2**30, 1),
        "gpu": torch.cuda.get_device_name() if device == "cuda" else None,
        "versions": {one.name: one.version for one in distributions() if one.name in PACKAGES},
        "date": datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
        "git": git_state(),
        "load_before": os.getloadavg()[0],
    }


def write_report(output: Path) -> None:
    """Draw the figures beside ``output``, print the table; write results.json into the docs."""
    if not output.is_file():
        raise UserError(f"{output}: not there yet; measure first: make bench")
    results = json.loads(output.read_bytes())
    save_figures(results, output)
    if "runs" in results:
        print(section(results, output.stem))
        if output.resolve() == RESULTS and not results["standins"]:
            put_between(ROOT / "docs" / "benchmarks.md", section(results, output.stem))


if __name__ == "__main__":
    main()
