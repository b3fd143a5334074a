"""Build time by step and by exercise."""

import pandas as pd
from matplotlib.figure import Figure

from dlia.figures import style
from dlia.formatting import duration_text

LINE, HEAD, FOOT = 0.19, 0.25, 0.4  # inches
# Inches: left of the first and of the second panel, of a panel, and right of it for a bar's words.
LABELS, PANEL, WORDS = (0.95, 0.75), 1.5, 0.75
NO_EXERCISE = "all others"  # jobs that process data sets or all exercises


@style.applied()
def picture(jobs: pd.DataFrame) -> Figure:
    """Draw the seconds of all jobs as bars, longest steps first, exercises in their order.

    Args:
        jobs: Columns step, exercise ("" if a job belongs to none) and seconds (NaN if not
            measured).
    """
    measured = jobs.dropna(subset="seconds")
    if measured.empty:
        return style.message("No job of this build was measured.")
    step = measured["step"].str.replace("_", " ")
    steps = measured["seconds"].groupby(step).sum().sort_values(ascending=False)
    exercise = measured["exercise"].replace("", NO_EXERCISE)
    exercises = measured["seconds"].groupby(exercise, sort=False).sum()
    names = [name for name in exercises.index if name != NO_EXERCISE]
    exercises = exercises.reindex([*names, NO_EXERCISE]).dropna()
    lines = max(len(steps), len(exercises))
    figure = style.blank(HEAD + LINE * lines + FOOT)
    left = LABELS[0]
    for title, seconds in (("By step", steps), ("By exercise", exercises)):
        _bars(figure, left, title, seconds)
        left += PANEL + WORDS + LABELS[1]
    return figure


def _bars(figure: Figure, left: float, title: str, seconds: pd.Series) -> None:
    axes = style.place(figure, left, HEAD, PANEL, LINE * len(seconds))
    places = range(len(seconds))
    minutes = seconds / 60
    axes.barh(places, minutes, height=0.6, color=style.BLUE)
    axes.set_yticks(places, list(seconds.index))
    axes.set(ylim=(len(seconds) - 0.5, -0.5), xlim=(0, minutes.max() * 1.02 or 1))
    axes.tick_params(axis="y", length=0)
    axes.grid(axis="y", visible=False)
    axes.set_xlabel("minutes")
    axes.locator_params(axis="x", nbins=4)
    axes.set_title(title, loc="left")
    for place, (value, total) in enumerate(zip(minutes, seconds, strict=True)):
        axes.annotate(
            duration_text(total),
            (value, place),
            xytext=(3, 0),
            textcoords="offset points",
            va="center",
            fontsize=style.SMALL,
        )
