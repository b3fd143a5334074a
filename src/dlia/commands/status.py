"""``dlia status``: progress of the build, here or on a cluster."""

import argparse
import contextlib
import time
from collections.abc import Iterator
from pathlib import Path

from rich.console import Console, Group
from rich.live import Live
from rich.table import Table
from rich.text import Text

from dlia.errors import UserError
from dlia.formatting import duration_text
from dlia.runtime.build_record import Build, BuildJob
from dlia.runtime.training_log import Standing

_PAUSE = 2.0  # seconds between two updates
_WIDE = 160  # columns if the output is a file or a pipe
_LOSSES = ("train loss", "validation loss")


def register(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command to the parser of ``dlia``."""
    parser = commands.add_parser(
        "status",
        help="show the progress of the build: epochs, losses, time left",
        description="Shows the progress of the running build, or what became of the last one.",
        epilog="example: %(prog)s --watch",
    )
    parser.add_argument(
        "--watch", action="store_true", help="on a terminal: update until the build ends"
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> None:
    """Print the progress of the build in this folder.

    Raises:
        UserError: No build has been started here.
    """
    console = Console()
    if not console.is_terminal:
        console = Console(width=_WIDE, soft_wrap=True)
    build = _read()
    if not (arguments.watch and console.is_terminal):
        console.print(screen(build))
        return
    with (
        contextlib.suppress(KeyboardInterrupt),  # Ctrl-C ends --watch
        Live(screen(build), console=console, auto_refresh=False) as live,
    ):
        while build.runs is not False:
            time.sleep(_PAUSE)
            build = _read()
            live.update(screen(build), refresh=True)


def screen(build: Build) -> Group:
    """Lay out the status of a build."""
    parts: list[Text | Table] = [Text(line) for line in _summary(build)]
    running = build.in_state("running", trains=True)
    standing = {job: said for job in running if (said := Standing.of(job.lines)).latest}
    if standing:
        parts += [Text(), _table(standing, build.runs is not False)]
    for job in running:
        if job not in standing:
            began = "ended during start" if build.runs is False else "starting"
            parts.append(Text(f"{began}: {job.about}{': ' if job.lines else ''}{_last(job)}"))
    for state, style in (("interrupted", "yellow"), ("failed", "red")):
        for job in build.in_state(state):
            parts.append(Text(f"{state}: {job.about}: {job.last_word}", style=style))
    return Group(*parts)


def _read() -> Build:
    build = Build.read(Path.cwd())
    if build is None:
        raise UserError(
            "no build is recorded in this folder; start one with make or snakemake (if another "
            "workflow imports dlia, it records builds with dlia.onstart(); see docs/module.md)"
        )
    return build


def _summary(build: Build) -> Iterator[str]:
    """Yield lines with the state of a build and the number of jobs in each state."""
    done = build.in_state("done")
    if build.runs:
        yield f"A build has been running {build.where} for {duration_text(build.seconds)}."
    elif build.runs is None:
        yield (
            f"A build was started {build.where}, {duration_text(build.seconds)} ago. This file "
            "system has no locks, so it is unknown whether the build is still running."
        )
    elif len(done) == len(build.jobs):
        yield f"The last build, {build.where}, is complete."
    else:
        yield f"The last build, {build.where}, ended before it was complete."
    trainings = [job for job in build.jobs if job.trains]
    if trainings:
        counts = ", ".join(
            f"{len(jobs)} {state}"
            for state in ("done", "running", "interrupted", "failed", "waiting")
            if (jobs := build.in_state(state, trains=True))
        )
        yield f"trainings: {counts}, of {len(trainings)}"
    yield f"jobs in all: {len(done)} done, of {len(build.jobs)}"
    others = build.in_state("running", trains=False)
    if others and build.runs:
        yield f"also running: {', '.join(job.about for job in others)}"


def _last(job: BuildJob) -> str:
    return job.lines[-1].removeprefix("dlia: ") if job.lines else ""


def _table(standing: dict[BuildJob, Standing], runs: bool) -> Table:
    measures = list(dict.fromkeys(name for s in standing.values() for name in _main(s.measured)))
    table = Table(box=None, pad_edge=False, padding=(0, 1, 0, 0), header_style="bold")
    heads = [name.replace(" ", "\n", 1) for name in measures]  # fits 80 columns
    table.add_column("training", no_wrap=True)
    for name in ("trial", "epoch", *heads, "left", "heard\nago"):
        table.add_column(name, justify="right", overflow="fold")
    for job, own in standing.items():
        left = own.seconds_left(job.heard)
        table.add_row(
            job.about,
            own.which,
            own.epochs,
            *(f"{own.measured[n]:.4f}" if n in own.measured else "" for n in measures),
            ("" if left is None else duration_text(left)) if runs else "ended",
            duration_text(job.heard),
        )
    return table


def _main(measured: dict[str, float]) -> list[str]:
    """Return the names of both losses and of the first other validation metric."""
    others = [name for name in measured if name.startswith("validation ") and name not in _LOSSES]
    return [name for name in (*_LOSSES, *others[:1]) if name in measured]
