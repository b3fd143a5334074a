"""What a study may say of its stand-in."""

from typing import Any

import pytest

from dlia.study.check_settings import study_problems
from dlia.study.document import Document
from dlia.tasks import task_named

SHAPES = {"kind": "shapes", "train": 40, "test": 10, "size": 32}
LAYOUTS = {"classification": "class_folders", "segmentation": "image_mask_pairs"}


def document(task: str, classes: int, standin: dict[str, Any]) -> Document:
    data = {
        "archive": "A.zip",
        "layout": LAYOUTS[task],
        "size": [32, 32],
        "channels": 3,
        "classes": [str(number) for number in range(classes)],
        "validation": 0.2,
        "standin": {**SHAPES, **standin},
    }
    exercises = {"e": {"title": "T", "question": "Q?"}}
    plain = {"title": "T", "task": task, "data": data, "exercises": exercises}
    return Document.model_validate(plain)


def problems(task: str, classes: int, **standin: Any) -> list[str]:
    found = study_problems(document(task, classes, standin), task_named(task))
    return [f"{problem.path}: {problem.message}" for problem in found]


@pytest.mark.parametrize("task", LAYOUTS)
def test_shapes_suit_every_layout(task):
    assert problems(task, 3, group=4) == []


@pytest.mark.parametrize(
    ("task", "classes", "standin", "fault"),
    [
        ("classification", 11, {}, "test: 10 images cannot show all 11 classes"),
        ("segmentation", 22, {"objects": 2}, "test: 10 images cannot show all 21 classes"),
        ("classification", 3, {"objects": 2}, "objects: is for masks and boxes"),
        ("classification", 10, {"kind": "digits", "group": 2}, "group: digits have none; shapes"),
        ("segmentation", 2, {"kind": "digits"}, "kind: digits do not have the layout"),
    ],
)
def test_what_a_stand_in_cannot_be_is_refused(task, classes, standin, fault):
    (problem,) = problems(task, classes, **standin)
    assert problem.startswith(f"data.standin.{fault}")


FOLDERS = {"images": "train/<class>/<name>.png"}
TABLE = {"images": "test/<name>.png", "table": {"file": "t.csv", "image": "i", "label": "l"}}
PATHS = {"name": "labelled_files", "train": FOLDERS, "test": TABLE}


@pytest.mark.parametrize(
    ("layout", "names", "fault"),
    [
        (PATHS, ["b/c", "d"], "b/c cannot be read from a path of the form train/<class>/<name>"),
        ("class_folders", ["b/c", "d"], "b/c cannot be read from a path"),
        ({**PATHS, "train": {"images": "<class>_<x>.png"}}, ["a_b", "c"], "a_b cannot be read"),
        (PATHS, ["a", "A"], "A and a are equal"),
        ("class_folders", ["\u00e9", "E\u0301"], "E\u0301 and \u00e9 are equal"),
        (PATHS, ["a ", "b"], "'a ' begins or ends with a blank"),
    ],
)
def test_classes_that_an_archive_cannot_tell_are_refused(layout, names, fault):
    plain = document("classification", 2, {}).data
    data = plain.model_validate({**plain.plain(), "layout": layout, "classes": names})
    study = document("classification", 2, {}).model_copy(update={"data": data})
    (problem,) = study_problems(study, task_named("classification"))
    assert problem.path == "data.classes"
    assert problem.message.startswith(fault)


def test_numbers_and_tables_tell_any_classes():
    plain = document("classification", 2, {}).data
    numbered = {**PATHS, "classes_as": "numbers"}
    tabled = {**PATHS, "train": {**TABLE, "images": "a/<n>.png", "table": {**TABLE["table"]}}}
    tabled["train"]["table"]["file"] = "a.csv"
    tabled["train"]["table"]["image_form"] = "<n>"
    for layout, names in ((numbered, ["a", "A"]), (tabled, ["b/c", "d, e"])):
        data = plain.model_validate({**plain.plain(), "layout": layout, "classes": names})
        study = document("classification", 2, {}).model_copy(update={"data": data})
        assert study_problems(study, task_named("classification")) == []


def test_only_shapes_depend_on_the_layout():
    shapes, glands = (
        document("segmentation", 2, {"kind": kind}).data.drawn() for kind in ("shapes", "glands")
    )
    assert shapes.keys() - glands.keys() == {"layout", "options", "channels", "group", "objects"}
