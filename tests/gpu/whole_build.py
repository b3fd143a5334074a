"""A small complete build, of stand-ins, whose trainings ask for a GPU."""

import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import snakemake  # noqa: F401  (so that a lack of it is told by its name)
from conftest import Checkout, shrink
from lines import FAILED, PASSED, ROOT, Line, Setup

COPIED = ("Snakefile", "config.yaml", "profiles", "report", "src", "studies", "workflow")
# What a build must have made, beside the files of its trainings.
WANTED = (
    "results/report.html",
    "results/report.tex",
    "results/timing.csv",
    "results/claims.csv",
    "results/warwick/claims.csv",
)


def run(setup: Setup) -> Iterator[Line]:
    """Build, look at what was made, and see that a second build has nothing to do."""
    checkout = copied(setup.folder / "project")
    shrink(checkout)
    shrink_more(checkout, setup.small)
    settings = ["standins=true", f"device={setup.device}", "request_gpu=true", "trials=2"]
    settings += ["studies=[warwick]"] if setup.small else []
    words = ["all", "results/report.tex", "--cores", str(len(os.sched_getaffinity(0)))]
    # The other scheduler needs a solver, 16 MB, which may not be there.
    words += ["--scheduler", "greedy", "--resources", "gpu=1", "--config", *settings]
    first = checkout.snakemake(*words)
    print(first.stdout, first.stderr, flush=True)
    if first.returncode:
        last = " ".join(first.stderr.split()[-60:])
        yield Line("a small complete build", FAILED, detail=last)
        return
    faults = faults_of(checkout.path, setup.device)
    if not setup.small:
        again = checkout.snakemake(*words)
        if "Nothing to be done" not in again.stdout + again.stderr:
            faults.append("a second build has something to do")
    count = sum(path.is_file() for path in (checkout.path / "results").rglob("*"))
    result = FAILED if faults else PASSED
    yield Line("a small complete build", result, f"{count} files", detail="; ".join(faults))


def copied(target: Path) -> Checkout:
    """Copy what a build needs, and nothing that one has made; git may not be there."""
    target.mkdir()
    for name in COPIED:
        source = ROOT / name
        if source.is_dir():
            left_out = shutil.ignore_patterns("__pycache__", "*.egg-info")
            shutil.copytree(source, target / name, ignore=left_out)
        else:
            shutil.copy(source, target / name)
    return Checkout(target)


def shrink_more(checkout: Checkout, small: bool) -> None:
    """Leave one exercise of each study, and few variants: on one GPU, jobs wait for each other."""
    left = {"mnist": ("ex1_2", ["sgd", "elu_dropout"]), "warwick": ("ex2_1", ["baseline_2024"])}
    if not small:
        left["warwick"][1].append("augmented")
        left["warwick"][1].append("baseline_2019")  # the base of the other
    for name, (exercise, variants) in left.items():

        def shorten(study: dict[str, Any], exercise: str = exercise, kept: Any = variants) -> None:
            block = study["exercises"][exercise]
            block["variants"] = {name: block["variants"][name] for name in kept}
            study["exercises"], study["claims"] = {exercise: block}, {}

        checkout.edit_yaml(f"studies/{name}.yaml", shorten)


def faults_of(project: Path, device: str) -> list[str]:
    """Say what is missing, and which trainings ran elsewhere than they were asked to."""
    faults = [f"{name} is missing" for name in WANTED if not (project / name).is_file()]
    records = sorted((project / "results").glob("*/*/run.json"))
    if not records:
        faults.append("no training left a record")
    engine = "stacked" if device == "cuda" else "loop"
    for path in records:
        record = json.loads(path.read_text(encoding="utf-8"))
        if record["settings"]["gradients"] == "by_hand":
            continue
        on_gpu = record["device"] != "cpu"
        if on_gpu != (device == "cuda") or record["engine"] != engine:
            name = path.parent.relative_to(project)
            faults.append(f"{name}: trained by {record['engine']} on {record['device']}")
    return faults
