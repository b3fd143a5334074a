"""What sets a test image apart from the others."""

import numpy as np
import pytest

from dlia.tasks.segmentation.hard_cases import PROPERTIES, describe, properties, relations


@pytest.fixture
def truth() -> np.ndarray:
    """Give 20 masks with two bars from edge to edge, and one with a small square."""
    masks = np.zeros((21, 16, 16), dtype=np.int64)
    masks[:20, :, 2:5] = masks[:20, :, 11:14] = 1
    masks[20, 6:9, 6:9] = 1
    return masks


@pytest.fixture
def images(truth) -> np.ndarray:
    """Give images whose glands are brighter; those of the last one hardly."""
    return (50 + truth * np.where(np.arange(21) == 20, 10, 100)[:, None, None]).astype(np.uint8)


def test_the_properties_of_an_image_are_those_of_its_mask(images, truth):
    found = properties(images, truth)
    assert found.loc[0, "foreground"] == pytest.approx(6 / 16)
    assert found.loc[0, ["objects", "contrast", "contour"]].tolist() == [2, 1, 64]
    assert found.loc[20, ["objects", "contrast", "contour"]].tolist() == [1, 0.1, 8]
    assert found.loc[20, "spread"] < 0.2 < found.loc[0, "spread"]


@pytest.fixture
def coloured(images) -> np.ndarray:
    """Give the same in red and green; blue is empty."""
    return np.stack([images, images, np.zeros_like(images)], axis=-1)


def test_colours_count_by_their_mean(coloured, images, truth):
    of_mask = list(PROPERTIES)
    np.testing.assert_allclose(
        properties(coloured, truth)[of_mask], properties(images, truth)[of_mask]
    )


def test_each_channel_that_varies_has_its_mean(coloured, images, truth):
    found = properties(coloured, truth)
    assert [name for name in found if name not in PROPERTIES] == ["red", "green"]
    assert found.loc[20, "red"] == pytest.approx(images[20].mean() / 150)
    assert "brightness" in properties(images, truth)


def test_an_image_of_another_colour_stands_out_by_it(coloured, truth):
    coloured[3, ..., 0] = 255
    found = properties(coloured, truth)
    text = describe(3, found, truth[3] == 1, found)
    assert "red 1.00 (21)" in text
    assert "much red" in text


def test_over_all_images_dice_is_related_to_each_property(images, truth):
    text = relations(properties(images, truth), np.where(np.arange(21) == 20, 0.1, 0.9))
    assert text.startswith("Over all 21 test images, rank correlation of Dice with foreground 1.00")


def test_an_image_without_glands_has_no_spread_and_no_contrast(images, truth):
    truth[0] = 0
    assert properties(images, truth).loc[0, ["spread", "contrast"]].isna().all()


def test_what_stands_out_is_named_with_its_ranks(images, truth):
    found = properties(images, truth)
    text = describe(20, found, truth[0] == 1, found[:20])
    assert text.startswith(
        "foreground 4 % (1), objects 1 (1), spread 0.18 (1), contrast 0.10 (1), "
    )
    assert f"spread of the prediction {found.loc[0, 'spread']:.2f}. " in text
    assert "It stands out by little foreground, few objects, concentrated objects, " in text
    assert text.endswith("100 % of the training images have more scattered objects.")


def test_an_ordinary_image_is_said_to_be_one(images, truth):
    found = properties(images, truth)
    text = describe(0, found, np.zeros((16, 16), dtype=bool), found)
    assert "among the middle eight tenths" in text
    assert "spread of the prediction none, nothing is predicted" in text
