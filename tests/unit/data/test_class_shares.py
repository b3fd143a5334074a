"""Shares of classes: what is ignored belongs to none; strata of masks follow them."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from dlia.data.class_shares import IGNORED, class_shares, present_classes
from dlia.data.splits import split

CLASS_MAPS = arrays(
    np.uint8,
    st.tuples(st.integers(1, 8), st.just(3), st.just(4)),
    elements=st.sampled_from([0, 1, 2, IGNORED]),
)


@given(CLASS_MAPS)
def test_shares_of_an_image_add_up_to_1_unless_all_is_ignored(masks):
    known = (masks != IGNORED).any(axis=(1, 2))
    np.testing.assert_allclose(class_shares(masks, 3).sum(axis=1), known)


@given(CLASS_MAPS)
def test_shares_are_those_among_the_pixels_that_are_not_ignored(masks):
    for mask, shares in zip(masks, class_shares(masks, 3), strict=True):
        pixels = mask[mask != IGNORED]
        if pixels.size:
            assert shares.tolist() == [(pixels == number).mean() for number in range(3)]


@given(CLASS_MAPS)
def test_ignored_pixels_are_no_class_that_is_present(masks):
    assert set(present_classes(masks)) == set(masks.flatten()) - {IGNORED}


def test_a_label_is_all_that_its_image_shows():
    assert class_shares(np.array([1, 0]), 2).tolist() == [[0, 1], [1, 0]]


def test_the_256th_class_of_images_is_a_class():
    assert class_shares(np.array([255]), 256)[0, 255] == 1
    assert present_classes(np.array([255])).tolist() == [255]


def masks_of(*pixels: np.ndarray) -> np.ndarray:
    """Give masks of 10x10 pixels; each array has a class's pixels in every image."""
    flat = np.zeros((len(pixels[0]), 100), np.uint8)
    for number, counts in enumerate(pixels, start=1):
        for row, count in enumerate(counts):
            flat[row, 30 * (number - 1) : 30 * (number - 1) + count] = number
    return flat.reshape(-1, 10, 10)


def parts_of(masks: np.ndarray, share: float = 0.25, seed: int = 1) -> np.ndarray:
    ids = [f"i{row:03}" for row in range(len(masks))]
    table = pd.DataFrame({"id": ids, "part": "train", "group": ""})
    return (split(table, masks, share, seed)["part"] == "validation").to_numpy()


@pytest.mark.parametrize("seed", range(5))
def test_a_rare_class_of_three_is_held_out_in_its_share(seed):
    generator = np.random.default_rng(seed)
    rare = np.where(generator.permutation(40) < 20, 0, 3)
    held = parts_of(masks_of(generator.integers(0, 30, 40), rare), 0.5, seed)
    assert rare[held].astype(bool).sum() == 10


@pytest.mark.parametrize("seed", range(5))
def test_halves_by_the_rarest_class_are_cut_by_the_next(seed):
    generator = np.random.default_rng(seed)
    frequent, rare = generator.permutation(30)[:20], 2 * (np.arange(20) < 10)
    held = parts_of(masks_of(frequent, rare), 0.5, seed)
    for half in (rare > 0, rare == 0):
        low = half & (frequent <= np.median(frequent[half]))
        assert abs(int(held[low].sum()) - int(held[half & ~low].sum())) <= 1


def mean_strata(masks: np.ndarray) -> np.ndarray:
    """Give the quarters by foreground that splits of two classes have always had."""
    share = masks.mean(axis=(1, 2))
    return np.argsort(np.argsort(share, kind="stable"), kind="stable") * 4 // len(share)


@pytest.mark.parametrize("seed", range(10))
def test_two_classes_are_stratified_by_the_quarter_of_their_foreground(seed):
    generator = np.random.default_rng(seed)
    masks = masks_of(generator.integers(0, 100, 40))
    held = parts_of(masks, 0.2, seed)
    assert np.bincount(mean_strata(masks)[held], minlength=4).tolist() == [2, 2, 2, 2]


def test_the_numbers_of_two_classes_do_not_matter():
    masks = masks_of(np.random.default_rng(0).integers(0, 100, 40))
    np.testing.assert_array_equal(parts_of(masks), parts_of(2 * masks))


def test_pixels_that_are_ignored_in_every_image_change_no_split():
    masks = masks_of(np.random.default_rng(0).integers(0, 90, 40))
    framed = np.pad(masks, ((0, 0), (2, 2), (2, 2)), constant_values=IGNORED)
    np.testing.assert_array_equal(parts_of(masks), parts_of(framed))


@pytest.mark.parametrize("value", [0, 2, IGNORED])
def test_masks_of_one_value_can_be_divided(value):
    assert parts_of(np.full((20, 3, 3), value, np.uint8)).sum() == 5
