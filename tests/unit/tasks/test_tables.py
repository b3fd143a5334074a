"""The tables of segmentation and classification: recounted from the masks and the labels."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from scipy.ndimage import gaussian_filter
from scipy.special import logit
from statsmodels.stats.proportion import proportion_confint

from dlia.evaluation.predictions import Predictions
from dlia.study.part_names import TEST
from dlia.tasks.classification import tables as classification
from dlia.tasks.segmentation import tables as segmentation
from dlia.tasks.segmentation.boundary import boundary_dice, surface_distances
from dlia.tasks.segmentation.dice import soft_dice_pooled
from dlia.tasks.segmentation.mask_shape import checkerboard, spread
from dlia.tasks.segmentation.task import TASK

CLASSES = ["background", "gland"]
IMAGES = 12
TRIALS = [
    {"trial": 0, "seed": 7, "epoch": 3, "status": "ok"},
    {"trial": 1, "seed": 8, "epoch": 5, "status": "collapsed"},
]


def blobs(seed, n=IMAGES, size=24) -> np.ndarray:
    """Draw smooth fields, one an image; what is above 0 is foreground."""
    return gaussian_filter(np.random.default_rng(seed).normal(size=(n, size, size)), (0, 3, 3))


def predictions_of(probabilities, trials=TRIALS) -> Predictions:
    """Give predictions of a single output with these probabilities, (trials, n, H, W)."""
    logits = logit(np.asarray(probabilities, dtype=float)).clip(-30, 30)
    ids = [f"Test/{number}" for number in range(logits.shape[1])]
    return Predictions(logits[:, :, None], ids, {"threshold": 0.5}, trials[: len(logits)])


def evaluate(masks, truth):
    """Evaluate one trial that predicts ``masks`` with certainty, (n, H, W)."""
    found = predictions_of(np.asarray(masks, dtype=float)[None])
    return segmentation.evaluate(found, np.asarray(truth, dtype=int), CLASSES, np.asarray(masks))


@pytest.fixture(scope="module")
def truth() -> np.ndarray:
    return (blobs(0) > 0.02).astype(np.uint8)


@pytest.fixture(scope="module")
def predictions(truth) -> Predictions:
    close = stats.norm.cdf(20 * (blobs(0) - 0.02) + 10 * blobs(1))
    poor = stats.norm.cdf(20 * blobs(2))
    return predictions_of([close, poor])


@pytest.fixture(scope="module")
def known() -> np.ndarray:
    """Give masks of images that are not judged, the first of them without foreground."""
    masks = (blobs(3) > 0.02).astype(np.uint8)
    masks[0] = 0
    return masks


@pytest.fixture(scope="module")
def tables(predictions, truth, known) -> dict[str, pd.DataFrame]:
    return segmentation.evaluate(predictions, truth, CLASSES, known)


@pytest.fixture(scope="module")
def images(tables) -> pd.DataFrame:
    return tables["dice"]


@pytest.fixture(scope="module")
def metrics(tables) -> pd.DataFrame:
    return tables["metrics"].set_index(["trial", "metric"])


@pytest.fixture(scope="module")
def pairs(predictions, truth) -> list[tuple[np.ndarray, np.ndarray]]:
    """Give the predicted and the true mask of every row of ``images``."""
    return [
        (predicted == 1, true == 1)
        for trial in range(2)
        for predicted, true in zip(predictions.classes(trial), truth, strict=True)
    ]


def test_every_image_of_every_trial_has_a_row(images):
    runs = images[["trial", "seed", "epoch", "status"]].drop_duplicates().to_numpy().tolist()
    assert runs == [[0, 7, 3, "ok"], [1, 8, 5, "collapsed"]]
    assert images["image"].tolist() == [f"Test/{number}" for number in range(IMAGES)] * 2


def test_a_row_of_an_image_has_the_metrics_and_the_facts(images):
    facts = ["both_empty", "one_empty", "foreground_predicted", "spread_predicted"]
    first = ["trial", "seed", "epoch", "image", *segmentation.PER_IMAGE]
    last = ["checkerboard_true", "status"]
    assert list(images.columns) == [*first, *facts, "foreground_true", "objects", "spread", *last]


def test_every_metric_of_every_trial_has_a_row(metrics):
    of_trials = (
        "dice_soft_pooled",
        "dice_pooled",
        "worst_missed",
        "worst_inverted",
        "worst_scattered",
        "worst_closer",
        "checkerboard_images",
        "spread_correlation",
    )
    names = [*segmentation.PER_IMAGE, *of_trials]
    assert list(metrics.index) == [(trial, name) for trial in range(2) for name in names]


def test_a_row_of_a_metric_says_how_it_is_distributed(metrics):
    columns = ["n", "mean", "sd", "p10", "p90", "min", "max", "images_low", "images_high", "status"]
    assert list(metrics.columns) == columns


def test_an_image_has_a_checkerboard_where_no_true_mask_has_as_much(metrics, images):
    first = images[images["trial"] == 0]
    share = (first["checkerboard"] > first["checkerboard_true"].max()).mean()
    assert metrics.loc[(0, "checkerboard_images"), "mean"] == share


def test_iou_is_the_intersection_over_the_union(images, pairs):
    expected = [(p & t).sum() / (p | t).sum() for p, t in pairs]
    assert images["iou"].to_numpy() == pytest.approx(expected)


def test_iou_and_dice_say_the_same_of_an_image(images):
    assert images["iou"].to_numpy() == pytest.approx(images["dice"] / (2 - images["dice"]))


def test_pixel_accuracy_counts_pixels_of_either_class(images, pairs):
    expected = [sum(map(np.equal, p.ravel(), t.ravel())) / p.size for p, t in pairs]
    assert images["pixel_accuracy"].to_numpy() == pytest.approx(expected)


def test_boundary_and_surface_are_those_of_the_image(images, pairs):
    columns = ["boundary_dice_1", "boundary_dice_2", "boundary_dice_3", "assd", "hd95"]
    expected = [[*boundary_dice(*pair), *surface_distances(*pair)] for pair in pairs]
    assert images[columns].to_numpy() == pytest.approx(np.array(expected))


def test_checkerboard_is_that_of_the_prediction_and_that_of_the_truth(images, pairs):
    expected = [(checkerboard(p), checkerboard(t)) for p, t in pairs]
    found = images[["checkerboard", "checkerboard_true"]].to_numpy()
    assert found == pytest.approx(np.array(expected))


def test_foreground_is_its_share_of_the_pixels(images, pairs):
    expected = [[p.sum() / p.size, t.sum() / t.size] for p, t in pairs]
    shares = images[["foreground_predicted", "foreground_true"]].to_numpy()
    assert shares == pytest.approx(np.array(expected))


HALF = np.repeat([[1, 1, 0, 0, 0, 0, 0, 0]], 8, axis=0)
EMPTY = np.zeros_like(HALF)


@pytest.mark.parametrize(
    ("predicted", "true", "both_empty", "one_empty"),
    [(HALF, HALF, 0, 0), (HALF, EMPTY, 0, 1), (EMPTY, HALF, 0, 1), (EMPTY, EMPTY, 1, 0)],
)
def test_empty_masks_are_marked(predicted, true, both_empty, one_empty):
    row = evaluate([predicted], [true])["dice"].iloc[0]
    assert (row["both_empty"], row["one_empty"]) == (both_empty, one_empty)


def test_two_empty_masks_agree_in_every_metric():
    row = evaluate([EMPTY], [EMPTY])["dice"].iloc[0]
    agreed = [1, 1, 1, 1, 1, 1, 0, 0, 0]
    assert row[list(segmentation.PER_IMAGE)].tolist() == agreed


def test_a_truth_without_a_gland_has_no_spread():
    table = evaluate([HALF, HALF], [EMPTY, HALF])["dice"]
    assert table["objects"].tolist() == [0, 1]
    assert table["spread"].tolist() == ["no object", pytest.approx(spread(HALF == 1))]


def test_quantiles_are_those_over_the_images_of_a_trial(images, metrics):
    for trial, rows in images.groupby("trial"):
        hd95 = np.sort(rows["hd95"])
        # Between the values, linearly: the position of the smallest is 0, of the largest 11.
        assert metrics.loc[(trial, "hd95"), "p10"] == pytest.approx(
            hd95[1] + 0.1 * np.ptp(hd95[1:3])
        )
        assert metrics.loc[(trial, "hd95"), "p90"] == pytest.approx(
            hd95[9] + 0.9 * np.ptp(hd95[9:11])
        )


def test_mean_and_spread_are_those_over_the_images_of_a_trial(images, metrics):
    for trial, rows in images.groupby("trial"):
        iou = rows["iou"].tolist()
        mean = sum(iou) / IMAGES
        sd = (sum((value - mean) ** 2 for value in iou) / (IMAGES - 1)) ** 0.5
        columns = ["n", "mean", "sd", "min", "max"]
        expected = [IMAGES, mean, sd, min(iou), max(iou)]
        assert metrics.loc[(trial, "iou"), columns].tolist() == pytest.approx(expected)


def test_the_interval_over_images_is_about_students(images, metrics):
    for trial, rows in images.groupby("trial"):
        row = metrics.loc[(trial, "dice")]
        half = (row["images_high"] - row["images_low"]) / 2
        assert half == pytest.approx(1.96 * stats.sem(rows["dice"]), rel=0.25)
        assert row["images_low"] < row["mean"] < row["images_high"]


def test_soft_dice_pools_probabilities_in_batches_of_five(predictions, truth, metrics):
    for trial in range(2):
        p, total = predictions.probabilities(trial), 0.0
        for batch in (slice(0, 5), slice(5, 10), slice(10, 12)):
            overlap = 2 * (p[batch] * truth[batch]).sum()
            total += len(p[batch]) * overlap / (p[batch].sum() + truth[batch].sum())
        assert metrics.loc[(trial, "dice_soft_pooled"), "mean"] == pytest.approx(total / IMAGES)


def test_soft_dice_is_that_of_the_module_dice(predictions, truth, metrics):
    expected = [soft_dice_pooled(predictions.probabilities(trial), truth) for trial in range(2)]
    assert metrics.xs("dice_soft_pooled", level="metric")["mean"].tolist() == pytest.approx(
        expected
    )


def test_pooled_dice_takes_all_images_as_one(predictions, truth, metrics):
    for trial in range(2):
        found = predictions.classes(trial) == 1
        expected = 2 * (found & (truth == 1)).sum() / (found.sum() + (truth == 1).sum())
        assert metrics.loc[(trial, "dice_pooled"), "mean"] == pytest.approx(expected)


def test_the_worst_prediction_is_described(metrics, images, pairs, known):
    for trial in range(2):
        rows = images[images["trial"] == trial].reset_index(drop=True)
        found, true = pairs[trial * IMAGES + int(rows["dice"].to_numpy().argmin())]
        missed = (true & ~found).sum() / true.sum()
        assert metrics.loc[(trial, "worst_missed"), "mean"] == pytest.approx(missed)
        inverse = 2 * (true & ~found).sum() / (true.sum() + (~found).sum())
        gain = inverse - rows["dice"].min()
        assert metrics.loc[(trial, "worst_inverted"), "mean"] == pytest.approx(gain)
        wider = spread(found) - spread(true)
        assert metrics.loc[(trial, "worst_scattered"), "mean"] == pytest.approx(wider)
        closer = np.mean([spread(mask == 1) > spread(true) for mask in known[1:]])
        assert metrics.loc[(trial, "worst_closer"), "mean"] == pytest.approx(closer)


def test_without_foreground_nothing_is_spread():
    table = evaluate([EMPTY, HALF], [HALF, HALF])["metrics"].set_index("metric")
    assert table.loc["worst_scattered", "mean"] == "no object"
    table = evaluate([HALF, HALF], [EMPTY, HALF])["metrics"].set_index("metric")
    assert table.loc["worst_closer", "mean"] == "no object"


def test_one_value_for_a_trial_has_no_distribution(metrics):
    row = metrics.loc[(0, "dice_soft_pooled")].drop(["n", "mean", "status"])
    assert set(row) == {"one value per trial"}


def test_the_correlation_is_pearsons_of_the_ranks(images, metrics):
    for trial, rows in images.groupby("trial"):
        ranks = rows[["dice", "spread"]].astype(float).rank().to_numpy()
        expected = np.corrcoef(ranks.T)[0, 1]
        found = metrics.loc[(trial, "spread_correlation"), "mean"]
        assert found == pytest.approx(expected)


def test_every_quantity_of_the_test_images_is_in_the_long_table(metrics):
    known = TASK.quantities.items()
    places = [
        of.column
        for name, of in known
        if TEST in of.parts and of.column[0] and "_class_" not in name  # only of several classes
    ]
    assert len(places) > 10
    assert {metric for metric, _ in places} <= {metric for _, metric in metrics.index}
    assert {column for _, column in places} <= set(metrics.columns)


def test_two_images_are_enough_for_a_correlation():
    table = evaluate([HALF, HALF], [HALF, np.eye(8)])["metrics"].set_index("metric")
    assert abs(table.loc["spread_correlation", "mean"]) == pytest.approx(1)


def test_an_image_without_a_gland_has_no_part_in_the_correlation(
    predictions, truth, known, metrics
):
    emptied = truth.copy()
    emptied[0] = 0
    table = segmentation.evaluate(predictions, emptied, CLASSES, known)["metrics"]
    found = table.loc[table["metric"] == "spread_correlation", "mean"].iloc[0]
    kept = predictions.classes(0)[1:]
    rest = evaluate(kept, truth[1:])["metrics"].set_index("metric")
    assert found == pytest.approx(rest.loc["spread_correlation", "mean"])


def test_a_dice_that_is_the_same_in_all_images_correlates_with_nothing(truth):
    table = evaluate(truth, truth)["metrics"].set_index("metric")
    assert table.loc["spread_correlation", "mean"] == "too few different values"
    assert table.loc["dice", ["images_low", "images_high", "sd"]].tolist() == [1, 1, 0]


def test_one_image_has_no_distribution():
    table = evaluate([HALF], [HALF])["metrics"].set_index("metric")
    row = table.loc["dice", ["n", "mean", "sd", "images_low", "images_high"]]
    assert row.tolist() == [1, 1, "one image", "one image", "one image"]


@pytest.mark.slow
def test_iou_and_dice_equal_those_of_torchmetrics(images, pairs):
    import torch
    from torchmetrics.functional.classification import binary_f1_score, binary_jaccard_index

    tensors = [(torch.from_numpy(p).int(), torch.from_numpy(t).int()) for p, t in pairs]
    iou = [float(binary_jaccard_index(*pair)) for pair in tensors]
    assert images["iou"].to_numpy() == pytest.approx(iou, abs=1e-6)
    assert images["dice"].to_numpy() == pytest.approx(
        [float(binary_f1_score(*pair)) for pair in tensors], abs=1e-6
    )


@pytest.mark.slow
def test_hd95_of_two_pixels_is_the_hausdorff_distance_of_torchmetrics():
    import torch
    from torchmetrics.functional.segmentation import hausdorff_distance

    first, second = np.zeros((2, 1, 20, 20), dtype=int)
    first[0, 3, 4], second[0, 10, 8] = 1, 1
    row = evaluate(first, second)["dice"].iloc[0]
    masks = [torch.from_numpy(mask)[:, None] for mask in (first, second)]
    theirs = hausdorff_distance(*masks, num_classes=1, include_background=True)
    assert row["hd95"] == pytest.approx(float(theirs))


NAMES = ["zero", "one", "two", "three"]


@pytest.fixture(scope="module")
def labels() -> np.ndarray:
    return np.random.default_rng(0).integers(0, 4, 60)


@pytest.fixture(scope="module")
def classifier(labels) -> Predictions:
    rng = np.random.default_rng(1)
    logits = rng.normal(size=(2, 60, 4)).astype(np.float32)
    logits[0, np.arange(60), labels] += 2
    return Predictions(logits, [f"Test/{number}" for number in range(60)], {}, TRIALS)


@pytest.fixture(scope="module")
def classified(classifier, labels) -> dict[str, pd.DataFrame]:
    return classification.evaluate(classifier, labels, NAMES, labels)


def test_wilsons_interval_is_that_of_statsmodels(classified):
    table = classified["accuracy"]
    expected = [proportion_confint(k, 60, method="wilson") for k in table["correct"]]
    assert table[["low", "high"]].to_numpy() == pytest.approx(np.array(expected))


def test_wilsons_interval_of_all_correct_ends_at_1_and_has_a_width():
    certain = Predictions(np.eye(4)[None] * 9, list("abcd"), {}, TRIALS[:1])
    row = classification.evaluate(certain, np.arange(4), NAMES, np.arange(4))["accuracy"].iloc[0]
    z = stats.norm.ppf(0.975)
    assert row[["low", "high"]].tolist() == pytest.approx([4 / (4 + z**2), 1])


def test_mistakes_are_all_images_that_are_not_correct(classified):
    mistakes = classified["mistakes"].groupby("trial").size()
    assert (60 - mistakes).tolist() == classified["accuracy"]["correct"].tolist()


def test_mistakes_are_the_confusion_off_its_diagonal(classified):
    keys = ["trial", "true", "predicted"]
    counts = classified["confusion"]
    wrong = counts[(counts["true"] != counts["predicted"]) & (counts["count"] > 0)]
    expected = wrong.set_index(keys)["count"].to_dict()
    assert classified["mistakes"].groupby(keys).size().to_dict() == expected


def test_a_mistake_names_its_image_and_what_was_said(classified, classifier, labels):
    said = classifier.logits[1].argmax(axis=1)
    expected = [
        [f"Test/{image}", NAMES[label], NAMES[answer]]
        for image, (label, answer) in enumerate(zip(labels, said, strict=True))
        if label != answer
    ]
    table = classified["mistakes"]
    found = table.loc[table["trial"] == 1, ["image", "true", "predicted"]]
    assert found.to_numpy().tolist() == expected


def test_correct_of_the_classes_adds_up_to_that_of_the_trial(classified):
    sums = classified["per_class"].groupby("trial")[["n", "correct"]].sum()
    whole = classified["accuracy"][["n", "correct"]]
    assert sums.to_numpy().tolist() == whole.to_numpy().tolist()


def test_a_network_without_mistakes_has_no_row_among_them():
    certain = Predictions(np.eye(4)[None] * 9, list("abcd"), {}, TRIALS[:1])
    table = classification.evaluate(certain, np.arange(4), NAMES, np.arange(4))["mistakes"]
    assert list(table.columns) == ["trial", "image", "true", "predicted"]
    assert table.empty


@pytest.mark.slow
def test_accuracy_and_confusion_equal_those_of_torchmetrics(classified, classifier, labels):
    import torch
    from torchmetrics.functional.classification import (
        multiclass_accuracy,
        multiclass_confusion_matrix,
    )

    for trial, logits in enumerate(torch.from_numpy(classifier.logits)):
        truth = torch.from_numpy(labels)
        row = classified["accuracy"].iloc[trial]
        accuracy = multiclass_accuracy(logits, truth, num_classes=4, average="micro")
        assert row["accuracy"] == pytest.approx(float(accuracy))
        counts = classified["confusion"].query("trial == @trial")["count"].to_numpy()
        confusion = multiclass_confusion_matrix(logits, truth, num_classes=4)
        assert counts.reshape(4, 4).tolist() == confusion.tolist()
