"""Images as points of a plane: which of them, and where."""

import numpy as np
import pandas as pd
import pytest
from drawings import texts
from matplotlib.backends.backend_agg import FigureCanvasAgg

from dlia.data.arrays import Arrays
from dlia.evaluation import embedding
from dlia.evaluation.embedding import embed
from dlia.figures.class_colours import foreground_colours
from dlia.figures.embedding import picture


@pytest.fixture
def arrays() -> Arrays:
    """Give bright and dark images in turn, every fourth of them in the test part."""
    labels = np.arange(80) % 2
    noise = np.random.default_rng(0).integers(0, 40, (80, 6, 6), dtype=np.uint8)
    parts = ["test" if row % 4 == 3 else "train" for row in range(80)]
    return Arrays(
        noise + (200 * labels[:, None, None]).astype(np.uint8),
        labels,
        pd.DataFrame({"part": parts}),
    )


def test_every_training_image_has_a_place_and_its_class(arrays):
    table = embed(arrays, ["dark", "bright"], seed=1)
    assert table["row"].tolist() == [row for row in range(80) if row % 4 != 3]
    assert table["class"].tolist() == [("dark", "bright")[row % 2] for row in table["row"]]
    assert np.isfinite(table[["x", "y"]]).all(axis=None)


def test_of_many_images_some_are_taken_from_the_first_to_the_last(arrays, monkeypatch):
    monkeypatch.setattr(embedding, "MOST_IMAGES", 20)
    rows = embed(arrays, ["dark", "bright"], seed=1)["row"]
    assert (len(rows), rows.iloc[0], rows.iloc[-1]) == (20, 0, 78)


def test_images_of_a_class_that_resemble_each_other_lie_together(arrays):
    table = embed(arrays, ["dark", "bright"], seed=1)
    places = table[["x", "y"]].to_numpy()
    distances = np.linalg.norm(places[:, None] - places[None], axis=2)
    np.fill_diagonal(distances, np.inf)
    classes = table["class"].to_numpy()
    assert (classes[distances.argmin(axis=1)] == classes).mean() > 0.9


def test_the_seed_alone_decides_the_places(arrays):
    first, second, other = (embed(arrays, ["dark", "bright"], seed) for seed in (1, 1, 2))
    pd.testing.assert_frame_equal(first, second)
    assert not np.allclose(first[["x", "y"]], other[["x", "y"]])


def boxed(count: int) -> Arrays:
    """Give images with a box each of one of two classes; every pixel of an image is its number."""
    pixels = np.arange(count, dtype=np.uint8)[:, None, None, None] * np.ones((1, 8, 8, 3), np.uint8)
    boxes = np.zeros((count, 1, 5), np.float32)
    boxes[:, 0] = [[1, 1, 6, 4, row % 2] for row in range(count)]
    return Arrays(pixels, boxes, pd.DataFrame({"part": ["train"] * count}))


def test_boxes_are_mapped_by_the_features_that_are_given():
    seen = []

    def parity(parts):
        seen.extend(part.shape for part in parts)
        return np.array([[int(part[0, 0, 0]) % 2, 0] for part in parts], np.float32)

    by_pixels, by_features = (
        embed(boxed(40), ["even", "odd"], 1, features)["linear"].iloc[0]
        for features in (None, parity)
    )
    assert by_features == 1.0
    assert by_pixels < 0.8
    assert set(seen) == {(3, 5, 3)}


def test_the_figure_says_what_is_mapped_and_what_a_linear_classifier_of_it_reaches():
    table = embed(boxed(40), ["even", "odd"], 1)
    said = texts(picture(table, ["even", "odd"], "features of a detector"))
    assert "Of features of a detector." in said
    assert f"{100 * table['linear'].iloc[0]:.1f} %" in said
    assert "classifier" not in texts(picture(table.drop(columns="linear"), ["even", "odd"]))


MAPPED = pd.DataFrame({"class": ["b", "a"], "x": [0, 1], "y": [0, 1], "linear": 0.5})


def test_no_line_of_the_figure_is_longer_than_the_figure_is_wide():
    figure = picture(MAPPED, ["a", "b"], "features of a detector " + "with a long note " * 9)
    renderer = FigureCanvasAgg(figure).get_renderer()
    boxes = [text.get_window_extent(renderer) for text in figure.texts]
    assert boxes
    assert all(0 <= b.x0 < b.x1 <= figure.bbox.x1 and b.y0 >= 0 for b in boxes)


def test_a_class_has_the_colour_of_its_boxes_in_photographs():
    axes = picture(MAPPED, ["a", "b"]).axes[0]
    found = {line.get_label(): line.get_color() for line in axes.lines}
    assert found == dict(zip(["a", "b"], foreground_colours(2), strict=True))


def test_frames_of_a_sequence_are_in_one_fold_of_the_linear_classifier():
    """Give every sequence of four a class at random; only frames of a sequence tell its class."""
    labels = np.random.default_rng(3).permutation(np.arange(20) % 2).repeat(4)
    boxes = np.zeros((80, 1, 5), np.float32)
    boxes[:, 0, :4], boxes[:, 0, 4] = [1, 1, 6, 4], labels
    pixels = np.arange(80, dtype=np.uint8)[:, None, None, None] * np.ones((1, 8, 8, 3), np.uint8)
    photographs = Arrays(pixels, boxes, pd.DataFrame({"part": ["train"] * 80}))

    def sequence(parts):
        return np.eye(20, dtype=np.float32)[[int(part[0, 0, 0]) // 4 for part in parts]]

    alone, together = (
        embed(photographs, ["even", "odd"], 1, sequence, groups)["linear"].iloc[0]
        for groups in ((), [f"sequence {row // 4}" for row in range(80)])
    )
    assert alone == 1.0
    assert together < 0.6


def test_parts_of_any_size_become_rows_of_as_many_numbers_with_their_colours():
    parts = [np.full((high, 7, 3), [0, 51, 255], np.uint8) for high in (1, 40)]
    rows = embedding._pixels(parts)
    assert rows.shape == (2, 3 * embedding.CROP_SIDE**2)
    assert rows[:, :3] == pytest.approx(np.array([[0, 0.2, 1]] * 2))
