"""The labels that a network gives to the test images, and random images of every class."""

import numpy as np
import pandas as pd
from sklearn.metrics import accuracy_score

from dlia.data.arrays import Arrays
from dlia.evaluation.balance import samples
from dlia.evaluation.given_labels import given_labels
from dlia.evaluation.predictions import Predictions

CLASSES = ["a", "b", "c"]
TRUTH = np.array([0, 1, 2, 2])


def predictions(trials: int = 2) -> Predictions:
    logits = np.random.default_rng(3).normal(size=(trials, 4, 3)).astype(np.float32)
    ids = [f"Test/{n}" for n in range(4)]
    return Predictions(logits, ids, {"threshold": None}, [{"trial": n} for n in range(trials)])


def test_every_image_has_its_class_and_the_predicted_one_with_its_probability():
    table = given_labels(predictions(), 1, TRUTH, CLASSES)
    logits = predictions().logits[1].astype(np.float64)
    shares = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    assert table["image"].tolist() == ["Test/0", "Test/1", "Test/2", "Test/3"]
    assert table["true"].tolist() == ["a", "b", "c", "c"]
    assert table["predicted"].tolist() == [CLASSES[n] for n in logits.argmax(axis=1)]
    np.testing.assert_allclose(table["probability"], shares.max(axis=1))
    assert set(table["trial"]) == {1}


def test_the_share_of_right_labels_is_the_accuracy():
    table = given_labels(predictions(), 0, TRUTH, CLASSES)
    expected = accuracy_score(TRUTH, predictions().logits[0].argmax(axis=1))
    assert table["correct"].mean() == expected


def drawn(seed: int | None) -> list[int]:
    split = pd.DataFrame({"part": ["train"] * 60 + ["test"] * 30})
    targets = np.arange(90) % 3
    arrays = Arrays(np.zeros((90, 2, 2), np.uint8), targets, split)
    return samples(arrays, CLASSES, 5, 9, seed).tolist()


def test_random_images_are_of_every_class_in_turn_and_of_the_training_part():
    rows = drawn(7)
    assert [row % 3 for row in rows] == [0] * 5 + [1] * 5 + [2] * 5
    assert len({*rows}) == 15
    assert max(rows) < 60


def test_random_images_follow_from_the_seed_and_are_not_the_first_ones():
    assert drawn(7) == drawn(7)
    assert drawn(7) != drawn(8)
    assert drawn(7) != drawn(None) == [*range(0, 15, 3), *range(1, 15, 3), *range(2, 15, 3)]
