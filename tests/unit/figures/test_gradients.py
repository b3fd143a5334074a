import numpy as np
import pandas as pd
import pytest
from conftest import sampled
from drawings import NAN, crowded, texts, written
from matplotlib.colors import to_rgb

from dlia.figures.gradients import PREFIX, depths, gradients, layer_norms

THREE = ["hidden1", "hidden2", "output"]
TWELVE = [f"block{b}.conv{c}" for b in range(1, 6) for c in (1, 2)] + ["dense", "output"]
WORDY = [f"encoder.stages.{i}.blocks.0.depthwise_convolution" for i in range(11)] + ["head"]


def history(layers=THREE, trials=3, epochs=6, slope=-1.0, level=1.0):
    """Make norms that fall by ``slope`` decades from the last layer to the first."""
    rows = [
        (
            trial,
            epoch,
            "train",
            PREFIX + layer,
            level * 10.0 ** (slope * place) * (1 + trial) / epoch,
        )
        for trial in range(trials)
        for epoch in range(1, epochs + 1)
        for layer, place in zip(layers, np.linspace(1, 0, len(layers)), strict=True)
    ]
    rows += [
        (trial, epoch, part, "loss", 1.0)
        for trial in range(trials)
        for epoch in range(1, epochs + 1)
        for part in ("train", "validation")
    ]
    return pd.DataFrame(rows, columns=["trial", "epoch", "part", "metric", "value"])


def changed(table, layer, value, epochs=None, trials=None):
    where = table["metric"] == PREFIX + layer
    where &= table["epoch"].isin(epochs or table["epoch"])
    where &= table["trial"].isin(trials or table["trial"])
    return table.assign(value=table["value"].mask(where, value))


def legend(figure):
    return [text.get_text() for text in figure.legends[0].get_texts()]


def lines(figure, panel=0):
    """Return the lines of a panel by their layer."""
    return {line.get_label(): line for line in figure.axes[panel].lines}


EXTREMES = {
    "usual": {"sgd": history(TWELVE), "adam": history(TWELVE), "small": history()},
    "one variant": {"sgd": history(TWELVE)},
    "one layer, one epoch, one trial": {"sgd": history(["output"], trials=1, epochs=1)},
    "one epoch": {"relu": history(epochs=1), "sigmoid": history(epochs=1, level=0.1)},
    "one epoch of many": {f"v{i}": history(WORDY, epochs=1) for i in range(16)},
    "one epoch without some": {"by_hand": history([]), "sgd": history(epochs=1)},
    "vanishing": {"sigmoid": history(TWELVE, slope=-12, epochs=400), "relu": history(TWELVE)},
    "flat": {"sgd": history(TWELVE, slope=0, epochs=2)},
    "other layers": {"a": history(), "b": history(WORDY)},
    "long names": {"a_variant_with_a_name_that_goes_on_and_on_and_on": history(), "b": history()},
    "sixteen variants": {f"v{i}": history(TWELVE) for i in range(16)},
    "without any": {"by_hand": history([])},
    "without some": {"by_hand": history([]), "sgd": history()},
    "zeros": {"dead": history(level=0.0), "sgd": history()},
}


class TestLayout:
    @pytest.mark.parametrize("histories", sampled([*EXTREMES.values()], 4), ids=EXTREMES)
    def test_no_text_is_cut_off_or_overlaps(self, histories):
        assert crowded(gradients(histories)) == []

    def test_sixteen_variants_stay_on_a_page(self):
        figure = gradients(EXTREMES["sixteen variants"])
        assert figure.get_size_inches()[1] < 9.6

    def test_fifty_variants_still_have_panels(self):
        figure = gradients({f"v{i}": history() for i in range(50)})
        assert figure.axes[0].get_position().height * figure.get_size_inches()[1] > 0.3

    def test_a_second_call_gives_the_same_bytes(self, tmp_path):
        first, second = (written(gradients(EXTREMES["usual"]), tmp_path) for _ in range(2))
        assert first == second

    def test_input_stays_as_it_was(self):
        table = history()
        before = table.copy()
        gradients({"sgd": table})
        pd.testing.assert_frame_equal(table, before)

    def test_one_panel_per_variant_two_in_a_row(self):
        first, second, third, _ = gradients(EXTREMES["usual"]).axes
        assert first.get_position().y0 == second.get_position().y0
        assert first.get_position().x0 == third.get_position().x0

    def test_all_panels_share_one_logarithmic_axis(self):
        figure = gradients({"large": history(level=100.0), "small": history(level=0.01)})
        assert {axes.get_yscale() for axes in figure.axes} == {"log"}
        (low, high), other = (axes.get_ylim() for axes in figure.axes)
        assert (low, high) == other
        assert low < 0.001
        assert high > 100

    def test_a_short_axis_still_has_labelled_decades(self):
        low, high = gradients({"flat": history(slope=0, epochs=2)}).axes[0].get_ylim()
        assert high >= 10 * low

    def test_the_note_says_what_is_drawn(self):
        words = " ".join(texts(gradients({"sgd": history()})).split())
        assert "Mean over the epoch's steps of the L2 norm of each layer's weight gradient" in words
        assert "gaps" not in words


class TestLines:
    def test_a_line_is_the_mean_of_the_trials(self):
        drawn = lines(gradients({"sgd": history()}))["output"]
        assert np.allclose(drawn.get_ydata(), 2.0 / np.arange(1, 7))

    def test_other_metrics_are_left_out(self):
        assert len(gradients({"sgd": history()}).axes[0].lines) == 3

    def test_values_that_are_not_finite_are_left_out_of_the_mean(self):
        table = changed(history(), "output", float("inf"), epochs=[2], trials=[2])
        assert layer_norms(table).loc[2, "output"] == pytest.approx(0.75)

    @pytest.mark.parametrize("bad", [NAN, float("inf"), 0.0])
    def test_zeros_and_what_is_not_finite_leave_gaps(self, bad):
        figure = gradients({"sgd": changed(history(), "hidden1", bad, epochs=[3, 4])})
        missing = ~np.isfinite(lines(figure)["hidden1"].get_ydata())
        assert np.flatnonzero(missing).tolist() == [2, 3]
        assert "leave gaps" in " ".join(texts(figure).split())

    def test_a_zero_of_one_trial_counts_in_the_mean(self):
        table = changed(history(), "output", 0.0, epochs=[1], trials=[2])
        assert layer_norms(table).loc[1, "output"] == pytest.approx(1.0)

    def test_a_value_without_neighbours_has_a_marker(self):
        figure = gradients({"sgd": changed(history(), "hidden1", NAN, epochs=[1, 3])})
        drawn = lines(figure)
        assert drawn["hidden1"].get_markevery() == [1]
        assert drawn["output"].get_markevery() == []

    def test_a_variant_without_norms_says_so(self):
        assert "not recorded" in texts(gradients(EXTREMES["without some"]))

    def test_a_variant_with_nothing_but_zeros_says_so(self):
        assert "no finite values above zero" in texts(gradients(EXTREMES["zeros"]))

    def test_nothing_recorded_at_all(self):
        assert "No gradient norms were recorded." in texts(gradients(EXTREMES["without any"]))


class TestOneEpoch:
    def test_layers_stand_side_by_side_and_every_variant_has_its_colour(self):
        figure = gradients(EXTREMES["one epoch"])
        [axes] = figure.axes
        assert [label.get_text() for label in axes.get_xticklabels()] == THREE
        relu, sigmoid = axes.lines
        assert np.allclose(relu.get_ydata(), 10 * sigmoid.get_ydata())
        assert relu.get_color() != sigmoid.get_color()
        assert legend(figure) == ["relu", "sigmoid"]

    def test_a_network_without_a_layer_has_no_dot_there(self):
        few, many = history(["hidden1", "output"], epochs=1), history(epochs=1)
        first, _ = gradients({"few": few, "many": many}).axes[0].lines
        assert np.isfinite(first.get_ydata()).tolist() == [True, False, True]

    def test_a_variant_without_norms_is_named(self):
        assert "Not recorded: by_hand." in texts(gradients(EXTREMES["one epoch without some"]))

    def test_one_variant_with_more_epochs_keeps_the_lines(self):
        figure = gradients({"short": history(epochs=1), "long": history()})
        assert len(figure.axes) == 2


class TestLayers:
    def test_the_legend_lists_few_layers_by_depth(self):
        assert legend(gradients({"sgd": history()})) == THREE

    def test_the_legend_lists_layers_by_depth_whichever_network_comes_first(self):
        few = ["block1.conv1", "block2.conv1", "output"]
        assert legend(gradients({"few": history(few[::2]), "more": history(few)})) == few

    def test_of_many_layers_a_strip_has_their_colours_between_the_first_and_the_last(self):
        figure = gradients({"sgd": history(TWELVE)})
        [strip] = figure.axes[-1].images
        colours = [to_rgb(lines(figure)[name].get_color()) for name in TWELVE]
        assert np.allclose(strip.get_array()[0][:, :3], colours)
        assert not figure.legends
        for words in ("first layer: block1.conv1", "last layer: output"):
            assert words in texts(figure)

    def test_depth_is_the_number_of_layers_before(self):
        assert depths([["a", "b", "z"], ["a", "x", "y", "z"]]) == {
            "a": 0, "b": 1, "x": 1, "y": 2, "z": 3,
        }  # fmt: skip

    def test_networks_that_contradict_each_other_keep_the_order_of_appearance(self):
        assert list(depths([["a", "b"], ["b", "a", "c"]])) == ["a", "b", "c"]

    def test_a_layer_looks_the_same_in_every_panel(self):
        figure = gradients({"few": history(["block1.conv1", "output"]), "many": history(TWELVE)})
        few, many = lines(figure, 0), lines(figure, 1)
        assert few["output"].get_linestyle() == many["output"].get_linestyle()
        assert few.keys() == {"block1.conv1", "output"}

    def test_first_and_last_layer_differ_by_line_style(self):
        drawn = lines(gradients({"sgd": history()}))
        styles = [drawn[name]._dash_pattern for name in THREE]
        assert styles[1] == (0, None)
        assert styles[0] != styles[2] != styles[1] != styles[0]

    def test_a_last_layer_that_others_go_on_from_is_an_inner_one(self):
        figure = gradients({"few": history(TWELVE[:3]), "many": history(TWELVE)})
        assert not lines(figure)[TWELVE[2]].is_dashed()

    def test_deeper_is_lighter_but_never_lost_on_white(self):
        drawn = lines(gradients({"sgd": history(TWELVE)}))
        grey = [np.dot(to_rgb(drawn[n].get_color()), [0.299, 0.587, 0.114]) for n in TWELVE]
        assert (np.diff(grey) > 0).all()
        assert grey[-1] < 0.7
