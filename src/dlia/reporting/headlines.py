"""The figure of all results of a study, on the first page of a report and on the front page."""

from dlia.reporting.blocks import Figure, words


def headline_panel(page: str, study: str, title: str) -> Figure:
    """Return the panel of a study.

    Args:
        page: The beginning of its anchor, for pages with several reports.
        study: The name of the study.
        title: Its title.
    """
    caption = words(
        "{title}: results on the test images. Marks show what the sources report, dots and lines "
        "the mean of this build and its confidence interval.",
        title=title,
    )
    return Figure(f"{page}{study}-headline-figure", f"{study}/figures/headline", caption)
