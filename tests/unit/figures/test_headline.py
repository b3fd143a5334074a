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

SUMMARY = """\
data,variant,kind,mean,low,high,reported_value,status,same_as
real,sgd,variant,0.98,0.97,0.99,0.9878,3 ok,
real,again,variant,0.98,0.97,0.99,not reported,3 ok,ex1_2/sgd
"real, stand-in weights",lost,variant,0.1,one trial,one trial,figure only,1 collapsed,
real,majority,reference,0.1,no training,no training,not reported,no training,
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
    return rows_of([tmp_path / "ex1_2" / "summary.csv"], tmp_path / "claims.csv", about)


def test_every_training_has_a_row_and_baselines_and_second_names_have_none(rows):
    assert [row.name for row in rows] == ["1.2  sgd", f"1.2  lost{OTHER_WEIGHTS_MARK}"]


def test_a_row_has_the_verdict_without_what_it_depends_on(rows):
    assert [row.verdict for row in rows] == ["reproduced", "not reproduced"]


def test_words_in_place_of_numbers_are_no_numbers(rows):
    assert (rows[0].low, rows[0].reported) == (0.97, 0.9878)
    assert math.isnan(rows[1].low)
    assert math.isnan(rows[1].reported)


def test_failed_trials_do_not_widen_the_axis(rows):
    low, high = limits(rows)
    assert 0.96 < low < 0.98
    assert 0.9878 < high < 1.01


def test_a_result_beyond_the_axis_is_written_at_its_edge(rows):
    texts = [text.get_text() for text in headline("T", "accuracy", rows).axes[0].texts]
    assert texts == ["\N{LEFTWARDS ARROW} mean 10 %"]


def test_a_reported_value_beyond_the_axis_is_written_at_its_edge():
    good = [ResultRow(str(n), 0.98, 0.97, 0.99, 0.98, "reproduced", failed=False) for n in range(3)]
    far = ResultRow("far", 0.97, 0.96, 0.98, 0.85, "undecided", failed=False)
    texts = [text.get_text() for text in headline("T", "dice", [*good, far]).axes[0].texts]
    assert texts == ["\N{LEFTWARDS ARROW} reported 0.85"]


@pytest.mark.parametrize(("low", "high"), [(0.966, 0.974), (math.nan, math.nan)])
def test_a_reported_value_beyond_the_axis_is_not_written_across_the_rebuilt_one(low, high):
    good = [ResultRow(str(n), 0.98, 0.97, 0.99, 0.98, "reproduced", failed=False) for n in range(3)]
    far = ResultRow("far", 0.97, low, high, 0.85, "undecided", failed=False)
    [text] = headline("T", "dice", [*good, far]).axes[0].texts
    assert text.xy[0] >= 0.97


def test_a_reported_and_a_rebuilt_value_beyond_the_axis_stand_side_by_side():
    good = [ResultRow(str(n), 0.98, 0.97, 0.99, 0.98, "reproduced", failed=False) for n in range(3)]
    far = ResultRow("far", 0.2, 0.1, 0.3, 0.1, "undecided", failed=True)
    first, second = headline("T", "dice", [*good, far]).axes[0].texts
    assert first.xy[0] < second.xy[0]


def test_a_mean_beyond_the_axis_is_not_written_across_the_mark_of_the_reported_value():
    good = [ResultRow(str(n), 0.98, 0.97, 0.99, 0.97, "reproduced", failed=False) for n in range(3)]
    far = ResultRow("far", 0.5, 0.4, 0.6, 0.971, "undecided", failed=True)
    figure = headline("T", "dice", [*good, far])
    [text] = figure.axes[0].texts
    assert text.xy[0] == 0.971
    assert text.xyann[0] > 0


def test_an_interval_that_goes_on_beyond_an_edge_ends_in_an_arrow():
    good = [ResultRow(str(n), 0.98, 0.97, 0.99, 0.98, "reproduced", failed=False) for n in range(3)]
    wide = ResultRow("wide", 0.97, 0.1, 1.8, 0.98, "undecided", failed=False)
    axes = headline("T", "dice", [*good, wide]).axes[0]
    ends = {line.get_marker(): line.get_xdata()[0] for line in axes.lines}
    assert (ends["<"], ends[">"]) == axes.get_xlim()


def test_the_labels_of_many_rows_do_not_overlap():
    rows = [
        ResultRow(f"1.2  v{n}", 0.98, 0.97, 0.99, 0.98, "undecided", failed=False)
        for n in range(36)
    ]
    assert crowded(headline("T", "dice", rows)) == []


def test_verdicts_differ_in_colour_and_in_marker():
    assert LOOKS.keys() >= {"reproduced", "compatible", "undecided", "not reproduced", "not tested"}
    for looks in zip(*LOOKS.values(), strict=True):
        assert len(set(looks)) == len(LOOKS)


@pytest.mark.parametrize("verdict", ["reproduced", "compatible", UNCLAIMED])
def test_the_legend_names_the_verdicts_that_occur(verdict):
    row = ResultRow("1.2  sgd", 0.9, 0.8, 0.95, math.nan, verdict, failed=False)
    [legend] = headline("T", "dice", [row]).legends
    assert [text.get_text() for text in legend.get_texts()] == ["reported", verdict]


def test_a_study_without_finite_results_has_a_figure():
    row = ResultRow("1.2  sgd", math.nan, math.nan, math.nan, math.nan, UNCLAIMED, failed=True)
    assert [text.get_text() for text in headline("T", "dice", [row]).axes[0].texts] == [
        "\N{LEFTWARDS ARROW} no value"
    ]
