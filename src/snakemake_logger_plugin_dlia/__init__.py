"""Snakemake's logger plugin ``dlia``: what a build shows on a terminal, in a pipe or in a log file.

It steps back where Snakemake's own output is wanted: for dry runs, with --verbose, --quiet and
--printshellcmds. Snakemake imports it for every command, also for builds of other projects in the
same environment. So what a build needs is imported when a build starts: then it is known which
checkout of dlia the build is of, which may not be the one whose environment this is.
"""

from __future__ import annotations

import contextlib
import logging
import re
import signal
import sys
from collections.abc import Callable
from types import FrameType
from typing import TYPE_CHECKING

from snakemake_interface_logger_plugins.base import LogHandlerBase
from snakemake_interface_logger_plugins.common import LogEvent

if TYPE_CHECKING:
    from snakemake_logger_plugin_dlia.output import Output

# How Snakemake's messages about a build begin that are of no interest; its log has them.
ROUTINE = (
    "Building DAG of jobs",
    "Using shell",
    "Conda environments: ignored",
    "Singularity containers: ignored",
    "Group jobs: inactive",
    "Select jobs to execute",
    "Shutting down",
    "Exiting because a job execution failed",
    "WorkflowError:\nAt least one job did not complete successfully",
    "Trying to restart job",
    "Complete log(s)",
    "Elapsed time",
)

_NOTHING = "Nothing to be done"
_LOCKED = "Directory cannot be locked"
_UNLOCK = "With make: make ARGS=--unlock, then the same command again."
_UNKNOWN = re.compile(r"^MissingRuleException:?\s+No rule to produce (\S+) \(if you use")


class LogHandler(LogHandlerBase):
    """Passes the events of a build to the output, and all other messages through.

    Attributes:
        closing: What is printed after the build, on standard output.
        unneeded: Returns what is printed, on standard output, if the build has no jobs.
        unknown: Returns what is printed about a target that no rule makes.
        expected: The estimated seconds of trainings, by rule; a hook adds them.
    """

    def __post_init__(self) -> None:
        """Decide who writes."""
        own = self.common_settings
        self._steps_back = any(
            (own.dryrun, own.verbose, own.quiet, own.printshellcmds, own.debug_dag)
        )
        self._held: list[str] = []
        self._output: Output | None = None
        self._builds = self._ended = False
        self.closing = ""
        self.unneeded: Callable[[], str] = str
        self.unknown: Callable[[str], str] | None = None
        self.expected: dict[str, float] = {}
        if not self._steps_back:
            with contextlib.suppress(ValueError):  # not in the main thread
                signal.signal(signal.SIGCONT, self._resumed)

    @property
    def writes_to_stream(self) -> bool:
        """Whether this handler replaces Snakemake's own output."""
        return not self._steps_back

    writes_to_file = False
    has_filter = True
    has_formatter = True
    needs_rulegraph = False

    def emit(self, record: logging.LogRecord) -> None:
        """Handle a message of Snakemake."""
        if self._steps_back:
            return
        try:
            self._handle(record)
        except Exception:
            self.handleError(record)

    def _handle(self, record: logging.LogRecord) -> None:
        event = getattr(record, "event", None)
        if event == LogEvent.RUN_INFO:
            from snakemake_logger_plugin_dlia.output import Output

            colours = not self.common_settings.nocolor
            stats = record.__dict__["stats"]
            self._output = Output(stats, colours, self.lock, self.expected)
        elif self._output:
            self._output.take(record)
        elif event == LogEvent.WORKFLOW_STARTED:
            self._builds, self._held = True, []
        elif record.levelno >= logging.WARNING:
            message = record.getMessage()
            if self.unknown and (found := _UNKNOWN.search(message)):
                message = self.unknown(found[1])
            self._show(message, *([_UNLOCK] if _LOCKED in message else []))
        elif event is None and not (self._builds and record.getMessage().startswith(ROUTINE)):
            # Without a build all messages are shown, in the end: no build has begun yet.
            self._held.append(record.getMessage())

    def _show(self, *messages: str) -> None:
        for message in (*self._held, *messages):
            print(message, file=sys.stderr, flush=True)
        self._held = []

    def _resumed(self, _number: int, _frame: FrameType | None) -> None:
        if self._output:
            self._output.resumed()

    def close(self) -> None:
        """End the output of the build, or show what was said if there was none."""
        if not (self._steps_back or self._ended):
            self._ended = True
            if self._output:
                self._output.end(self.closing)
            else:
                nothing = any(message.startswith(_NOTHING) for message in self._held)
                self._show()
                if nothing and (text := self.unneeded()):
                    print(text, flush=True)
        super().close()
