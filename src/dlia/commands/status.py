"""``dlia status``: progress of the build, here or on a cluster."""

import argparse
import contextlib
import time
from pathlib import Path

from rich.console import Console, Group
from rich.live import Live
from rich.table import Table
from rich.text import Text

from dlia.errors import UserError
from dlia.formatting import duration_text
from dlia.runtime.build_record import Build
from dlia.runtime.build_view import (
    counts_of_trainings,
    faults,
    others_running,
    starting,
    training_table,
)

_PAUSE = 2.0  # seconds between two updates
_WIDE = 160  # columns if the output is a file or a pipe


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
    lines = [_state(build), counts_of_trainings(build), _jobs_in_all(build)]
    if build.runs:
        lines.append(others_running(build))
    parts: list[Text | Table] = [Text(line) for line in lines if line]
    if table := training_table(build):
        parts += [Text(), table]
    return Group(*parts, *starting(build), *faults(build))


def _read() -> Build:
    build = Build.read(Path.cwd())
    if build is None:
        raise UserError(
            "no build is recorded in this folder; start one with make or snakemake (if another "
            "workflow imports dlia, it records builds with dlia.onstart(); see docs/module.md)"
        )
    return build


def _state(build: Build) -> str:
    since = duration_text(build.seconds)
    if build.runs:
        return f"A build has been running {build.where} for {since}."
    if build.runs is None:
        return (
            f"A build was started {build.where}, {since} ago. This file system has no locks, so it "
            "is unknown whether the build is still running."
        )
    complete = len(build.in_state("done")) == len(build.jobs)
    how = "is complete" if complete else "ended before it was complete"
    return f"The last build, {build.where}, {how}."


def _jobs_in_all(build: Build) -> str:
    return f"jobs in all: {len(build.in_state('done'))} done, of {len(build.jobs)}"
