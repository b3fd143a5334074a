"""The fit comment: every line of its rule, on curves that are drawn for it."""

import re

import numpy as np
import pandas as pd
import pytest

from dlia.evaluation.fit import NO_WORD, NUMBERS, fit_comment, no_fit_comment

EPOCHS = np.arange(21)  # epoch 0 is the untrained network; a tenth of the others are two
REFERENCE = 0.1
# Learnt by half of the training, and still from then on.
LOSS = np.interp(EPOCHS, [0, 10, 20], [2.0, 0.2, 0.2])
METRIC = np.interp(EPOCHS, [0, 10, 20], [0.1, 0.95, 0.95])
FITS = {
    "train_loss": LOSS,
    "validation_loss": LOSS + 0.02,
    "train_metric": METRIC,
    "validation_metric": METRIC - 0.01,
}


def history(trial=0, metric="accuracy", **curves) -> pd.DataFrame:
    """Give the history of a trial: ``FITS`` with some curves replaced, each from epoch 0 on."""
    rows = [
        (trial, epoch, key.split("_")[0], key.split("_")[1].replace("metric", metric), value)
        for key, curve in (FITS | curves).items()
        if curve is not None
        for epoch, value in enumerate(curve)
    ]
    return pd.DataFrame(rows, columns=["trial", "epoch", "part", "metric", "value"])


def comment(*histories, statuses=("ok",), kept=(), metric="accuracy", reference=REFERENCE):
    """Judge trials that ended with ``statuses``; the last epoch is kept if nothing is said."""
    epochs = kept or [20] * len(statuses)
    results = pd.DataFrame({"trial": range(len(statuses)), "epoch": epochs, "status": statuses})
    return fit_comment(pd.concat(histories), results, metric, reference)


def judged(**curves):
    return comment(history(**curves))


def from_10(end, knee=LOSS[10]) -> np.ndarray:
    """Replace the second half of a loss by a line from ``knee`` at epoch 10 to ``end``."""
    return np.where(EPOCHS <= 10, LOSS + knee - LOSS[10], np.interp(EPOCHS, [10, 20], [knee, end]))


FALLS = from_10(0.18)  # while it falls, it does so by less than 10 % in a tenth
LOWER = -np.log(np.linspace(0.02, 0.98, 21))  # falls up to the end, by more than 10 % in a tenth


class TestFits:
    def test_curves_that_have_come_to_rest_side_by_side_fit(self):
        assert judged()["word"] == "fits"

    def test_all_numbers_are_given(self):
        found = judged()
        assert list(found) == ["word", "sentence", "trials", "held_out", *NUMBERS]
        assert np.isfinite([found[name] for name in NUMBERS]).all()


class TestOverfits:
    def test_where_validation_loss_rises_while_training_loss_falls(self):
        found = judged(train_loss=FALLS, validation_loss=from_10(0.3))
        assert found["word"] == "overfits"

    def test_not_where_validation_loss_rises_by_less_than_5_per_cent(self):
        found = judged(train_loss=FALLS, validation_loss=from_10(0.209))
        assert 0 < found["rise"] < 0.05
        assert found["word"] == "fits"

    def test_not_where_both_losses_rise(self):
        found = judged(train_loss=from_10(0.25), validation_loss=from_10(0.3))
        assert found["rise"] > 0.05
        assert found["word"] == "fits"

    def test_not_where_validation_loss_only_swings_to_and_fro(self):
        swings = LOSS + 0.1 + np.where(EPOCHS % 2, -0.01, 0.01)
        assert swings[-1] / swings[1:].min() > 1.05
        assert judged(train_loss=FALLS, validation_loss=swings)["word"] == "fits"

    def test_not_because_of_a_single_low_epoch(self):
        dip = LOSS + 0.02 - 0.015 * (EPOCHS == 12)
        assert dip[-1] / dip[12] > 1.05
        assert judged(train_loss=FALLS, validation_loss=dip)["word"] == "fits"

    def test_the_rise_is_counted_from_the_lowest_smoothed_epoch(self):
        found = judged(train_loss=FALLS, validation_loss=from_10(0.3))
        # Means of two epochs: that of epochs 10 and 11 is the lowest, that of 19 and 20 the last.
        assert found["lowest_epoch"] == 11
        assert found["rise"] == pytest.approx(0.295 / 0.205 - 1)
        assert found["training_meanwhile"] == pytest.approx(0.181 / 0.199 - 1)

    def test_the_untrained_network_is_no_lowest_epoch(self):
        ever_worse = np.append(0.01, np.linspace(0.3, 0.2, 20))
        assert judged(validation_loss=ever_worse)["lowest_epoch"] == 20

    def test_where_the_metric_is_much_lower_on_validation_images(self):
        assert judged(validation_metric=METRIC - 0.06)["word"] == "overfits"

    def test_not_where_the_metric_is_a_little_lower_on_validation_images(self):
        assert judged(validation_metric=METRIC - 0.04)["word"] == "fits"

    def test_not_where_the_metric_is_lower_on_training_images(self):
        assert judged(train_metric=METRIC - 0.06, validation_metric=METRIC)["word"] == "fits"

    def test_goes_before_underfits(self):
        low = np.full(21, 0.3)
        assert judged(train_metric=low, validation_metric=low - 0.06)["word"] == "overfits"

    def test_where_validation_loss_rises_from_exactly_0(self):
        rises = np.where(EPOCHS <= 10, 0.0, 0.1 * (EPOCHS - 10))
        assert judged(train_loss=FALLS, validation_loss=rises)["word"] == "overfits"


class TestUnderfits:
    def at(self, metric, reference):
        level = np.full(21, metric)
        return comment(history(train_metric=level, validation_metric=level), reference=reference)

    def test_where_training_covers_less_than_half_of_the_way_to_1(self):
        assert self.at(0.54, reference=0.1)["word"] == "underfits"

    def test_not_where_it_covers_more_than_half_of_it(self):
        assert self.at(0.56, reference=0.1)["word"] == "fits"

    def test_half_of_the_way_hangs_on_what_needs_no_learning(self):
        assert self.at(0.8, reference=0.66)["word"] == "underfits"

    def test_where_both_losses_still_fall_in_the_end(self):
        found = judged(train_loss=LOWER, validation_loss=LOWER + 0.02)
        assert found["training_fell"] > 0.1
        assert found["word"] == "underfits"

    @pytest.mark.parametrize(("solved", "word"), [(0.03, "underfits"), (0.005, "fits")])
    def test_not_where_the_training_images_are_as_good_as_solved(self, solved, word):
        level = np.full(21, 1 - solved)
        curves = {"train_loss": LOWER, "validation_loss": LOWER + 0.02}
        assert judged(train_metric=level, validation_metric=level, **curves)["word"] == word

    def test_not_where_both_losses_hardly_fall(self):
        found = judged(train_loss=FALLS, validation_loss=FALLS + 0.02)
        assert 0 < found["training_fell"] < 0.1
        assert found["word"] == "fits"

    def test_not_where_training_loss_alone_still_falls(self):
        still = from_10(0.203)
        found = judged(train_loss=LOWER, validation_loss=still)
        assert found["training_fell"] > 0.1
        assert found["word"] == "fits"

    def test_what_fell_is_the_mean_of_the_last_tenth_beside_that_of_the_tenth_before(self):
        last, before = LOWER[19:].mean(), LOWER[17:19].mean()
        assert judged(train_loss=LOWER)["training_fell"] == pytest.approx(1 - last / before)


class TestFailedTrials:
    ENDLESS = np.append(LOSS[:3], [np.inf])

    @pytest.mark.parametrize("status", ["diverged", "collapsed"])
    def test_where_half_of_them_failed_alike_that_is_the_word(self, status):
        found = comment(history(), history(1), statuses=("ok", status))
        assert (found["word"], found["trials"]) == (status, 1)

    def test_where_half_of_them_failed_each_in_its_way_one_of_these_is_the_word(self):
        statuses = ("ok", "collapsed", "diverged", "ok")
        found = comment(*(history(trial) for trial in range(4)), statuses=statuses)
        assert found["word"] in {"collapsed", "diverged"}
        assert "1 of 4 trials collapsed" in found["sentence"]
        assert "1 of 4 trials diverged" in found["sentence"]

    def test_the_more_frequent_failure_is_the_word(self):
        statuses = ("collapsed", "diverged", "diverged")
        assert comment(history(), statuses=statuses)["word"] == "diverged"

    def test_where_fewer_failed_the_others_give_the_word(self):
        lost = history(2, train_loss=self.ENDLESS, validation_loss=self.ENDLESS)
        found = comment(history(), history(1), lost, statuses=("ok", "ok", "diverged"))
        assert (found["word"], found["trials"]) == ("fits", 2)
        assert found["sentence"].endswith("; 1 of 3 trials diverged.")

    def test_an_infinite_loss_in_a_diverged_trial_changes_no_number(self):
        lost = history(1, train_loss=self.ENDLESS, validation_loss=self.ENDLESS)
        found, alone = comment(history(), lost, statuses=("ok", "diverged")), judged()
        assert [found[name] for name in NUMBERS] == [alone[name] for name in NUMBERS]

    def test_a_diverged_trial_that_went_on_longest_does_not_say_how_many_epochs_there_are(self):
        short = {key: curve[:11] for key, curve in FITS.items()}
        found = comment(history(**short), history(1), statuses=("ok", "diverged"), kept=[10, 20])
        assert found["sentence"].startswith("After 10 epochs ")

    def test_a_single_epoch_is_told_in_the_singular(self):
        short = {key: curve[:2] for key, curve in FITS.items()}
        found = comment(history(**short), kept=[1])
        assert found["sentence"].startswith("After 1 epoch ")

    def test_a_single_epoch_gives_no_word(self):
        low = {key: curve[:2] for key, curve in FITS.items()}
        found = comment(history(**low | {"validation_metric": low["train_metric"] - 0.5}), kept=[1])
        assert found["word"] == NO_WORD
        assert found["sentence"].endswith("; one epoch shows neither over- nor underfitting.")

    def test_a_failure_in_a_single_epoch_is_told_all_the_same(self):
        short = {key: curve[:2] for key, curve in FITS.items()}
        statuses = ("ok", "diverged")
        found = comment(history(**short), history(1, **short), statuses=statuses, kept=[1, 1])
        assert found["word"] == "diverged"

    def test_without_a_good_trial_the_reason_stands_for_every_number(self):
        found = comment(history(), history(1), statuses=("diverged", "collapsed"))
        assert (found["word"], found["trials"]) == ("diverged", 0)
        assert {found[name] for name in NUMBERS} == {"no trial ended well"}
        expected = "No trial ended well; 1 of 2 trials diverged; 1 of 2 trials collapsed."
        assert found["sentence"] == expected


class TestWithoutValidationImages:
    BLIND = history(validation_loss=None, validation_metric=None)

    def test_there_is_no_word_and_the_reason_stands_for_every_number(self):
        found = comment(self.BLIND)
        assert (found["word"], found["sentence"]) == ("-", "No curves of held-out images.")
        assert {found[name] for name in NUMBERS} == {"no curves of held-out images"}

    def test_a_training_that_diverged_is_still_called_so(self):
        found = comment(self.BLIND, statuses=("diverged",))
        assert found["word"] == "diverged"
        assert found["sentence"] == "No curves of held-out images; 1 of 1 trials diverged."


class TestOfTestImages:
    """A variant whose source draws curves of test images is judged by these."""

    RISES = history(train_loss=FALLS, validation_loss=from_10(0.3))
    AS_TEST = RISES.assign(part=RISES["part"].replace("validation", "test"))

    def test_the_rules_and_the_numbers_are_the_same(self):
        found, same = comment(self.AS_TEST), comment(self.RISES)
        assert found["word"] == "overfits"
        assert [found[name] for name in NUMBERS] == [same[name] for name in NUMBERS]

    def test_the_sentence_and_the_table_name_them(self):
        found = comment(self.AS_TEST)
        assert found["held_out"] == "test"
        assert "94.00 % on test images" in found["sentence"]
        assert "test loss rises by 44 % from epoch 11 on" in found["sentence"]

    def test_validation_images_go_before_test_images(self):
        other = history(validation_loss=LOSS + 9)
        both = pd.concat([self.RISES, other[other["part"] == "validation"].assign(part="test")])
        found = comment(both)
        assert (found["held_out"], found["held_out_loss"]) == ("validation", pytest.approx(0.295))


class TestNumbers:
    def test_at_the_end_they_are_means_of_the_last_tenth(self):
        found = judged(train_loss=LOWER, train_metric=EPOCHS / 21)
        assert found["train_loss"] == pytest.approx((LOWER[19] + LOWER[20]) / 2)
        assert found["train_metric"] == pytest.approx(19.5 / 21)

    def test_they_are_means_over_the_trials(self):
        found = comment(history(), history(1, validation_loss=LOSS + 0.2), statuses=("ok", "ok"))
        assert found["held_out_loss"] == pytest.approx(LOSS[-1] + (0.02 + 0.2) / 2)

    def test_gaps_are_positive_where_validation_is_worse(self):
        found = judged()
        assert found["loss_gap"] == pytest.approx(0.02)
        assert found["metric_gap"] == pytest.approx(0.01)

    def test_gaps_are_those_of_the_end(self):
        found = judged(train_loss=LOWER, validation_loss=LOWER + EPOCHS / 10)
        assert found["loss_gap"] == pytest.approx(1.95)

    def test_gaps_of_the_kept_epoch_are_those_of_each_trials_own_epoch(self):
        wider = {"validation_loss": LOSS + EPOCHS, "validation_metric": METRIC - EPOCHS / 100}
        trials = history(**wider), history(1, **wider)
        found = comment(*trials, statuses=("ok", "ok"), kept=[4, 10])
        assert found["kept_loss_gap"] == pytest.approx(7)
        assert found["kept_metric_gap"] == pytest.approx(0.07)

    def test_after_a_single_epoch_they_are_its_values(self):
        curves = {key: curve[[0, 20]] for key, curve in FITS.items()}
        found = comment(history(**curves), kept=[1])
        assert found["train_loss"] == pytest.approx(LOSS[20])
        assert (found["lowest_epoch"], found["rise"]) == (1, 0)
        assert found["training_fell"] == pytest.approx(0.9)

    def test_are_finite_where_the_loss_is_exactly_0(self):
        found = judged(train_loss=np.maximum(0, 1 - EPOCHS / 10))
        assert (found["train_loss"], found["training_fell"]) == (0, 0)

    def test_norms_of_gradients_in_the_history_change_nothing(self):
        norms = pd.DataFrame(
            {"trial": 0, "epoch": EPOCHS, "part": "train", "metric": "gradient.conv", "value": 9.0}
        )
        assert comment(history(), norms) == judged()

    def test_results_with_a_row_for_every_image_are_as_good_as_one_for_every_trial(self):
        rows = {"trial": [0] * 5 + [1] * 5, "epoch": 20, "status": ["ok"] * 5 + ["diverged"] * 5}
        histories = pd.concat([history(), history(1)])
        found = fit_comment(histories, pd.DataFrame(rows), "accuracy", REFERENCE)
        assert found["trials"] == 1
        assert "1 of 2 trials diverged" in found["sentence"]


class TestSentence:
    def numbers(self, found) -> list[float]:
        return [float(number) for number in re.findall(r"\d+(?:\.\d+)?", found["sentence"])]

    def test_its_numbers_are_those_of_the_curves(self):
        found = judged(train_loss=FALLS, validation_loss=from_10(0.3))
        assert self.numbers(found) == [2, 20, 95, 94, 0.181, 0.295, 44, 11, 2]
        assert "validation loss rises by 44 % from epoch 11 on" in found["sentence"]

    @pytest.mark.parametrize(("metric", "name"), [("dice", "Dice"), ("ap50", "AP50")])
    def test_dice_and_average_precision_are_no_percentages(self, metric, name):
        found = comment(history(metric=metric), metric=metric)
        assert found["sentence"].startswith(
            f"Over the last 2 of 20 epochs {name} is 0.950 on training and 0.940 on validation "
            "images, the loss 0.2 and 0.22; "
        )

    def test_says_by_how_much_training_loss_still_fell(self):
        found = judged(train_loss=LOWER, validation_loss=LOWER + 0.02)
        fell = 100 * (1 - LOWER[19:].mean() / LOWER[17:19].mean())
        assert (
            f"over the last tenth of the epochs training loss fell by {fell:.0f} %"
            in found["sentence"]
        )

    def test_says_how_much_of_the_way_training_covers_where_that_is_too_little(self):
        level = np.full(21, 0.46)
        curves = history(metric="dice", train_metric=level, validation_metric=level)
        found = comment(curves, metric="dice", reference=0.28)
        assert found["way"] == pytest.approx(0.25)
        assert "0.460 on training (25 % of the way from 0.280" in found["sentence"]

    def test_says_how_far_validation_is_behind_where_that_is_too_far(self):
        curves = history(metric="dice", validation_metric=METRIC - 0.06)
        sentence = comment(curves, metric="dice")["sentence"]
        assert "0.890 on validation images, 0.060 less" in sentence

    def test_says_so_where_nothing_happens_any_more(self):
        sentence = judged()["sentence"]
        assert "validation loss does not rise again" in sentence
        assert sentence.endswith("over the last tenth of the epochs training loss did not change.")

    def test_says_how_much_validation_rises_where_that_is_not_overfitting_yet(self):
        slightly = np.append(np.full(11, 0.2), np.full(10, 0.206))
        assert (
            "validation loss ends 3 % above its lowest value"
            in judged(validation_loss=slightly)["sentence"]
        )

    def test_says_so_where_the_training_got_worse(self):
        worse = np.append(np.full(19, 0.2), [0.4, 0.4])
        sentence = judged(train_loss=worse)["sentence"]
        assert sentence.endswith("over the last tenth of the epochs training loss rose by 100 %.")


def test_a_variant_that_curves_say_nothing_about_has_the_reason_everywhere():
    results = pd.DataFrame({"trial": [0, 0, 1]})
    found = no_fit_comment(results, "another prediction")
    assert (found["word"], found["sentence"], found["trials"]) == ("-", "Another prediction.", 2)
    assert {found[name] for name in ("held_out", *NUMBERS)} == {"another prediction"}
