"""Build time, as the report shows it."""

from dlia.evaluation.timing import read_jobs
from dlia.formatting import duration_text
from dlia.reporting.records import RESULTS

FIGURE = "durations"


def build_time() -> dict[str, str]:
    """Return the name and caption of the figure, and a sentence; all differ from run to run."""
    jobs = read_jobs(RESULTS / "timing.csv")
    measured = jobs.dropna(subset="seconds")
    return {
        "name": FIGURE,
        "caption": "Run time of all jobs by step and by exercise, including start-up, "
        "waiting and writing. Jobs that ran in parallel count in full.",
        "sentence": _sentence(len(jobs), measured["seconds"].sum(), len(measured))
        + _longest(dict(zip(measured["job"], measured["seconds"], strict=True))),
    }


def _sentence(jobs: int, seconds: float, measured: int) -> str:
    if not measured:
        return f"No run time is recorded in this folder for the {jobs} jobs before the report."
    rest = "" if measured == jobs else f"; the other {jobs - measured} did not run in this folder"
    return (
        f"The {measured} jobs before the report took {duration_text(seconds)} in total. Jobs that "
        f"ran in parallel count in full, including the time that they waited{rest}."
    )


def _longest(seconds: dict[str, float]) -> str:
    if not seconds:
        return ""
    job = max(seconds, key=lambda name: seconds[name])
    return f" The longest was {job} with {duration_text(seconds[job])}."
