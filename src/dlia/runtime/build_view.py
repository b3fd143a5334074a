"""How a build is shown, by ``status`` and on the terminal of the build itself."""

from rich.table import Table
from rich.text import Text

from dlia.formatting import duration_text
from dlia.runtime.build_record import Build, BuildJob
from dlia.runtime.training_log import Standing

STATES = ("done", "running", "queued", "interrupted", "failed", "waiting")
_COLOURS = {"interrupted": "yellow", "failed": "red"}
# Columns of the trainings that a narrow terminal does without.
LESS = ("silent for", "train loss", "trial", "validation loss", "epoch")
_LOSSES = ("train loss", "validation loss")


def counts_of_trainings(build: Build) -> str:
    """Return the line with the number of trainings in each state; "" if none is planned."""
    total = sum(job.trains for job in build.jobs)
    counts = (
        f"{len(jobs)} {state}" for state in STATES if (jobs := build.in_state(state, trains=True))
    )
    return f"trainings: {', '.join(counts)}, of {total}" if total else ""


def others_running(build: Build) -> str:
    """Return the line with the running jobs that are no trainings; "" if there are none."""
    others = build.in_state("running", trains=False)
    return f"also running: {', '.join(job.about for job in others)}" if others else ""


def training_table(build: Build, less: int = 0) -> Table | None:
    """Lay out the running trainings that have reported an epoch; None if there are none.

    Args:
        build: The state of the build.
        less: How many columns to leave out, in the order of ``LESS``.
    """
    standing = {job: said for job in _running(build) if (said := Standing.of(job.lines)).latest}
    if not standing:
        return None
    measures = list(dict.fromkeys(name for s in standing.values() for name in _main(s.measured)))
    columns = ["trial", "epoch", *measures, "left", "silent for"]
    columns = [name for name in columns if name not in LESS[:less]]
    table = Table(box=None, pad_edge=False, padding=(0, 1, 0, 0), header_style="bold")
    table.add_column("training", no_wrap=True)
    for name in columns:
        head = name.replace(" ", "\n", 1)  # fits 80 columns
        table.add_column(head, justify="right", overflow="fold")
    for job, own in standing.items():
        left = own.seconds_left(job.heard)
        cells = {name: f"{value:.4f}" for name, value in own.measured.items()}
        cells |= {
            "trial": own.which,
            "epoch": own.epochs or _after(own),
            "silent for": duration_text(job.heard),
        }
        cells["left"] = "" if left is None else duration_text(left)
        if build.runs is False:
            cells["left"] = "ended"
        table.add_row(job.about, *(cells.get(name, "") for name in columns))
    return table


def starting(build: Build) -> list[Text]:
    """Return a line for each running training that has not reported an epoch."""
    began = "ended during start" if build.runs is False else "starting"
    jobs = (job for job in _running(build) if not Standing.of(job.lines).latest)
    return [Text(f"{began}: {job.about}{': ' if job.lines else ''}{_last(job)}") for job in jobs]


def faults(build: Build) -> list[Text]:
    """Return a text for each job that was interrupted or has failed: why, and where its log is."""
    return [
        Text(f"{state}: {job.about}: {' '.join(job.last_word.split())}", style=colour).append(
            f"\n    {job.log}", style="default"
        )
        for state, colour in _COLOURS.items()
        for job in build.in_state(state)
    ]


def _after(own: Standing) -> str:
    """Say what a training does of which no trial is under way."""
    return "ending" if len(own.latest) >= own.trials else ""


def _running(build: Build) -> list[BuildJob]:
    return build.in_state("running", trains=True)


def _last(job: BuildJob) -> str:
    return job.lines[-1].removeprefix("dlia: ") if job.lines else ""


def _main(measured: dict[str, float]) -> list[str]:
    """Return the names of both losses and of the first other validation metric."""
    others = [name for name in measured if name.startswith("validation ") and name not in _LOSSES]
    return [name for name in (*_LOSSES, *others[:1]) if name in measured]
