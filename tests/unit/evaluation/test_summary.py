"""From predictions to tables: counted by hand."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from dlia.evaluation.baseline import Baseline
from dlia.evaluation.predictions import Predictions, read_predictions, save_predictions
from dlia.evaluation.statistics import t_interval
from dlia.evaluation.summary import summarise, summarise_baseline
from dlia.tasks.classification import tables as classification
from dlia.tasks.segmentation import tables as segmentation

TRIAL = {"trial": 0, "seed": 7, "epoch": 3, "status": "ok"}


def classifier(logits, trials=(TRIAL,)) -> Predictions:
    logits = np.asarray(logits, dtype=np.float32)
    ids = [f"Test/{row}" for row in range(logits.shape[1])]
    return Predictions(logits, ids, {}, list(trials))


def segmenter(logits, threshold=0.5) -> Predictions:
    logits = np.asarray(logits, dtype=np.float32)
    ids = [f"Test/{row}" for row in range(logits.shape[1])]
    return Predictions(logits, ids, {"threshold": threshold}, [TRIAL])


def tables(logits, truth):
    classes = [f"class {number}" for number in range(len(logits[0][0]))]
    return classification.evaluate(classifier(logits), np.array(truth), classes, np.array(truth))


def accuracy(logits, truth):
    return tables(logits, truth)["accuracy"]


def test_accuracy_counts_what_is_most_probable():
    table = accuracy([[[2, 1], [0, 3], [5, 4]]], [0, 1, 1])
    assert table[["n", "correct"]].to_numpy().tolist() == [[3, 2]]
    assert table["accuracy"].tolist() == pytest.approx([2 / 3])


def test_loss_is_the_cross_entropy_of_the_true_class():
    table = accuracy([[[0, 0, 0, 0]]], [2])
    assert table["loss"].tolist() == pytest.approx([np.log(4)])


def test_majority_says_the_class_that_is_most_frequent_in_training():
    assert classification.reference(np.array([1, 1, 0]), np.array([1, 0, 0, 0])) == 0.25


def test_a_single_output_is_foreground_above_the_threshold():
    logits = np.array([[[[[-1.0, 0.1, 2.0]]]]])  # trial, image, output, height, width
    assert segmenter(logits).classes(0).tolist() == [[[0, 1, 1]]]
    assert segmenter(logits, threshold=0.8).classes(0).tolist() == [[[0, 0, 1]]]


def test_two_outputs_are_a_softmax_over_background_and_foreground():
    logits = np.array([[[[[0.0, 3.0]], [[1.0, 0.0]]]]])
    assert segmenter(logits).classes(0).tolist() == [[[1, 0]]]
    expected = [[[1 / (1 + np.exp(-1)), 1 / (1 + np.exp(3))]]]
    assert segmenter(logits).probabilities(0) == pytest.approx(np.array(expected))


def test_dice_has_a_row_for_every_image():
    logits = np.full((1, 2, 1, 2, 2), -5.0)
    logits[0, 0, 0, 0] = 5.0
    truth = np.zeros((2, 2, 2), dtype=int)
    truth[0, 0, 0] = 1
    table = segmentation.evaluate(segmenter(logits), truth, ["background", "gland"], truth)["dice"]
    assert table["image"].tolist() == ["Test/0", "Test/1"]
    assert table["dice"].tolist() == pytest.approx([2 / 3, 1])
    assert table["both_empty"].tolist() == [0, 1]
    assert table["foreground_predicted"].tolist() == [0.5, 0.0]


def test_all_foreground_is_scored_like_any_prediction():
    truth = np.array([[[1, 0]], [[1, 1]]])
    assert segmentation.reference(truth, truth) == pytest.approx((2 / 3 + 1) / 2)


def test_a_constant_answer_is_scored_like_any_prediction():
    # Nothing, a half, and all of an image is foreground.
    truth = np.zeros((3, 2, 2), dtype=int)
    truth[1, 0] = truth[2] = 1
    found = [
        segmentation.evaluate(
            segmenter(np.full((1, 3, 1, 2, 2), logit)), truth, ["background", "gland"], truth
        )["dice"]["dice"].tolist()
        for logit in (-5.0, 5.0)
    ]
    assert segmentation.constant_answers(truth).tolist() == found
    assert found == [[1, 0, 0], pytest.approx([0, 2 / 3, 1])]


def test_the_summary_has_the_best_image_and_the_best_lowest_image_of_any_constant_answer():
    images = np.array([[0.0, 0.1, 1.0], [0.2, 0.6, 0.9]])
    row = summarise_baseline("real", "all_foreground", "dice", Baseline(0.5, images))
    assert (row["mean"], row["lowest_image"], row["highest_image"]) == (0.5, 0.2, 1.0)


def test_where_images_have_no_metric_of_their_own_no_image_is_the_best():
    row = summarise_baseline("real", "majority", "accuracy", Baseline(0.5))
    assert {row["lowest_image"], row["highest_image"]} == {"one value per trial"}


def test_predictions_come_back_from_disk_as_they_were(tmp_path):
    logits = np.arange(12, dtype=np.float32).reshape(1, 4, 3)
    path = tmp_path / "p.safetensors"
    save_predictions(path, logits, ["a", "b", "c", "d"], {"threshold": 0.4}, [TRIAL])
    read = read_predictions(path)
    assert np.array_equal(read.logits, logits)
    assert (read.ids, read.prediction, read.trials) == (list("abcd"), {"threshold": 0.4}, [TRIAL])


def test_the_interval_is_students():
    values = np.array([0.981, 0.986, 0.988])
    expected = stats.t.interval(0.95, 2, values.mean(), stats.sem(values))
    assert t_interval(values) == pytest.approx(expected)


def test_an_interval_does_not_leave_what_a_share_can_be():
    assert t_interval(np.array([0.9, 0.99, 1.0]), share=True).high == 1
    assert t_interval(np.array([0.0, 0.1, 0.9]), share=True).low == 0


def test_one_trial_has_no_interval():
    assert t_interval(np.array([0.98])) is None


def summary(accuracies, statuses, validation=(0.9,), weights_of=""):
    trials = [{**TRIAL, "trial": n, "status": s} for n, s in enumerate(statuses)]
    truth = np.zeros(10, dtype=int)
    logits = np.zeros((len(accuracies), 10, 2))
    for trial, share in enumerate(accuracies):
        logits[trial, round(share * 10) :, 1] = 1
    evaluated = classification.evaluate(classifier(logits, trials), truth, ["a", "b"], truth)
    table = evaluated["accuracy"].assign(data="real")
    variant = {
        "name": "sgd",
        "same_as": "",
        "weights_of": weights_of,
        "epochs": "40",
        "reported": {"accuracy": ["98.78 %", 0.9878]},
        "reported_on": {},
    }
    return summarise(variant, table, "accuracy", pd.Series(validation, dtype=float))


def test_the_summary_counts_every_trial_whatever_came_of_it():
    row = summary([1.0, 0.9, 0.2], ["ok", "ok", "collapsed"])
    assert row["mean"] == pytest.approx(0.7)
    assert row["min"] == pytest.approx(0.2)
    assert row["status"] == "1 collapsed, 2 ok"


def test_what_one_trial_cannot_give_is_written_as_its_reason():
    row = summary([0.9], ["ok"])
    assert {row[key] for key in ("sd", "low", "high")} == {"one trial"}


THREE = [[[9, 0, 0], [0, 9, 0], [0, 9, 0], [0, 0, 9]]]  # says 0, 1, 1, 2


def test_accuracy_of_a_class_counts_its_own_images():
    table = tables(THREE, [0, 1, 2, 2])["per_class"]
    assert table["class"].tolist() == ["class 0", "class 1", "class 2"]
    assert table["n"].tolist() == [1, 1, 2]
    assert table["accuracy"].tolist() == [1, 1, 0.5]


def test_a_class_without_images_has_a_reason_for_its_accuracy():
    assert tables(THREE, [0, 1, 1, 0])["per_class"]["accuracy"].tolist()[2] == "no image"


def test_the_confusion_counts_every_pair_of_classes():
    table = tables(THREE, [0, 1, 2, 2])["confusion"]
    counted = table[table["count"] > 0][["true", "predicted", "count"]].to_numpy().tolist()
    expected = [("0", "0"), ("1", "1"), ("2", "1"), ("2", "2")]
    assert counted == [[f"class {true}", f"class {said}", 1] for true, said in expected]
    assert len(table) == 9


def test_without_finite_logits_classes_are_guessed_in_turn():
    table = accuracy(np.full((1, 16, 4), np.nan), np.repeat(range(4), 4))
    assert table["accuracy"].tolist() == [0.25]


def test_without_finite_logits_pixels_are_guessed_in_turn():
    logits = np.full((1, 1, 1, 8, 8), np.inf) * np.array([1, -1] * 4)
    assert segmenter(logits).classes(0).mean() == 0.5


def test_finite_logits_beside_lost_ones_keep_their_classes():
    predictions = classifier([[[0, 5], [np.nan, 0], [0, 5]]])
    assert predictions.classes(0).tolist() == [1, 1, 1]
    assert classifier([[[5, 0], [np.nan, 0], [5, 0]]]).classes(0).tolist() == [0, 1, 0]


def test_a_variant_with_the_networks_of_another_has_no_value_of_their_validation():
    assert summary([0.9], ["ok"], weights_of="e/a")["validation"] == "another prediction"


def test_a_variant_that_trained_on_the_validation_images_has_no_value_there():
    assert summary([0.9], ["ok"], validation=())["validation"] == "no validation images"
