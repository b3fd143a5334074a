"""What the report says of where the time of its build went."""

from dlia.evaluation.timing import read_jobs
from dlia.formatting import duration_text
from dlia.reporting.records import RESULTS

FIGURE = "durations"


def build_time() -> dict[str, str]:
    """Give the name and caption of the figure, and a sentence; they differ by run."""
    jobs = read_jobs(RESULTS / "timing.csv")
    measured = jobs.dropna(subset="seconds")
    return {
        "name": FIGURE,
        "caption": "Time of all jobs by step and by exercise, their starts, their "
        "waiting and their writing included; jobs that ran side by side count in full.",
        "sentence": _sentence(len(jobs), measured["seconds"].sum(), len(measured))
        + _longest(dict(zip(measured["job"], measured["seconds"], strict=True))),
    }


def _sentence(jobs: int, seconds: float, measured: int) -> str:
    if not measured:
        return f"None of the {jobs} jobs before the report was measured in this folder."
    rest = "" if measured == jobs else f"; the other {jobs - measured} did not run in this folder"
    return (
        f"The {measured} jobs before the report took {duration_text(seconds)} one by one; of those "
        f"that ran side by side each counts in full, what it waited included{rest}."
    )


def _longest(seconds: dict[str, float]) -> str:
    if not seconds:
        return ""
    job = max(seconds, key=lambda name: seconds[name])
    return f" The longest was {job} with {duration_text(seconds[job])}."
