"""Figures with images of the data: their terms are said, or reports leave the figures out."""

from collections.abc import Iterable
from dataclasses import replace

from dlia.reporting.blocks import Figure, words
from dlia.reporting.records import RESULTS, read_json
from dlia.study.model import Study
from dlia.study.origins import REAL

# What a study shows first, and slices of patients, have the terms of the data beside them.
WITH_TERMS = ("samples", "random_samples", "patches", "slices")


def permitted(study: Study, figures: Iterable[Figure]) -> list[Figure]:
    """Return the figures that the report may have, some with the terms of the data.

    Args:
        study: The study; ``report.images`` says whether images are shown.
        figures: Its figures. Stand-ins have no terms.
    """
    found = []
    terms = terms_of(study)
    for figure in figures:
        if not shows_images(study, figure):
            found.append(figure)
        elif study.shows_images:
            said = terms and _name(figure).startswith(WITH_TERMS)
            told = words(" Terms of the data: {terms}.", terms=terms) if said else ()
            found.append(replace(figure, caption=(*figure.caption, *told)))
    return found


def shows_images(study: Study, figure: Figure) -> bool:
    """Tell whether a figure shows images of the data."""
    name = _name(figure)
    return {name, name.partition("_")[0]} & study.task.image_figures != set()


def _name(figure: Figure) -> str:
    return figure.file.rpartition("/")[2]


def terms_of(study: Study) -> str:
    """Return the terms of the real images that a study is built from; "" if none are stated."""
    source = read_json(RESULTS / "data" / study.name / "source.json")
    form = source["layout"].get("form", "")
    own = next((each.terms for each in study.data.forms if each.title == form), "")
    return (own or study.data.terms) if source["data"] == REAL else ""
