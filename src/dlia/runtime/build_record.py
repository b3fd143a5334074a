"""The build that runs in a folder, or the last one: what it set out to do, what has come of it.

Snakemake's own log is written for people, and its form changes. This looks at what jobs leave:
their files, which appear when they are complete, and their logs.
"""

import json
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from dlia.runtime.locks import held, hold
from dlia.runtime.log_lines import FAULT, INTERRUPTION

RECORD = Path(".snakemake/build.json")


def begin(jobs: Iterable[dict[str, Any]], where: str, source: str = "") -> None:
    """Note what a build is about to do, for as long as this process lives; the last build counts.

    Args:
        jobs: Of each: rule, log, and file, one that it makes; and code, the digest of what it
            executes, with made_of, the script and modules that this is of.
        where: In words: "on this machine", or on which cluster.
        source: The state of the source files.
    """
    hold(RECORD, json.dumps({"where": where, "source": source, "jobs": list(jobs)}))


def read_record(root: Path = Path()) -> dict[str, Any] | None:
    """Give what the last build in the folder ``root`` noted; None if there has been none."""
    try:
        noted: dict[str, Any] = json.loads((root / RECORD).read_text(encoding="utf-8"))
    except (OSError, json.JSONDecodeError):
        return None
    return noted


@dataclass(frozen=True)
class BuildJob:
    """A job of a build, and what has come of it.

    Attributes:
        rule: Its name.
        file: One that it makes.
        log: Its log.
        state: done, failed, interrupted, running or waiting.
        lines: Its log, if it has begun.
        heard: Seconds since it wrote something there.
    """

    rule: str
    file: str
    log: str
    state: str
    lines: list[str] = field(default_factory=list, hash=False)
    heard: float = 0.0

    @property
    def trains(self) -> bool:
        """Tell whether this is a training."""
        return self.rule.startswith("train_")

    @property
    def about(self) -> str:
        """Name what it is about: of a training its variant, of another job its rule."""
        return "/".join(Path(self.file).parts[1:3]) if self.trains else self.rule

    @property
    def last_word(self) -> str:
        """Say why it failed or was interrupted, in its own words."""
        if self.state not in ("failed", "interrupted"):
            return ""
        return self.lines[-1].removeprefix(FAULT).removeprefix(INTERRUPTION)


@dataclass(frozen=True)
class Build:
    """A build that runs, or has ended.

    Attributes:
        where: On which machines.
        runs: Whether its Snakemake still does; None where the file system has no locks to tell.
        seconds: Since it began, if it runs.
        jobs: All that it set out to do.
    """

    where: str
    runs: bool | None
    seconds: float
    jobs: list[BuildJob]

    def in_state(self, state: str, trains: bool | None = None) -> list[BuildJob]:
        """Give the jobs in a state: all, only trainings, or only others."""
        wanted = (None, True, False) if trains is None else (trains,)
        return [job for job in self.jobs if job.state == state and job.trains in wanted]

    @classmethod
    def read(cls, root: Path) -> "Build | None":
        """Look at the build in the folder ``root``; give None if there has been none."""
        path, noted = root / RECORD, read_record(root)
        if noted is None:
            return None
        since = _changed(path)  # by the clock of the file system, which may be another machine's
        jobs = [_job(root, job, since) for job in noted["jobs"]]
        return cls(noted["where"], held(path), time.time() - since, jobs)


def _job(root: Path, noted: dict[str, Any], since: float) -> BuildJob:
    of = partial(BuildJob, noted["rule"], noted["file"], noted["log"])
    log = root / noted["log"]
    if _changed(root / noted["file"]) >= since:
        return of("done")
    if _changed(log) < since:
        return of("waiting")
    lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
    last = lines[-1] if lines else ""
    ends = {"failed": last.startswith(FAULT), "interrupted": last.startswith(INTERRUPTION)}
    state = next((state for state, it_is in ends.items() if it_is), "running")
    return of(state, lines, max(time.time() - _changed(log), 0))


def _changed(path: Path) -> float:
    """Give when a file was last written to; long ago if it is not there."""
    try:
        return path.stat().st_mtime
    except OSError:
        return 0.0
