"""The jobs of a running build, followed by the events that Snakemake logs."""

import csv
import re
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean

from dlia.runtime.build_record import Build, BuildJob, own_name
from dlia.runtime.log_lines import end_of
from dlia.runtime.training_log import Standing
from snakemake_logger_plugin_dlia.log_reader import LogReader

_KILLED = re.compile(r"died with <Signals\.(\w+)|non-zero exit status (\d+)")
_SIGNALS = {"130": "SIGINT", "137": "SIGKILL", "143": "SIGTERM"}  # as a shell reports them
_OVERRUN = 0.25
_DETAILS = "For further error details"  # see the logs, Snakemake says
_SHOWN = 300  # characters of a line of a log that is no message of dlia


@dataclass
class _Begun:
    """A job that has been started or submitted."""

    rule: str
    file: str
    log: LogReader
    local: bool
    began: float
    ended: float | None = None
    state: str = "running"
    word: str = ""


class Jobs:
    """The jobs of a build and their states.

    Args:
        expected: How many seconds each training takes, as estimated before the first job, by the
            own name of its rule; what is added later counts, too.
        clock: Gives the time in seconds.
    """

    def __init__(
        self, expected: Mapping[str, float], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._clock, self._started = clock, clock()
        self._given = expected
        self._planned: Counter[str] = Counter()
        self._begun: dict[int, _Begun] = {}
        self._earlier: dict[str, float] = {}
        self._hint = ""

    @property
    def total(self) -> int:
        """Number of jobs that the build will run."""
        return self._planned.total()

    @property
    def done(self) -> int:
        """Number of jobs that are done."""
        return sum(job.state == "done" for job in self._begun.values())

    def plan(self, stats: Mapping[str, int]) -> None:
        """Note the jobs to run, by rule, and how long each took in an earlier build.

        A training counts for nothing here: the earlier one may have had other epochs or trials.
        """
        self._planned = Counter({rule: count for rule, count in stats.items() if rule != "total"})
        self._earlier = {
            rule: seconds
            for rule in self._planned
            if _kind(rule) != "train" and (seconds := _benchmark(rule)) is not None
        }

    def begin(
        self, number: int, rule: str, output: Sequence[str], log: Sequence[str], local: bool
    ) -> tuple[BuildJob, bool]:
        """Note that a job starts here or is submitted; return it, and whether it ran before."""
        again = number in self._begun
        reader = LogReader(log[0] if log else "", self._clock)
        file = output[0] if output else ""
        job = self._begun[number] = _Begun(rule, file, reader, local, self._clock())
        return self._as_build_job(job), again

    def finish(self, number: int) -> BuildJob | None:
        """Note that a job is done."""
        if job := self._begun.get(number):
            job.state, job.ended = "done", self._clock()
            return self._as_build_job(job)
        return None

    def hint(self, text: str) -> None:
        """Note an error that Snakemake logs just before it names the failed job."""
        self._hint = text

    def fail(self, number: int, rule: str, logs: Sequence[str], message: str) -> BuildJob:
        """Note that a job has failed, and find out why.

        Args:
            number: Its number.
            rule: The name of its rule.
            logs: Its log, and the logs that a cluster keeps of it.
            message: What Snakemake says about the failure.
        """
        if number not in self._begun:
            self.begin(number, rule, (), logs, local=True)
        job = self._begun[number]
        job.ended = self._clock()
        job.log.read()
        job.state, job.word = end_of(job.log.last)
        if job.state == "running":  # it could not say why
            job.state, job.word = _without_word(job.log, logs[1:], message or self._hint)
            if not job.log.began and logs[1:]:
                job.log = LogReader(logs[-1])
        self._hint = ""
        return self._as_build_job(job)

    def build(self) -> Build:
        """Return the state of the build; jobs that have ended are in the order of their ends."""
        begun = sorted(self._begun.values(), key=lambda job: job.ended or float("inf"))
        waiting = self._planned - Counter(job.rule for job in begun)
        jobs = [self._as_build_job(job) for job in begun]
        jobs += [BuildJob(rule, "", _log(rule), "waiting") for rule in waiting.elements()]
        return Build("here", True, self._clock() - self._started, jobs)

    def seconds_left(self) -> float | None:
        """Estimate the seconds until the build ends; None if not known yet.

        The log of a training says how long it takes, before that the estimate, and an earlier
        build for all other jobs; or else the jobs of the same kind tell.
        """
        totals = self._totals()
        waiting = self._planned - Counter(job.rule for job in self._begun.values())
        left = [self._expected(rule, totals) for rule in waiting.elements()]
        running = [job for job in self._begun.values() if job.state == "running"]
        left += [self._left(job, totals) for job in running]
        known = [seconds for seconds in left if seconds is not None]
        if len(known) < len(left):
            return None
        busy = sum((job.ended or self._clock()) - job.began for job in self._begun.values())
        at_once = max(len(running), busy / max(self._clock() - self._started, 1.0), 1.0)
        return max([sum(known) / at_once, *known], default=0.0)

    def _left(self, job: _Begun, totals: dict[str, list[float]]) -> float | None:
        said = Standing.of(job.log.lines).seconds_left(self._clock() - job.log.heard)
        if said is not None:
            return said
        expected, so_far = self._expected(job.rule, totals), self._clock() - job.began
        # A job that takes longer than expected may well take longer still.
        return None if expected is None else max(expected - so_far, _OVERRUN * so_far)

    def _totals(self) -> dict[str, list[float]]:
        """Return the known run times of this build's jobs by their kind."""
        totals: dict[str, list[float]] = {}
        for job in self._begun.values():
            seconds = None
            if job.state == "done" and job.ended is not None:
                seconds = job.ended - job.began
            elif job.state == "running":
                since = self._clock() - job.log.heard
                left = Standing.of(job.log.lines).seconds_left(since)
                seconds = None if left is None else left + self._clock() - job.began
            if seconds is not None:
                totals.setdefault(_kind(job.rule), []).append(seconds)
        return totals

    def _expected(self, rule: str, totals: dict[str, list[float]]) -> float | None:
        if own_name(rule) in self._given:
            return self._given[own_name(rule)]
        if rule in self._earlier:
            return self._earlier[rule]
        if same := totals.get(_kind(rule)):
            return fmean(same)
        others = [seconds for kind, of in totals.items() if kind != "train" for seconds in of]
        return fmean(others) if others and _kind(rule) != "train" else None

    def _as_build_job(self, job: _Begun) -> BuildJob:
        lines: list[str] = []
        if job.state == "running":
            job.log.read()
            lines = job.log.lines
        return BuildJob(
            job.rule,
            job.file,
            job.log.path,
            "queued" if job.state == "running" and not (job.local or job.log.began) else job.state,
            lines,
            self._clock() - job.log.heard,
            job.word,
            (job.ended or self._clock()) - job.began,
        )


def _kind(rule: str) -> str:
    return own_name(rule).partition("_")[0]


def _log(rule: str) -> str:
    return f"logs/{own_name(rule)}.log"


def _without_word(log: LogReader, others: Sequence[str], message: str) -> tuple[str, str]:
    """Tell how a job ended that could not say why itself."""
    found = _KILLED.search(message)
    signal = found and (found[1] or _SIGNALS.get(found[2]))
    if signal in ("SIGINT", "SIGTERM"):
        return "interrupted", f"ended by {signal}"
    if signal == "SIGKILL":
        return "failed", "killed by SIGKILL; perhaps there was too little memory"
    last = next(_last_lines(others), "") or (log.last[-1] if log.last else "")
    what = f"ended by {signal}" if signal else "ended without a message"
    about = "" if found else " ".join(message.partition(_DETAILS)[0].split()).rstrip(".")
    return "failed", "; ".join(filter(None, (what, about[:_SHOWN], last[:_SHOWN])))


def _last_lines(paths: Sequence[str]) -> Iterator[str]:
    for path in paths:
        try:
            lines = Path(path).read_text(encoding="utf-8", errors="replace").split("\n")
        except OSError:
            continue
        yield from (line.strip() for line in reversed(lines) if line.strip())


def _benchmark(rule: str) -> float | None:
    """Return the seconds that the job took when it ran last; None if it has not run."""
    try:
        with Path(f"results/benchmarks/{own_name(rule)}.tsv").open(
            encoding="utf-8", newline=""
        ) as file:
            (row,) = csv.DictReader(file, delimiter="\t")
            return float(row["s"])
    except (OSError, ValueError, KeyError):
        return None
