"""The output of a running build: the events that Snakemake logs, sent to a display."""

import logging
import threading
from collections.abc import Mapping
from typing import Any

from snakemake_interface_logger_plugins.common import LogEvent

from snakemake_logger_plugin_dlia import ROUTINE
from snakemake_logger_plugin_dlia.displays import Display, InLines, OnScreen
from snakemake_logger_plugin_dlia.jobs import Jobs
from snakemake_logger_plugin_dlia.terminal import Terminal, is_suitable


class Output:
    """Follows the jobs of a build and shows them.

    Args:
        stats: The number of jobs to run by rule.
        colours: Whether colours are wanted.
        lock: Held by the handler while it handles an event.
        expected: The estimated seconds of trainings.
    """

    def __init__(
        self, stats: Mapping[str, int], colours: bool, lock: Any, expected: Mapping[str, float]
    ) -> None:
        self._jobs, self._lock, self._ended = Jobs(expected), lock, threading.Event()
        self._jobs.plan(stats)
        self._display: Display = OnScreen(Terminal(colours)) if is_suitable() else InLines()
        self._display.planned(self._jobs)
        self._ticker = threading.Thread(target=self._tick, daemon=True)
        self._ticker.start()

    def take(self, record: logging.LogRecord) -> None:
        """Show an event or a message of Snakemake."""
        fields = record.__dict__
        event = fields.get("event")
        if event == LogEvent.JOB_INFO:
            number, rule = fields["jobid"], fields["rule_name"]
            job, again = self._jobs.begin(
                number, rule, fields["output"], fields["log"], fields["local"]
            )
            self._display.begun(self._jobs, job, again)
        elif event == LogEvent.JOB_FINISHED:
            if done := self._jobs.finish(fields["job_id"]):
                self._display.done(self._jobs, done)
        elif event == LogEvent.JOB_ERROR:
            told = fields["rule_msg"] or ""
            job = self._jobs.fail(fields["jobid"], fields["rule_name"], fields["log"], told)
            self._display.fault(self._jobs, job)
        elif event == LogEvent.ERROR and "CalledProcessError" in record.getMessage():
            self._jobs.hint(record.getMessage())
        elif event in (None, LogEvent.ERROR) and not record.getMessage().startswith(ROUTINE):
            self._display.said(record.getMessage(), record.levelno >= logging.WARNING)

    def resumed(self) -> None:
        """Draw anew after Ctrl-Z and fg."""
        self._display.resumed()

    def end(self, closing: str) -> None:
        """Show how the build ended, and ``closing`` after that."""
        self._ended.set()
        self._ticker.join()
        self._display.end(self._jobs, closing)

    def _tick(self) -> None:
        noted = False
        while not self._ended.wait(self._display.pause):
            with self._lock:
                if self._ended.is_set():
                    return
                # The build goes on without a screen, and what jobs write must be read on.
                try:
                    self._display.update(self._jobs)
                except Exception as error:
                    if not noted:
                        noted = True
                        self._display.said(f"dlia: cannot show the build: {error!r}", matters=True)
