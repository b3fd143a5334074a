"""What a study of segmentations may not ask for."""

import pytest
from trainings import STUDIES, settings_of

from dlia.study.document import Document
from dlia.tasks.segmentation.task import TASK

SOFTMAX, SIGMOID = "ex2_1/baseline_2024", "ex2_1/baseline_2019"
THREE = ["background", "cytoplasm", "nucleus"]


def faults(key: str, classes: list[str], **prediction) -> list[str]:
    """Name the settings that are wrong with these classes; a threshold of None is none."""
    data = STUDIES["warwick"].data.model_copy(update={"classes": classes})
    document = Document.model_construct(data=data)
    settings = settings_of(key)
    changed = settings.prediction.model_copy(update=prediction)
    settings = settings.model_copy(update={"prediction": changed})
    return [problem.path for problem in TASK.faults(settings, document)]


@pytest.mark.parametrize(
    ("key", "classes", "threshold", "expected"),
    [
        (SIGMOID, THREE[:2], 0.5, []),
        (SIGMOID, THREE[:2], None, ["prediction.threshold"]),
        (SOFTMAX, THREE[:2], 0.5, []),
        (SOFTMAX, THREE[:2], None, []),
        (SOFTMAX, THREE, None, []),
        (SOFTMAX, THREE, 0.5, ["prediction.threshold"]),
        (SIGMOID, THREE, None, ["loss.name"]),
    ],
)
def test_a_single_output_needs_a_threshold_and_several_classes_have_none(
    key, classes, threshold, expected
):
    assert faults(key, classes, threshold=threshold) == expected


def test_shifts_are_for_classifications():
    assert faults(SOFTMAX, THREE[:2], views="shifts") == ["prediction.views"]
