"""What the report says of the labels that a network gives to the test images."""

from types import SimpleNamespace
from typing import Any

from dlia.reporting import parts


def test_the_trial_is_named_by_the_number_that_tables_give_it(monkeypatch):
    row = {"image": "a", "true": "x", "predicted": "x", "probability": "0.5"}
    rows = [{**row, "trial": "1", "correct": right} for right in "10"]
    monkeypatch.setattr(parts, "read_table", lambda _: rows)
    network = SimpleNamespace(settings=SimpleNamespace(monitor=["train", "validation"]))
    data = SimpleNamespace(classes=["x", "y"])
    study: Any = SimpleNamespace(data=data, family="accuracy", variant=lambda _: network)
    exercise: Any = SimpleNamespace(id="e", network="e/a")
    said, _ = parts.labels_of_test_images(study, exercise)
    assert "".join(part.text for part in said.text) == (
        "The network of e/a predicts the class of 1 of 2 test images, 50.00 %. Trial 1 is shown, "
        "the best on validation."
    )
