import numpy as np
import pandas as pd
import pytest
from drawings import DIGITS, crowded, texts, written
from matplotlib.colors import to_rgba
from matplotlib.figure import Figure

from dlia.data.arrays import Arrays
from dlia.evaluation.predictions import Predictions
from dlia.figures import style
from dlia.tasks.classification.confusion import NEUTRAL, confusion, picture

SIGNS = ["Speed limit (100 km/h)", "Right-of-way at the next intersection", "Yield", "No entry"]
GLANDS = ["background", "gland"]


def counts(number: int, each: int = 1000, accuracy: float = 0.98) -> np.ndarray:
    rng = np.random.default_rng(number)
    rest = rng.exponential(size=(number, number)) ** 3 * (1 - np.eye(number))
    shares = (1 - accuracy) * rest / rest.sum(axis=1, keepdims=True)
    return np.array([rng.multinomial(each, row) for row in shares + accuracy * np.eye(number)])


def cells(figure: Figure) -> dict[tuple[int, int], str]:
    """Return the numbers in the matrix by row and column."""
    return {
        (int(y), int(x)): text.get_text()
        for text in figure.axes[0].texts
        for x, y in [text.get_position()]
        if text.get_text() != "true class"
    }


def colours(figure: Figure) -> np.ndarray:
    """Return the colours of all cells as (K, K, 4)."""
    axes = figure.axes[0]
    number = len(axes.get_xticks())
    shown = np.ones((number, number, 4))
    (drawn,) = axes.collections
    for outline, colour in zip(drawn.get_paths(), drawn.get_facecolor(), strict=True):
        column, row = outline.vertices[:4].mean(axis=0).astype(int)
        shown[row, column] = colour
    return shown


class TestCrowded:
    def test_texts_that_overlap_are_found(self):
        figure = style.blank(1.0)
        figure.text(0.2, 0.5, "some words")
        figure.text(0.25, 0.52, "others")
        assert crowded(figure) == ["some words / others"]

    def test_texts_that_are_cut_off_are_found(self):
        figure = style.blank(1.0)
        figure.text(0.95, 0.5, "some words")
        assert crowded(figure) == ["some words"]


class TestLayout:
    @pytest.mark.parametrize(
        ("number", "names"),
        [
            (2, GLANDS),
            (3, SIGNS),
            (10, DIGITS),
            (10, SIGNS),
            (20, SIGNS),
            (43, SIGNS),
            (43, DIGITS),
        ],
    )
    def test_no_text_is_cut_off_or_overlaps(self, number, names):
        classes = [names[i % len(names)] for i in range(number)]
        assert crowded(confusion(counts(number), classes)) == []

    @pytest.mark.parametrize(("number", "names"), [(2, GLANDS), (10, DIGITS), (12, SIGNS)])
    def test_half_as_wide_it_still_has_room_for_its_texts(self, number, names):
        classes = [names[i % len(names)] for i in range(number)]
        figure = confusion(counts(number), classes, style.HALF)
        assert figure.get_size_inches()[0] == style.HALF
        assert crowded(figure) == []

    def test_counts_of_pixels_fit_into_many_cells(self):
        assert crowded(confusion(counts(20, each=80_000_000), DIGITS * 2)) == []

    @pytest.mark.parametrize("number", [2, 10, 43])
    def test_cells_are_square(self, number):
        figure = confusion(counts(number), [str(i) for i in range(number)])
        wide, high = figure.axes[0].get_position().size * figure.get_size_inches()
        assert wide == pytest.approx(high)

    def test_ten_classes_take_less_than_four_and_a_half_inches(self):
        figure = confusion(counts(10), DIGITS)
        assert figure.get_size_inches()[1] < 4.5

    def test_it_is_as_wide_as_the_text_column_like_all_figures(self):
        assert confusion(counts(2), GLANDS).get_size_inches()[0] == style.COLUMN

    def test_a_second_call_gives_the_same_bytes(self, tmp_path):
        first, second = (written(confusion(counts(10), DIGITS), tmp_path) for _ in range(2))
        assert first == second

    def test_input_stays_as_it_was(self):
        table = counts(10)
        before = table.copy()
        confusion(table, DIGITS)
        assert np.array_equal(table, before)


class TestCells:
    def test_rows_are_true_and_columns_are_predicted(self):
        assert cells(confusion(np.array([[90, 7], [2, 80]]), GLANDS)) == {
            (0, 0): "90", (0, 1): "7", (1, 0): "2", (1, 1): "80",
        }  # fmt: skip

    def test_zero_cells_stay_empty(self):
        assert cells(confusion(np.array([[90, 0], [2, 80]]), GLANDS)).keys() == {
            (0, 0), (1, 0), (1, 1),
        }  # fmt: skip

    def test_beyond_twenty_classes_cells_hold_no_numbers(self):
        assert cells(confusion(counts(43), [str(i) for i in range(43)])) == {}

    def test_long_counts_are_grouped(self):
        shown = cells(confusion(np.array([[1843201, 7], [2, 80]]), GLANDS))
        assert shown[0, 0] == "1\u202f843\u202f201"

    @pytest.mark.parametrize(("count", "text"), [(9999, "9999"), (10_000, "10\u202f000")])
    def test_counts_of_five_digits_are_long(self, count, text):
        assert cells(confusion(np.array([[count, 7], [2, 80]]), GLANDS))[0, 0] == text

    def test_counts_too_long_for_their_cells_are_rounded(self):
        table = np.diag(np.full(12, 1_843_201))
        table[0, 1] = 25_400
        shown = cells(confusion(table, [*DIGITS, "a", "b"]))
        assert (shown[0, 0], shown[0, 1]) == ("1.8M", "25k")

    def test_in_cells_too_small_for_all_counts_those_of_mistakes_are_left(self):
        table = np.diag(np.full(20, 1_843_201))
        table[0, 1] = 25_400
        assert cells(confusion(table, DIGITS * 2)) == {(0, 1): "25k"}

    def test_numbers_stand_out_from_their_cell(self):
        figure = confusion(counts(10), DIGITS)
        ground = colours(figure)
        for text in figure.axes[0].texts:
            if text.get_text() != "true class":
                column, row = (int(x) for x in text.get_position())
                letters = np.array(to_rgba(text.get_color()))
                weights = np.array([0.299, 0.587, 0.114])
                assert abs((ground[row, column, :3] - letters[:3]) @ weights) > 0.4


class TestColours:
    def test_the_diagonal_is_neutral_however_large_its_counts(self):
        shown = colours(confusion(np.array([[9000, 1, 0], [0, 5, 5], [0, 0, 0]]), ["a", "b", "c"]))
        assert np.allclose(shown[[0, 1, 2], [0, 1, 2]], to_rgba(NEUTRAL))

    def test_a_single_mistake_among_many_is_seen_in_greyscale(self):
        table = np.diag([1000, 1000, 1000])
        table[0, 1], table[1, 2] = 1, 900
        shown = colours(confusion(table, ["a", "b", "c"]))
        grey = shown[..., :3] @ [0.299, 0.587, 0.114]
        assert grey[0, 1] < 0.9
        assert grey[0, 2] == pytest.approx(1.0)

    def test_more_mistakes_are_darker_in_greyscale(self):
        table = np.diag([1000] * 6)
        table[0, 1:] = [1, 5, 30, 100, 400]
        shown = colours(confusion(table, list("abcdef")))
        grey = shown[0, 1:, :3] @ [0.299, 0.587, 0.114]
        assert (np.diff(grey) < -0.03).all()

    def test_colours_are_shares_of_the_true_class(self):
        table = np.array([[90, 10, 0], [0, 900, 100], [0, 0, 50]])
        shown = colours(confusion(table, ["a", "b", "c"]))
        assert np.allclose(shown[0, 1], shown[1, 2])

    def test_the_bar_ends_at_the_largest_share_or_a_little_above(self):
        table = np.array([[998, 2], [5, 995]])
        bar = confusion(table, GLANDS).axes[1]
        assert bar.get_xticklabels()[-1].get_text() == "0.5 %"

    def test_the_note_explains_the_scale(self):
        assert "square-root scale" in " ".join(texts(confusion(counts(10), DIGITS)).split())

    def test_without_mistakes_there_is_no_bar(self):
        figure = confusion(np.diag([5, 7]), GLANDS)
        assert len(figure.axes) == 1
        assert "No mistakes" in texts(figure)


class TestAccuracies:
    def test_every_class_and_the_total_have_one(self):
        words = texts(confusion(np.array([[90, 10], [1, 4]]), GLANDS)).split("\n")
        assert {"90.0", "80.0", "89.52", "in total"} <= set(words)

    def test_a_single_mistake_is_never_rounded_to_100(self):
        words = texts(confusion(np.array([[999_999, 1], [0, 5]]), GLANDS)).split("\n")
        assert {">99.9", "100.0", ">99.99"} <= set(words)

    def test_a_single_hit_is_never_rounded_to_0(self):
        words = texts(confusion(np.array([[1, 999_999], [0, 5]]), GLANDS)).split("\n")
        assert "<0.1" in words

    def test_a_class_that_does_not_occur_has_a_dash(self):
        words = texts(confusion(np.array([[5, 0], [0, 0]]), GLANDS)).split("\n")
        assert words.count("\N{EN DASH}") == 1

    def test_nothing_but_zeros(self, tmp_path):
        figure = confusion(np.zeros((2, 2), dtype=int), GLANDS)
        assert texts(figure).split("\n").count("\N{EN DASH}") == 3
        written(figure, tmp_path)


class TestNames:
    def test_short_names_lie_above_their_columns(self):
        assert confusion(counts(2), GLANDS).axes[0].get_xticklabels()[0].get_rotation() == 0

    def test_long_names_stand(self):
        axes = confusion(counts(10), SIGNS * 2 + GLANDS).axes[0]
        assert axes.get_xticklabels()[0].get_rotation() == 90

    def test_names_beyond_the_limit_are_shortened(self):
        names = [
            label.get_text() for label in confusion(counts(4), SIGNS).axes[0].get_yticklabels()
        ]
        assert names[2:] == SIGNS[2:]
        assert names[1].startswith("Right-of-way at")
        assert names[1].endswith("\N{HORIZONTAL ELLIPSIS}")


class TestPicture:
    def test_it_counts_the_test_images_of_one_trial(self):
        targets = np.array([0, 1, 1, 0, 1, 0])
        split = pd.DataFrame({"id": range(6), "part": ["train"] * 2 + ["test"] * 4, "fold": 0})
        arrays = Arrays(np.zeros((6, 4, 4), np.uint8), targets, split)
        right = np.eye(2, dtype=np.float32)[targets[2:]]
        wrong = np.eye(2, dtype=np.float32)[[1, 0, 0, 0]]
        predictions = Predictions(np.stack([right, wrong]), list("cdef"), {}, [{}, {}])
        assert cells(picture(predictions, 1, arrays, GLANDS)) == {
            (0, 0): "2", (1, 0): "1", (1, 1): "1",
        }  # fmt: skip

    def test_it_counts_pixels_of_masks(self):
        masks = np.array([[[0, 0], [1, 1]]], dtype=np.uint8)
        split = pd.DataFrame({"id": [0], "part": ["test"], "fold": 0})
        arrays = Arrays(np.zeros((1, 2, 2, 3), np.uint8), masks, split)
        logits = np.array([[[[-1.0, 1.0], [1.0, 1.0]]]], dtype=np.float32)[np.newaxis]
        predictions = Predictions(logits, ["a"], {"threshold": 0.5}, [{}])
        assert cells(picture(predictions, 0, arrays, GLANDS)) == {
            (0, 0): "1", (0, 1): "1", (1, 1): "2",
        }  # fmt: skip
