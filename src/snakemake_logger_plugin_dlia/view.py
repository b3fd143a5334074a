"""What a build shows: a screen that is redrawn, or lines where there is no terminal."""

from collections.abc import Iterable, Iterator, Sequence

from rich.console import Console, RenderableType
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from dlia.formatting import duration_text
from dlia.runtime.build_record import Build, BuildJob
from dlia.runtime.build_view import (
    LESS,
    counts_of_trainings,
    faults,
    others_running,
    starting,
    training_table,
)
from dlia.runtime.training_log import Standing

_DONE, _NOTES = 6, 2  # most lines for jobs that are done, and for messages
_NAMED = 4  # most jobs that the line of each minute names
_FAULT = 4  # most lines of a fault


def screen(build: Build, left: float | None, notes: Sequence[str], console: Console) -> list[str]:
    """Return the lines of the screen; they fit the width and height of ``console``.

    Args:
        build: The state of the build.
        left: Estimated seconds until it ends; None if not known yet.
        notes: What Snakemake and the jobs said, the last at the end.
        console: Knows the size, the colours and the characters of the terminal.
    """
    room = console.height - 1
    lines = [*_lines(console, _progress(build, left, console.width))]
    lines += _one_line_each(console, [counts_of_trainings(build)])
    bad = list(_whole(console, faults(build), max(room // 2 - 1, 3), "more that failed"))
    said = _one_line_each(console, notes[-_NOTES:])
    others = _one_line_each(console, [others_running(build)])
    space = room - len(lines) - len(bad) - len(said) - len(others) - 1
    running = _trainings(console, build)
    running += _one_line_each(console, starting(build))
    running = _cut(running, space, "more")
    space -= len(running) + bool(running)
    done = build.in_state("done")[::-1][: max(min(_DONE, space - 1), 0)]
    ended = _one_line_each(console, [f"done: {_with_time(job)}" for job in done if job.file])
    gap = [""]
    lines += [*gap, *running] if running else []
    lines += others
    lines += [*gap, *ended] if ended else []
    return [*lines, *bad, *said][:room]


def done_line(build: Build, job: BuildJob) -> str:
    """Return the line for a job that is done."""
    total = str(len(build.jobs))
    return f"{len(build.in_state('done')):{len(total)}}/{total} {_with_time(job)}"


def running_line(build: Build, left: float | None) -> str:
    """Return the line of each minute: what runs, and how long the build still takes."""
    jobs = [*build.in_state("running", trains=True), *build.in_state("running", trains=False)]
    shown = [_standing(job) for job in jobs[:_NAMED]]
    if len(jobs) > _NAMED:
        shown.append(f"{len(jobs) - _NAMED} more")
    if queued := build.in_state("queued"):
        shown.append(f"{len(queued)} queued")
    done = f"{len(build.in_state('done'))} of {len(build.jobs)} jobs done"
    return "; ".join(
        [f"running: {shown[0]}" if shown else "waiting", *shown[1:], done, *_left(left)]
    )


def fault_lines(job: BuildJob) -> list[str]:
    """Return what is said about a job that has failed or was interrupted: why, and its log."""
    first, *others = f"{job.state}: {job.about}: {job.last_word}".splitlines()
    return [first, *(f"    {line}" for line in [*others, job.log] if line)]


def ending(build: Build) -> list[str]:
    """Return the lines at the end of a build: how far it came, what failed and why, what to do.

    A build whose first job has not begun has been refused, and whoever refused it has said why.
    """
    done, total = len(build.in_state("done")), len(build.jobs)
    if len(build.in_state("waiting")) == total:
        return []
    after = f"after {duration_text(build.seconds)}"
    if done == total:
        all_done = "the job is" if total == 1 else f"all {total} jobs are"
        return [f"dlia: {all_done} done, {after}"]
    failed, interrupted = build.in_state("failed"), build.in_state("interrupted")
    what = "failed" if failed else "was interrupted" if interrupted else "stopped"
    lines = [f"dlia: the build {what} {after}: {done} of {total} jobs are done"]
    if interrupted:
        lines.append(f"  interrupted: {', '.join(job.about for job in interrupted)}")
    for job in failed:
        lines += [f"  {line}" for line in fault_lines(job)]
    remedy = "the same command continues it"
    return [*lines, f"dlia: {'after the cause is removed, ' if failed else ''}{remedy}"]


def _trainings(console: Console, build: Build) -> list[str]:
    """Return the table of the trainings with as many columns as fit."""
    unlimited = console.options.update(max_width=1000)
    for less in range(len(LESS) + 1):
        table = training_table(build, less)
        if table and console.measure(table, options=unlimited).maximum <= console.width:
            break
    return _lines(console, table) if table else []


def _progress(build: Build, left: float | None, width: int) -> RenderableType:
    done, total = len(build.in_state("done")), len(build.jobs)
    words = [f"{done} of {total} jobs", duration_text(build.seconds), *_left(left)]
    text = Text(", ".join(words), no_wrap=True, overflow="ellipsis")
    room = width - len(text.plain) - 1
    if room < 10:
        return text
    grid = Table.grid(padding=(0, 1, 0, 0))
    grid.add_column(width=room - 1)
    grid.add_column(no_wrap=True)
    grid.add_row(ProgressBar(total=max(total, 1), completed=done), text)
    return grid


def _left(left: float | None) -> list[str]:
    return [] if left is None else [f"about {duration_text(left)} left"]


def _with_time(job: BuildJob) -> str:
    return job.rule if job.seconds is None else f"{job.rule} ({duration_text(job.seconds)})"


def _standing(job: BuildJob) -> str:
    own = Standing.of(job.lines)
    words = [_one_or_more("trial", own.which)] if own.which else []
    words += [_one_or_more("epoch", own.epochs)] if own.epochs else []
    words += [f"{name} {value:.4f}" for name, value in list(own.measured.items())[:1]]
    if (left := own.seconds_left(job.heard)) is not None:
        words.append(f"{duration_text(left)} left")
    if not words and job.seconds is not None:
        words = [f"for {duration_text(job.seconds)}"]
    return f"{job.about} {', '.join(words)}".strip()


def _one_or_more(what: str, numbers: str) -> str:
    """Write "trial 2 of 3", or "trials 1 and 3 of 3" if several are trained at once."""
    *others, last = numbers.split(", ")
    return f"{what}s {', '.join(others)} and {last}" if others else f"{what} {last}"


def _lines(console: Console, what: RenderableType) -> list[str]:
    with console.capture() as captured:
        console.print(what)
    return captured.get().splitlines()


def _one_line_each(console: Console, texts: Iterable[str | Text]) -> list[str]:
    lines: list[str] = []
    for text in texts:
        if text:
            one = Text(text) if isinstance(text, str) else text.copy()
            one.no_wrap, one.overflow = True, "ellipsis"
            lines += _lines(console, one)[:1]
    return lines


def _whole(console: Console, texts: Sequence[Text], room: int, what: str) -> Iterator[str]:
    """Yield the lines of as many texts as fit, the last ones first."""
    for number, text in enumerate(reversed(texts)):
        *reason, log = _lines(console, text)
        lines = [*reason[: _FAULT - 1], log]
        if len(lines) > room - (number < len(texts) - 1):
            yield f"... and {len(texts) - number} {what}"
            return
        room -= len(lines)
        yield from lines


def _cut(lines: list[str], room: int, what: str) -> list[str]:
    if len(lines) <= room:
        return lines
    kept = max(room - 1, 0)
    return [*lines[:kept], f"... and {len(lines) - kept} {what}"][: max(room, 0)]
