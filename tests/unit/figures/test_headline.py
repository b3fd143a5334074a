"""The figure of the first page: what sources report, and what the build finds."""

import math

import pytest
from drawings import crowded

from dlia.figures.headline import (
    LOOKS,
    OTHER_WEIGHTS_MARK,
    UNCLAIMED,
    ResultRow,
    headline,
    limits,
    rows_of,
)
from dlia.study.part_names import TEST, VALIDATION

SUMMARY = """\
data,variant,kind,mean,low,high,reported_value,status,same_as
real,sgd,variant,0.98,0.97,0.99,0.9878,3 ok,
real,again,variant,0.98,0.97,0.99,not reported,3 ok,ex1_2/sgd
"real, stand-in weights",lost,variant,0.1,one trial,one trial,figure only,1 collapsed,
real,majority,reference,0.1,no training,no training,not reported,no training,
"""
PARTS = """\
data,variant,part,metric,mean,low,high,reported_value,status,same_as
real,sgd,train,accuracy,0.95,0.94,0.96,0.99,3 ok,
real,sgd,validation,accuracy,0.9,0.89,0.91,0.91,3 ok,
real,sgd,validation,dice,0.5,0.4,0.6,0.6,3 ok,
real,again,validation,accuracy,0.9,0.89,0.91,0.91,3 ok,ex1_2/sgd
"""
CLAIMS = """\
claim,verdict
sgd_9878,reproduced (assumed settings)
lost_99,not reproduced in any of 3 readings
"""


@pytest.fixture
def rows(tmp_path) -> list[ResultRow]:
    (tmp_path / "ex1_2").mkdir()
    (tmp_path / "ex1_2" / "summary.csv").write_text(SUMMARY)
    (tmp_path / "claims.csv").write_text(CLAIMS)
    about = {"ex1_2/sgd": "sgd_9878", "ex1_2/lost": "lost_99"}
    return rows_of(
        [tmp_path / "ex1_2" / "summary.csv"], tmp_path / "claims.csv", about, "accuracy", TEST
    )


def test_every_training_has_a_row_and_baselines_and_second_names_have_none(rows):
    assert [row.name for row in rows] == ["1.2  sgd", f"1.2  lost{OTHER_WEIGHTS_MARK}"]


def test_a_row_has_the_verdict_without_what_it_depends_on(rows):
    assert [row.verdict for row in rows] == ["reproduced", "not reproduced"]


def test_words_in_place_of_numbers_are_no_numbers(rows):
    assert (rows[0].low, rows[0].reported) == (0.97, 0.9878)
    assert math.isnan(rows[1].low)
    assert math.isnan(rows[1].reported)


def test_where_sources_report_validation_the_means_are_those_of_validation(tmp_path):
    (tmp_path / "ex1_2").mkdir()
    (tmp_path / "ex1_2" / "parts.csv").write_text(PARTS)
    (tmp_path / "claims.csv").write_text(CLAIMS)
    about = {"ex1_2/sgd": "sgd_9878"}
    tables = [tmp_path / "ex1_2" / "parts.csv"]
    [row] = rows_of(tables, tmp_path / "claims.csv", about, "accuracy", VALIDATION)
    assert (row.mean, row.reported, row.verdict) == (0.9, 0.91, "reproduced")
    [axes] = headline("T", "accuracy", [row], VALIDATION).axes
    assert "validation" in axes.get_xlabel()


def test_failed_trials_do_not_widen_the_axis(rows):
    low, high = limits(rows)
    assert 0.96 < low < 0.98
    assert 0.9878 < high < 1.01


def test_an_only_variant_is_shown_with_its_whole_interval():
    low, high = limits([ResultRow("a", 0.97, 0.96, 0.98, math.nan, "none", failed=False)])
    assert low < 0.96 < 0.98 < high


def far(mean, low, high, reported, failed=True) -> ResultRow:
    return ResultRow("far", mean, low, high, reported, "undecided", failed=failed)


def drawn(row, reported=0.98):
    """Draw a row below three good ones; return the axes and the texts of the row."""
    good = [
        ResultRow(str(n), 0.98, 0.97, 0.99, reported, "reproduced", failed=False) for n in range(3)
    ]
    axes = headline("T", "dice", [*good, row], TEST).axes[0]
    return axes, [(text.get_text(), text.get_position()[0]) for text in axes.texts]


def arrows(axes) -> dict[str, float]:
    """Return where the arrows are, as shares of the axis."""
    low, high = axes.get_xlim()
    return {
        line.get_marker(): (line.get_xdata()[0] - low) / (high - low)
        for line in axes.lines
        if line.get_marker() in ("<", ">")
    }


def test_a_result_beyond_the_axis_is_an_arrow_at_its_edge_with_value_and_interval():
    axes, texts = drawn(far(0.5, 0.42, 0.6, math.nan))
    assert 0 < arrows(axes)["<"] < 0.05
    assert [text for text, _ in texts] == ["mean 0.5 (0.42 to 0.60)"]


def test_a_result_without_an_interval_has_none_in_words(rows):
    assert [text.get_text() for text in headline("T", "accuracy", rows, TEST).axes[0].texts] == [
        "mean 10 %"
    ]


def test_a_reported_value_beyond_the_axis_is_an_arrow_at_its_edge():
    axes, texts = drawn(far(0.98, 0.97, 0.99, 0.85, failed=False))
    assert 0 < arrows(axes)["<"] < 0.05
    assert [text for text, _ in texts] == ["reported 0.85"]


@pytest.mark.parametrize(("low", "high"), [(0.966, 0.974), (math.nan, math.nan)])
def test_a_reported_value_beyond_the_axis_is_not_written_across_the_rebuilt_one(low, high):
    axes, [(_, place)] = drawn(far(0.97, low, high, 0.85, failed=False))
    assert place > 0.97
    assert arrows(axes)["<"] < 0.05


def test_a_reported_and_a_rebuilt_value_beyond_the_axis_stand_side_by_side():
    _, [(_, first), (_, second)] = drawn(far(0.2, math.nan, math.nan, 0.1))
    assert first < second


def test_a_mean_beyond_the_axis_is_not_written_across_the_mark_of_the_reported_value():
    _, [(_, place)] = drawn(far(0.5, 0.4, 0.6, 0.971), reported=0.97)
    assert place > 0.971


def test_an_interval_that_goes_on_beyond_an_edge_ends_in_an_arrow_there():
    axes, _ = drawn(far(0.97, 0.1, 1.8, 0.98, failed=False))
    assert arrows(axes)["<"] < 0.05
    assert arrows(axes)[">"] > 0.95


def test_studies_of_different_size_have_figures_of_one_height():
    few, many = (
        [
            ResultRow(f"v{n}", 0.98, 0.97, 0.99, 0.98, "undecided", failed=False)
            for n in range(count)
        ]
        for count in (15, 27)
    )
    heights = {headline("T", "dice", rows, TEST).get_size_inches()[1] for rows in (few, many)}
    assert len({round(height, 6) for height in heights}) == 1


def test_the_labels_of_many_rows_do_not_overlap():
    rows = [
        ResultRow(f"1.2  v{n}", 0.98, 0.97, 0.99, 0.98, "undecided", failed=False)
        for n in range(36)
    ]
    assert crowded(headline("T", "dice", rows, TEST)) == []


def test_verdicts_differ_in_colour_and_in_marker():
    assert LOOKS.keys() >= {"reproduced", "compatible", "undecided", "not reproduced", "not tested"}
    for looks in zip(*LOOKS.values(), strict=True):
        assert len(set(looks)) == len(LOOKS)


@pytest.mark.parametrize("verdict", ["reproduced", "compatible", UNCLAIMED])
def test_the_legend_names_the_verdicts_that_occur(verdict):
    row = ResultRow("1.2  sgd", 0.9, 0.8, 0.95, 0.85, verdict, failed=False)
    [legend] = headline("T", "dice", [row], TEST).legends
    assert [text.get_text() for text in legend.get_texts()] == ["reported", verdict]


def test_the_legend_has_no_reported_values_where_none_is_reported():
    row = ResultRow("1.2  sgd", 0.9, 0.8, 0.95, math.nan, UNCLAIMED, failed=False)
    [legend] = headline("T", "dice", [row], TEST).legends
    assert [text.get_text() for text in legend.get_texts()] == [UNCLAIMED]


@pytest.mark.parametrize("name", ["constant_without_dropout", "a" * 60])
def test_long_names_are_not_cut_off_and_leave_room_for_results_in_words(name):
    rows = [
        ResultRow(f"1.4  {name}", 0.101, 0.098, 0.104, math.nan, "not tested", failed=True),
        *(
            ResultRow(f"1.5  v{n}", 0.5 + n / 100, 0.4, 0.6, 0.5, UNCLAIMED, False)
            for n in range(9)
        ),
    ]
    assert crowded(headline("T", "accuracy", rows, TEST)) == []


@pytest.mark.parametrize(
    ("exercises", "numbers"),
    [
        (["ex1_2", "ex2_1"], ["1.2", "2.1"]),
        (["cifar1_2", "cifar1_3"], ["1.2", "1.3"]),
        (["a1_2", "b1_2"], ["a1.2", "b1.2"]),
        (["glands", "edges"], ["glands", "edges"]),
        (["glands"], ["glands"]),
    ],
)
def test_exercises_are_called_by_their_numbers_where_these_tell_them_apart(
    tmp_path, exercises, numbers
):
    for exercise in exercises:
        (tmp_path / exercise).mkdir()
        (tmp_path / exercise / "summary.csv").write_text(SUMMARY)
    (tmp_path / "claims.csv").write_text(CLAIMS)
    files = [tmp_path / exercise / "summary.csv" for exercise in exercises]
    found = [
        row.name.split("  ")[0]
        for row in rows_of(files, tmp_path / "claims.csv", {}, "accuracy", TEST)
    ]
    assert found == [number for number in numbers for _ in range(2)]


def test_a_study_without_finite_results_has_a_figure():
    row = ResultRow("1.2  sgd", math.nan, math.nan, math.nan, math.nan, UNCLAIMED, failed=True)
    assert [text.get_text() for text in headline("T", "dice", [row], TEST).axes[0].texts] == [
        "no value"
    ]
