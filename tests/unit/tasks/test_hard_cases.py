"""What sets a test image apart from the others."""

import numpy as np
import pandas as pd
import pytest

from dlia.tasks.segmentation.hard_cases import (
    PROPERTIES,
    describe,
    extreme_prediction,
    properties,
    ranked,
    relations,
)


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
    assert "a high mean of red" in describe(3, found, found)


def test_every_property_has_its_value_and_its_rank_from_the_lowest(images, truth):
    found, predicted = properties(images, truth), np.ones((16, 16), dtype=bool)
    own = ranked(20, found, predicted)
    assert own["foreground"] == "4 % (1)"
    assert (own["objects"], own["contour"]) == ("1 (1)", "8 (1)")
    assert own["predicted"] == "1.00"
    assert ranked(0, found, predicted)["objects"] == "2 (2)"
    assert ranked(0, found, ~predicted)["predicted"] == "none"


def test_of_all_properties_the_one_that_dice_goes_with_is_named():
    found = pd.DataFrame({"objects": [3.0, 1.0, 2.0], "foreground": [0.1, 0.2, 0.3]})
    assert relations(found, np.array([0.9, 0.5, 0.1])) == (
        "Over all 3 test images, Dice goes most closely with the share of foreground (rank "
        "correlation \N{MINUS SIGN}1.00)."
    )


def test_a_correlation_that_chance_alone_gives_is_said_to_be_none():
    generator = np.random.default_rng(1)
    found = pd.DataFrame(generator.random((60, 8)), columns=[*"abcdefgh"])
    text = relations(found, generator.random(60))
    assert text.startswith("Over all 60 test images, Dice goes clearly with none of the properties")
    found["a"] = generator.random(60)
    assert "goes most closely with the mean of a (" in relations(found, found["a"].to_numpy() ** 2)


def test_without_a_property_that_varies_nothing_goes_with_dice():
    assert relations(pd.DataFrame({"objects": [1.0, 1.0]}), np.array([0.9, 0.5])) == ""


def test_an_image_without_glands_has_no_spread_and_no_contrast(images, truth):
    truth[0] = 0
    assert properties(images, truth).loc[0, ["spread", "contrast"]].isna().all()


def test_what_stands_out_is_named_in_words(images, truth):
    found = properties(images, truth)
    text = describe(20, found, found[:20])
    assert text.startswith("little foreground (4 % of the pixels), few objects (1), foreground ")
    assert "close together (closer than in any of the training images), " in text


def test_an_ordinary_image_is_said_to_be_one(images, truth):
    found = properties(images, truth)
    assert describe(0, found, found) == "nothing that is measured sets it apart"


@pytest.mark.parametrize(
    ("share", "marked", "text"),
    [
        (0.4, 0.97, "marks 97 % of the pixels as gland"),
        (0.4, 0.0, "marks 0 % of the pixels as gland"),
        (0.4, 0.6, ""),
        (0.95, 0.97, ""),
        (0.02, 0.01, ""),
        (0.0, 0.0, ""),
    ],
)
def test_a_prediction_of_nearly_all_or_no_pixels_without_cause_is_told(share, marked, text):
    truth, predicted = (np.arange(100).reshape(10, 10) < 100 * n for n in (share, marked))
    assert extreme_prediction(truth, predicted, "gland") == text
