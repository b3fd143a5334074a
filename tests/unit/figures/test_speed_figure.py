import numpy as np
import pandas as pd
import pytest
from conftest import sampled
from drawings import NAN, crowded, points, texts, written

from dlia.figures import style
from dlia.figures.speed import speed
from dlia.figures.trials import LOOKS

LEVELS = {"accuracy": 0.98, "dice": 0.85}


def outcomes(*, epochs=20, asked=None, **variants):
    """Turn (epochs to the level, area[, status]) of each variant's trials into a table.

    Two underscores in a variant's name stand for a slash; ``epochs`` may differ by variant.
    """
    rows = [
        (name.replace("__", "/"), trial, reached, area, status[0] if status else "ok")
        for name, results in variants.items()
        for trial, (reached, area, *status) in enumerate(results)
    ]
    columns = ["variant", "trial", "epochs_to_level", "area", "status"]
    table = pd.DataFrame(rows, columns=columns)
    each = epochs if isinstance(epochs, dict) else dict.fromkeys(table["variant"], epochs)
    own = table["variant"].map(each)
    return table.assign(epochs=own, epochs_asked=own if asked is None else asked)


def draw(metric="accuracy", area_epochs=10, **options):
    return speed(outcomes(**options), metric, LEVELS[metric], area_epochs)


def beyond(axes, marker):
    """Count the points with this marker that stand to the right of the axis."""
    return sum(
        line.get_marker() == marker
        and line.get_transform().transform((line.get_xdata()[0], 0))[0] > axes.bbox.x1
        for line in axes.lines
    )


USUAL = {
    "ex1_2__sgd": [(12, 0.942), (13, 0.94), (11, 0.944)],
    "momentum": [(6, 0.96), (5, 0.965)],
    "adam_with_a_rate_that_is_far_too_high": [(4, 0.97), (NAN, 0.9), (NAN, 0.101, "collapsed")],
    "rmsprop": [(5, 0.96), (NAN, NAN, "diverged")],
}
EXTREMES = {
    "usual": {**USUAL},
    "one trial of one variant": {"a": [(3, 0.5)]},
    "nobody arrives": {"a": [(NAN, 0.5), (NAN, 0.4)], "b": [(NAN, 0.3)]},
    "all diverged": {"a": [(NAN, NAN, "diverged")] * 3},
    "at once": {"a": [(0, 0.99)]},
    "two decades": {"a": [(1, 0.9), (2, 0.91)], "b": [(190, 0.4)]},
    "five decades": {"a": [(1, 0.9), (2, 0.91)], "b": [(190_000, 0.4)]},
    "many reasons": {
        f"v{i}": [
            (3, 0.9), (NAN, 0.1, "collapsed"), (NAN, 0.15, "collapsed"), (NAN, NAN, "ok"),
            (NAN, 0.05, "diverged"), (NAN, NAN, "diverged"),
        ]
        for i in range(4)
    },
}  # fmt: skip


class TestLayout:
    @pytest.mark.parametrize("metric", LEVELS)
    @pytest.mark.parametrize("variants", sampled([*EXTREMES.values()], 4), ids=EXTREMES)
    def test_no_text_is_cut_off_or_overlaps(self, variants, metric):
        assert crowded(draw(metric, **variants)) == []

    def test_no_text_is_cut_off_when_epochs_differ(self):
        epochs = {name.replace("__", "/"): 3 + i for i, name in enumerate(USUAL)}
        assert crowded(draw(epochs=epochs, **USUAL)) == []

    def test_no_text_is_cut_off_with_fifteen_variants(self):
        assert crowded(draw(**{f"variant_{i}": USUAL["momentum"] for i in range(15)})) == []

    def test_a_second_call_gives_the_same_bytes(self, tmp_path):
        first, second = (written(draw(**USUAL), tmp_path) for _ in range(2))
        assert first == second

    def test_input_stays_as_it_was(self):
        table = outcomes(**USUAL)
        before = table.copy()
        speed(table, "accuracy", 0.98, 10)
        pd.testing.assert_frame_equal(table, before)

    def test_rows_keep_the_order_of_the_table(self):
        figure = draw(b=[(3, 0.9)], c=[(3, 0.9)], a=[(3, 0.9)])
        names = [label.get_text() for label in figure.axes[0].get_yticklabels()]
        assert names == ["b", "c", "a"]

    def test_names_of_other_exercises_are_grey(self):
        labels = draw(**USUAL).axes[0].get_yticklabels()
        assert [label.get_color() for label in labels] == [style.GREY] + [style.BLACK] * 3


class TestWords:
    def test_titles_name_level_and_epochs(self):
        words = " ".join(texts(draw(**USUAL)).split())
        assert "epochs until validation accuracy reaches 98 %" in words
        assert "mean validation accuracy (%) over the first 10 epochs" in words

    def test_dice_is_no_per_cent(self):
        words = " ".join(texts(draw("dice", **USUAL)).split())
        assert "epochs until validation Dice reaches 0.85" in words
        assert "%" not in words

    def test_a_single_epoch(self):
        words = " ".join(texts(draw(area_epochs=1, **USUAL)).split())
        assert "over the first epoch" in words
        assert "first 1" not in words

    def test_epochs_that_differ_are_listed(self):
        words = " ".join(texts(draw(epochs={"a": 20, "b": 5}, a=[(3, 0.9)], b=[(3, 0.9)])).split())
        assert "a 20, b 5" in words
        assert "fewer than 10" in words

    def test_a_shortened_training_says_how_many_epochs_it_should_have(self):
        words = " ".join(texts(draw(epochs=20, asked=100, **USUAL)).split())
        assert "Every trial ran 20 of 100 epochs." in words

    def test_epochs_that_are_equal_are_said_once(self):
        assert "Every trial ran 20 epochs." in texts(draw(**USUAL))


class TestEpochs:
    def test_every_trial_that_arrived_is_a_point(self):
        left, _ = draw(a=[(3, 0.9), (5, 0.9)], b=[(7.5, 0.8)]).axes
        drawn = [line.get_xdata()[0] for line in left.lines if line.get_marker() == "o"]
        assert sorted(drawn) == [3, 5, 7.5]

    def test_trials_that_never_arrived_stand_beyond_the_axis(self):
        figure = draw(a=[(3, 0.9), (NAN, 0.8), (NAN, 0.8)], b=[(4, 0.9)])
        assert beyond(figure.axes[0], ">") == 2
        assert "2 never" in texts(figure)

    def test_the_legend_explains_them_only_where_there_are_some(self):
        some, none = draw(a=[(3, 0.9), (NAN, 0.8)]), draw(a=[(3, 0.9)])
        assert "never reached" in texts(some)
        assert "never" not in texts(none)

    def test_the_mean_is_drawn_only_where_all_trials_arrived(self):
        left, _ = draw(a=[(3, 0.9), (5, 0.9)], b=[(9, 0.9), (NAN, 0.8)]).axes
        ticks = [line.get_xdata()[0] for line in left.lines if line.get_marker() == "|"]
        assert ticks == [4]

    @pytest.mark.parametrize(("slowest", "scale"), [(40, "linear"), (41, "log")])
    def test_the_axis_is_logarithmic_beyond_a_ratio_of_twenty(self, slowest, scale):
        assert draw(a=[(2, 0.9), (slowest, 0.9)]).axes[0].get_xscale() == scale

    def test_a_linear_axis_starts_at_zero(self):
        assert draw(a=[(12, 0.9), (13, 0.9)]).axes[0].get_xlim()[0] == 0

    def test_zero_epochs_keep_the_axis_linear(self):
        assert draw(a=[(0, 0.9), (50, 0.9)]).axes[0].get_xscale() == "linear"

    def test_when_nobody_arrives_the_axis_spans_what_was_trained(self):
        low, high = draw(a=[(NAN, 0.9)]).axes[0].get_xlim()
        assert low <= 20 <= high


class TestAreas:
    def test_every_trial_is_a_point(self):
        _, right = draw(a=[(3, 0.9), (NAN, 0.8)]).axes
        drawn = [line.get_xdata()[0] for line in right.lines if line.get_marker() == "o"]
        assert np.allclose(sorted(drawn), [80, 90])

    def test_the_mean_is_a_tick(self):
        _, right = draw(a=[(3, 0.9), (NAN, 0.8)]).axes
        ticks = [line.get_xdata()[0] for line in right.lines if line.get_marker() == "|"]
        assert ticks == pytest.approx([85])

    def test_a_diverged_trial_without_area_stands_beyond_the_axis(self):
        figure = draw(a=[(3, 0.9), (NAN, NAN, "diverged")])
        assert beyond(figure.axes[1], "x") == 1
        assert "1 diverged" in texts(figure)

    def test_no_mean_leaves_out_a_diverged_trial_in_silence(self):
        _, right = draw(a=[(3, 0.9), (NAN, NAN, "diverged")]).axes
        assert not [line for line in right.lines if line.get_marker() == "|"]

    def test_a_collapsed_trial_is_hollow(self):
        figure = draw("dice", a=[(3, 0.9), (4, 0.8), (NAN, 0.75, "collapsed")])
        assert points(figure, "o", face=LOOKS["collapsed"]["mfc"]) == [0.75]

    def test_a_far_failure_does_not_squash_the_others(self):
        figure = draw(a=[(3, 0.95), (4, 0.96), (NAN, 0.105, "collapsed")])
        assert figure.axes[1].get_xlim()[0] > 90
        assert "1 collapsed\nat 10.5" in texts(figure)

    def test_a_slow_trial_that_did_not_fail_stays_on_the_axis(self):
        low, _ = draw(a=[(3, 0.95), (4, 0.96), (NAN, 0.105)]).axes[1].get_xlim()
        assert low < 10.5

    def test_equal_areas_still_have_an_axis(self):
        low, high = draw(a=[(3, 0.9), (4, 0.9)]).axes[1].get_xlim()
        assert high - low >= 0.5
