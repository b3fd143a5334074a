"""How a study may say that its masks show the classes, and that its images differ."""

import pytest

from dlia.study.check_settings import study_problems
from dlia.study.document import Document
from dlia.study.yaml_files import ROOT, load_yaml
from dlia.tasks import task_named


def problems(mask: object, classes: int) -> list[str]:
    study = load_yaml(ROOT / "studies/lungs.yaml")
    data = study["data"]
    data["layout"]["mask"] = mask
    data["classes"] = [f"class {number}" for number in range(classes)]
    found = study_problems(Document.model_validate(study), task_named("segmentation"))
    return [f"{p.path}: {p.message}" for p in found if "mask" in p.path]


@pytest.mark.parametrize(
    ("mask", "classes"),
    [("nonzero", 2), ("classes", 2), ("classes", 4), ({"values": [0, 5, 9]}, 3)],
)
def test_a_reading_that_fits_the_classes_is_accepted(mask, classes):
    assert problems(mask, classes) == []


def test_nonzero_tells_only_two_classes_apart():
    assert problems("nonzero", 3) == ["data.layout.mask: nonzero tells two classes apart, not 3"]


def test_every_class_has_its_grey_value():
    assert problems({"values": [0, 5]}, 3) == ["data.layout.mask: has 2 values for 3 classes"]
