"""``dlia doctor``: checks the setup, lists the jobs to run and estimates their time."""

import argparse
import importlib.metadata
import os
import platform
import re
import shutil
import subprocess
import sys
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from dlia.commands.folder import snakefile
from dlia.errors import UserError
from dlia.formatting import duration_text, table_text
from dlia.plan import machine
from dlia.plan.notes import weights_note
from dlia.plan.plan import Plan
from dlia.reporting.pdf import what_is_missing
from dlia.runtime.build_folder import check_folder
from dlia.runtime.build_record import Build, own_name
from dlia.runtime.gpus import has_gpu
from dlia.runtime.pins import other_versions
from dlia.runtime.provenance import PACKAGES, other_digest
from dlia.runtime.terminal import columns
from dlia.study.config import config_with
from dlia.study.model import Study
from dlia.study.origins import STANDIN
from dlia.study.shorten import stated_weights
from dlia.study.yaml_files import ROOT

if TYPE_CHECKING:
    from dlia.commands.build_duration import Training

_ROOM = 1.0  # GiB: results of all exercises and trials, including checkpoints and logs
_Finding = tuple[str, str, str]  # subject, verdict (ok, wrong or ""), details


def register(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command to the parser of ``dlia``."""
    parser = commands.add_parser(
        "doctor",
        help="check machine, archives and configuration; list the jobs to run",
        description="Checks the machine, the archives and the configuration. Lists the jobs\n"
        "that a build would run, and estimates their time from a few steps of each\ntraining.",
        epilog="example: %(prog)s --config trials=1 data_dir=/where/they/are",
    )
    parser.add_argument(
        "--config", nargs="*", default=[], metavar="KEY=VALUE", help="as Snakemake takes it"
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> None:
    """Print the findings and the jobs to run.

    Raises:
        UserError: A problem would stop a build.
    """
    # As in a training; NumPy looks at this when it is imported.
    os.environ["OMP_NUM_THREADS"] = "1"
    root = Path.cwd()
    findings = [*environment(), *folders(root)]
    plan: Plan | None = None
    try:
        plan = Plan.read(config_with(arguments.config, root), root)
        findings += [*configuration(plan), *devices(plan)]
    except (UserError, OSError) as error:
        findings.append(("configuration", "wrong", str(error)))
    except ModuleNotFoundError as error:
        findings.append(("packages", "wrong", f"{error.name} is missing; run make setup"))
    rows = [[what, verdict, found] for what, verdict, found in findings]
    print(table_text(rows, widths=[None, None, _details_width(findings)]), flush=True)
    wrong = [what for what, verdict, _ in findings if verdict == "wrong"]
    if wrong or plan is None:
        raise UserError(f"{' and '.join(wrong)}: fix the lines marked wrong above, then build")
    lines = to_be_done(plan, root, arguments.config).splitlines()
    print("", *(textwrap.fill(line, columns(1000)) for line in lines), sep="\n")


def environment() -> Iterator[_Finding]:
    """Check Python, the packages, the machine and LaTeX."""
    yield "Python", "ok", f"{platform.python_version()}, {sys.executable}"
    versions, missing = [], []
    for name in PACKAGES:
        try:
            versions.append(f"{name} {importlib.metadata.version(name)}")
        except importlib.metadata.PackageNotFoundError:
            missing.append(name)
    if missing:
        yield "packages", "wrong", f"{', '.join(missing)} missing; run make setup"
    else:
        yield "packages", "ok", ", ".join(versions)
        if others := other_versions(PACKAGES, ROOT / "requirements.txt"):
            found = f"{', '.join(others)}: numbers may differ; make setup installs the pinned ones"
            yield "versions", "", found
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    yield "machine", "ok", f"{_cores()} cores, {memory:.0f} GiB of memory, {platform.platform()}"
    without = what_is_missing("results/report.pdf")
    yield "LaTeX", "ok", (without and "not found; needed only for results/report.pdf") or "found"


def folders(root: Path) -> Iterator[_Finding]:
    """Check disk space, write permissions, and the lock of a running or killed build."""
    free = shutil.disk_usage(root).free / 2**30
    verdict = "ok" if free > _ROOM else "wrong"
    yield "disk", verdict, f"{free:.1f} GiB free; a build takes up to {_ROOM:.0f} GiB"
    try:
        check_folder(root, ROOT)
    except UserError as error:
        yield "folders", "wrong", str(error)
    if any((root / ".snakemake/locks").glob("*")):
        build = Build.read(root)
        if build and build.runs:
            yield "lock", "", "a build is running in this folder; dlia status shows its progress"
        else:
            killed = build and build.runs is False
            found = "a build was killed" if killed else "a build may be running"
            unlock = "run snakemake --unlock, then the same command again to continue"
            yield "lock", "", f"{found}; if none is running, {unlock}"


def configuration(plan: Plan) -> Iterator[_Finding]:
    """Describe the configuration and the archives."""
    readings = "; readings of assumed settings are trained" if plan.config.readings else ""
    found = f"studies {', '.join(plan.studies)}; seed {plan.config.seed}{readings}"
    yield "configuration", "ok", found
    for study in plan.studies.values():
        choice = plan.archives[study.name]
        if choice.fault:
            yield f"archive of {study.name}", "wrong", choice.fault.replace("\n", "; ")
        elif choice.kind == STANDIN:
            found = (
                f"{plan.config.data_dir}/{study.data.archive} not found: a generated stand-in "
                "replaces it; its results say nothing about the original reports"
            )
            yield f"archive of {study.name}", "", found
        else:
            form = plan.form(study)
            named = f" ({form.title})" if form else ""
            found = f"{choice.path}{named}, {plan.facts[study.name].files:,} files"
            yield f"archive of {study.name}", "ok", found
            yield from weights(plan, study)


def weights(plan: Plan, study: Study) -> Iterator[_Finding]:
    """Check the files of pre-trained weights that trainings begin with, and name those missing."""
    subject = f"weights of {study.name}"
    begun = {
        plan.weights(own, variant): stated_weights(variant)
        for own, variant in plan.trained_variants(study)
    }
    for path, said in sorted(begun.items()):
        if said and Path(path).name == said.file and Path(path).is_file():
            fault = other_digest(path, said.sha256).replace("\n", "; ")
            yield subject, "wrong" if fault else "ok", fault or path
    if note := weights_note(plan, set(begun)):
        yield subject, "", " ".join(note.split())


def devices(plan: Plan) -> Iterator[_Finding]:
    """Report the devices that trainings use, according to PyTorch."""
    import torch

    wanted = plan.config.device
    if torch.cuda.is_available():
        names = [torch.cuda.get_device_name(n) for n in range(torch.cuda.device_count())]
        yield "GPU", "ok", f"{', '.join(names)}; device: {wanted}"
    elif wanted == "cuda":
        yield "GPU", "wrong", "device: cuda is set, but PyTorch finds no GPU; set auto or cpu"
    else:
        node = has_gpu()
        why = "found, but PyTorch cannot use it; fix the driver, or" if node else "none:"
        yield "GPU", "" if node else "ok", f"{why} trainings run on the CPU (device: {wanted})"


def to_be_done(plan: Plan, root: Path, config: list[str]) -> str:
    """Return the number of jobs that a build would run, and their estimated time."""
    words = ["--config", *config] if config else []
    command = [
        sys.executable,
        "-P",
        "-m",
        "snakemake",
        "--snakefile",
        str(snakefile(root)),
        "--dry-run",
    ]
    planned = subprocess.run(  # noqa: S603 (Snakemake)
        [*command, *words], cwd=root, capture_output=True, text=True, check=False
    )
    if planned.returncode:
        raise UserError(f"Snakemake cannot plan a build:\n{planned.stdout}{planned.stderr}")
    text = planned.stdout + planned.stderr
    jobs = re.findall(r"^(?:local)?rule (\w+):$", text, re.MULTILINE)
    # A workflow that imports dlia may give its rules a prefix.
    jobs = [job for job in jobs if not re.fullmatch(r"(\w+_)?all", job)]
    if not jobs:
        return "Nothing to be done: all results are up to date."
    # A late import: devices() has imported PyTorch already.
    from dlia.commands.build_duration import beside_others, cautions, estimate

    busy = beside_others()
    found = estimate(plan, jobs, _cores())
    trained = sorted(found.trained, key=lambda training: -training.seconds)
    whole, trials = len(list(plan.trained_variants())), sum(t.trials for t in trained)
    lines = [
        f"To be done: {len(jobs)} jobs, among them {len(trained)} of {whole} trainings "
        f"({trials} trials).",
        f"Estimated time: about {duration_text(found.seconds)} {found.where}, from a few training "
        "steps, on an idle machine.",
        *cautions(plan, found),
    ]
    lines += [busy] if busy else []
    if trained:
        shown = ", ".join(f"{t.variant.key} {duration_text(t.seconds)}" for t in trained[:3])
        lines.append(f"The longest trainings (all trials): {shown}.")
    if short := sum(training.variant.is_shortened for training in trained):
        lines.append(f"Shortened trainings: {short}; dlia variants shows their epochs.")
    if trained:
        lines.append(f"On a cluster, a training requests {asked(plan, trained)}.")
    if predicted := [
        machine.memory_of_prediction(plan, study, variant)
        for study, variant in plan.predicting_variants(by_name=True)
        if f"predict_{variant.exercise}_{variant.name}" in set(map(own_name, jobs))
    ]:
        most = max(predicted)
        lines += [f"The prediction of whole volumes takes up to {most:,} MB."] if most else []
    return "\n".join(lines)


def asked(plan: Plan, trained: "list[Training]") -> str:
    """Return the memory and hours that trainings request on a cluster, with a core per trial."""
    memory, hours = set(), set()
    for training in trained:
        study, variant = training.study, training.variant
        memory.add(machine.memory_of(plan, study, variant, min(training.trials, 8)))
        hours.add(machine.hours_of(plan, study, variant))
    return f"{_range(memory)} MB and {_range(hours)} h"


def _details_width(findings: list[_Finding]) -> int:
    """Return the width of the last column of the findings, so that a line fits the terminal."""
    beside = max(len(what) for what, _, _ in findings) + len("wrong") + 4
    return max(min(columns(90 + beside) - beside, 90), 30)


def _range(numbers: set[int]) -> str:
    low, high = min(numbers), max(numbers)
    return f"{low:,}" if low == high else f"{low:,} to {high:,}"


def _cores() -> int:
    count: Callable[[int], set[int]] | None = getattr(os, "sched_getaffinity", None)
    return len(count(0)) if count else os.cpu_count() or 1
