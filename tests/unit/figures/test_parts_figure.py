"""The figure of training and validation results beside reported values."""

import numpy as np
import pandas as pd
import pytest
from drawings import NAN, crowded, texts, written

from dlia.figures import style
from dlia.figures.classes import dots_by_class
from dlia.figures.parts import Point, dots, sweep

COLOURS = {"train": style.VERMILLION, "validation": style.BLUE}


def table(means, trials=3, reported=None, status="ok"):
    """Give the rows of variants with a mean on validation; training is 0.2 above."""
    rows = []
    for name, mean in means.items():
        for part, above in (("train", 0.2), ("validation", 0.0)):
            values = mean + above + 0.01 * np.arange(trials) - 0.005 * (trials - 1)
            rows.append(
                {
                    "variant": name,
                    "part": part,
                    "mean": mean + above,
                    "low": mean + above - 0.02 if trials > 1 else NAN,
                    "high": mean + above + 0.02 if trials > 1 else NAN,
                    "values": " ".join(map(str, values)),
                    "trials": trials,
                    "reported_value": (reported or {}).get((name, part), NAN),
                    "status": f"{trials} {status}",
                }
            )
    return pd.DataFrame(rows)


def marks(figure, marker, part, panel=0):
    """Return the places of a part's marks in a panel."""
    of = [line for line in figure.axes[panel].lines if line.get_marker() == marker]
    edge = [line for line in of if COLOURS[part] in (line.get_color(), line.get_markeredgecolor())]
    pairs = [p for line in edge for p in zip(line.get_xdata(), line.get_ydata(), strict=True)]
    return [(float(x), float(y)) for x, y in pairs if np.isfinite([x, y]).all()]


def lines_of_legend(figure):
    [legend] = figure.legends
    return {line.get_linestyle() for line in legend.get_lines()}


def test_the_legend_of_dots_has_a_line_only_where_intervals_are_drawn():
    rows = table({"a": 0.3, "b": 0.6}).assign(**{"class": "x"})
    one = table({"a": 0.3, "b": 0.6}, trials=1).assign(**{"class": "x"})
    for few, several in (
        (dots(one, "dice"), dots(rows, "dice")),
        (dots_by_class(one, ["x"], "dice"), dots_by_class(rows, ["x"], "dice")),
    ):
        assert lines_of_legend(few) == {"None"}
        assert lines_of_legend(several) == {"-"}
    assert "None" not in lines_of_legend(sweep(one, "dice", {"a": Point(0, "")}, "rate", ""))


def test_small_values_of_a_class_can_be_read_off_its_axis():
    rows = table({"a": 0.1, "b": 0.7}, trials=1)
    rows = pd.concat([rows.assign(**{"class": name}) for name in ("CSF", "GM", "WM")])
    figure = dots_by_class(rows, ["CSF", "GM", "WM"], "dice")
    for axes in figure.axes:
        low, high = axes.get_xlim()
        assert sum(low <= tick <= high for tick in axes.get_xticks()) >= 4


def test_variants_are_ordered_by_their_validation_results():
    figure = dots(table({"low": 0.3, "high": 0.6, "middle": 0.5}), "accuracy")
    names = [label.get_text() for label in figure.axes[0].get_yticklabels()]
    assert names == ["high", "middle", "low"]
    assert [x for x, _ in marks(figure, "o", "validation")] == pytest.approx([60, 50, 30])


def test_reported_values_are_marked_in_the_colour_of_their_part():
    own = {("a", "train"): 0.9, ("a", "validation"): 0.45}
    figure = dots(table({"a": 0.4}, reported=own), "accuracy")
    assert [x for x, _ in marks(figure, "D", "train")] == pytest.approx([90])
    assert [x for x, _ in marks(figure, "D", "validation")] == pytest.approx([45])
    assert "reported" in texts(figure)


def test_without_reported_values_nothing_explains_them():
    assert "reported" not in texts(dots(table({"a": 0.4}), "accuracy"))


def test_failed_trials_are_said_beside_the_name():
    figure = dots(table({"a": 0.1}, status="collapsed"), "accuracy")
    assert "a (3 collapsed)" in texts(figure).replace("\n", " ")


def test_failed_trials_are_said_once():
    assert "failed" not in texts(dots(table({"a": 0.1}, status="collapsed"), "accuracy"))


PLACES = {
    "none": Point(0, ""),
    "conv_2": Point(0.2, "conv"),
    "conv_5": Point(0.5, "conv"),
    "fc_5": Point(0.5, "fc"),
}
MEANS = {"none": 0.3, "conv_2": 0.4, "conv_5": 0.5, "fc_5": 0.6, "other": 0.9}


def test_a_variant_of_all_lines_is_in_every_panel_and_others_only_in_theirs():
    figure = sweep(table(MEANS), "accuracy", PLACES, "dropout rate", "dropout place")
    assert marks(figure, "o", "validation", 0) == [
        pytest.approx(p) for p in ((0, 30), (0.2, 40), (0.5, 50))
    ]
    assert marks(figure, "o", "validation", 1) == [pytest.approx(p) for p in ((0, 30), (0.5, 60))]


def test_bands_reach_from_the_smallest_to_the_largest_trial():
    figure = sweep(table(MEANS), "accuracy", PLACES, "rate", "place")
    band = figure.axes[1].collections[0].get_paths()[0].vertices
    assert band[:, 1].min() == pytest.approx(49)
    assert band[:, 1].max() == pytest.approx(81)


def test_panels_of_a_sweep_share_their_range():
    figure = sweep(table(MEANS), "accuracy", PLACES, "rate", "place")
    assert figure.axes[0].get_ylim() == figure.axes[1].get_ylim()


def test_a_sweep_without_lines_has_one_panel():
    places = {name: Point(at, "") for name, (at, _) in PLACES.items()}
    figure = sweep(table(MEANS), "accuracy", places, "rate", "")
    assert len(figure.axes) == 1


def test_a_sweep_says_what_failed_and_what_was_shortened():
    rows = table(MEANS)
    rows.loc[rows["variant"] == "fc_5", "status"] = "2 ok, 1 collapsed"
    short = dict.fromkeys(MEANS, "20 of 100 epochs")
    said = " ".join(texts(sweep(rows, "accuracy", PLACES, "rate", "place", short)).split())
    assert "20 of 100 epochs: all variants. With failed trials: fc_5." in said
    said = " ".join(texts(sweep(rows, "accuracy", PLACES, "rate", "place", {"none": "x"})).split())
    assert "X: none. With" in said


LONG = {f"a_variant_with_a_rather_long_name_{n}, 12 of 100 epochs": 0.3 for n in range(9)}


@pytest.mark.parametrize("trials", [1, 3])
@pytest.mark.parametrize(
    "draw",
    [
        lambda n: dots(table(LONG, n), "accuracy"),
        lambda n: dots(table({"a": 0.5}, n), "dice"),
        lambda n: sweep(table(MEANS, n), "accuracy", PLACES, "dropout rate", "dropout place"),
    ],
    ids=["many", "one", "sweep"],
)
def test_nothing_is_cut_off_and_no_two_texts_overlap(draw, trials):
    assert crowded(draw(trials)) == []


def test_the_same_input_gives_the_same_bytes(tmp_path):
    drawn = [written(dots(table(MEANS), "accuracy"), tmp_path) for _ in range(2)]
    assert drawn[0] == drawn[1]


def of_classes(values):
    """Give the rows of two classes, b being 0.1 worse than a."""
    return pd.concat(
        [
            table({name: mean - below for name, mean in values.items()}, reported=own).assign(
                **{"class": label}
            )
            for label, below, own in (("a", 0.0, {("v", "train"): 0.9}), ("b", 0.1, {}))
        ]
    )


def test_every_class_has_a_panel_with_its_own_results_and_reported_values():
    figure = dots_by_class(of_classes({"u": 0.3, "v": 0.6}), ["a", "b"], "dice")
    rows = [[x for x, _ in marks(figure, "o", "validation", panel)] for panel in (0, 1)]
    assert rows == [pytest.approx([0.6, 0.3]), pytest.approx([0.5, 0.2])]
    assert marks(figure, "D", "train", 0) == [pytest.approx((0.9, -0.16))]
    assert marks(figure, "D", "train", 1) == []
    assert figure.axes[0].get_xlim() == figure.axes[1].get_xlim()


def test_many_classes_stand_in_lines_of_panels_without_overlaps():
    values = pd.concat([of_classes(LONG).assign(**{"class": name}) for name in "cdef"])
    assert crowded(dots_by_class(values, list("cdef"), "dice")) == []


def test_variants_without_validation_images_stand_below_the_others():
    values = of_classes({"u": 0.3, "v": 0.6, "w": 0.9})
    without = values[(values["variant"] != "w") | (values["part"] == "train")]
    labels = dots_by_class(without, ["a"], "dice").axes[0].get_yticklabels()
    assert [label.get_text() for label in labels] == ["v", "u", "w"]
    only = values[values["part"] == "train"]
    assert len(dots_by_class(only, ["a"], "dice").axes[0].get_yticklabels()) == 3


def test_without_curves_of_classes_the_figure_says_so():
    assert "no curves" in texts(dots_by_class(pd.DataFrame(), ["a"], "dice"))
