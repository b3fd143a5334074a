"""Methods: what a report shows is defined, and nothing else is explained."""

import re

import pytest
from own_studies import own_studies

from dlia.reporting.blocks import Section, Span
from dlia.reporting.features import present_features
from dlia.reporting.measures import names_of_measures
from dlia.reporting.methods import methods_part
from dlia.reporting.references import cited_in, once
from dlia.tasks import TASK_NAMES

STUDIES = {s.task.name: s for s in own_studies("mnist", "warwick", "brain", "wildlife").values()}
FEATURES = dict.fromkeys(present_features([], False), False)


def told(part: object) -> str:
    if isinstance(part, Span):
        return part.text
    if isinstance(part, tuple):
        return "".join(map(told, part))
    return (
        "\n".join(told(value) for value in vars(part).values()) if hasattr(part, "__dict__") else ""
    )


def methods(task: str) -> Section:
    has = {**FEATURES, task: True, "trials": True}
    units = f"{STUDIES[task].task.unit}s"
    return methods_part(0, [], Section("rules", "Rules", ()), has, units)


def measures_of(task: str) -> str:
    [own] = [part for part in methods(task).blocks if part.anchor == "measures"]
    return told(own).casefold()


@pytest.mark.parametrize("task", TASK_NAMES)
def test_every_measure_of_the_tables_is_defined(task):
    study = STUDIES[task]
    own = study.task
    names = [own.metric, *own.described, *own.measures]
    shown = {own.known[name].words for name in names}
    shown |= {label.partition(", ")[2] or label for label in names_of_measures(study).values()}
    # One sentence defines the measure of every class, and of every width.
    wanted = {re.sub(r"(?<=class )\d", "n", re.sub(r"\d(?= px)", "1", said)) for said in shown}
    defined = measures_of(task)
    assert [said for said in sorted(wanted) if said.casefold() not in defined] == []


def test_measures_of_other_tasks_are_not_explained():
    others = ("soft, pooled", "checkerboard", "AP50", "most probable class")
    assert [said for said in others if said.casefold() in measures_of("volume_segmentation")] == []


def test_only_references_that_are_cited_are_listed():
    def listed(task: str) -> set[str]:
        return {item.label for item in once([], cited_in(methods(task)))}

    assert listed("classification") == {"fisher", "hedges", "holm", "mcnemar", "wilson"}
    assert listed("volume_segmentation") == {"dice", "efron", "fisher", "hedges", "holm"}


def test_what_tables_call_images_has_its_own_name_in_volumes():
    said = "Dice on training images less that on validation images; test images are not seen"
    assert STUDIES["segmentation"].task.said(said) == said
    assert STUDIES["volume_segmentation"].task.said(said) == (
        "Dice on training patches or slices less that on validation volumes; test volumes are not "
        "seen"
    )
