"""Intervals, effects and tests, against numbers that were found in another way."""

import itertools
import math

import numpy as np
import pytest
from scipy.stats import f as f_distribution
from scipy.stats import spearmanr
from statsmodels.regression.linear_model import OLS
from statsmodels.stats.contingency_tables import mcnemar
from statsmodels.stats.proportion import proportion_confint
from statsmodels.stats.weightstats import DescrStatsW

from dlia.evaluation.statistics import (
    correlation_interval,
    effect_size,
    equal_variances_p,
    holm,
    image_interval,
    mcnemar_p,
    prediction_interval,
    sign_flip_p,
    smallest_p,
    t_interval,
    wilson_interval,
)

# Student (1908): how much longer ten patients slept with the second drug than with the first.
SLEEP = np.array([1.2, 2.4, 1.3, 1.3, 0.0, 1.0, 1.8, 0.8, 4.6, 1.4])
# Darwin's maize, as Fisher (1935) has it: crossed minus self-fertilised, in eighths of an inch.
MAIZE = np.array([49, -67, 8, 16, 6, 23, 28, 41, 14, 29, 56, 24, 75, 60, -48])
# The 97.5 % points of Student's distribution that have a closed form, by degrees of freedom.
T_1, T_2 = math.tan(0.475 * math.pi), 0.95 * math.sqrt(2 / (1 - 0.95**2))


def test_the_f_test_is_the_one_of_its_definition():
    # 9 against 4 degrees of freedom; R: var.test(x, y).
    first, second = SLEEP, np.array([1.0, 2.0, 4.0, 3.0, 9.0])
    ratio = np.var(first, ddof=1) / np.var(second, ddof=1)
    assert equal_variances_p(first, second) == pytest.approx(2 * f_distribution(9, 4).cdf(ratio))


def test_the_f_test_does_not_depend_on_the_order():
    first, second = SLEEP, MAIZE / 10
    assert equal_variances_p(first, second) == pytest.approx(equal_variances_p(second, first))


@pytest.mark.parametrize("other", [[1.0, 2.0], [1.0, 1.0, 1.0], [0.881] * 3])
def test_two_values_or_equal_ones_have_no_f_test(other):
    assert equal_variances_p(SLEEP, np.array(other)) is None


def test_equal_variances_are_told_apart_in_5_percent():
    pairs = zip(draws(3), draws(5), strict=True)
    found = np.mean([equal_variances_p(first, second) < 0.05 for first, second in pairs])
    assert found == pytest.approx(0.05, abs=noise(0.05, 4000))


@pytest.mark.parametrize("runs", [1, 2, 5])
def test_the_mean_of_more_trials_falls_into_its_interval_in_95_percent(runs):
    own, others = draws(4), np.random.default_rng(runs).normal(5, 2, (4000, runs)).mean(axis=1)
    ends = [prediction_interval(values, runs=runs) for values in own]
    inside = [low <= other <= high for (low, high), other in zip(ends, others, strict=True)]
    assert np.mean(inside) == pytest.approx(0.95, abs=noise(0.05, 4000))


def draws(n: int, cases: int = 4000) -> np.ndarray:
    return np.random.default_rng(n).normal(5, 2, (cases, n))


def noise(share: float, cases: int) -> float:
    """Give what a share of as many cases is off by chance, with 1 in 15,000 exceptions."""
    return 4 * math.sqrt(share * (1 - share) / cases)


def test_the_interval_of_students_own_data_is_the_one_in_textbooks():
    assert t_interval(SLEEP) == pytest.approx((0.7001142, 2.4598858), abs=1e-7)


@pytest.mark.parametrize(("values", "t"), [([1, 3], T_1), ([1, 2, 6], T_2)])
def test_few_values_are_spread_by_the_closed_form_of_students_distribution(values, t):
    values = np.array(values, dtype=float)
    mean, sd = values.mean(), values.std(ddof=1)
    half = t * sd / math.sqrt(len(values))
    assert t_interval(values) == pytest.approx((mean - half, mean + half))
    half = t * sd * math.sqrt(1 + 1 / len(values))
    assert prediction_interval(values) == pytest.approx((mean - half, mean + half))


@pytest.mark.parametrize("n", [2, 3, 5, 10, 40])
def test_intervals_are_those_of_statsmodels(n):
    values = draws(n)[0]
    assert t_interval(values) == pytest.approx(DescrStatsW(values).tconfint_mean(0.05))
    frame = OLS(values, np.ones(n)).fit().get_prediction([1]).summary_frame(0.05)
    expected = frame[["obs_ci_lower", "obs_ci_upper"]].to_numpy()[0]
    assert prediction_interval(values) == pytest.approx(expected)


@pytest.mark.parametrize("n", [2, 3, 5, 10])
def test_the_interval_covers_the_mean_in_95_percent(n):
    inside = [low <= 5 <= high for low, high in map(t_interval, draws(n))]
    assert np.mean(inside) == pytest.approx(0.95, abs=noise(0.95, 4000))


@pytest.mark.parametrize("n", [2, 3, 5, 10])
def test_one_more_trial_falls_into_the_prediction_interval_in_95_percent(n):
    cases = draws(n + 1)
    intervals = [prediction_interval(case[1:]) for case in cases]
    inside = [low <= more <= high for (low, high), more in zip(intervals, cases[:, 0], strict=True)]
    assert np.mean(inside) == pytest.approx(0.95, abs=noise(0.95, 4000))


@pytest.mark.parametrize("interval", [t_interval, prediction_interval])
@pytest.mark.parametrize("values", [[], [0.98]])
def test_fewer_than_two_trials_have_no_interval(interval, values):
    assert interval(np.array(values)) is None


@pytest.mark.parametrize("interval", [t_interval, prediction_interval])
def test_equal_trials_have_an_interval_of_one_point(interval):
    assert interval(np.array([0.5, 0.5, 0.5])) == (0.5, 0.5)


@pytest.mark.parametrize("interval", [t_interval, prediction_interval])
def test_only_shares_end_at_0_and_1(interval):
    wide = np.array([0.1, 0.5, 0.9])
    assert interval(wide, share=True) == (0, 1)
    assert interval(wide).low < 0
    assert interval(wide).high > 1


@pytest.mark.parametrize(
    ("correct", "n", "low", "high"),
    [
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_wilsons_interval_is_the_one_that_newcombe_printed(correct, n, low, high):
    # Newcombe (1998), Statistics in Medicine 17, table I, method 3.
    assert wilson_interval(correct, n) == pytest.approx((low, high), abs=5e-5)


@pytest.mark.parametrize("correct", [0, 1, 9878, 9999, 10000])
def test_wilsons_interval_is_that_of_statsmodels_up_to_both_ends(correct):
    expected = proportion_confint(correct, 10000, method="wilson")
    assert wilson_interval(correct, 10000) == pytest.approx(expected, abs=1e-12)


def test_a_bootstrap_of_few_images_is_near_the_one_with_all_resamples():
    images = np.array([0.2, 0.5, 0.6, 0.9, 0.95, 0.3])
    means = [np.mean(resample) for resample in itertools.product(images, repeat=6)]
    expected = np.quantile(means, [0.025, 0.975])
    assert image_interval(images) == pytest.approx(expected, abs=0.02)


def test_a_bootstrap_of_many_images_is_near_the_normal_interval():
    images = np.random.default_rng(1).uniform(0.2, 1, 400)
    half = 1.96 * images.std() / 20
    expected = (images.mean() - half, images.mean() + half)
    assert image_interval(images) == pytest.approx(expected, abs=half / 10)


def test_a_bootstrap_over_three_trials_covers_their_mean_too_rarely():
    # It goes from the lowest to the highest, and both lie on one side in a quarter of the cases.
    cases = draws(3, 1000)
    inside = [low <= 5 <= high for low, high in map(image_interval, cases)]
    assert np.mean(inside) == pytest.approx(0.75, abs=noise(0.75, 1000))


def test_equal_images_have_an_interval_of_one_point():
    assert image_interval(np.array([0.7, 0.7, 0.7])) == (0.7, 0.7)


@pytest.mark.parametrize("values", [[], [0.7]])
def test_fewer_than_two_images_have_no_interval(values):
    assert image_interval(np.array(values)) is None


def related(n: int, slope: float) -> np.ndarray:
    """Give pairs whose correlation is slope / sqrt(1 + slope^2)."""
    first, noise = np.random.default_rng(n).normal(size=(2, n))
    return np.column_stack([first, slope * first + noise])


def spearman(pairs: np.ndarray) -> float:
    """Give the correlation; 0 for pairs of which one side is constant."""
    return 0.0 if (np.ptp(pairs, axis=0) == 0).any() else float(spearmanr(pairs).statistic)


@pytest.mark.parametrize(
    "pairs",
    [
        # Both with ties, which resamples of so few images have anyway.
        [(0.2, 3.0), (0.5, 1.0), (0.6, 4.0), (0.9, 6.0), (0.5, 6.0)],
        [(0.2, 9.0), (0.5, 5.0), (0.5, 5.0), (0.9, 1.0), (0.1, 5.0)],
    ],
)
def test_an_interval_of_a_correlation_leaves_out_as_many_resamples_of_all_on_either_side(pairs):
    pairs = np.array(pairs)
    all_resamples = itertools.product(range(5), repeat=5)
    found = np.array([spearman(pairs[list(drawn)]) for drawn in all_resamples])
    low, high = correlation_interval(pairs)
    for outside in (found - low, high - found):
        # Many resamples have the same correlation, so that the end lies on a step.
        beyond, up_to = np.mean(outside < -1e-9), np.mean(outside < 1e-9)
        assert beyond - noise(0.025, 2000) <= 0.025 <= up_to + noise(0.025, 2000)


@pytest.mark.parametrize("slope", [-2, 0, 0.5])
def test_the_interval_of_a_correlation_over_many_images_is_near_the_normal_one(slope):
    # Bonett and Wright (2000): the standard error of Fisher's z is sqrt((1 + r^2 / 2) / (n - 3)).
    pairs = related(400, slope)
    r = spearman(pairs)
    half = 1.96 * math.sqrt((1 + r**2 / 2) / 397)
    expected = np.tanh([math.atanh(r) - half, math.atanh(r) + half])
    assert correlation_interval(pairs) == pytest.approx(expected, abs=0.05 * np.ptp(expected))


def test_a_correlation_is_between_ranks():
    pairs = related(40, 1)
    bent = np.column_stack([np.exp(pairs[:, 0]), pairs[:, 1] ** 3])
    assert correlation_interval(bent) == correlation_interval(pairs)


def test_a_correlation_changes_its_sign_with_one_of_the_two():
    pairs = related(40, 1)
    low, high = correlation_interval(pairs)
    assert correlation_interval(pairs * [1, -1]) == pytest.approx((-high, -low))


def test_a_correlation_is_the_same_either_way_round():
    pairs = related(40, 1)
    assert correlation_interval(pairs[:, ::-1]) == pytest.approx(correlation_interval(pairs))


@pytest.mark.parametrize("sign", [-1, 1])
def test_two_of_the_same_order_correlate_wholly_in_every_resample(sign):
    pairs = np.arange(8.0)[:, None] ** [1, 2] * [1, sign]
    assert correlation_interval(pairs) == pytest.approx((sign, sign))


def test_resamples_in_which_one_is_constant_correlate_with_nothing():
    # Without the one image that differs, a third of all resamples, the second side is constant.
    pairs = np.column_stack([np.arange(6.0), [0, 0, 0, 0, 0, 1]])
    low, high = correlation_interval(pairs)
    assert (low, high < 1) == (0, True)


def test_what_is_drawn_is_drawn_the_same_every_time():
    def drawn() -> tuple:
        return image_interval(SLEEP), sign_flip_p(MAIZE), correlation_interval(related(20, 1))

    np.random.seed(1)  # noqa: NPY002 (the state that must not matter)
    first = drawn()
    np.random.seed(2)  # noqa: NPY002
    assert drawn() == first


def test_the_effect_of_students_data_is_hedges_g():
    # 1.58 / 1.22995 is Cohen's d; ten pairs are corrected by 1 - 3/35.
    assert effect_size(SLEEP) == pytest.approx(1.28460 * 32 / 35, abs=1e-4)


@pytest.mark.parametrize("n", [3, 4, 6, 10, 30])
def test_the_correction_for_few_pairs_is_near_the_exact_one(n):
    differences = draws(n)[0]
    exact = math.gamma((n - 1) / 2) / math.sqrt((n - 1) / 2) / math.gamma((n - 2) / 2)
    d = differences.mean() / differences.std(ddof=1)
    assert effect_size(differences) == pytest.approx(d * exact, rel=0.015)


def test_an_effect_changes_its_sign_with_the_direction_and_not_with_the_unit():
    assert effect_size(-SLEEP) == -effect_size(SLEEP)
    assert effect_size(100 * SLEEP) == pytest.approx(effect_size(SLEEP))


@pytest.mark.parametrize("differences", [[], [0.1], [0.1, 0.2], [0, 0, 0], [0.1, 0.1, 0.1]])
def test_few_pairs_and_equal_differences_have_no_effect_size(differences):
    assert effect_size(np.array(differences)) is None


def test_differences_that_are_equal_but_for_rounding_have_no_effect_size():
    # 46 and 45, 47 and 46, 49 and 48 of 50 images: one image more in every trial.
    differences = np.array([0.92, 0.94, 0.98]) - np.array([0.90, 0.92, 0.96])
    assert effect_size(differences) is None


def by_all_signs(differences: np.ndarray) -> float:
    """Count the sign patterns whose mean is at least as far from 0."""
    signs = np.array(list(itertools.product([1, -1], repeat=len(differences))))
    sums = np.abs(signs @ differences)
    return float(np.mean(sums >= abs(differences.sum()) - 1e-9))


@pytest.mark.parametrize("n", range(3, 9))
@pytest.mark.parametrize("kind", ["continuous", "with ties", "with zeros"])
def test_up_to_13_pairs_the_p_value_counts_all_sign_patterns(n, kind):
    generator = np.random.default_rng(n)
    for _ in range(5):
        drawn = generator.normal(0.5, 1, n)
        differences = {
            "continuous": drawn,
            "with ties": np.round(2 * drawn) + 0.5,
            "with zeros": np.where(np.arange(n) < n // 2, 0, drawn),
        }[kind]
        assert sign_flip_p(differences) == pytest.approx(by_all_signs(differences))


def test_13_pairs_are_still_counted_exactly():
    differences = np.random.default_rng(13).normal(0.5, 1, 13)
    assert sign_flip_p(differences) == pytest.approx(by_all_signs(differences), rel=1e-12)


def test_more_pairs_are_drawn_and_near_to_what_fisher_counted():
    # 863 of 32,768 patterns sum to 314 or more; as many to -314 or less.
    assert by_all_signs(MAIZE) == 1726 / 32768
    assert sign_flip_p(MAIZE) == pytest.approx(1726 / 32768, abs=2 * noise(863 / 32768, 9999))


def test_the_p_value_is_the_same_in_either_direction():
    assert sign_flip_p(-SLEEP) == sign_flip_p(SLEEP)


@pytest.mark.parametrize("n", range(2, 14))
def test_the_smallest_p_value_is_that_of_differences_of_one_sign(n):
    assert smallest_p(n) == pytest.approx(sign_flip_p(np.arange(1.0, n + 1)))


@pytest.mark.parametrize("n", [20, 30])
def test_where_flips_are_drawn_the_smallest_p_value_is_that_of_their_number(n):
    assert smallest_p(n) == pytest.approx(2 / 10000)
    assert sign_flip_p(np.arange(1.0, n + 1)) == pytest.approx(smallest_p(n))


def test_from_14_pairs_on_more_of_them_reach_no_smaller_p_value():
    assert smallest_p(13) > smallest_p(14) == smallest_p(15)


def test_only_six_pairs_can_fall_below_5_percent():
    assert [smallest_p(n) < 0.05 for n in (1, 2, 3, 4, 5, 6)] == [False] * 5 + [True]


def by_steps(p_values: np.ndarray) -> list[float]:
    """Adjust by the words of Holm (1979): the smallest times m, the next times m - 1, and so on."""
    order, adjusted, highest = np.argsort(p_values), [0.0] * len(p_values), 0.0
    for step, index in enumerate(order):
        highest = max(highest, min(1.0, p_values[index] * (len(p_values) - step)))
        adjusted[index] = highest
    return adjusted


def test_holms_method_by_hand():
    assert holm(np.array([0.01, 0.04, 0.03, 0.005])) == pytest.approx([0.03, 0.06, 0.06, 0.02])


@pytest.mark.parametrize("n", [1, 2, 5, 12])
def test_holms_method_goes_down_step_by_step(n):
    p_values = np.random.default_rng(n).uniform(0, 0.4, n)
    assert holm(p_values) == pytest.approx(by_steps(p_values))


def test_mcnemars_test_counts_coins():
    # One of ten, or none, on either side: 2 (1 + 10) / 1024.
    assert mcnemar_p(1, 9) == pytest.approx(22 / 1024)


@pytest.mark.parametrize("pair", [(0, 5), (3, 8), (8, 3), (7, 7), (30, 52), (1, 0)])
def test_mcnemars_test_is_that_of_statsmodels(pair):
    table = [[9000, pair[0]], [pair[1], 50]]
    assert mcnemar_p(*pair) == pytest.approx(mcnemar(table, exact=True).pvalue)


def test_without_a_discordant_image_two_networks_do_not_differ():
    assert mcnemar_p(0, 0) == 1


def test_mcnemars_test_flips_signs_of_discordant_images():
    discordant = np.array([1.0] * 9 + [-1.0] * 2)
    assert mcnemar_p(9, 2) == pytest.approx(by_all_signs(discordant))
