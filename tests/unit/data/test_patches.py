"""Patches of slices: the balanced ones against a plain search, the grid, and the way back."""

import numpy as np
import pytest

from dlia.data.class_shares import IGNORED
from dlia.data.intensities import scale_of
from dlia.data.patches import balanced, cut, grid_places, put_back
from dlia.study.settings import Input, Sampling

RANDOM = np.random.default_rng(3)


def slices():
    masks = RANDOM.integers(0, 3, (3, 14, 11)).astype(np.uint8)
    masks[1, :6] = IGNORED
    masks[2] = IGNORED
    return masks


def found_by_search(masks, rule):
    places = []
    for number, mask in enumerate(masks):
        for top in range(0, mask.shape[0] - rule.patch + 1, rule.stride):
            for left in range(0, mask.shape[1] - rule.patch + 1, rule.stride):
                patch = mask[top : top + rule.patch, left : left + rule.patch]
                least = rule.minimum or [0, 0, 0]
                enough = all((patch == n).sum() >= count for n, count in enumerate(least))
                whole = (patch != IGNORED).all() or not rule.no_background
                if enough and whole and (patch != IGNORED).any():
                    places.append([number, top, left])
    return places


@pytest.mark.parametrize("stride", [1, 2, 3])
@pytest.mark.parametrize("no_background", [True, False])
@pytest.mark.parametrize("minimum", [[], [5, 4, 4], [0, 6, 0]])
def test_balanced_patches_are_those_that_a_plain_search_finds(stride, no_background, minimum):
    rule = Sampling(patch=4, stride=stride, minimum=minimum, no_background=no_background)
    masks = slices()
    wanted = found_by_search(masks, rule)
    assert balanced(masks, rule).tolist() == wanted
    assert wanted


def test_a_patch_larger_than_a_slice_fits_nowhere():
    assert balanced(slices(), Sampling(patch=12)).shape == (0, 3)


def test_patches_side_by_side_have_any_voxel_that_is_wanted():
    wanted = np.zeros((2, 8, 12), bool)
    wanted[0, 3, 4] = wanted[1, 7, 11] = True
    assert grid_places(wanted, (4, 4)).tolist() == [[0, 0, 4], [1, 4, 8]]


def test_patches_at_the_edge_reach_beyond_a_slice():
    masks = np.ones((1, 5, 6), np.uint8)
    places = grid_places(masks == 1, (4, 4))
    patches = cut(masks, places, (4, 4), beyond=IGNORED)
    assert places.tolist() == [[0, 0, 0], [0, 0, 4], [0, 4, 0], [0, 4, 4]]
    assert (patches == 1).sum() == 30
    assert (patches == IGNORED).sum() == 4 * 16 - 30


def test_what_is_cut_side_by_side_is_put_back_where_it_was():
    values = RANDOM.integers(1, 9, (3, 10, 7)).astype(np.int16)
    places = grid_places(values > 0, (4, 4))
    assert (put_back(cut(values, places, (4, 4)), places, values.shape) == values).all()


VOLUME = np.concatenate([np.zeros(50), np.arange(1, 101)]).astype(np.int16).reshape(1, 10, 15)


def test_a_percentile_is_that_of_what_is_above_zero():
    settings = Input.model_validate({"scaling": {"name": "percentile", "percentile": 50}})
    assert scale_of(VOLUME, settings).applied(VOLUME).max() == pytest.approx(100 / 50.5)


def test_z_scores_have_mean_0_and_deviation_1_inside():
    scale = scale_of(VOLUME, Input.model_validate({"scaling": {"name": "z_score"}}))
    inside = scale.applied(VOLUME)[VOLUME > 0]
    assert inside.mean() == pytest.approx(0, abs=1e-6)
    assert inside.std() == pytest.approx(1)


@pytest.mark.parametrize("scaling", [{"name": "percentile"}, {"name": "z_score"}])
def test_a_black_volume_stays_black(scaling):
    black = np.zeros((1, 4, 4), np.int16)
    scale = scale_of(black, Input.model_validate({"scaling": scaling}))
    assert not scale.applied(black).any()
