"""Counts of pairs of classes, and what follows from them, against scikit-learn and torchmetrics."""

import numpy as np
import pytest
import torch
from sklearn.metrics import confusion_matrix, precision_recall_fscore_support
from torchmetrics.functional.segmentation import dice_score

from dlia.data.class_shares import IGNORED
from dlia.tasks.segmentation.pairs_of_pixels import by_class, count_pixels, pixel_accuracy
from dlia.tasks.segmentation.tables_by_class import by_class_and_pairs

RANDOM = np.random.default_rng(5)
CLASSES = ["background", "nerve", "vessel"]


def masks(classes, ignored=True):
    truth = RANDOM.integers(0, classes, (4, 6, 5)).astype(np.uint8)
    predicted = np.where(
        RANDOM.random(truth.shape) < 0.6, truth, RANDOM.integers(0, classes, truth.shape)
    )
    if ignored:
        truth[RANDOM.random(truth.shape) < 0.2] = IGNORED
    return predicted, truth


@pytest.mark.parametrize("classes", [2, 3, 5])
def test_pairs_are_those_of_scikit_learn(classes):
    predicted, truth = masks(classes)
    known = truth != IGNORED
    wanted = confusion_matrix(truth[known], predicted[known], labels=range(classes))
    assert (count_pixels(predicted, truth, classes) == wanted).all()


@pytest.mark.parametrize("classes", [2, 3, 5])
def test_every_class_is_measured_as_scikit_learn_does(classes):
    predicted, truth = masks(classes)
    known = truth != IGNORED
    precision, recall, f1, support = precision_recall_fscore_support(
        truth[known], predicted[known], labels=range(classes)
    )
    found = by_class(count_pixels(predicted, truth, classes))
    for own, wanted in zip(found, (f1, recall, precision, support), strict=False):
        assert own == pytest.approx(wanted)


def test_dice_of_every_class_is_that_of_torchmetrics():
    predicted, truth = masks(3, ignored=False)
    found = by_class(count_pixels(predicted, truth, 3)).dice
    wanted = dice_score(
        torch.tensor(predicted.reshape(1, -1).astype(np.int64)),
        torch.tensor(truth.reshape(1, -1).astype(np.int64)),
        num_classes=3,
        average="none",
        input_format="index",
    )
    assert found == pytest.approx(wanted.numpy().ravel())


def test_the_accuracy_of_all_pixels_is_the_mean_recall_weighted_by_the_classes():
    counts = count_pixels(*masks(3), 3)
    found = by_class(counts)
    assert float(pixel_accuracy(counts)) == pytest.approx(
        (found.recall * found.true).sum() / found.true.sum()
    )


def test_a_class_that_is_nowhere_has_no_number():
    found = by_class(count_pixels(np.zeros((2, 2), int), np.zeros((2, 2), np.uint8), 2))
    assert np.isfinite(found.dice).tolist() == [True, False]


def test_tables_have_every_image_and_all_as_one():
    predicted, truth = masks(3)
    table, pairs = by_class_and_pairs(predicted, truth, list("abcd"), CLASSES)
    assert table["image"].unique().tolist() == [*"abcd", "all"]
    pooled = table[table["image"] == "all"].set_index("class")
    alone = table[table["image"] != "all"].groupby("class")["true"].sum()
    assert (pooled["true"] == alone[pooled.index]).all()
    assert pairs["count"].sum() == (truth != IGNORED).sum()


def test_two_classes_are_no_special_case():
    predicted, truth = masks(2)
    table, pairs = by_class_and_pairs(predicted, truth, list("abcd"), CLASSES[:2])
    assert table["class"].unique().tolist() == CLASSES[:2]
    assert len(pairs) == 4
