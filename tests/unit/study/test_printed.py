"""Values as reports print them."""

import pytest

from dlia.study.printed import parse_reported


@pytest.mark.parametrize(
    ("text", "value", "half_digit"),
    [
        ("98.78 %", 0.9878, 0.00005),
        ("21,578", 21578, 0.5),
        ("5 min", 300, 30),
        ("5.4 times", 5.4, 0.05),
        # The last digit that is not 0.
        ("about 200", 200, 50),
        ("about 50 s", 50, 5),
        ("about 97 %", 0.97, 0.005),
        ("about 90 %", 0.90, 0.05),
        # A tenth, where that is more and no percentage.
        ("about 25", 25, 2.5),
        ("about 27 min", 1620, 162),
        ("about 0.85", 0.85, 0.085),
    ],
)
def test_a_number_is_as_exact_as_it_is_printed(text, value, half_digit):
    reported = parse_reported(text)
    assert (reported.text, reported.value) == (text, pytest.approx(value))
    assert reported.half_digit == pytest.approx(half_digit)


def test_a_figure_has_no_number():
    assert (parse_reported("figure only").value, parse_reported("figure only").half_digit) == (
        None,
        None,
    )


def test_runs_have_their_mean_as_value_and_the_coarsest_digit():
    reported = parse_reported("95.89 %, 95.8 %, 95.88 %")
    assert reported.runs == pytest.approx((0.9589, 0.958, 0.9588))
    assert reported.value == pytest.approx(0.95857, abs=1e-5)
    assert reported.half_digit == pytest.approx(0.0005)


@pytest.mark.parametrize(
    ("text", "count"), [("figure only", 0), ("95.89 %", 1), ("21,578", 1), ("0.61, 0.63", 2)]
)
def test_the_printed_numbers_are_those_of_all_runs(text, count):
    assert len(parse_reported(text).numbers) == count
