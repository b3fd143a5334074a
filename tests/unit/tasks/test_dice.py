"""The Dice coefficient: by hand, by other libraries, and its properties."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from sklearn.metrics import f1_score

from dlia.tasks.segmentation.dice import dice, soft_dice_pooled

masks = arrays(bool, (3, 4, 5))


def test_counts_the_overlap_twice_over_both_areas():
    predicted = np.array([[[1, 1, 0, 0]]], dtype=bool)
    truth = np.array([[[0, 1, 1, 1]]], dtype=bool)
    assert dice(predicted, truth) == pytest.approx([2 * 1 / (2 + 3)])


def test_two_empty_masks_agree_perfectly():
    empty = np.zeros((1, 2, 2), dtype=bool)
    assert dice(empty, empty) == pytest.approx([1.0])


def test_an_empty_and_a_filled_mask_share_nothing():
    empty, filled = np.zeros((1, 2, 2), dtype=bool), np.ones((1, 2, 2), dtype=bool)
    assert dice(empty, filled) == pytest.approx([0.0])


@given(masks, masks)
def test_is_symmetric_and_between_0_and_1(first, second):
    assert np.array_equal(dice(first, second), dice(second, first))
    assert ((dice(first, second) >= 0) & (dice(first, second) <= 1)).all()


@given(masks)
def test_is_1_for_equal_masks(mask):
    assert (dice(mask, mask) == 1).all()


@given(masks, masks)
def test_equals_the_f1_score_of_scikit_learn(predicted, truth):
    pairs = zip(predicted, truth, strict=True)
    expected = [f1_score(t.ravel(), p.ravel(), zero_division=1.0) for p, t in pairs]
    assert dice(predicted, truth) == pytest.approx(expected)


@given(masks, masks)
def test_is_the_same_for_tensors(predicted, truth):
    of_tensors = dice(torch.from_numpy(predicted), torch.from_numpy(truth))
    assert of_tensors.numpy() == pytest.approx(dice(predicted, truth), abs=1e-6)


@pytest.mark.slow
def test_equals_the_dice_score_of_torchmetrics():
    from torchmetrics.functional.segmentation import dice_score

    generator = torch.Generator().manual_seed(1)
    predicted, truth = torch.rand((2, 20, 16, 16), generator=generator) > 0.6
    theirs = dice_score(
        predicted[:, None].long(), truth[:, None].long(), num_classes=1, include_background=True
    )
    assert dice(predicted, truth).numpy() == pytest.approx(theirs.flatten().numpy(), abs=1e-6)


@given(masks, masks)
def test_soft_dice_of_hard_masks_in_batches_of_one_is_the_mean_dice(predicted, truth):
    soft = soft_dice_pooled(predicted.astype(float), truth.astype(float), batch=1)
    assert soft == pytest.approx(dice(predicted, truth).mean())


@given(st.integers(1, 12))
def test_soft_dice_weighs_batches_by_their_length(n):
    probability, truth = np.full((n, 2, 2), 0.5), np.ones((n, 2, 2))
    assert soft_dice_pooled(probability, truth) == pytest.approx(2 * 0.5 / 1.5)
