"""What masks look like: drawn so that the answer is known."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from scipy.ndimage import gaussian_filter

from dlia.tasks.segmentation.mask_shape import checkerboard, count_objects, spread

ROWS, COLUMNS = np.indices((64, 64))


def blobs(seed, size=128) -> np.ndarray:
    """Draw smooth regions that cover half of an image."""
    return gaussian_filter(np.random.default_rng(seed).normal(size=(size, size)), 8) > 0


def noise(seed, size=128) -> np.ndarray:
    return np.random.default_rng(seed).random((size, size)) > 0.5


def disc(radius) -> np.ndarray:
    return np.hypot(ROWS - 32, COLUMNS - 32) <= radius


class TestCount:
    def test_pixels_that_share_a_corner_are_one_gland(self):
        assert count_objects(np.eye(4, dtype=bool)) == 1

    def test_a_gap_of_one_pixel_parts_glands(self):
        assert (
            count_objects(np.array([[1, 1, 0, 1], [1, 1, 0, 1], [0, 0, 0, 0], [1, 0, 0, 0]])) == 3
        )

    def test_a_gland_with_a_hole_is_one(self):
        assert count_objects(disc(9) & ~disc(5)) == 1

    def test_an_empty_mask_has_none(self):
        assert count_objects(np.zeros((4, 5), dtype=bool)) == 0


class TestSpread:
    def test_of_a_single_pixel_is_0(self):
        assert spread((ROWS == 3) & (COLUMNS == 40)) == 0

    @pytest.mark.parametrize("shape", [(8, 8), (5, 40), (1, 7)])
    def test_of_all_foreground_is_1_whatever_the_shape(self, shape):
        assert spread(np.ones(shape, dtype=bool)) == pytest.approx(1)

    @pytest.mark.parametrize("share", [0.02, 0.5, 0.9])
    def test_of_noise_is_about_1_however_much_is_foreground(self, share):
        mask = np.random.default_rng(0).random((128, 128)) < share
        assert spread(mask) == pytest.approx(1, abs=0.03)

    def test_of_a_disc_is_its_radius_of_gyration(self):
        expected = (20 / np.sqrt(2)) / np.sqrt(64**2 / 6)
        assert spread(disc(20)) == pytest.approx(expected, rel=0.01)

    def test_does_not_hang_on_the_place_of_a_gland(self):
        assert spread(np.roll(disc(8), (11, -17), axis=(0, 1))) == pytest.approx(spread(disc(8)))

    def test_of_two_glands_grows_with_their_distance(self):
        near, far = (disc(5) | np.roll(disc(5), step, axis=1) for step in (11, 20))
        assert spread(disc(5)) < spread(near) < spread(far)


class TestCheckerboard:
    @pytest.mark.parametrize(
        "mask",
        [
            (ROWS % 4 == 1) & (COLUMNS % 4 == 2),
            ROWS % 4 < 2,
            (ROWS % 2 == 0) & (COLUMNS % 2 == 1),
            (ROWS + COLUMNS) % 2 == 0,
        ],
        ids=["points_every_4", "stripes_every_4", "points_every_2", "chessboard"],
    )
    def test_is_nearly_1_for_what_repeats_every_four_pixels(self, mask):
        assert checkerboard(mask) > 0.97

    @pytest.mark.parametrize("period", [3, 5, 8])
    def test_is_nearly_0_for_what_repeats_otherwise(self, period):
        assert checkerboard(ROWS % period < period / 2) < 0.01

    @pytest.mark.parametrize("value", [0, 1])
    def test_is_0_for_a_constant_mask(self, value):
        assert checkerboard(np.full((12, 20), value, dtype=bool)) == 0

    @pytest.mark.parametrize("draw", [blobs, noise])
    def test_is_nearly_0_for_smooth_glands_and_for_noise(self, draw):
        assert max(checkerboard(draw(seed)) for seed in range(5)) < 0.01

    def test_sees_a_grid_within_glands(self):
        rows, columns = np.indices((128, 128))
        holes = (rows % 4 == 0) & (columns % 4 == 0)
        assert checkerboard(blobs(0) & ~holes) > 0.2 > 10 * checkerboard(blobs(0))

    def test_leaves_out_what_is_beyond_the_last_whole_period(self):
        mask = noise(0, 40)
        ragged = checkerboard(mask[:35, :38])
        assert ragged == checkerboard(mask[:32, :36])

    @given(arrays(bool, array_shapes(min_dims=2, max_dims=2, min_side=4, max_side=20)))
    def test_is_a_share(self, mask):
        assert 0 <= checkerboard(mask) <= 1 + 1e-9

    @given(st.integers(0, 1000))
    def test_is_the_same_for_foreground_and_background(self, seed):
        mask = noise(seed, 16)
        assert checkerboard(mask) == pytest.approx(checkerboard(~mask))

    @pytest.mark.parametrize("flip", [np.fliplr, np.flipud, np.transpose])
    def test_is_the_same_for_a_mask_and_its_mirror_image(self, flip):
        mask = blobs(3)
        assert checkerboard(flip(mask)) == pytest.approx(checkerboard(mask), rel=1e-6)
