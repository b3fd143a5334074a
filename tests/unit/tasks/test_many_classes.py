"""Segmentations of three classes with ignored pixels: counted by hand, and by torchmetrics."""

import numpy as np
import pandas as pd
import pytest
import torch
from drawings import crowded, texts
from scipy.ndimage import gaussian_filter
from scipy.special import softmax

from dlia.data.arrays import Arrays
from dlia.data.class_shares import IGNORED
from dlia.evaluation.predictions import Predictions
from dlia.figures import samples
from dlia.figures.class_colours import IGNORED_COLOUR, foreground_colours, rgb
from dlia.tasks.segmentation import boundary_figure, segmentations, tables
from dlia.tasks.segmentation.boundary import boundary_dice, surface_distances
from dlia.tasks.segmentation.curves import CURVES
from dlia.tasks.segmentation.dice import soft_dice_pooled

NAMES = ["background", "cytoplasm", "nucleus"]
IMAGES = 12
TRIALS = [
    {"trial": 0, "seed": 7, "epoch": 3, "status": "ok"},
    {"trial": 1, "seed": 8, "epoch": 5, "status": "ok"},
]


def masks_of(seed: int) -> np.ndarray:
    """Draw smooth masks of three classes; the first lacks class 2, the second all foreground."""
    fields = gaussian_filter(np.random.default_rng(seed).normal(size=(IMAGES, 20, 24)), (0, 3, 3))
    masks = np.digitize(fields, [0.01, 0.07])
    masks[0] = np.minimum(masks[0], 1)
    masks[1] = 0
    return masks


@pytest.fixture(scope="module")
def truth() -> np.ndarray:
    masks = masks_of(0)
    masks[np.random.default_rng(5).random(masks.shape) < 0.1] = IGNORED
    masks[2, :6] = IGNORED
    return masks


@pytest.fixture(scope="module")
def predictions(truth) -> Predictions:
    rng = np.random.default_rng(1)
    logits = rng.normal(size=(2, IMAGES, 3, 20, 24)).astype(np.float32)
    near = np.eye(3)[masks_of(0)].transpose(0, 3, 1, 2)
    logits += np.stack([2 * near, 0.5 * near]).astype(np.float32)
    logits[0, 1] = np.array([9, 0, 0])[:, None, None]  # no foreground, as in the truth
    ids = [f"Test/{number}" for number in range(IMAGES)]
    return Predictions(logits, ids, {"threshold": None}, TRIALS)


@pytest.fixture(scope="module")
def found(predictions, truth) -> dict[str, pd.DataFrame]:
    return tables.evaluate(predictions, truth, NAMES, truth)


def counted(predicted, true, number):
    """Count the overlap and both areas of a class, pixel by pixel."""
    pairs = [(p, t) for p, t in zip(predicted.ravel(), true.ravel(), strict=True) if t != IGNORED]
    overlap = sum(p == number and t == number for p, t in pairs)
    return overlap, sum(p == number for p, _ in pairs), sum(t == number for _, t in pairs)


def mean_of_classes(predicted, true, measure):
    values = [
        measure(*areas)
        for areas in (counted(predicted, true, number) for number in (1, 2))
        if areas[1] + areas[2]
    ]
    return sum(values) / len(values) if values else 1


def dice_of(overlap, first, second):
    return 2 * overlap / (first + second)


def iou_of(overlap, first, second):
    return overlap / (first + second - overlap)


def pairs_of(predictions, truth):
    return [
        (predicted, true)
        for trial in range(2)
        for predicted, true in zip(predictions.classes(trial), truth, strict=True)
    ]


def test_the_most_probable_class_is_predicted(predictions):
    assert np.array_equal(predictions.classes(0), predictions.logits[0].argmax(axis=1))


def test_probabilities_are_those_of_every_class(predictions):
    expected = softmax(predictions.logits[0].astype(np.float64), axis=1)
    assert predictions.probabilities(0) == pytest.approx(expected)


def test_without_a_threshold_the_more_probable_of_two_classes_is_predicted():
    logits = np.array([[[[[0.0, 3.0]], [[1.0, 0.0]]]]])
    assert Predictions(logits, ["a"], {"threshold": None}, TRIALS[:1]).classes(0).tolist() == [
        [[1, 0]]
    ]


def test_a_single_output_needs_a_threshold():
    single = Predictions(np.zeros((1, 1, 1, 2, 2)), ["a"], {"threshold": None}, TRIALS[:1])
    with pytest.raises(ValueError, match="threshold"):
        single.classes(0)


def test_pixels_without_a_finite_logit_take_the_classes_in_turn():
    lost = Predictions(np.full((1, 1, 3, 3, 3), np.nan), ["a"], {}, TRIALS[:1])
    lost.prediction["threshold"] = None
    assert np.bincount(lost.classes(0).ravel()).tolist() == [3, 3, 3]


def test_dice_and_iou_are_means_over_the_classes_of_an_image(found, predictions, truth):
    pairs = pairs_of(predictions, truth)
    for column, measure in (("dice", dice_of), ("iou", iou_of)):
        expected = [mean_of_classes(*pair, measure) for pair in pairs]
        assert found["dice"][column].to_numpy() == pytest.approx(expected)


def test_every_foreground_class_has_its_column(found, predictions, truth):
    for number, name in ((1, "dice_cytoplasm"), (2, "dice_nucleus")):
        expected = [
            dice_of(*areas) if areas[1] + areas[2] else tables.IN_NEITHER
            for areas in (counted(*pair, number) for pair in pairs_of(predictions, truth))
        ]
        assert list(found["dice"][name]) == [
            pytest.approx(value) if isinstance(value, float) else value for value in expected
        ]
    assert found["dice"]["dice_nucleus"][1] == tables.IN_NEITHER


def test_every_foreground_class_has_its_mean_over_the_images_that_have_it(found):
    table = found["metrics"]
    for number, name in ((1, "dice_cytoplasm"), (2, "dice_nucleus")):
        rows = table[table["metric"] == f"dice_class_{number}"]
        for place, (_, images) in enumerate(found["dice"].groupby("trial")):
            known = pd.to_numeric(images[name], errors="coerce").dropna()
            assert rows[["n", "mean", "min"]].iloc[place].tolist() == [
                len(known), pytest.approx(known.mean()), known.min(),
            ]  # fmt: skip
    assert "dice_class_3" not in set(table["metric"])


def test_a_constant_answer_has_the_dice_of_its_class(truth):
    expected = [
        np.mean([dice_of(hits, known, true) for hits, known, true in areas])
        for number in (1, 2)
        for areas in [[counted(np.full_like(mask, number), mask, number) for mask in truth]]
    ]
    assert tables.constant_classes(truth, 3) == pytest.approx(expected)
    assert tables.constant_classes(np.minimum(truth, 1), 2) == ()


def test_two_classes_have_no_columns_of_classes(predictions, truth):
    two = Predictions(predictions.logits[:, :, :2], predictions.ids, {"threshold": 0.5}, TRIALS)
    masks = np.minimum(truth, 1)
    columns = tables.evaluate(two, masks, NAMES[:2], masks)["dice"].columns
    assert [name for name in columns if name.startswith("dice")] == ["dice"]


def test_pixel_accuracy_is_about_known_pixels(found, predictions, truth):
    expected = [(p == t)[t != IGNORED].mean() for p, t in pairs_of(predictions, truth)]
    assert found["dice"]["pixel_accuracy"].to_numpy() == pytest.approx(expected)


def test_boundary_and_surface_are_those_of_any_foreground(found, predictions, truth):
    columns = ["boundary_dice_1", "boundary_dice_2", "boundary_dice_3", "assd", "hd95"]
    expected = []
    for predicted, true in pairs_of(predictions, truth):
        known = true != IGNORED
        pair = (predicted > 0) & known, (true > 0) & known
        expected.append([*boundary_dice(*pair), *surface_distances(*pair)])
    assert found["dice"][columns].to_numpy() == pytest.approx(np.array(expected))


def test_soft_dice_pools_all_foreground_classes(predictions, truth):
    probabilities, total = predictions.probabilities(0), 0.0
    known = truth != IGNORED
    for batch in (slice(0, 5), slice(5, 10), slice(10, 12)):
        overlap = areas = 0.0
        for number in (1, 2):
            p = probabilities[batch, number] * known[batch]
            t = truth[batch] == number
            overlap, areas = overlap + (p * t).sum(), areas + p.sum() + t.sum()
        total += len(truth[batch]) * 2 * overlap / areas
    assert soft_dice_pooled(probabilities, truth) == pytest.approx(total / IMAGES)


def test_curves_and_tables_measure_the_same(found, predictions, truth):
    curves = CURVES.metrics(torch.from_numpy(predictions.logits[0]), torch.from_numpy(truth))
    rows = found["metrics"].query("trial == 0").set_index("metric")["mean"]
    assert curves["dice"] == pytest.approx(rows["dice"], abs=1e-6)
    assert curves["dice_soft_pooled"] == pytest.approx(rows["dice_soft_pooled"], abs=1e-5)


def test_an_image_of_ignored_pixels_alone_has_nothing_wrong(predictions, truth):
    blank = truth.copy()
    blank[3] = IGNORED
    row = tables.evaluate(predictions, blank, NAMES, truth)["dice"].iloc[3]
    assert row[["dice", "iou", "pixel_accuracy"]].tolist() == [1, 1, 1]
    assert row["foreground_predicted"] == 0


@pytest.mark.slow
def test_dice_of_a_class_equals_that_of_torchmetrics(found, predictions, truth):
    from torchmetrics.functional.classification import multiclass_f1_score, multiclass_jaccard_index

    options = {"num_classes": 3, "average": "none", "ignore_index": IGNORED}
    for row, (predicted, true) in enumerate(pairs_of(predictions, truth)):
        pair = torch.from_numpy(predicted), torch.from_numpy(true)
        theirs = multiclass_f1_score(*pair, **options)
        ious, present = multiclass_jaccard_index(*pair, **options), []
        for number, name in ((1, "dice_cytoplasm"), (2, "dice_nucleus")):
            own = found["dice"][name][row]
            if own != tables.IN_NEITHER:
                assert own == pytest.approx(float(theirs[number]), abs=1e-6)
                present.append(float(ious[number]))
        expected = np.mean(present) if present else 1
        assert found["dice"]["iou"][row] == pytest.approx(expected, abs=1e-6)


def test_the_baseline_is_the_best_single_class_on_the_known_masks(truth):
    known, judged = truth[:6], truth[6:]

    def constant(number, masks):
        return np.mean([mean_of_classes(np.full_like(m, number), m, dice_of) for m in masks])

    best = max((1, 2), key=lambda number: constant(number, known))
    assert tables.reference(known, judged) == pytest.approx(constant(best, judged))


def test_constant_answers_are_those_of_every_class(truth):
    found = tables.constant_answers(truth)
    for number, row in zip((0, 1, 2), found, strict=True):
        wanted = [mean_of_classes(np.full_like(m, number), m, dice_of) for m in truth]
        assert row == pytest.approx(wanted)


def test_the_baseline_is_not_chosen_on_what_is_judged():
    known, judged = np.full((1, 2, 2), 1), np.full((1, 2, 2), 2)
    known[0, 0, 0] = 2
    assert tables.reference(known, judged) == 0


@pytest.mark.parametrize(("other", "collapsed"), [(0, False), (1, True), (2, False)])
def test_one_class_on_all_known_pixels_is_collapsed(other, collapsed):
    targets = torch.tensor([[[0, 2, IGNORED]]])
    said = torch.tensor([[[1, other, 2]]])
    logits = torch.nn.functional.one_hot(said, 3).movedim(-1, 1).float()
    assert CURVES.is_collapsed(logits, targets) is collapsed


def arrays_of(truth, part) -> Arrays:
    images = np.random.default_rng(2).integers(0, 256, (*truth.shape, 3), dtype=np.uint8)
    return Arrays(images, truth.astype(np.uint8), pd.DataFrame({"part": [part] * len(truth)}))


def test_masks_have_a_colour_for_every_class_and_grey_for_ignored_pixels():
    mask = np.array([[0, 1, 2, IGNORED]])
    expected = [(0, 0, 0), *map(rgb, foreground_colours(2)), rgb(IGNORED_COLOUR)]
    assert segmentations.class_map(mask, 3).tolist() == [[list(colour) for colour in expected]]


def test_masks_of_two_classes_are_black_and_white():
    assert segmentations.class_map(np.array([[0, 1]]), 2).tolist() == [[[0] * 3, [255] * 3]]


def test_the_map_of_errors_tells_a_wrong_class_from_a_missed_one():
    true, predicted = np.array([[1, 2, 2, IGNORED]]), np.array([[2, 0, 2, 1]])
    colours = segmentations.error_map(true, predicted)[0].tolist()
    named = (segmentations.CONFUSED_COLOUR, segmentations.ERRORS["missed"], "#FFFFFF")
    assert colours == [list(rgb(colour)) for colour in (*named, IGNORED_COLOUR)]


@pytest.mark.parametrize("count", [1, 4, 5, 30])
def test_every_class_has_a_colour_of_its_own(count):
    colours = foreground_colours(count)
    assert len(set(colours)) == count
    assert not {segmentations.CONFUSED_COLOUR, *segmentations.ERRORS.values()} & set(colours)


def test_segmentations_name_classes_errors_and_ignored_pixels(predictions, truth):
    figure = segmentations.picture(predictions, 0, arrays_of(truth, "test"), NAMES)
    errors = {*segmentations.ERRORS} - {"correct background"}
    for word in (*NAMES, *errors, segmentations.CONFUSED, "ignored", "object"):
        assert word in texts(figure)


def test_no_colour_of_a_legend_means_two_things(predictions, truth):
    figure = segmentations.picture(predictions, 0, arrays_of(truth, "test"), NAMES)
    [legend] = figure.legends
    colours = [patch.get_facecolor() for patch in legend.get_patches()]
    assert len(colours) == len(set(colours))
    assert crowded(figure) == []


def test_samples_name_the_classes(truth):
    figure = samples.picture(arrays_of(truth, "train"), NAMES)
    assert texts(figure).splitlines()[-3:] == ["cytoplasm", "nucleus", "ignored"]
    assert crowded(figure) == []


@pytest.mark.parametrize("count", [3, 10, pytest.param(43, marks=pytest.mark.slow)])
def test_samples_of_classes_are_read_in_the_size_in_which_they_are_printed(count):
    images = np.zeros((count * 12, 8, 8, 1), dtype=np.uint8)
    labels = np.repeat(np.arange(count, dtype=np.uint8), 12)
    arrays = Arrays(images, labels, pd.DataFrame({"part": ["train"] * len(labels)}))
    names = [f"class {number}" for number in range(count)]
    figure = samples.picture(arrays, names)
    assert [text.get_text() for text in figure.texts] == names
    assert figure.get_size_inches()[1] < 5
    assert len({axes.get_position().x0 for axes in figure.axes}) >= 4


def test_boundaries_are_those_of_all_foreground_together(found, predictions, truth):
    both = (predictions, predictions)
    results = pd.concat([found["dice"].assign(variant=name) for name in ("a", "b")])
    figure = boundary_figure.picture(("a", "b"), both, results, arrays_of(truth, "test"))
    assert "all foreground classes together" in texts(figure).replace("\n", " ")


def test_ignored_pixels_have_no_part_in_the_rates_of_errors():
    targets = np.zeros((1, 8, 8), dtype=np.int64)
    targets[0, :, 4:] = 2
    targets[0, :, 3] = IGNORED
    logits = np.zeros((1, 1, 3, 8, 8), dtype=np.float32)
    logits[0, 0, 1, :, 3:] = 1  # class 1 is foreground, too, and so is the ignored column
    said = Predictions(logits, ["a"], {"threshold": None}, TRIALS[:1])
    rates = boundary_figure.error_rates(said, targets, [0])
    assert np.nansum(rates) == 0


def test_two_classes_of_pixels_need_no_threshold():
    """Settings that are unset are missing from the ``prediction`` block."""
    logits = np.array([[[[[2.0, 0.0]], [[1.0, 3.0]]]]], dtype=np.float32)
    assert Predictions(logits, ["a"], {}, TRIALS[:1]).classes(0).tolist() == [[[0, 1]]]
