"""Two ways to show a build: on a screen of a terminal, and in lines."""

import os
import sys
import time
from collections import deque
from typing import Protocol

from dlia.runtime.build_record import BuildJob
from dlia.runtime.terminal import wrapped
from snakemake_logger_plugin_dlia.jobs import Jobs
from snakemake_logger_plugin_dlia.terminal import Terminal
from snakemake_logger_plugin_dlia.view import (
    done_line,
    ending,
    fault_lines,
    running_line,
    screen,
)

_KEPT = 200  # messages
_NOTE = 30.0  # seconds that a message is shown


class Display(Protocol):
    """Shows a build.

    Attributes:
        pause: Seconds between two updates.
    """

    pause: float

    def planned(self, jobs: Jobs) -> None:
        """Show that the jobs are known."""

    def begun(self, jobs: Jobs, job: BuildJob, again: bool) -> None:
        """Show that a job starts, is submitted, or is tried ``again``."""

    def done(self, jobs: Jobs, job: BuildJob) -> None:
        """Show that a job is done."""

    def fault(self, jobs: Jobs, job: BuildJob) -> None:
        """Show that a job has failed or was interrupted."""

    def said(self, text: str, matters: bool) -> None:
        """Show a message; one that ``matters`` is an error or a warning."""

    def update(self, jobs: Jobs) -> None:
        """Show what runs."""

    def resumed(self) -> None:
        """Show the build again after it was stopped by Ctrl-Z."""

    def end(self, jobs: Jobs, closing: str) -> None:
        """Show how the build ended, and ``closing`` on standard output."""


class OnScreen:
    """Draws a screen in place."""

    pause = 1.0

    def __init__(self, terminal: Terminal) -> None:
        self._terminal, self._begun = terminal, False
        self._notes: deque[tuple[float, str]] = deque(maxlen=_KEPT)
        self._kept: dict[str, None] = {}  # once each: a cluster may warn of every job

    def planned(self, jobs: Jobs) -> None:
        """Wait for the first job: until then messages stay on the terminal."""

    def begun(self, jobs: Jobs, job: BuildJob, again: bool) -> None:
        """Draw the screen."""
        if not self._begun:
            self.update(jobs)
        self._begun = True
        self.update(jobs)

    def done(self, jobs: Jobs, job: BuildJob) -> None:
        """Draw the screen."""
        self.update(jobs)

    def fault(self, jobs: Jobs, job: BuildJob) -> None:
        """Draw the screen."""
        self.update(jobs)

    def said(self, text: str, matters: bool) -> None:
        """Show a message for a while, and in the end if it matters."""
        lines = [line for line in text.splitlines() if line.strip()]
        until = time.monotonic() + _NOTE
        self._notes.extend((until, line) for line in (lines if matters else lines[:1]))
        if matters:
            self._kept |= dict.fromkeys(lines)

    def update(self, jobs: Jobs) -> None:
        """Draw the screen."""
        heard = self._terminal.heard()
        if not self._begun:
            self._terminal.write(heard)
            return
        self.said("\n".join(heard), matters=True)
        if not self._terminal.in_front:
            self._terminal.lost()
            return
        now = time.monotonic()
        notes = [line for until, line in self._notes if until > now]
        console = self._terminal.console()
        self._terminal.draw(screen(jobs.build(), jobs.seconds_left(), notes, console))

    def resumed(self) -> None:
        """Draw the next screen anew."""
        self._terminal.lost()

    def end(self, jobs: Jobs, closing: str) -> None:
        """Replace the screen by what was said meanwhile and by how the build ended."""
        said = [*self._kept, *self._terminal.release(), *ending(jobs.build())]
        self._terminal.write(wrapped("\n".join(said)).splitlines())
        if os.isatty(1):
            self._terminal.write(closing.splitlines())
        else:
            print(closing, end="", flush=True)


class InLines:
    """Writes a line for each job that ends, and one each minute."""

    pause = 60.0

    def planned(self, jobs: Jobs) -> None:
        """Write how much there is to do."""
        self._write(f"{jobs.total} jobs to run")

    def begun(self, jobs: Jobs, job: BuildJob, again: bool) -> None:
        """Write that a job is tried again."""
        if again:
            self._write(f"again: {job.about}")

    def done(self, jobs: Jobs, job: BuildJob) -> None:
        """Write that a job is done."""
        if job.file:
            self._write(done_line(jobs.build(), job))

    def fault(self, jobs: Jobs, job: BuildJob) -> None:
        """Write why a job failed, and where its log is."""
        self._write("\n".join(fault_lines(job)))

    def said(self, text: str, matters: bool) -> None:
        """Write a message."""
        self._write(text)

    def update(self, jobs: Jobs) -> None:
        """Write what runs."""
        self._write(running_line(jobs.build(), jobs.seconds_left()))

    def resumed(self) -> None:
        """Do nothing: lines stay."""

    def end(self, jobs: Jobs, closing: str) -> None:
        """Write how the build ended."""
        for line in ending(jobs.build()):
            print(line, file=sys.stderr, flush=True)
        print(closing, end="", flush=True)

    def _write(self, text: str) -> None:
        print(f"{time.strftime('%H:%M:%S')} {text}", file=sys.stderr, flush=True)
