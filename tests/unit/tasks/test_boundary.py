"""Contours and surfaces: against distances between all pairs of pixels."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.ndimage import binary_erosion, distance_transform_edt, gaussian_filter
from scipy.spatial.distance import cdist

from dlia.tasks.segmentation.boundary import boundary_dice, contour_distance, surface_distances
from dlia.tasks.segmentation.dice import dice

masks = arrays(bool, (7, 9))
BLOBS = 250


def blob(rng, shape) -> np.ndarray:
    """Draw a mask of smooth regions, at least a pixel of it foreground."""
    field = gaussian_filter(rng.normal(size=shape), rng.uniform(0.5, 3))
    return field >= np.quantile(field, rng.uniform(0.3, 0.99))


def pairs_of_blobs(seed=0):
    rng = np.random.default_rng(seed)
    for _ in range(BLOBS):
        shape = rng.integers(8, 30, 2)
        yield blob(rng, shape), blob(rng, shape)


def square(row, column, side=6, shape=(30, 30)) -> np.ndarray:
    mask = np.zeros(shape, dtype=bool)
    mask[row : row + side, column : column + side] = True
    return mask


class TestContourDistance:
    def test_is_1_on_both_sides_of_the_contour(self):
        mask = np.array([[1, 1, 1, 0, 0]], dtype=bool)
        assert contour_distance(mask).tolist() == [[3, 2, 1, 1, 2]]

    def test_is_euclidean_not_counted_in_steps(self):
        mask = square(0, 0, side=3, shape=(7, 7))
        assert contour_distance(mask)[5, 6] == pytest.approx(np.hypot(3, 4))

    @pytest.mark.parametrize("value", [True, False])
    def test_is_infinite_without_a_contour(self, value):
        assert np.isposinf(contour_distance(np.full((3, 4), value))).all()

    def test_takes_no_edge_of_the_image_for_a_contour(self):
        mask = np.ones((5, 9), dtype=bool)
        mask[:, -1] = False
        assert contour_distance(mask)[:, 0].tolist() == [8] * 5

    @given(masks)
    def test_is_the_same_for_foreground_and_background(self, mask):
        assert np.array_equal(contour_distance(mask), contour_distance(~mask))

    def test_is_that_to_the_nearest_pixel_of_the_other_class(self):
        for mask, _ in pairs_of_blobs():
            inside, outside = np.argwhere(mask), np.argwhere(~mask)
            between = cdist(inside, outside)
            expected = np.zeros(mask.shape)
            expected[mask], expected[~mask] = between.min(axis=1), between.min(axis=0)
            assert contour_distance(mask) == pytest.approx(expected)


def boundary_dice_pixel_by_pixel(predicted, truth, width) -> float:
    """Look for every pixel's nearest pixel of the other class, in either mask; or take them all."""
    places = np.argwhere(np.ones_like(truth))
    apart = cdist(places, places)
    near = np.zeros(len(places), dtype=bool)
    for mask in (predicted.ravel(), truth.ravel()):
        near |= ((apart <= width) & (mask[:, None] != mask[None])).any(axis=1)
    if all(mask.all() or not mask.any() for mask in (predicted, truth)):
        near[:] = True
    p, t = predicted.ravel() & near, truth.ravel() & near
    return 2 * (p & t).sum() / (p.sum() + t.sum()) if (p | t).any() else 1.0


class TestBoundaryDice:
    @given(masks, masks, st.sampled_from([1, 1.5, 2, 3]))
    def test_compares_the_pixels_near_either_contour(self, predicted, truth, width):
        expected = boundary_dice_pixel_by_pixel(predicted, truth, width)
        assert boundary_dice(predicted, truth, [width]) == pytest.approx([expected])

    def test_compares_them_in_smooth_masks_too(self):
        for predicted, truth in list(pairs_of_blobs())[:40]:
            expected = [boundary_dice_pixel_by_pixel(predicted, truth, w) for w in (1, 2, 3)]
            assert boundary_dice(predicted, truth) == pytest.approx(expected)

    @given(masks, masks.filter(lambda mask: mask.any() and not mask.all()))
    def test_is_dice_where_the_band_covers_the_image(self, predicted, truth):
        expected = dice(predicted[None], truth[None])[0]
        assert boundary_dice(predicted, truth, [99]) == pytest.approx([expected])

    @given(masks)
    def test_is_1_for_equal_masks(self, mask):
        assert boundary_dice(mask, mask) == [1, 1, 1]

    @given(masks, masks)
    def test_is_the_same_either_way_round(self, first, second):
        assert boundary_dice(first, second) == boundary_dice(second, first)

    def test_misses_a_gland_that_is_not_predicted(self):
        assert boundary_dice(np.zeros((30, 30), dtype=bool), square(5, 5)) == [0, 0, 0]

    def test_counts_a_gland_that_is_not_there(self):
        truth = square(2, 2)
        one, *_ = boundary_dice(truth | square(18, 18), truth, [1])
        assert one == pytest.approx(2 * 20 / (20 + 40))  # a ring of 20 pixels in each square

    def test_of_a_contour_off_by_one_pixel_grows_with_the_width(self):
        narrow, wide, wider = boundary_dice(square(8, 8, 10), square(8, 9, 10))
        assert narrow < wide < wider < 0.9  # Dice itself

    def test_of_all_foreground_falls_with_the_width(self):
        narrow, wide, wider = boundary_dice(np.ones((30, 30), dtype=bool), square(8, 8, 10))
        assert narrow > wide > wider


def surface(mask) -> np.ndarray:
    cross = np.array([[0, 1, 0], [1, 1, 1], [0, 1, 0]])
    return mask & ~binary_erosion(mask, structure=cross, border_value=0)


def directed(start, end) -> np.ndarray:
    """Give the distance of every pixel of one surface to the nearest one of the other."""
    return cdist(np.argwhere(surface(start)), np.argwhere(surface(end))).min(axis=1)


class TestSurfaceDistances:
    def test_the_average_is_the_mean_of_both_directions_together(self):
        for predicted, truth in pairs_of_blobs():
            both = np.concatenate([directed(predicted, truth), directed(truth, predicted)])
            assert surface_distances(predicted, truth)[0] == pytest.approx(both.mean())

    def test_hd95_is_a_percentile_of_both_directions_together(self):
        for predicted, truth in pairs_of_blobs():
            both = np.concatenate([directed(predicted, truth), directed(truth, predicted)])
            assert surface_distances(predicted, truth)[1] == pytest.approx(np.percentile(both, 95))

    def test_hd95_agrees_with_distance_maps_of_the_surfaces(self):
        for predicted, truth in pairs_of_blobs(seed=1):
            ours, theirs = surface(predicted), surface(truth)
            to_theirs = distance_transform_edt(~theirs)[ours]
            to_ours = distance_transform_edt(~ours)[theirs]
            expected = np.percentile(np.append(to_theirs, to_ours), 95)
            assert surface_distances(predicted, truth)[1] == pytest.approx(expected)

    def test_are_0_between_two_empty_masks(self):
        empty = np.zeros((5, 6), dtype=bool)
        assert surface_distances(empty, empty) == (0, 0)

    def test_are_the_diagonal_where_one_mask_alone_is_empty(self):
        empty, filled = np.zeros((30, 40), dtype=bool), square(0, 0, shape=(30, 40))
        assert surface_distances(empty, filled) == (50, 50)
        assert surface_distances(filled, empty) == (50, 50)

    def test_never_exceed_what_stands_for_an_empty_mask(self):
        corners = square(0, 0, 1, (30, 40)), square(29, 39, 1, (30, 40))
        assert max(surface_distances(*corners)) < 50

    def test_are_the_same_either_way_round(self):
        for predicted, truth in pairs_of_blobs():
            there, back = surface_distances(predicted, truth), surface_distances(truth, predicted)
            assert there == pytest.approx(back)

    @given(masks)
    def test_are_0_between_equal_masks(self, mask):
        assert surface_distances(mask, mask) == (0, 0)

    @given(st.integers(0, 20), st.integers(0, 20))
    def test_of_two_pixels_are_their_distance(self, rows, columns):
        apart = float(np.hypot(rows, columns))
        moved = surface_distances(square(3, 4, 1), square(3 + rows, 4 + columns, 1))
        assert moved == pytest.approx((apart, apart))

    @pytest.mark.parametrize("pixels", [1, 2, 3, 4])
    def test_of_a_square_that_is_shifted_are_at_most_the_shift(self, pixels):
        average, hd95 = surface_distances(square(5, 5, 10), square(5, 5 + pixels, 10))
        assert hd95 == pixels
        assert 0 < average < pixels

    def test_the_edge_of_the_image_is_a_surface(self):
        full, smaller = np.ones((9, 9), dtype=bool), square(2, 2, 5, (9, 9))
        assert surface_distances(full, smaller)[1] == pytest.approx(np.hypot(2, 2))
