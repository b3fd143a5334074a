"""Predicted boxes, compared with pycocotools, with torchvision and by hand."""

import contextlib
import io

import numpy as np
import pytest
import torch
from torchvision.ops import box_iou

from dlia.data.arrays import Arrays
from dlia.data.boxes import NO_BOX
from dlia.evaluation.predictions import Predictions, read_predictions, save_predictions
from dlia.tasks import picture_of
from dlia.tasks.detection.matching import SURE, confusion_counts, matched, overlaps

CLASSES = ["cat", "dog", "fox"]


def drawn(images: int = 12, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """True boxes, and predicted ones that are near them, of another class, or nowhere."""
    generator = np.random.default_rng(seed)
    corner = generator.uniform(0, 60, (images, 4, 2))
    sides = generator.uniform(8, 40, (images, 4, 2))
    labels = generator.integers(0, 2, (images, 4, 1))
    labels[generator.random((images, 4, 1)) < 0.3] = NO_BOX
    truth = np.concatenate([corner, corner + sides, labels], axis=2).astype(np.float32)
    moved = truth[..., :4] + generator.normal(0, 3, (images, 4, 4))
    moved[..., 2:] = np.maximum(moved[..., 2:], moved[..., :2] + 1)
    of_class = np.where(generator.random((images, 4, 1)) < 0.2, 1 - truth[..., 4:], truth[..., 4:])
    near = np.concatenate([moved, generator.random((images, 4, 1)), of_class], axis=2)
    wild = np.concatenate(
        [corner[:, ::-1], corner[:, ::-1] + 20, generator.random((images, 4, 1)), labels], axis=2
    )
    found = np.concatenate([near, wild], axis=1)
    found[found[..., 5] < 0, 5] = NO_BOX
    order = np.argsort(-found[..., 4], axis=1)
    return np.take_along_axis(found, order[..., None], 1).astype(np.float32), truth


def by_pycocotools(found: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """Precision (10 IoUs, 101 recalls, classes) of boxes of all sizes."""
    coco = pytest.importorskip("pycocotools.coco")
    cocoeval = pytest.importorskip("pycocotools.cocoeval")

    def boxes(image: int, places: np.ndarray) -> list[dict[str, object]]:
        return [
            {
                "image_id": image,
                "category_id": int(row[-1]) + 1,
                "bbox": [*row[:2].tolist(), *(row[2:4] - row[:2]).tolist()],
                "area": float((row[2:4] - row[:2]).prod()),
                "iscrowd": 0,
                **({"score": float(row[4])} if len(row) == 6 else {}),
            }
            for row in places
            if row[-1] >= 0
        ]

    with contextlib.redirect_stdout(io.StringIO()):
        true = coco.COCO()
        annotations = [each for image, places in enumerate(truth) for each in boxes(image, places)]
        true.dataset = {
            "images": [{"id": image} for image in range(len(truth))],
            "annotations": [{**each, "id": n} for n, each in enumerate(annotations, start=1)],
            "categories": [{"id": n + 1} for n in range(len(CLASSES))],
        }
        true.createIndex()
        own = [each for image, places in enumerate(found) for each in boxes(image, places)]
        judged = cocoeval.COCOeval(true, true.loadRes(own), "bbox")
        judged.evaluate()
        judged.accumulate()
    return np.asarray(judged.eval["precision"][..., 0, -1])


def test_average_precision_equals_that_of_pycocotools():
    pytest.importorskip("faster_coco_eval")
    from dlia.tasks.detection.average_precision import average_precision

    found, truth = drawn()
    measured = average_precision(found, truth, len(CLASSES))
    precision = by_pycocotools(found, truth)
    by_hand = precision.mean(axis=1)
    assert np.isnan(measured.ap50[2])  # the last class has no true box
    assert measured.ap50[:2] == pytest.approx(by_hand[0, :2], abs=1e-6)
    assert measured.ap75[:2] == pytest.approx(by_hand[5, :2], abs=1e-6)
    assert measured.ap[:2] == pytest.approx(by_hand[:, :2].mean(axis=0), abs=1e-6)
    assert measured.precision[:, :2] == pytest.approx(precision[0, :, :2], abs=1e-6)
    assert 0.2 < measured.ap50[0] < 1


def test_without_classes_boxes_stay_where_they_are_and_empty_places_stay_empty():
    from dlia.tasks.detection.average_precision import agnostic

    found, _ = drawn()
    found[0, -1, -1] = -1
    same = agnostic(found)
    assert (same[..., :-1] == found[..., :-1]).all()
    assert (same[..., -1] == np.where(found[..., -1] < 0, -1, 0)).all()


def test_overlaps_equal_those_of_torchvision():
    found, truth = drawn()
    first, second = found[0, :, :4], truth[0, :, :4]
    expected = box_iou(torch.from_numpy(first), torch.from_numpy(second)).numpy()
    assert overlaps(first, second) == pytest.approx(expected, abs=1e-6)


TRUE = np.array([[0, 0, 10, 10, 0], [20, 0, 30, 10, 1]], np.float32)


def test_a_true_box_has_one_match_and_that_of_the_highest_score():
    found = np.array([[0, 0, 10, 9, 0.9, 0], [0, 0, 10, 10, 0.8, 0]], np.float32)
    pairs = matched(found, TRUE, same_class=True)
    assert (pairs.found.tolist(), pairs.true.tolist()) == ([0], [0])
    assert pairs.iou == pytest.approx([0.9])


def test_a_box_of_another_class_matches_only_where_classes_do_not_matter():
    found = np.array([[0, 0, 10, 10, 0.9, 1]], np.float32)
    assert len(matched(found, TRUE, same_class=True).iou) == 0
    assert len(matched(found, TRUE, same_class=False).iou) == 1


def test_confusion_has_what_was_missed_and_what_is_not_there():
    found = np.array([[[0, 0, 10, 10, 0.9, 1], [50, 50, 60, 60, 0.5, 2], [20, 0, 30, 10, 0.1, 1]]])
    counts = confusion_counts(found, TRUE[None], 3)
    # The cat is called a dog, the dog is missed as its score is low, and a fox is nowhere.
    assert counts.tolist() == [[0, 1, 0, 0], [0, 0, 0, 1], [0, 0, 0, 0], [0, 0, 1, 0]]


@pytest.fixture
def predictions(tmp_path):
    found, _ = drawn()
    places = np.stack([found, found[::-1]])
    # Empty places come last, as a detector leaves them.
    order = np.argsort(places[..., 5] < 0, axis=2, kind="stable")
    places = np.take_along_axis(places, order[..., None], axis=2)
    trials = [{"trial": n, "seed": 1, "epoch": 3, "status": "ok"} for n in range(2)]
    ids = [f"Test/{n}" for n in range(len(found))]
    save_predictions(tmp_path / "p.safetensors", places, ids, {}, trials)
    return places, read_predictions(tmp_path / "p.safetensors")


def test_boxes_are_the_same_after_they_were_written_as_lists(predictions):
    places, read = predictions
    most = read.logits.shape[2]
    kept = places[..., :most, 5] >= 0
    assert (read.logits[..., 5] >= 0).tolist() == kept.tolist()
    assert (read.logits[kept] == places[..., :most, :][kept]).all()


def test_tables_have_a_row_for_every_class_and_pair(predictions):
    pytest.importorskip("faster_coco_eval")
    from dlia.tasks.detection import tables

    _, truth = drawn()
    found = tables.evaluate(predictions[1], truth, CLASSES, truth)
    assert found["per_class"]["class"].tolist() == CLASSES * 2
    assert found["per_class"].loc[2, "ap50"] == tables.NO_TRUE_BOX
    assert len(found["confusion"]) == 2 * 16
    rows = found["metrics"].set_index(["trial", "metric"])["mean"]
    assert found["ap50"]["ap50"].tolist() == [rows[0, "ap50"], rows[1, "ap50"]]
    assert rows[0, "ap50"] == pytest.approx((rows[0, "ap50_1"] + rows[0, "ap50_2"]) / 2)
    assert rows[0, "agnostic_ap50"] > rows[0, "ap50"] > rows[1, "ap50"]
    assert 0.5 <= rows[0, "iou"] <= 1


def test_the_smallest_share_is_of_the_true_boxes_of_all_images(predictions):
    pytest.importorskip("faster_coco_eval")
    from dlia.tasks.detection import tables

    _, truth = drawn()
    known = np.full((1, 4, 5), NO_BOX, truth.dtype)
    known[0, :3, 4] = [2, 2, 1]
    rows = tables.evaluate(predictions[1], truth, CLASSES, known)["metrics"]
    counts = [sum(int((own[..., 4] == n).sum()) for own in (truth, known)) for n in range(3)]
    shares = rows.loc[rows["metric"] == "smallest_share", "mean"]
    assert shares.tolist() == [2 / sum(counts)] * 2  # there is no third class in the truth


def test_true_boxes_are_matched_or_missed_and_sure_boxes_matched_or_nothing(predictions):
    pytest.importorskip("faster_coco_eval")
    from dlia.tasks.detection import tables

    _, truth = drawn()
    table = tables.evaluate(predictions[1], truth, CLASSES, truth)["metrics"]
    rows = table.set_index(["trial", "metric"])["mean"]
    sure = int((predictions[1].logits[0][..., 4] >= SURE).sum())
    assert rows[0, "matched"] > 0
    assert rows[0, "matched"] + rows[0, "missed"] == (truth[..., 4] >= 0).sum()
    assert rows[0, "matched"] + rows[0, "nothing_there"] == sure


def test_only_equal_boxes_are_the_same_detector(predictions):
    pytest.importorskip("faster_coco_eval")
    from dlia.tasks.detection import tables

    def digests(logits: np.ndarray) -> list[str]:
        own = Predictions(logits, predictions[1].ids, {}, predictions[1].trials)
        return tables.evaluate(own, truth, CLASSES, truth)["metrics"]["digest"].unique().tolist()

    _, truth = drawn()
    read = predictions[1].logits
    moved = read.copy()
    moved[0, 0, 0, 0] += 0.001  # so little that no average precision changes
    assert digests(read) == digests(read.copy())
    assert digests(read)[0] != digests(moved)[0]
    assert digests(read)[1] == digests(moved)[1]
    assert digests(np.full_like(read, NO_BOX)) == [""]  # what finds nothing may be anything


def test_the_average_box_is_right_where_all_boxes_are_alike():
    pytest.importorskip("faster_coco_eval")
    from dlia.tasks.detection.tables import reference

    alike = np.repeat(TRUE[None, :1], 5, axis=0)
    apart = alike + np.array([100, 100, 100, 100, 0], np.float32)
    assert reference(alike, alike) == pytest.approx(1)
    assert reference(apart, alike) == 0


@pytest.mark.parametrize("figure", ["detections", "precision", "confusion"])
def test_figures_are_drawn_of_predictions_and_of_none(predictions, figure, tmp_path):
    if figure != "detections":
        pytest.importorskip("faster_coco_eval")
    import pandas as pd

    from dlia.figures import style

    _, truth = drawn()
    images = np.zeros((len(truth), 100, 100, 3), np.uint8)
    arrays = Arrays(images, truth, pd.DataFrame({"part": ["test"] * len(truth)}))
    nothing = np.full((1, len(truth), 1, 6), -1.0, np.float32)
    for logits in (predictions[1].logits, nothing):
        own = Predictions(logits, predictions[1].ids, {}, predictions[1].trials)
        drawn_figure = picture_of("detection", figure)(own, 0, arrays, CLASSES)
        style.save(drawn_figure, tmp_path / "f.svg", tmp_path / "f.pdf")
        assert (tmp_path / "f.svg").stat().st_size > 2000
