"""The figure of where the time of a build went."""

import math

import pandas as pd
import pytest
from drawings import crowded

from dlia.figures import build_time, style


def jobs(*rows: tuple[str, str, float]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["step", "exercise", "seconds"])


def labels(panel: int, *rows: tuple[str, str, float]) -> list[str]:
    axes = build_time.picture(jobs(*rows)).axes[panel]
    return [label.get_text() for label in axes.get_yticklabels()]


ROWS = [
    ("unpack", "", 1.0),
    ("train", "ex1_1", 60.0),
    ("measure_speed", "ex1_1", 2.0),
    ("train", "ex1_2", 30.0),
    ("draw", "ex1_2", math.nan),
]


def test_the_longest_step_comes_first_and_what_was_not_measured_is_left_out():
    assert labels(0, *ROWS) == ["train", "measure speed", "unpack"]


def test_exercises_keep_their_order_and_all_else_comes_last():
    assert labels(1, *ROWS) == ["ex1_1", "ex1_2", "all others"]


def test_the_durations_of_hours_are_not_cut_off():
    rows = [("train", f"ex2_{n}", 3600.0 * 11 + 600 * n) for n in range(4)]
    assert crowded(build_time.picture(jobs(*rows, ("measure_speed", "", 3660.0)))) == []


def test_a_bar_is_the_sum_in_minutes():
    widths = [bar.get_width() for bar in build_time.picture(jobs(*ROWS)).axes[0].patches]
    assert widths[0] == pytest.approx(1.5)


@pytest.mark.parametrize("rows", [ROWS[-1:], [("unpack", "", 0.0)]])
def test_without_any_time_there_is_a_figure_all_the_same(rows, tmp_path):
    style.save(build_time.picture(jobs(*rows)), tmp_path / "a.svg", tmp_path / "a.pdf")
    assert (tmp_path / "a.svg").stat().st_size > 0
