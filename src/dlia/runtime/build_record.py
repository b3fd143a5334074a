"""The state of the current or last build in a folder: its planned jobs, and their progress.

Snakemake's own log is not read, because its format changes between versions. The state is derived
from the jobs' output files, which appear only when they are complete, and from their logs.
"""

import json
import re
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from dlia.runtime.locks import held, hold
from dlia.runtime.log_lines import end_of

RECORD = Path(".snakemake/build.json")
# How the rules of workflow/rules/ begin.
_STEP = re.compile(
    r"(?:^|_)((?:train|predict|choose|draw|unpack|split|describe|evaluate|compare|measure|judge"
    r"|collect|list|report|show)_.+)"
)


def own_name(rule: str) -> str:
    """Return the name of a rule without the prefix that an importing workflow may have given it."""
    found = _STEP.search(rule)
    return found[1] if found else rule


def begin(
    jobs: Iterable[dict[str, Any]], where: str, source: str = "", targets: Iterable[str] = ()
) -> None:
    """Record a build that is about to start, replacing the record of the last one.

    The record is locked for as long as this process lives.

    Args:
        jobs: One mapping per job: rule, log, file (one of its outputs), code (the digest of the
            code that it executes) and made_of (the script and modules that the digest covers).
        where: Where the jobs run, in words, such as "on this machine".
        source: The state of the source files, from ``code_digest.source_state``.
        targets: The rules without a file that only ask for those of others, such as all.
    """
    noted = {"where": where, "source": source, "jobs": list(jobs), "targets": list(targets)}
    hold(RECORD, json.dumps(noted))


def read_record(root: Path = Path()) -> dict[str, Any] | None:
    """Return the record of the last build in the folder ``root``; None if there is none."""
    try:
        noted: dict[str, Any] = json.loads((root / RECORD).read_text(encoding="utf-8"))
    except (OSError, json.JSONDecodeError):
        return None
    return noted


@dataclass(frozen=True)
class BuildJob:
    """A job of a build, and its state.

    Attributes:
        rule: The name of its rule.
        file: One of its output files.
        log: The path of its log.
        state: done, failed, interrupted, running, queued (on a cluster) or waiting.
        lines: The lines of its log; empty unless it runs, has failed or was interrupted.
        heard: Seconds since the last line was written to the log.
        last_word: Why it failed or was interrupted; "" in any other state.
        seconds: Its run time so far; None if unknown.
    """

    rule: str
    file: str
    log: str
    state: str
    lines: list[str] = field(default_factory=list, hash=False)
    heard: float = 0.0
    last_word: str = ""
    seconds: float | None = None

    @property
    def trains(self) -> bool:
        """Whether the job is a training."""
        # Not by the rule, which a workflow that imports dlia as a module may have renamed.
        return Path(self.log).name.startswith("train_")

    @property
    def about(self) -> str:
        """The name to show: a training's variant, any other job's rule."""
        return "/".join(Path(self.file).parts[1:3]) if self.trains and self.file else self.rule


@dataclass(frozen=True)
class Build:
    """A build that is running or has ended.

    Attributes:
        where: Where its jobs run, in words.
        runs: Whether its Snakemake process is running; None if the file system has no locks.
        seconds: Seconds since it began.
        jobs: All jobs that it planned.
    """

    where: str
    runs: bool | None
    seconds: float
    jobs: list[BuildJob]

    def in_state(self, state: str, trains: bool | None = None) -> list[BuildJob]:
        """Return the jobs in ``state``: all, only trainings, or only other jobs."""
        wanted = (None, True, False) if trains is None else (trains,)
        return [job for job in self.jobs if job.state == state and job.trains in wanted]

    @classmethod
    def read(cls, root: Path) -> "Build | None":
        """Read the state of the build in the folder ``root``; None if there has been none."""
        path, noted = root / RECORD, read_record(root)
        if noted is None:
            return None
        since = _changed(path)  # by the file system's clock, which may belong to another machine
        jobs = [_job(root, job, since) for job in noted["jobs"]]
        # Snakemake counts them, too, and ends with them.
        ended = "done" if all(job.state == "done" for job in jobs) else "waiting"
        jobs += [BuildJob(rule, "", "", ended) for rule in noted.get("targets", [])]
        return cls(noted["where"], held(path), time.time() - since, jobs)


def _job(root: Path, noted: dict[str, Any], since: float) -> BuildJob:
    of = partial(BuildJob, noted["rule"], noted["file"], noted["log"])
    log = root / noted["log"]
    if _changed(root / noted["file"]) >= since:
        return of("done")
    if _changed(log) < since:
        return of("waiting")
    lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
    state, word = end_of(lines)
    return of(state, lines, max(time.time() - _changed(log), 0), word)


def _changed(path: Path) -> float:
    """Return the modification time of a file; 0 if it does not exist."""
    try:
        return path.stat().st_mtime
    except OSError:
        return 0.0
