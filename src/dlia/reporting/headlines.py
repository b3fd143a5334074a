"""The figure of all results of a study, on the first page of a report and on the front page."""

from dlia.reporting.blocks import Figure, words
from dlia.reporting.rules import LEVEL_TEXT


def headline_panel(page: str, study: str, title: str) -> Figure:
    """Return the panel of a study.

    Args:
        page: The beginning of its anchor, for pages with several reports.
        study: The name of the study.
        title: Its title.
    """
    caption = words(
        "{title}: means; lines are {level} intervals of several trials, arrows lead beyond the "
        "axis.",
        title=title,
        level=LEVEL_TEXT,
    )
    return Figure(f"{page}{study}-headline-figure", f"{study}/figures/headline", caption)
