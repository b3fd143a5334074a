"""Comparisons of variants: against SciPy's tests, brute force and counts by hand."""

import re
from itertools import product

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from dlia.evaluation.comparisons import (
    COMPARISON_COLUMNS,
    PAIRED_COLUMNS,
    Compared,
    compare_exercise,
    compare_images,
)
from dlia.runtime.files import write_csv
from dlia.tasks import task_named

# Accuracies in 64ths: their sums are exact, and so are the files that they are written to.
SIX = [[60, 58, 61, 57, 62, 59], [58, 59, 57, 52, 59, 61]]
EIGHT = [[60, 58, 61, 57, 62, 59, 60, 63], [58, 59, 57, 52, 59, 58, 53, 54]]

COMPARED = {
    task.metric: Compared(task.metric, task.per_trial, task.described)
    for task in map(task_named, ("classification", "segmentation"))
}


def pair(name, other, same_as="", exercise="e") -> dict[str, str]:
    """Give a variant beside the one that it is compared with, ``other`` being a key."""
    return {
        "exercise": exercise,
        "name": name,
        "trained_as": same_as or f"{exercise}/{name}",
        "with": other,
        "with_trained_as": other,
        "note": "",
        "same_as": same_as,
    }


class Folder:
    """Where the tables of exercises are written and their comparisons read."""

    def __init__(self, path):
        self.path, self.tables = path, {}

    def write(self, key, frame):
        path = self.path / f"{key.replace('/', '_')}.csv"
        write_csv(path, frame)
        self.tables[key] = str(path)

    def accuracy(self, exercise, values, losses=None, statuses=None, n=64):
        """Write the accuracies of variants, a list for each with a number for every trial."""
        rows = [
            {
                "data": "real",
                "variant": name,
                "trial": trial,
                "n": n,
                "accuracy": value,
                "loss": (losses or {}).get(name, [0.1 + value] * 99)[trial],
                "status": (statuses or {}).get(name, ["ok"] * 99)[trial],
            }
            for name, trials in values.items()
            for trial, value in enumerate(trials)
        ]
        self.write(f"{exercise}/accuracy", pd.DataFrame(rows))

    def mistakes(self, exercise, wrong):
        """Write the images that variants have wrong, a list for each with a set for every trial."""
        rows = [
            (name, trial, image)
            for name, trials in wrong.items()
            for trial, images in enumerate(trials)
            for image in sorted(images)
        ]
        frame = pd.DataFrame(rows, columns=["variant", "trial", "image"])
        self.write(f"{exercise}/mistakes", frame.assign(true="a", predicted="b"))

    def compared(self, *pairs, metric="accuracy") -> pd.DataFrame:
        path = self.path / "comparisons.csv"
        task = COMPARED[metric]
        compare_exercise(task, list(pairs), self.tables, str(path))
        return pd.read_csv(path, keep_default_na=False)

    def images(self, *pairs) -> pd.DataFrame:
        path = self.path / "mcnemar.csv"
        compare_images(list(pairs), self.tables, str(path))
        return pd.read_csv(path, keep_default_na=False)


@pytest.fixture
def folder(tmp_path) -> Folder:
    return Folder(tmp_path)


def row(folder, own, other, **tables) -> pd.Series:
    """Compare variant a of these accuracies with variant b, and give the row."""
    folder.accuracy("e", {"a": own, "b": other}, **tables)
    return folder.compared(pair("a", "e/b")).iloc[0]


def in_64ths(counts) -> list[float]:
    return [count / 64 for count in counts]


def flipped(differences) -> float:
    """Give the share of all flips of whole numbers' signs that are as extreme."""
    sums = [
        sum(map(np.multiply, differences, s)) for s in product((1, -1), repeat=len(differences))
    ]
    return np.mean([abs(total) >= abs(sum(differences)) for total in sums])


def test_a_metric_that_a_trial_lacks_is_compared_by_no_number_and_the_reason_is_told(folder):
    rows = [
        {"data": "real", "variant": name, "trial": trial, "metric": metric, "mean": value}
        for name in "ab"
        for trial in range(3)
        for metric, value in (
            ("dice", 0.5 + trial / 8),
            ("hd95", "grey is not predicted" if name + str(trial) == "b1" else 4.0),
        )
    ]
    folder.write("e/metrics", pd.DataFrame(rows).assign(sd="0.1", status="ok"))
    path = folder.path / "found.csv"
    task = Compared("dice", "metrics", ("hd95", "dice_class_9"))
    compare_exercise(task, [pair("a", "e/b")], folder.tables, str(path))
    found = pd.read_csv(path, keep_default_na=False).set_index("metric")
    assert list(found.index) == ["dice", "hd95"]  # what no table has is not compared
    assert float(found.loc["dice", "mean_difference"]) == 0
    for column in ("mean_difference", "low", "high", "effect_size", "p"):
        assert found.loc["hd95", column] == "grey is not predicted"


class TestDifference:
    @pytest.mark.parametrize("counts", [SIX, EIGHT], ids=["six", "eight"])
    def test_its_interval_is_that_of_the_paired_t_test(self, folder, counts):
        own, other = map(in_64ths, counts)
        expected = stats.ttest_rel(own, other).confidence_interval(0.95)
        found = row(folder, own, other)
        assert found["mean_difference"] == pytest.approx(np.mean(own) - np.mean(other))
        assert (float(found["low"]), float(found["high"])) == pytest.approx(tuple(expected))

    def test_the_effect_is_hedges_g_of_the_pairs(self, folder):
        own, other = map(in_64ths, SIX)
        differences = np.subtract(own, other)
        expected = differences.mean() / differences.std(ddof=1) * (1 - 3 / 19)
        assert float(row(folder, own, other)["effect_size"]) == pytest.approx(expected)

    def test_trials_are_paired_by_number_not_by_place(self, folder):
        own, other = map(in_64ths, SIX)
        straight = row(folder, own, other)
        table = pd.read_csv(folder.tables["e/accuracy"])
        folder.write("e/accuracy", table.sample(frac=1, random_state=0))
        assert folder.compared(pair("a", "e/b")).iloc[0].tolist() == straight.tolist()

    def test_a_trial_that_only_one_has_is_left_out(self, folder):
        found = row(folder, [0.75, 0.5, 0.25], [0.5, 0.5])
        assert (found["trials"], found["mean_difference"]) == (2, 0.125)

    def test_one_trial_has_no_interval(self, folder):
        found = row(folder, [0.75], [0.5])
        assert (found["mean_difference"], found["low"], found["high"]) == (
            0.25,
            "one trial",
            "one trial",
        )

    def test_two_trials_are_too_few_for_an_effect_size(self, folder):
        assert row(folder, [0.75, 0.5], [0.5, 0.5])["effect_size"] == "too few trials"

    def test_the_same_difference_in_every_trial_has_no_spread(self, folder):
        found = row(folder, [0.75, 0.5, 0.25], [0.625, 0.375, 0.125])
        assert found["effect_size"] == "no spread"

    def test_decimals_with_the_same_difference_have_no_spread(self, folder):
        assert row(folder, [0.9, 0.8, 0.7], [0.8, 0.7, 0.6])["effect_size"] == "no spread"

    def test_the_variant_that_it_is_compared_with_may_be_of_another_exercise(self, folder):
        folder.accuracy("e", {"a": [0.75, 0.5], "b": [0.0, 0.0]})
        folder.accuracy("base", {"b": [0.5, 0.5]})
        found = folder.compared(pair("a", "base/b")).iloc[0]
        assert (found["compared_with"], found["mean_difference"]) == ("base/b", 0.125)

    def test_without_a_pair_there_is_only_the_header(self, folder):
        folder.accuracy("e", {"a": [0.5]})
        table = folder.compared()
        assert list(table.columns) == list(COMPARISON_COLUMNS)
        assert table.empty


class TestPValue:
    @pytest.mark.parametrize("counts", [SIX, EIGHT], ids=["six", "eight"])
    def test_is_the_share_of_all_flips_of_signs(self, folder, counts):
        found = row(folder, *map(in_64ths, counts))
        assert float(found["p"]) == pytest.approx(flipped(np.subtract(*counts)))

    @pytest.mark.parametrize("signs", [(1, 1, 1, 1, 1, 1), (1, -1, 1, 1, -1, 1)])
    def test_of_differences_that_are_ranks_is_wilcoxons(self, folder, signs):
        ranks = np.array([3, 1, 6, 2, 5, 4]) * signs
        expected = stats.wilcoxon(ranks, method="exact").pvalue
        found = row(folder, in_64ths(40 + ranks), in_64ths([40] * 6))
        assert float(found["p"]) == pytest.approx(expected)

    @pytest.mark.parametrize(
        ("own", "other"),
        [
            (
                [9843, 9823, 9835, 9809, 9835, 9839, 9828],
                [9830, 9809, 9823, 9821, 9814, 9801, 9826],
            ),
            (
                [9846, 9828, 9824, 9832, 9825, 9837, 9847, 9812],
                [9833, 9823, 9825, 9804, 9808, 9841, 9810, 9808],
            ),
        ],
        ids=["seven", "eight"],
    )
    def test_counts_flips_that_tie_though_decimals_are_rounded(self, folder, own, other):
        found = row(folder, np.divide(own, 10_000), np.divide(other, 10_000))
        assert float(found["p"]) == pytest.approx(flipped(np.subtract(own, other)))

    def test_is_the_smallest_possible_where_all_trials_agree(self, folder):
        found = row(folder, in_64ths([50, 51, 52, 53, 54, 55]), in_64ths([40] * 6))
        assert float(found["p"]) == found["smallest_p"] == 2 / 2**6

    def test_of_fewer_than_six_trials_is_replaced_by_what_is_possible(self, folder):
        found = row(folder, in_64ths([50, 51, 52, 53, 54]), in_64ths([40] * 5))
        assert re.fullmatch("too few trials.* below 0.0625.*", found["p"])
        assert (found["p_holm"], found["smallest_p"]) == (found["p"], 0.0625)


# Differences to the base whose signs disagree in none, one and two of six trials.
VALUES = {
    "base": in_64ths([40] * 6),
    "none": in_64ths([43, 44, 42, 45, 41, 46]),
    "one": in_64ths([43, 44, 42, 45, 39, 46]),
    "two": in_64ths([43, 44, 42, 45, 34, 35]),
}


class TestHolm:
    def test_steps_down_from_the_smallest_p(self, folder):
        folder.accuracy("e", VALUES)
        table = folder.compared(*(pair(name, "e/base") for name in ("two", "none", "one")))
        p, holm = (table.set_index("variant")[name].astype(float) for name in ("p", "p_holm"))
        assert p[["none", "one", "two"]].tolist() == [2 / 64, 4 / 64, 56 / 64]
        assert holm[["none", "one", "two"]].tolist() == [6 / 64, 8 / 64, 56 / 64]

    def test_never_gives_a_larger_p_a_smaller_value(self, folder):
        values = {"base": VALUES["base"], "x": VALUES["none"], "y": VALUES["none"]}
        folder.accuracy("e", values)
        table = folder.compared(pair("x", "e/base"), pair("y", "e/base"))
        assert table["p_holm"].astype(float).tolist() == [4 / 64, 4 / 64]

    def test_counts_two_names_of_one_training_once(self, folder):
        values = {**VALUES, "again": VALUES["none"]}
        folder.accuracy("e", values)
        again = pair("again", "e/base", same_as="e/none")
        table = folder.compared(pair("none", "e/base"), again, pair("one", "e/base"))
        assert table["p_holm"].astype(float).tolist() == [4 / 64, 4 / 64, 4 / 64]
        assert table["same_as"].tolist() == ["", "e/none", ""]

    def test_leaves_out_what_is_not_tested(self, folder):
        folder.accuracy("e", {**VALUES, "few": [0.5, 0.25], "same": VALUES["base"]})
        names = ("none", "few", "same", "one")
        table = folder.compared(*(pair(name, "e/base") for name in names)).set_index("variant")
        assert table.loc[["none", "one"], "p_holm"].astype(float).tolist() == [4 / 64, 4 / 64]
        assert table.loc["few", "p_holm"] == table.loc["few", "p"]
        assert table.loc["same", "p_holm"] == "identical"

    def test_its_family_is_the_exercise(self, folder):
        folder.accuracy("e", VALUES)
        alone = folder.compared(pair("none", "e/base")).iloc[0]
        assert float(alone["p_holm"]) == float(alone["p"])


class TestWithoutADifference:
    def test_two_networks_with_the_same_accuracies_and_losses_are_identical(self, folder):
        found = row(folder, [0.5, 0.75], [0.5, 0.75])
        words = ["identical"] * 3
        assert found[["p", "p_holm", "remark"]].tolist() == words

    def test_two_networks_with_other_losses_are_only_equal(self, folder):
        losses = {"a": [0.5, 0.5], "b": [0.5, 0.6]}
        found = row(folder, [0.5, 0.75], [0.5, 0.75], losses=losses)
        words = ["equal in every trial"] * 3
        assert found[["p", "p_holm", "remark"]].tolist() == words

    def test_the_mean_alone_does_not_make_them_equal(self, folder):
        found = row(folder, in_64ths([40, 42] * 3), in_64ths([42, 40] * 3))
        assert (found["mean_difference"], float(found["p"]), found["remark"]) == (0, 1, "")

    def test_networks_without_a_finite_loss_are_identical_to_themselves(self, folder):
        losses = {"a": [np.nan, np.inf], "b": [np.nan, np.inf]}
        assert row(folder, [0.5, 0.25], [0.5, 0.25], losses=losses)["remark"] == "identical"

    def test_a_loss_that_is_not_finite_beside_them_hides_no_identity(self, folder):
        folder.accuracy("e", {"a": [0.5], "lost": [0.25]}, losses={"lost": [np.nan]})
        folder.accuracy("base", {"b": [0.5]})
        assert folder.compared(pair("a", "base/b")).iloc[0]["remark"] == "identical"

    @pytest.mark.parametrize(
        ("digests", "remark"),
        [
            (["sha256:1", "sha256:1"], "identical"),
            (["sha256:1", "sha256:2"], "equal in every trial"),
            (["", ""], "equal in every trial"),  # what finds no box may be any detector
        ],
    )
    def test_detectors_are_identical_only_by_their_boxes(self, folder, digests, remark):
        plain = {"data": "real", "trial": 0, "metric": "ap50", "mean": 0.5, "sd": "one value"}
        rows = [
            {**plain, "variant": name, "digest": digest, "status": "ok"}
            for name, digest in zip("ab", digests, strict=True)
        ]
        folder.write("e/metrics", pd.DataFrame(rows))
        path = folder.path / "comparisons.csv"
        compare_exercise(Compared("ap50", "metrics"), [pair("a", "e/b")], folder.tables, str(path))
        assert pd.read_csv(path, keep_default_na=False)["remark"].tolist() == [remark]


class TestRemark:
    def test_is_empty_where_all_trials_ended_well(self, folder):
        assert row(folder, [0.5, 0.75], [0.25, 0.5])["remark"] == ""

    def test_names_what_became_of_the_trials_of_either(self, folder):
        statuses = {"a": ["diverged", "ok"], "b": ["collapsed", "collapsed"]}
        found = row(folder, [0.5, 0.75], [0.25, 0.5], statuses=statuses)
        assert found["remark"] == "some collapsed and diverged"

    def test_says_nothing_of_a_trial_that_is_left_out(self, folder):
        statuses = {"a": ["ok", "ok", "diverged"]}
        found = row(folder, [0.5, 0.75, 0.1], [0.25, 0.5], statuses=statuses)
        assert found["remark"] == ""

    def test_names_a_failure_where_the_accuracies_are_equal_because_of_it(self, folder):
        statuses, losses = {"a": ["collapsed"], "b": ["collapsed"]}, {"a": [2.3], "b": [2.4]}
        found = row(folder, [0.098], [0.098], statuses=statuses, losses=losses)
        assert "collapsed" in found["remark"]


METRICS = ("dice", "iou", "boundary_dice_1", "boundary_dice_2", "boundary_dice_3", "assd", "hd95")


class TestSegmentation:
    @pytest.fixture
    def table(self, folder) -> pd.DataFrame:
        rows = [
            {
                "data": "real",
                "variant": name,
                "trial": trial,
                "metric": metric,
                "mean": (place + 1) * count / 64,
                "sd": 0.1 + trial,
                "status": "ok",
            }
            for name, counts in zip("ab", SIX, strict=True)
            for trial, count in enumerate(counts)
            for place, metric in enumerate((*METRICS, "pixel_accuracy"))
        ]
        correlation = {**rows[0], "metric": "spread_correlation", "mean": "one of them is constant"}
        folder.write("e/metrics", pd.DataFrame([*rows, {**correlation, "sd": "one value"}]))
        return folder.compared(pair("a", "e/b"), metric="dice")

    def test_every_metric_that_is_described_has_a_row(self, table):
        assert table["metric"].tolist() == list(METRICS)

    def test_every_metric_has_its_own_difference_and_interval(self, table):
        difference = np.subtract(*map(np.mean, SIX)) / 64
        expected = [(place + 1) * difference for place in range(len(METRICS))]
        assert table["mean_difference"].tolist() == pytest.approx(expected)
        interval = stats.ttest_rel(*map(in_64ths, SIX)).confidence_interval(0.95)
        hd95 = table.set_index("metric").loc["hd95"]
        assert (hd95["low"], hd95["high"]) == pytest.approx((7 * interval.low, 7 * interval.high))

    def test_only_the_metric_that_the_study_is_judged_by_is_tested(self, table):
        p = flipped(np.subtract(*SIX))
        assert table[["p", "p_holm"]].iloc[0].astype(float).tolist() == pytest.approx([p, p])
        assert set(table[["p", "p_holm"]].iloc[1:].to_numpy().ravel()) == {"described only"}


class TestMcNemar:
    """Of eight images 0 to 7, that one of two networks alone has right."""

    def counted(self, folder, own, other) -> list[list[float]]:
        folder.accuracy("e", {"a": [0.5] * len(own)}, n=8)
        folder.accuracy("base", {"b": [0.5] * len(other)}, n=8)
        folder.mistakes("e", {"a": own, "again": [set("01234567")]})
        folder.mistakes("base", {"b": other})
        table = folder.images(pair("a", "base/b"))
        return table[["trial", "n", "only_variant", "only_other", "p"]].to_numpy().tolist()

    def test_counts_images_that_one_of_the_two_alone_has_right(self, folder):
        # Image 0 against 2, 3 and 4; of four coins, none or one fall so in 1 + 4 of 16 cases.
        expected = [[0, 8, 3, 1, pytest.approx(2 * (1 + 4) / 16)]]
        assert self.counted(folder, [set("01")], [set("1234")]) == expected

    def test_six_images_to_none_are_two_in_sixty_four(self, folder):
        expected = [[0, 8, 0, 6, pytest.approx(2 / 64)]]
        assert self.counted(folder, [set("012345")], [set()]) == expected

    def test_two_networks_with_the_same_mistakes_do_not_differ(self, folder):
        assert self.counted(folder, [set("12")], [set("12")]) == [[0, 8, 0, 0, 1]]

    def test_two_networks_without_mistakes_do_not_differ(self, folder):
        assert self.counted(folder, [set()], [set()]) == [[0, 8, 0, 0, 1]]

    def test_every_trial_is_compared_with_its_own(self, folder):
        own, other = [set("01"), set(), set("5")], [set(), set("234")]
        expected = [[0, 8, 0, 2, pytest.approx(0.5)], [1, 8, 3, 0, pytest.approx(0.25)]]
        assert self.counted(folder, own, other) == expected

    def test_the_exact_test_is_the_binomial_one(self, folder):
        folder.accuracy("e", {"a": [0.5], "b": [0.5]}, n=200)
        own, other = set(map(str, range(100, 150))), set(map(str, range(130, 200)))
        folder.mistakes("e", {"a": [own], "b": [other]})
        found = folder.images(pair("a", "e/b")).iloc[0]
        assert (found["only_variant"], found["only_other"]) == (50, 30)
        assert found["p"] == pytest.approx(2 * stats.binom.cdf(30, 80, 0.5))

    def test_names_what_is_compared(self, folder):
        self.counted(folder, [set("0")], [set("1")])
        found = folder.images(pair("a", "base/b")).iloc[0]
        assert found[["data", "variant", "compared_with"]].tolist() == ["real", "a", "base/b"]

    def test_without_a_pair_there_is_only_the_header(self, folder):
        self.counted(folder, [set("0")], [set("1")])
        table = folder.images()
        assert list(table.columns) == list(PAIRED_COLUMNS)
        assert table.empty
