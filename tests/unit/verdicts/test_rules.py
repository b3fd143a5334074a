"""Verdicts: every rule at its edges, and how often it errs."""

import itertools
import math
from collections.abc import Callable

import numpy as np
import pytest
from scipy import stats

from dlia.evaluation.statistics import Interval, prediction_interval, t_interval
from dlia.study.printed import Reported, parse_reported
from dlia.verdicts.rules import (
    Caveats,
    Finding,
    Scale,
    judge_comparison,
    judge_count,
    judge_equality,
    judge_existence,
    judge_presence,
    judge_threshold,
    judge_value,
    verdict,
)

ACCURACY = Scale("accuracy", margin=0.003, share=True)
LOSS = Scale("loss")
COUNT = Scale("count")
SPREAD = np.array([-1.0, 0.0, 1.0])
HAIR = 1e-9


def word(finding: Finding, trials: int = 3, **caveats) -> str:
    return verdict(finding, Caveats(trials, **caveats))[0]


def of_value(values, claimed: str, scale: Scale = ACCURACY) -> str:
    return judge_value(np.array(values), parse_reported(claimed), scale).outcome


def of_comparison(differences, scale: Scale = ACCURACY, least: float = 0) -> str:
    return judge_comparison(np.array(differences), scale, least).outcome


def of_equality(differences, scale: Scale = ACCURACY) -> str:
    return judge_equality(np.array(differences), scale).outcome


def of_threshold(values, level: float, side: int, scale: Scale = LOSS, images=None) -> str:
    return judge_threshold(np.array(values), level, side, scale, images).outcome


RUNS = "90.00 %, 90.20 %, 90.40 %"  # their mean is 90.2 %


@pytest.mark.parametrize(
    ("values", "outcome"),
    [
        ([0.902, 0.905, 0.908], "reproduced"),  # the means differ by the margin
        ([0.9020, 0.9051, 0.9081], "undecided"),
        # m +- t s sqrt(1/3 + 1/3) = m +- 3.513 s
        (0.9 + 0.01 + SPREAD * 0.0079 / 3.513, "not reproduced"),
        (0.9 + 0.01 + SPREAD * 0.0081 / 3.513, "undecided"),
    ],
)
def test_runs_of_a_source_are_judged_by_both_means(values, outcome):
    assert of_value(values, RUNS) == outcome


def test_more_runs_leave_less_room_than_one():
    values = 0.9 + 0.01 + SPREAD * 0.0079 / 3.513
    assert of_value(values, "90.2 %") == "undecided"


def test_the_reason_names_the_runs_and_their_mean():
    reason = judge_value(np.array([0.95, 0.951, 0.952]), parse_reported(RUNS), ACCURACY).reason
    assert f"the mean of {RUNS} (90.20 %)" in reason
    assert "where the mean of 3 trials would be expected" in reason


@pytest.mark.parametrize(
    ("family", "value", "text", "amount"),
    [
        ("accuracy", 0.9878, "98.78 %", "98.78 points"),
        ("dice", 0.6617, "0.662", "0.662"),
        ("loss", 0.05, "0.0500", "0.0500"),
        ("ratio", 0.3, "0.3000", "0.3000"),
        ("share", 0.127, "13 %", "13 points"),
        ("growth", 1.5, "150 %", "150 points"),
        ("pixels", 3.456, "3.46 px", "3.46 px"),
        ("count", 21578, "21,578", "21,578"),
        ("seconds", 90.54, "90.5 s", "90.5 s"),
    ],
)
def test_values_and_differences_are_written_as_their_family_is(family, value, text, amount):
    scale = Scale(family)
    assert (scale.text(value), scale.amount(value)) == (text, amount)


@pytest.mark.parametrize(
    ("mean", "claimed", "outcome"),
    [
        (0.9878, "98.78 %", "reproduced"),
        (0.9848, "98.78 %", "reproduced"),
        (0.9908, "98.78 %", "reproduced"),
        (0.9847, "98.78 %", "not reproduced"),
        (0.9909, "98.78 %", "not reproduced"),
        # Half of the last digit is more than the margin.
        (0.985, "99 %", "reproduced"),
        (0.995, "99 %", "reproduced"),
        (0.9849, "99 %", "not reproduced"),
        (0.9951, "99 %", "not reproduced"),
        # Half of the last digit is less than the margin.
        (0.995, "99.2 %", "reproduced"),
        (0.9951, "99.2 %", "not reproduced"),
    ],
)
def test_a_value_is_reproduced_up_to_the_margin_or_half_its_last_digit(mean, claimed, outcome):
    assert of_value([mean] * 3, claimed) == outcome


def test_without_a_margin_half_of_the_last_digit_decides():
    assert of_value([0.125] * 3, "0.12", LOSS) == "reproduced"
    assert of_value([0.126] * 3, "0.12", LOSS) == "not reproduced"


def test_minutes_are_rounded_to_minutes():
    assert of_value([330.0] * 3, "5 min", Scale("seconds")) == "reproduced"
    assert of_value([331.0] * 3, "5 min", Scale("seconds")) == "not reproduced"


def test_a_mean_within_the_margin_counts_however_far_trials_spread():
    assert of_value([0.1, 0.5, 0.9], "50.00 %") == "reproduced"


@pytest.mark.parametrize(("beyond", "outcome"), [(-HAIR, "undecided"), (HAIR, "not reproduced")])
@pytest.mark.parametrize("side", [-1, 1])
def test_a_value_is_refuted_where_its_last_digit_ends_outside_of_another_trial(
    beyond, outcome, side
):
    values = 0.5 + 0.01 * SPREAD
    expected = prediction_interval(values)
    end = expected.high if side > 0 else expected.low
    claimed = Reported("as printed", end + side * (0.0005 + beyond), 0.0005)
    assert judge_value(values, claimed, ACCURACY).outcome == outcome


def test_another_trial_is_expected_no_higher_than_all_images_right():
    values = np.array([0.97, 0.98, 0.99])
    reason = judge_value(values, parse_reported("99.5 %"), ACCURACY).reason
    assert reason == (
        "98.00 %, 1.50 points below 99.5 %: within 93.03 to 100.00 %, "
        "where another trial would be expected"
    )


@pytest.mark.parametrize(
    ("mean", "reason"),
    [
        (0.5, "50.00 %, exactly 50 %: within the margin of 0.50 points"),
        (0.503, "50.30 %, 0.30 points above 50 %: within the margin of 0.50 points"),
        (
            0.49,
            "49.00 %, 1.00 points below 50 %: outside 49.00 to 49.00 %, "
            "where another trial would be expected",
        ),
    ],
)
def test_the_reason_says_on_which_side_of_a_value_the_trials_lie(mean, reason):
    assert judge_value(np.array([mean] * 3), parse_reported("50 %"), ACCURACY).reason == reason


def test_trials_that_are_a_value_but_for_rounding_lie_exactly_there():
    # The mean of three times 0.982 differs from 0.982 in its last bit.
    reason = judge_value(np.array([0.982] * 3), parse_reported("98.2 %"), ACCURACY).reason
    assert reason.startswith("98.20 %, exactly 98.2 %: ")


def test_equal_trials_are_an_interval_of_no_width_and_decide():
    values = np.full(3, 0.1)
    assert judge_value(values, parse_reported("0.231"), Scale("ap", share=True)).outcome == (
        "not reproduced"
    )
    assert judge_threshold(values, 0.09, 1, ACCURACY).outcome == "reproduced"
    assert judge_threshold(values, 0.11, 1, ACCURACY).outcome == "not reproduced"


def test_a_difference_of_exactly_a_number_does_not_exceed_it():
    assert of_comparison([0.25] * 3, least=0.25) == "undecided"


def test_one_trial_far_from_a_value_has_no_interval_to_lie_outside_of():
    finding = judge_value(np.array([0.49]), parse_reported("50 %"), ACCURACY)
    assert finding == ("not reproduced", "49.00 %, 1.00 points below 50 %")


def test_a_figure_is_no_value():
    with pytest.raises(ValueError, match="'figure only' is not a number"):
        of_value([0.98] * 3, "figure only")


@pytest.mark.parametrize(
    ("differences", "outcome"),
    [
        ([0.010, 0.011, 0.012], "reproduced"),
        ([0.010, 0.010, 0.010], "reproduced"),
        ([-0.010, -0.011, -0.012], "not reproduced"),
        ([-0.010, -0.010, -0.010], "not reproduced"),
        ([0.000, 0.000, 0.000], "not reproduced"),
        ([-0.001, 0.000, 0.001], "not reproduced"),
        ([-0.002, 0.000, 0.002], "undecided"),
        ([0.000, 0.010, 0.020], "undecided"),
        ([-0.010, 0.000, 0.001], "undecided"),
        ([0.010], "undecided"),
        ([0.010, 0.011], "reproduced"),
    ],
)
def test_a_comparison_goes_by_the_interval_of_its_differences(differences, outcome):
    assert of_comparison(differences) == outcome


@pytest.mark.parametrize(("above", "outcome"), [(-HAIR, "undecided"), (HAIR, "reproduced")])
def test_a_comparison_is_reproduced_where_the_interval_ends_above_none(above, outcome):
    half = t_interval(SPREAD).high
    assert of_comparison(SPREAD + half + above, LOSS) == outcome


@pytest.mark.parametrize(("below", "outcome"), [(-HAIR, "undecided"), (HAIR, "not reproduced")])
@pytest.mark.parametrize("margin", [0, 0.003])
def test_a_comparison_is_refuted_where_the_interval_ends_below_the_margin(margin, below, outcome):
    differences = 0.01 * SPREAD
    differences += margin - t_interval(differences).high - below
    assert of_comparison(differences, Scale("accuracy", margin)) == outcome


def test_an_interval_that_ends_at_the_margin_leaves_a_comparison_open():
    differences = np.array([-0.002, 0.0, 0.001])
    margin = t_interval(differences).high
    assert of_comparison(differences, Scale("accuracy", margin)) == "undecided"


@pytest.mark.parametrize("least", [0.0, 0.003, 0.01])
@pytest.mark.parametrize(("above", "outcome"), [(-HAIR, "undecided"), (HAIR, "reproduced")])
def test_a_comparison_is_reproduced_where_the_interval_ends_above_the_least(least, above, outcome):
    differences = 0.01 * SPREAD
    differences += least - t_interval(differences).low + above
    assert of_comparison(differences, ACCURACY, least) == outcome


@pytest.mark.parametrize(
    ("differences", "outcome"),
    [
        ([0.010, 0.011, 0.012], "reproduced"),
        ([0.0029, 0.0030, 0.0031], "undecided"),
        ([0.0000, 0.0050, 0.0100], "undecided"),
        ([0.0020, 0.0020, 0.0020], "not reproduced"),
        ([-0.010, -0.011, -0.012], "not reproduced"),
        ([0.0000, 0.0000, 0.0000], "not reproduced"),
    ],
)
def test_what_has_to_exceed_by_the_margin_is_refuted_below_it(differences, outcome):
    assert of_comparison(differences, ACCURACY, least=0.003) == outcome


@pytest.mark.parametrize("difference", [0.0011, 0.002, 0.0029])
def test_a_difference_that_is_certain_but_below_the_margin_is_higher_and_equal(difference):
    # What is asked of a comparison is its direction, not its size.
    differences = difference + 0.00001 * SPREAD
    assert of_comparison(differences) == "reproduced"
    assert of_equality(differences) == "reproduced"


def test_a_reproduced_comparison_says_if_the_difference_is_below_the_margin():
    small, large = (np.array([0.0009, 0.001, 0.0011]) * factor for factor in (1, 10))
    assert judge_comparison(small, ACCURACY).reason.endswith(
        ": clear, but below the margin of 0.30 points"
    )
    assert "margin" not in judge_comparison(large, ACCURACY).reason


def test_a_refuted_comparison_says_whether_there_is_no_difference_or_another():
    none = judge_comparison(np.array([-0.001, 0, 0.001]), ACCURACY).reason
    other = judge_comparison(np.array([-0.010, -0.011, -0.012]), ACCURACY).reason
    assert none.endswith(
        "(-0.25 to 0.25 points): any difference is below the margin of 0.30 points"
    )
    assert other.endswith(
        "(-1.35 to -0.85 points): there is no difference, or it goes the other way"
    )


@pytest.mark.parametrize(
    ("differences", "outcome"),
    [
        ([0.0000, 0.0000, 0.0000], "reproduced"),
        ([0.0000, 0.0005, -0.0005], "reproduced"),
        ([0.0010, 0.0011, 0.0012], "reproduced"),
        ([0.0100, 0.0101, 0.0102], "not reproduced"),
        ([-0.0100, -0.0101, -0.0102], "not reproduced"),
        ([0.0030, 0.0030, 0.0030], "undecided"),
        ([-0.0030, -0.0030, -0.0030], "undecided"),
        ([0.0000, 0.0100, 0.0200], "undecided"),
        ([0.0010], "undecided"),
        ([0.0000], "reproduced"),
    ],
)
def test_two_are_equal_where_the_interval_lies_within_the_margin(differences, outcome):
    assert of_equality(differences) == outcome


@pytest.mark.parametrize("sign", [-1, 1])
@pytest.mark.parametrize("inside", [-HAIR, HAIR])
def test_equality_is_decided_at_the_margin_on_either_side(sign, inside):
    differences = 0.0005 * SPREAD
    half = t_interval(differences).high
    ends_there = sign * (differences + 0.003 - half - inside)
    starts_there = sign * (differences + 0.003 + half - inside)
    expected = ("reproduced", "undecided") if inside > 0 else ("undecided", "not reproduced")
    assert (of_equality(ends_there), of_equality(starts_there)) == expected


def test_without_a_margin_only_what_is_identical_is_equal():
    assert of_equality([0.0, 0.0, 0.0], LOSS) == "reproduced"
    assert of_equality([0.0, 1e-6, -1e-6], LOSS) == "undecided"
    assert of_equality([1e-6, 1e-6, 1e-6], LOSS) == "not reproduced"


@pytest.mark.parametrize(
    ("values", "above", "below"),
    [
        ([0.71, 0.72, 0.73], "undecided", "undecided"),
        ([0.75, 0.76, 0.77], "reproduced", "not reproduced"),
        ([0.63, 0.64, 0.65], "not reproduced", "reproduced"),
        ([0.70, 0.70, 0.70], "not reproduced", "not reproduced"),
        ([0.75], "undecided", "undecided"),
    ],
)
def test_a_threshold_is_passed_by_the_whole_interval_of_the_mean(values, above, below):
    assert of_threshold(values, 0.7, 1) == above
    assert of_threshold(values, 0.7, -1) == below


@pytest.mark.parametrize("side", [-1, 1])
def test_a_threshold_is_decided_where_the_interval_ends(side):
    half = t_interval(SPREAD).high
    outcomes = [of_threshold(SPREAD, side * at, side) for at in (-half - HAIR, -half + HAIR)]
    assert outcomes == ["reproduced", "undecided"]
    outcomes = [of_threshold(SPREAD, side * at, side) for at in (half - HAIR, half + HAIR)]
    assert outcomes == ["undecided", "not reproduced"]


@pytest.mark.parametrize(
    ("images", "above", "below"),
    [
        # The interval over trials goes from 0.735 to 0.785.
        (Interval(0.74, 0.78), "reproduced", "not reproduced"),
        (Interval(0.71, 0.81), "reproduced", "not reproduced"),
        (Interval(0.69, 0.81), "undecided", "undecided"),
        # Narrower than that over trials, but on the other side.
        (Interval(0.66, 0.68), "undecided", "undecided"),
    ],
)
def test_what_is_said_of_all_images_holds_over_trials_and_over_images(images, above, below):
    values = 0.76 + 0.01 * SPREAD
    assert of_threshold(values, 0.7, 1, LOSS, images) == above
    assert of_threshold(values, 0.7, -1, LOSS, images) == below


def test_wide_trials_leave_open_what_images_would_decide():
    assert of_threshold([0.6, 0.7, 0.9], 0.7, 1, LOSS, Interval(0.72, 0.75)) == "undecided"


def test_an_interval_over_images_does_not_take_the_place_of_trials():
    assert of_threshold([0.75], 0.7, 1, LOSS, Interval(0.74, 0.76)) == "undecided"


@pytest.mark.parametrize(
    ("values", "outcome", "reason"),
    [
        ([0, 0, 0], "not reproduced", "0 % in every trial"),
        ([0, 0.01, 0], "undecided", "0 % (0 to 2 %): the interval contains 0 %"),
    ],
)
def test_what_no_trial_has_is_not_above_none(values, outcome, reason):
    found = judge_threshold(np.array(values, float), 0.0, 1, Scale("share", share=True))
    assert found == Finding(outcome, reason)


def test_images_leave_open_what_is_none_in_every_trial():
    assert of_threshold([0, 0, 0], 0, 1, LOSS, Interval(-0.1, 0.1)) == "undecided"


@pytest.mark.parametrize("side", [-1, 1])
@pytest.mark.parametrize(
    ("level", "images", "end"),
    [
        (0.7, None, "(0.7352 to 0.7848): the interval lies above 0.7000"),
        (0.8, None, "(0.7352 to 0.7848): the interval lies below 0.8000"),
        (0.76, None, "(0.7352 to 0.7848): the interval contains 0.7600"),
        (
            0.7,
            Interval(0.65, 0.77),
            "(0.6500 to 0.7848): the interval contains 0.7000",
        ),
        (0.7, Interval(0.74, 0.9), "(0.7352 to 0.9000): the interval lies above 0.7000"),
    ],
)
def test_the_reason_says_on_which_side_of_a_threshold_the_interval_lies(level, images, end, side):
    reason = judge_threshold(0.76 + 0.01 * SPREAD, level, side, LOSS, images).reason
    assert reason == f"0.7600 {end}"


def test_a_threshold_knows_no_margin():
    values = 0.701 + 1e-5 * SPREAD
    assert of_threshold(values, 0.7, 1, Scale("dice", 0.03, share=True)) == "reproduced"


@pytest.mark.parametrize(
    ("kind", "outcomes"),
    [
        ("higher_than", ["not reproduced", "not reproduced", "reproduced"]),
        ("above", ["not reproduced", "not reproduced", "reproduced"]),
        ("lower_than", ["reproduced", "not reproduced", "not reproduced"]),
        ("below", ["reproduced", "not reproduced", "not reproduced"]),
        ("equal_to", ["not reproduced", "reproduced", "not reproduced"]),
        ("value", ["not reproduced", "reproduced", "not reproduced"]),
    ],
)
def test_counts_are_compared_as_they_are(kind, outcomes):
    assert [judge_count(n, 80, kind, COUNT).outcome for n in (79, 80, 81)] == outcomes


@pytest.mark.parametrize(
    ("ours", "kind", "outcome"),
    [
        (6500, "value", "reproduced"),
        (5400, "value", "reproduced"),
        (6601, "value", "not reproduced"),
        (6001, "equal_to", "not reproduced"),
    ],
)
def test_a_count_that_is_printed_with_about_may_be_off_by_half_its_last_digit(ours, kind, outcome):
    assert judge_count(ours, 6000, kind, COUNT, 600).outcome == outcome


def test_counts_that_differ_are_shown_beside_each_other():
    reasons = [judge_count(n, 21578, "value", COUNT).reason for n in (21577, 21578)]
    assert reasons == ["21,577 against 21,578", "21,578"]


# In the order in which the first names what keeps a claim open.
CAVEATS = [
    ({"failed": "1 of 3 trials of e/a collapsed"}, "collapsed"),
    ({"trials": 2}, "too few trials"),
    ({"open_settings": ["batch_size", "epochs"]}, "settings not reported"),
    ({"other_training": True}, "settings not reported"),
    ({"other_images": True}, "other images"),
    ({"undefined": ("It defines no Dice.",)}, "open definition"),
    ({"timed": True}, "other machine"),
]
REFUTED = Finding("not reproduced", "it is less")
CONFIRMED = Finding("reproduced", "it is more")
OPEN = Finding("undecided", "it may be")


@pytest.mark.parametrize(("caveat", "name"), CAVEATS)
def test_what_would_be_refuted_is_undecided_with_a_caveat(caveat, name):
    assert verdict(REFUTED, Caveats(**{"trials": 3, **caveat}))[0] == f"undecided ({name})"


@pytest.mark.parametrize(("first", "second"), list(itertools.combinations(range(7), 2)))
def test_of_two_caveats_the_first_gives_the_word(first, second):
    both = {"trials": 3, **CAVEATS[first][0], **CAVEATS[second][0]}
    assert verdict(REFUTED, Caveats(**both))[0] == f"undecided ({CAVEATS[first][1]})"


@pytest.mark.parametrize(
    ("caveat", "expected"),
    [
        ({"failures": "1 of 3 trials failed"}, "reproduced (1 of 3 trials failed)"),
        (
            {"failures": "1 of 3 trials failed", "open_settings": ["batch_size"]},
            "reproduced (assumed settings, 1 of 3 trials failed)",
        ),
        (
            {"failures": "1 of 3 trials failed", "timed": True},
            "reproduced (this machine, 1 of 3 trials failed)",
        ),
        ({"without_learning": "a guess is, too"}, "undecided (also without learning)"),
        (
            {"without_learning": "a guess is, too", "open_settings": ["batch_size"]},
            "undecided (also without learning)",
        ),
        ({"without_learning": "a guess is, too", "asked": True}, "reproduced"),
        ({"trials": 2}, "reproduced"),
        ({"trials": 1}, "reproduced"),
        ({"open_settings": ["batch_size"]}, "reproduced (assumed settings)"),
        ({"other_training": True}, "reproduced (assumed settings)"),
        ({"other_images": True}, "reproduced"),
        ({"undefined": ("It defines no Dice.",)}, "reproduced (open definition)"),
        ({"timed": True}, "reproduced (this machine)"),
        # Whatever else was assumed, seconds are those of this machine.
        ({"timed": True, "open_settings": ["epochs"]}, "reproduced (this machine)"),
        ({"timed": True, "other_training": True}, "reproduced (this machine)"),
    ],
)
def test_what_is_reproduced_says_what_it_rests_on(caveat, expected):
    assert verdict(CONFIRMED, Caveats(**{"trials": 3, **caveat}))[0] == expected


@pytest.mark.parametrize(("caveat", "name"), CAVEATS)
def test_what_is_undecided_stays_so_with_a_caveat(caveat, name):
    assert verdict(OPEN, Caveats(**{"trials": 3, **caveat}))[0] == "undecided"


@pytest.mark.parametrize(
    ("finding", "expected"),
    [(REFUTED, "not reproduced (this machine)"), (CONFIRMED, "reproduced (this machine)")],
)
def test_what_is_asked_about_ones_own_machine_is_answered(finding, expected):
    assert verdict(finding, Caveats(trials=3, timed=True, asked=True))[0] == expected


@pytest.mark.parametrize("finding", [REFUTED, OPEN])
def test_only_what_agrees_is_held_against_answers_without_learning_and_marked(finding):
    beside = {"without_learning": "a guess is, too", "failures": "1 of 3 trials failed"}
    assert verdict(finding, Caveats(trials=3, **beside)) == tuple(finding)


def test_the_reason_names_an_answer_without_learning_before_the_doubts():
    caveats = Caveats(trials=2, without_learning="a guess is, too", asked=True)
    assert verdict(CONFIRMED, caveats)[1] == "it is more; a guess is, too; only 2 trials"


def test_the_reason_names_what_is_not_defined():
    reason = verdict(REFUTED, Caveats(trials=3, undefined=("It defines no Dice.",)))[1]
    assert reason == "it is less; It defines no Dice"


def test_what_one_trial_leaves_open_says_so():
    assert word(OPEN, trials=1) == "undecided (too few trials)"


def test_without_a_caveat_the_outcome_is_the_verdict():
    assert [word(finding) for finding in (REFUTED, CONFIRMED, OPEN)] == [
        "not reproduced",
        "reproduced",
        "undecided",
    ]


@pytest.mark.parametrize(
    ("trials", "expected"),
    [(1, "undecided (too few trials)"), (2, "undecided (too few trials)"), (3, "not reproduced")],
)
def test_three_trials_are_enough(trials, expected):
    assert word(REFUTED, trials=trials) == expected


@pytest.mark.parametrize("finding", [REFUTED, CONFIRMED, OPEN])
@pytest.mark.parametrize(
    "caveat",
    [
        {"open_settings": ["batch_size"]},
        {"other_training": True},
        {"other_images": True},
        {"undefined": ("It defines no Dice.",)},
    ],
)
def test_identical_trials_hang_on_no_settings_no_images_and_no_definition(caveat, finding):
    assert verdict(finding, Caveats(3, identical=True, **caveat)) == tuple(finding)


@pytest.mark.parametrize("position", [0, 1])
def test_identical_trials_are_no_way_around_failures_and_too_few_trials(position):
    caveat, name = CAVEATS[position]
    caveats = Caveats(**{"trials": 3, "identical": True, **caveat})
    assert verdict(REFUTED, caveats)[0] == f"undecided ({name})"


@pytest.mark.parametrize("judge", [judge_comparison, judge_equality])
def test_equal_values_alone_are_not_the_same_function(judge):
    # Two networks that have as many images right need not be one.
    finding = judge(np.zeros(3), ACCURACY)
    expected = {
        "reproduced": "reproduced (assumed settings)",
        "not reproduced": "undecided (settings not reported)",
    }
    assert word(finding, open_settings=["batch_size"]) == expected[finding.outcome]


@pytest.mark.parametrize("judge", [judge_comparison, judge_equality])
def test_the_reason_says_where_all_values_are_the_same(judge):
    assert judge(np.zeros(3), ACCURACY).reason == "the same value in every trial"


def test_the_reason_names_every_caveat_in_order():
    everything = {key: value for caveat, _ in CAVEATS for key, value in caveat.items()}
    assert verdict(REFUTED, Caveats(**everything))[1] == (
        "it is less; 1 of 3 trials of e/a collapsed; only 2 trials; not reported: batch_size, "
        "epochs; trained on other images than the source: some are kept for validation; "
        "the source used its test images; It defines no Dice; seconds depend on the machine"
    )


@pytest.mark.parametrize("finding", [CONFIRMED, OPEN])
def test_the_reason_names_caveats_whatever_the_outcome(finding):
    reason = verdict(finding, Caveats(1, other_images=True))[1]
    assert reason == f"{finding.reason}; only 1 trial; the source used its test images"


CASES = 2000
TRIALS = [3, 5, 10]


def share(expected: str, judge: Callable[[np.ndarray], Finding], n: int, draw: Callable) -> float:
    """Give how often so many trials, drawn by ``draw``, lead to a verdict."""
    drawn = draw(np.random.default_rng(n), (CASES, n))
    return float(np.mean([word(judge(case), n) == expected for case in drawn]))


def at_most(rate: float) -> float:
    """Allow for the chance of a simulation: with a true rate, 1 in 30,000 goes beyond."""
    return rate + 4 * math.sqrt(rate * (1 - rate) / CASES)


def normal(mean: float, sd: float) -> Callable:
    return lambda generator, shape: generator.normal(mean, sd, shape)


def refuted_values(n: int, sd: float, off: float, decimals: int, scale: Scale) -> float:
    """Give how often a single run of a source, printed with its digits, is called a failure."""
    generator = np.random.default_rng(n)
    runs = 0.9 + off + sd * generator.normal(size=CASES)
    trials = 0.9 + sd * generator.normal(size=(CASES, n))
    findings = (
        judge_value(values, parse_reported(f"{100 * run:.{decimals}f} %"), scale)
        for values, run in zip(trials, runs, strict=True)
    )
    return float(np.mean([word(finding, n) == "not reproduced" for finding in findings]))


@pytest.mark.parametrize("n", TRIALS)
@pytest.mark.parametrize("sd", [0.0005, 0.004, 0.03])
@pytest.mark.parametrize("decimals", [0, 2])
def test_a_true_value_is_refuted_in_at_most_5_percent(n, sd, decimals):
    assert refuted_values(n, sd, 0, decimals, ACCURACY) <= at_most(0.05)


@pytest.mark.parametrize("n", TRIALS)
@pytest.mark.parametrize("runs", [2, 3, 10])
@pytest.mark.parametrize("sd", [0.0005, 0.004, 0.03])
def test_true_runs_are_refuted_in_at_most_5_percent(n, runs, sd):
    generator = np.random.default_rng(n * runs)
    theirs = 0.9 + sd * generator.normal(size=(CASES, runs))
    ours = 0.9 + sd * generator.normal(size=(CASES, n))
    findings = [
        judge_value(own, parse_reported(", ".join(f"{100 * run:.2f} %" for run in of)), ACCURACY)
        for own, of in zip(ours, theirs, strict=True)
    ]
    rate = float(np.mean([finding.outcome == "not reproduced" for finding in findings]))
    assert rate <= at_most(0.05)
    if sd == 0.03:  # neither the margin nor the digits help
        assert rate == pytest.approx(0.05, abs=at_most(0.05) - 0.05)


@pytest.mark.parametrize("n", TRIALS)
def test_5_percent_are_used_up_where_neither_margin_nor_digits_help(n):
    rate = refuted_values(n, 0.03, 0, 4, Scale("accuracy", share=True))
    assert rate == pytest.approx(0.05, abs=at_most(0.05) - 0.05)


@pytest.mark.parametrize("n", TRIALS)
@pytest.mark.parametrize("side", [-1, 1])
def test_a_true_threshold_is_refuted_in_at_most_2_5_percent(n, side):
    def judge(values: np.ndarray) -> Finding:
        return judge_threshold(values, 0.7, side, Scale("dice", 0.03, share=True))

    assert share("not reproduced", judge, n, normal(0.7, 0.05)) <= at_most(0.025)
    assert share("not reproduced", judge, n, normal(0.7 + side * 0.02, 0.05)) <= at_most(0.025)


@pytest.mark.parametrize("n", TRIALS)
@pytest.mark.parametrize("sd", [0.0005, 0.005, 0.05])
@pytest.mark.parametrize("difference", [0.003, 0.006])
def test_a_difference_of_the_margin_or_more_is_refuted_in_at_most_2_5_percent(n, sd, difference):
    def judge(differences: np.ndarray) -> Finding:
        return judge_comparison(differences, ACCURACY)

    assert share("not reproduced", judge, n, normal(difference, sd)) <= at_most(0.025)


@pytest.mark.parametrize("n", TRIALS)
@pytest.mark.parametrize("sd", [0.0005, 0.003])
def test_noise_below_the_margin_does_not_make_one_pair_differ_more_than_another(n, sd):
    def judge(noise: np.ndarray) -> Finding:
        # |a - b| of two trainings by one method; the other pair is one function.
        return judge_comparison(np.abs(noise), ACCURACY, least=ACCURACY.margin)

    assert share("reproduced", judge, n, normal(0, sd)) <= at_most(0.025)


@pytest.mark.parametrize("n", TRIALS)
def test_without_a_margin_any_true_difference_is_refuted_in_at_most_2_5_percent(n):
    def judge(differences: np.ndarray) -> Finding:
        return judge_comparison(differences, LOSS)

    assert share("not reproduced", judge, n, normal(1e-6, 1)) <= at_most(0.025)


@pytest.mark.parametrize("n", TRIALS)
@pytest.mark.parametrize(
    ("judge", "mean"),
    [
        pytest.param(lambda x: judge_comparison(x, ACCURACY), 0, id="comparison"),
        pytest.param(lambda x: judge_equality(x, ACCURACY), 0.003, id="equality"),
        pytest.param(lambda x: judge_threshold(x, 0.7, 1, LOSS), 0.7, id="above"),
        pytest.param(lambda x: judge_threshold(x, 0.7, -1, LOSS), 0.7, id="below"),
    ],
)
def test_what_is_just_not_so_is_reproduced_in_at_most_2_5_percent(n, judge, mean):
    assert share("reproduced", judge, n, normal(mean, 0.002)) <= at_most(0.025)


@pytest.mark.parametrize(("sd", "rate"), [(0.003, 0.042), (0.006, 0.189)])
def test_a_value_that_is_off_by_twice_the_margin_is_reproduced_as_often_as_the_report_says(
    sd, rate
):
    reported = parse_reported("98.00 %")
    found = share("reproduced", lambda x: judge_value(x, reported, ACCURACY), 3, normal(0.986, sd))
    assert abs(found - rate) < at_most(rate) - rate


def outcomes_of_images(mean: float, bound: float, without_learning: str) -> list[str]:
    """Give the verdicts on an image above a bound; ``mean`` is the mean of the best images."""
    drawn = normal(mean, 0.002)(np.random.default_rng(1), (500, 3))
    caveats = Caveats(3, without_learning=without_learning)
    scale = Scale("dice", 0.03, share=True)
    return [verdict(judge_existence(best, bound, 1, scale), caveats)[0] for best in drawn]


def test_an_image_as_good_as_that_of_a_network_alike_is_seldom_refuted():
    found = outcomes_of_images(0.925, 0.925, "")
    assert 0.05 < found.count("reproduced") / 500 < 0.2  # an eighth: each trial lies above or below
    assert found.count("not reproduced") / 500 < 0.06


def test_networks_that_learn_nothing_reproduce_no_image():
    # They mark nearly everything, and a guess that marks everything reaches 0.925.
    assert {*outcomes_of_images(0.924, 0.905, "")} == {"reproduced"}
    assert {*outcomes_of_images(0.924, 0.905, "a guess, too")} == {
        "undecided (also without learning)"
    }
    assert "reproduced" not in outcomes_of_images(0.924, 0.945, "")


FALSE = [
    pytest.param(lambda x: judge_value(x, parse_reported("98.78 %"), ACCURACY), 0.98, id="value"),
    pytest.param(lambda x: judge_comparison(x, ACCURACY), -0.004, id="other direction"),
    pytest.param(lambda x: judge_comparison(x, ACCURACY), 0, id="no difference"),
    pytest.param(lambda x: judge_equality(x, ACCURACY), 0.007, id="equality"),
    pytest.param(lambda x: judge_threshold(x, 0.98, 1, ACCURACY), 0.976, id="above"),
    pytest.param(lambda x: judge_threshold(x, 0.98, -1, ACCURACY), 0.984, id="below"),
]


@pytest.mark.parametrize(("judge", "mean"), FALSE)
def test_five_trials_refute_most_of_what_is_clearly_false(judge, mean):
    assert share("not reproduced", judge, 5, normal(mean, 0.0015)) > 0.8


@pytest.mark.parametrize(
    ("judge", "mean"),
    [
        pytest.param(
            lambda x: judge_value(x, parse_reported("98.8 %"), ACCURACY), 0.989, id="value"
        ),
        pytest.param(lambda x: judge_comparison(x, ACCURACY), 0.005, id="comparison"),
        pytest.param(lambda x: judge_equality(x, ACCURACY), 0, id="equality"),
        pytest.param(lambda x: judge_threshold(x, 0.98, 1, ACCURACY), 0.985, id="above"),
        pytest.param(lambda x: judge_threshold(x, 0.98, -1, ACCURACY), 0.975, id="below"),
    ],
)
def test_five_trials_reproduce_most_of_what_is_clearly_true(judge, mean):
    assert share("reproduced", judge, 5, normal(mean, 0.0015)) > 0.8


def test_two_trials_refute_nothing():
    def judge(values: np.ndarray) -> Finding:
        return judge_threshold(values, 0.98, 1, ACCURACY)

    assert share("not reproduced", judge, 2, normal(0.5, 0.001)) == 0


@pytest.mark.parametrize(("n", "highest"), [(3, 0.1055), (10, 0.0351)])
def test_what_a_source_saw_by_chance_is_refuted_as_often_as_the_rules_say(n, highest):
    """The source's network has images of a kind with probability p, as has each of ours."""
    numbers = np.arange(n + 1)  # of our trials that have them
    refuted = [
        judge_presence(np.repeat([1.0, 0.0], [number, n - number]), Scale("number")).outcome
        == "not reproduced"
        for number in numbers
    ]
    rates = [p * stats.binom.pmf(numbers, n, p)[refuted].sum() for p in np.linspace(0, 1, 1001)]
    assert max(rates) == pytest.approx(highest, abs=1e-4)
