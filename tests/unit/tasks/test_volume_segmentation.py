"""Segmentation of volumes: what is predicted, stored and measured of them."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from own_studies import own_study
from scipy.ndimage import binary_erosion, distance_transform_edt
from scipy.spatial.distance import directed_hausdorff
from sklearn.metrics import accuracy_score, confusion_matrix, f1_score, recall_score
from torch import nn
from trainings import block

from dlia.data.arrays import Arrays
from dlia.data.class_shares import IGNORED
from dlia.evaluation.classes import NO_CURVES, results_of_class
from dlia.evaluation.predictions import read_any_predictions
from dlia.evaluation.summary import evaluate_exercise, summarise_class
from dlia.models import build
from dlia.models.store import Description, save_models
from dlia.study.document import Document
from dlia.study.settings import Input, Settings
from dlia.study.variant_facts import VariantFacts
from dlia.tasks import tables_of
from dlia.tasks.volume_segmentation import describe, patches, slices
from dlia.tasks.volume_segmentation.confusion import picture as confusion_picture
from dlia.tasks.volume_segmentation.curves import is_collapsed, metrics
from dlia.tasks.volume_segmentation.distances import hausdorff
from dlia.tasks.volume_segmentation.predict import predict_volumes
from dlia.tasks.volume_segmentation.tables import ABSENT, VolumeEvaluator, evaluate
from dlia.tasks.volume_segmentation.task import TASK

CLASSES = ["fluid", "grey", "white"]
VOLUMES = {"train/A": 3, "train/B": 2, "validation/C": 3, "test/D": 3, "test/E": 2}
SIZE = (20, 12)
MODEL = {
    "name": "segnet", "channels": [4, 4], "convolutions": [1, 1], "pooled_levels": [1],
}  # fmt: skip
RULE = {"patch": 4, "stride": 1, "minimum": [1, 1, 0], "no_background": True}


@pytest.fixture(scope="module")
def inputs(tmp_path_factory) -> dict[str, str]:
    """Small volumes with a dark edge, of which some voxels have a class and others have none."""
    folder, random = tmp_path_factory.mktemp("volumes"), np.random.default_rng(1)
    ids = [f"{name}/{n:03d}" for name, count in sorted(VOLUMES.items()) for n in range(count)]
    images = random.integers(1, 200, (len(ids), *SIZE)).astype(np.int16)
    images[:, :4] = 0
    masks = random.integers(0, 3, images.shape).astype(np.uint8)
    masks[:, :3] = IGNORED  # a labelled row lies where the image is 0
    masks[:, :, 10:] = IGNORED
    split = pd.DataFrame({"id": ids, "part": [i.split("/")[0] for i in ids], "fold": -1})
    split["voxel_mm"] = "1.5x1x2"
    np.save(folder / "images.npy", images)
    np.save(folder / "masks.npy", masks)
    split.to_csv(folder / "split.csv", index=False)
    names = {"images": "images.npy", "targets": "masks.npy", "split": "split.csv"}
    return {key: str(folder / name) for key, name in names.items()}


@pytest.fixture(scope="module")
def arrays(inputs) -> Arrays:
    return Arrays.open(inputs["images"], inputs["targets"], inputs["split"])


@pytest.fixture(scope="module")
def network() -> nn.Module:
    torch.manual_seed(0)
    return build(block("model", **MODEL), (1, 4, 4), 3).eval()


@pytest.fixture(scope="module")
def written(inputs, network, tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("predicted")
    trial = {"trial": 0, "seed": 1, "epoch": 2, "status": "ok"}
    description = Description(block("model", **MODEL), 255, (1, 4, 4), 3, [trial])
    save_models(folder / "model.safetensors", [network.state_dict()], description)
    path = folder / "predictions.safetensors"
    own = {"scaled": {"scaling": {"name": "percentile"}}, "sampling": RULE, "classes": 3}
    shown = {"views": "none"}
    predict_volumes(str(folder / "model.safetensors"), inputs, shown, "cpu", str(path), **own)
    return path


@pytest.fixture(scope="module")
def found(written):
    return read_any_predictions(written)


def by_hand(arrays, network, rows) -> np.ndarray:
    """Predict a volume patch by patch, without anything that saves time."""
    images = np.asarray(arrays.images[rows]).astype(np.float32)
    scaled = images / np.float32(np.percentile(images[images > 0], 99))
    result = np.zeros(images.shape, np.uint8)
    for number, top, left in np.ndindex(len(rows), SIZE[0] // 4, SIZE[1] // 4):
        where = (number, slice(4 * top, 4 * top + 4), slice(4 * left, 4 * left + 4))
        with torch.no_grad():
            logits = network(torch.from_numpy(scaled[where])[None, None])
        result[where] = logits[0].argmax(0).numpy()
    return result


def test_a_volume_is_predicted_patch_by_patch(found, arrays, network):
    place = [volume.name for volume in found.volumes].index("D")
    rows = arrays.volumes(arrays.rows("test"))["test/D"]
    images = np.asarray(arrays.images[rows])
    stored = found.of_volume(0, place, images)
    assert (stored[images > 0] == by_hand(arrays, network, rows)[images > 0]).all()
    assert (stored[images <= 0] == IGNORED).all()


def test_every_voxel_is_counted_once(found, arrays):
    assert found.slices.sum() == arrays.images.size


def test_distances_are_measured_in_volumes_that_nothing_was_trained_on(found):
    measured = {v.name for v, own in zip(found.volumes, found.distances[0], strict=True)
                if np.isfinite(own).any()}  # fmt: skip
    assert measured == {"C", "D", "E"}


@pytest.mark.parametrize("name", ["C", "D"])
def test_dice_and_recall_of_a_volume_are_those_of_scikit_learn(
    written, found, arrays, network, name
):
    table = VolumeEvaluator().tables(written, CLASSES)["per_class"]
    volume = next(volume for volume in found.volumes if volume.name == name)
    rows = arrays.volumes(np.arange(len(arrays.split)))[f"{volume.part}/{name}"]
    truth, predicted = np.asarray(arrays.targets[rows]), by_hand(arrays, network, rows)
    inside = np.asarray(arrays.images[rows]) > 0
    known = truth != IGNORED
    own = table[(table["unit"] == "volume") & (table["image"] == name)]
    labelled = own[own["scope"] == "labelled"]
    pairs = truth[known], predicted[known]
    assert labelled["dice"].to_numpy(float) == pytest.approx(f1_score(*pairs, average=None))
    assert labelled["recall"].to_numpy(float) == pytest.approx(recall_score(*pairs, average=None))
    for scope, seen in (("brain", inside), ("whole", np.ones_like(inside))):
        # What is not predicted is of none of the classes.
        shown = np.where(seen, predicted, 9).ravel()
        wanted = f1_score(truth.ravel(), shown, average=None, labels=range(3))
        assert own[own["scope"] == scope]["dice"].to_numpy(float) == pytest.approx(wanted)


@pytest.mark.parametrize(
    ("unit", "image"),
    [("volume", "D"), ("slice", "C/001"), ("part", "validation"), ("part", "test")],
)
def test_pairs_of_classes_and_their_accuracy_are_those_of_scikit_learn(
    written, arrays, network, unit, image
):
    tables = VolumeEvaluator().tables(written, CLASSES)
    ids = arrays.split["id"].astype(str)
    rows = np.flatnonzero((arrays.split["part"] == image) | ids.str.contains(f"/{image}(?:/|$)"))
    volumes = [own for own in arrays.volumes(np.arange(len(ids))).values() if {*own} & {*rows}]
    shown = {
        row: mask
        for own in volumes
        for row, mask in zip(own, by_hand(arrays, network, own), strict=True)
    }
    truth = np.asarray(arrays.targets[rows])
    known = truth != IGNORED
    pairs = truth[known], np.stack([shown[row] for row in rows])[known]
    counted, classes = (
        tables[name][(tables[name]["unit"] == unit) & (tables[name]["image"] == image)]
        for name in ("confusion", "per_class")
    )
    assert counted["count"].tolist() == confusion_matrix(*pairs).ravel().tolist()
    assert counted["true"].tolist() == np.repeat(CLASSES, 3).tolist()
    accuracy = classes[classes["scope"] == "labelled"]["pixel_accuracy"]
    assert accuracy.tolist() == pytest.approx([accuracy_score(*pairs)] * 3)


def test_balanced_patches_of_the_validation_volume_are_measured(written, arrays, network):
    tables = VolumeEvaluator().tables(written, CLASSES)
    rows = tables["metrics"].set_index("metric")
    table = patches.counts(arrays, CLASSES, {"segnet": RULE})
    chosen = table[(table["kind"] == patches.BALANCED) & (table["volume"] == "all")]
    voxels = chosen.set_index("part")["voxels"]
    assert rows.loc["balanced_dice", "n"] == voxels["validation"] > 0
    assert rows.loc["training_dice", "n"] == voxels["train"] > 0
    for part, name in (("train", "training"), ("validation", "balanced")):
        counted = tables["confusion"]
        own = counted[(counted["unit"] == "patches") & (counted["part"] == part)]
        right = own[own["true"] == own["predicted"]]["count"].sum() / own["count"].sum()
        assert float(rows.loc[f"{name}_pixel_accuracy", "mean"]) == pytest.approx(right)


def test_without_a_patch_no_voxel_is_right_or_wrong(found):
    classes = evaluate(replace(found, patches=0 * found.patches), CLASSES)["per_class"]
    patches = classes["unit"] == "patches"
    assert set(classes[patches]["pixel_accuracy"]) == {"no voxel"}
    assert set(classes[patches]["dice"]) == {"class is absent"}


def test_the_tables_have_a_row_for_every_test_volume(written):
    tables = VolumeEvaluator().tables(written, CLASSES)
    assert tables["dice"]["image"].tolist() == ["D", "E"]
    means = tables["metrics"].set_index("metric")["mean"]
    assert float(means["dice"]) == pytest.approx(tables["dice"]["dice"].astype(float).mean())


def test_the_report_knows_every_metric_of_the_table(written):
    table = VolumeEvaluator().tables(written, CLASSES)["metrics"]
    assert {name.partition("/")[0] for name in table["metric"]} <= TASK.quantities.keys()


def test_the_baseline_says_the_most_frequent_class(written, arrays):
    evaluator = VolumeEvaluator()
    evaluator.tables(written, CLASSES)
    known = np.concatenate(
        [np.asarray(arrays.targets[arrays.rows(p)]).ravel() for p in ("train", "validation")]
    )
    best = np.bincount(known[known != IGNORED]).argmax()
    volumes = arrays.volumes(arrays.rows("test")).values()
    truths = [truth[truth != IGNORED] for rows in volumes for truth in [arrays.targets[rows]]]
    wanted = [
        [f1_score(t, np.full_like(t, k), average="macro", zero_division=0) for t in truths]
        for k in range(len(CLASSES))
    ]
    found = evaluator.baseline()
    assert found.mean == pytest.approx(np.mean(wanted[best]))
    assert found.images == pytest.approx(np.array(wanted))


def test_three_trials_of_a_volume_take_a_byte_for_each_voxel_inside(found, arrays):
    assert found.classes.nbytes == (np.asarray(arrays.images) > 0).sum()


@pytest.fixture(scope="module")
def exercise(written, tmp_path_factory) -> dict[str, pd.DataFrame]:
    """The tables of an exercise: on training images the classes have 0.9, 0.8 and 0.7."""
    folder = tmp_path_factory.mktemp("exercise")
    values = {
        ("train", "loss"): (0.52, 0.5), ("validation", "loss"): (0.62, 0.6),
        ("train", "dice"): (0.3, 0.8), ("validation", "dice"): (0.3, 0.78),
        ("train", "dice_class_1"): (0.3, 0.9), ("validation", "dice_class_1"): (0.3, 0.4),
        ("train", "dice_class_2"): (0.3, 0.8), ("validation", "dice_class_2"): (0.3, 0.79),
        ("train", "dice_class_3"): (0.3, 0.7), ("validation", "dice_class_3"): (0.3, 0.69),
    }  # fmt: skip
    curves = [
        (0, epoch, *of, value) for of, own in values.items() for epoch, value in enumerate(own, 1)
    ]
    names = ["trial", "epoch", "part", "metric", "value"]
    pd.DataFrame(curves, columns=names).to_csv(folder / "history.csv", index=False)
    (folder / "source.json").write_text('{"data": "real"}')
    variant: VariantFacts = {
        "name": "net", "same_as": "", "weights_of": "", "epochs": "2", "otherwise": "",
        "gradient_norms": False, "reported": {"dice_class_2": ("0.77", 0.77)}, "reported_on": {},
    }  # fmt: skip
    files = {"predictions": [written], "histories": [folder / "history.csv"]}
    outputs = {name: str(folder / f"{name}.csv") for name in (*TASK.tables, "summary", "fit")}
    sources = {**files, "source": folder / "source.json"}
    evaluate_exercise(tables_of(TASK.name), CLASSES, [variant], sources, outputs)
    return {name: pd.read_csv(path, keep_default_na=False) for name, path in outputs.items()}


def test_the_summary_goes_on_with_the_dice_of_every_class(exercise, written):
    summary, metrics = exercise["summary"], exercise["metrics"].set_index("metric")
    assert summary["kind"].tolist() == ["variant", "reference", *["class", "class reference"] * 3]
    for number in (1, 2, 3):
        own, constant = summary[summary["metric"] == f"dice_class_{number}"].to_dict("records")
        wanted = float(metrics.loc[f"dice_class_{number}", "mean"])
        assert float(own["mean"]) == pytest.approx(wanted, abs=1e-7)
        assert own["beats_reference"] == ("yes" if wanted > float(constant["mean"]) else "no")
        assert own["reported"] == ("0.77" if number == 2 else "another measure")
        assert (own["trials"], own["status"], constant["variant"]) == (1, "1 ok", "one_class")
    validation = summary.loc[summary["kind"] == "class", "validation"]
    assert validation.astype(float).tolist() == [0.4, 0.79, 0.69]


def test_one_class_everywhere_has_the_dice_of_scikit_learn(exercise, arrays):
    truth = np.asarray(arrays.targets)[arrays.split["part"] == "test"]
    truth = truth[truth != IGNORED]
    constant = exercise["summary"].query("kind == 'class reference'")["mean"].astype(float)
    wanted = [f1_score(truth == n, np.ones_like(truth, bool)) for n in range(3)]
    assert constant.tolist() == pytest.approx(wanted, abs=1e-7)


def test_every_class_has_its_fit_comment(exercise):
    fit = exercise["fit"].set_index("metric")
    assert fit["word"].to_dict() == {
        "dice": "fits",
        "dice_class_1": "overfits",
        "dice_class_2": "fits",
        "dice_class_3": "underfits",  # less than half of the way from its own baseline
    }
    assert "Dice of class 1 is 0.900 on training and 0.400" in fit.loc["dice_class_1", "sentence"]


def test_a_class_that_no_test_volume_has_is_summarised_by_this_reason(exercise):
    results = exercise["dice"].assign(data="real")
    table = exercise["metrics"].assign(mean=ABSENT, max=ABSENT, min=ABSENT)
    own = results_of_class(results, table, "dice_class_1")
    facts: VariantFacts = {
        "name": "net", "same_as": "", "weights_of": "", "epochs": "2", "otherwise": "",
        "gradient_norms": False, "reported": {}, "reported_on": {},
    }  # fmt: skip
    history = pd.DataFrame(columns=["trial", "epoch", "part", "metric", "value"])
    row = summarise_class(facts, own, history, "dice_class_1")
    assert {row[name] for name in ("mean", "low", "values", "highest_image")} == {ABSENT}
    assert row["validation"] == NO_CURVES


@pytest.mark.parametrize("voxel", [(1.0, 1.0, 1.0), (1.5, 0.9, 2.0)])
def test_the_largest_distance_is_that_of_scipy(voxel):
    random = np.random.default_rng(4)
    first, second = (random.random((2, 6, 7, 5)) < 0.3).astype(bool)
    points = [np.argwhere(mask) * voxel for mask in (first, second)]
    # Of scattered voxels, nearly all lie on the surface.
    wanted = max(directed_hausdorff(*points)[0], directed_hausdorff(*points[::-1])[0])
    assert hausdorff(first, second, voxel)[0] == pytest.approx(wanted)


@pytest.mark.parametrize("voxel", [(1.0, 1.0, 1.0), (1.5, 0.9, 2.0)])
def test_both_distances_are_those_of_a_distance_transform_by_scipy(voxel):
    places = np.indices((14, 16, 12)) - np.array([6, 8, 5])[:, None, None, None]
    first = (places**2).sum(axis=0) < 20
    second = ((places - 1) ** 2 * np.array([1, 0.5, 2])[:, None, None, None]).sum(axis=0) < 22
    edges = [mask & ~binary_erosion(mask) for mask in (first, second)]
    there, back = (distance_transform_edt(~edge, sampling=voxel) for edge in edges[::-1])
    distances = np.concatenate([there[edges[0]], back[edges[1]]])
    wanted = distances.max(), np.percentile(distances, 95)
    assert wanted[1] < wanted[0]
    assert hausdorff(first, second, voxel) == pytest.approx(wanted)


def test_a_box_that_is_moved_is_as_far_as_it_was_moved():
    first, second = np.zeros((2, 12, 12, 12), bool)
    first[2:6, 2:6, 2:6] = second[2:6, 2:6, 5:9] = True
    largest, most = hausdorff(first, second, (1.0, 1.0, 1.5))
    assert largest == pytest.approx(4.5)
    assert most <= largest


def test_a_class_that_is_nowhere_has_no_distance():
    empty = np.zeros((3, 3, 3), bool)
    assert np.isnan(hausdorff(empty, ~empty, (1.0, 1.0, 1.0))).all()


DISTANCES = np.array([[3.0, 1.0], [5.0, 2.0], [7.0, 6.0]])  # mm, of the classes of a volume


def with_distances(found, *tested):
    """Give predictions whose test volumes have these distances."""
    distances = np.full(found.distances.shape, np.nan)
    places = [place for place, volume in enumerate(found.volumes) if volume.part == "test"]
    for place, own in zip(places, tested, strict=True):
        distances[:, place] = own
    return evaluate(replace(found, distances=distances), CLASSES)


def test_a_distance_is_the_mean_over_the_classes_and_then_over_the_volumes(found):
    tables = with_distances(found, DISTANCES, DISTANCES + 2)
    assert tables["dice"]["hausdorff"].tolist() == pytest.approx([5, 7])
    means = tables["metrics"].set_index("metric")["mean"]
    assert float(means["hausdorff"]) == pytest.approx(6)
    assert float(means["hd95"]) == pytest.approx(4)


def test_a_network_that_misses_a_class_has_no_mean_distance_and_says_why(found):
    missed = np.where([[False], [True], [False]], np.nan, DISTANCES)
    tables = with_distances(found, DISTANCES, missed)
    assert tables["dice"]["hausdorff"].tolist() == [5, "grey not predicted"]
    means = tables["metrics"].set_index("metric")["mean"]
    assert means["hausdorff"] == "grey not predicted in 1 of 2 volumes"
    rows = tables["per_class"]
    own = rows[(rows["image"] == "E") & (rows["scope"] == "brain")].set_index("class")
    assert own["hd95"].tolist() == [1, "class not predicted", 6]


def test_volumes_that_miss_different_classes_are_counted_together(found):
    first, second = (np.where(np.arange(3)[:, None] == own, np.nan, DISTANCES) for own in (0, 1))
    means = with_distances(found, first, second)["metrics"].set_index("metric")["mean"]
    assert means["hd95"] == "a class not predicted in 2 of 2 volumes"


def test_a_class_that_a_volume_does_not_have_counts_for_no_network(found, arrays):
    volume = next(volume for volume in found.volumes if volume.name == "E")
    slices = found.slices.copy()
    slices[:, volume.first : volume.first + volume.slices, 1] = 0
    without = np.where([[False], [True], [False]], np.nan, DISTANCES)
    tables = with_distances(replace(found, slices=slices), DISTANCES, without)
    assert tables["dice"]["hausdorff"].tolist() == pytest.approx([5, 5])


def test_curves_pool_all_pixels_that_have_a_class():
    torch.manual_seed(1)
    logits, targets = torch.randn(4, 3, 5, 5), torch.randint(0, 3, (4, 5, 5))
    targets[0, 0] = IGNORED
    known = (targets != IGNORED).numpy()
    truth, predicted = targets.numpy()[known], logits.argmax(1).numpy()[known]
    wanted = f1_score(truth, predicted, average=None)
    found = metrics(logits, targets)
    assert [found[f"dice_class_{n}"] for n in (1, 2, 3)] == pytest.approx(wanted.tolist())
    assert found["dice"] == pytest.approx(wanted.mean())
    assert found["pixel_accuracy"] == pytest.approx((truth == predicted).mean())


def test_one_class_for_all_pixels_is_a_collapse():
    logits = torch.zeros(2, 3, 4, 4)
    logits[:, 1] = 1
    targets = torch.zeros(2, 4, 4, dtype=torch.long)
    assert is_collapsed(logits, targets)
    logits[0, 2, 0, 0] = 5
    assert not is_collapsed(logits, targets)


def test_shares_of_a_part_are_those_of_all_its_voxels(arrays):
    table = describe.count_voxels(arrays, CLASSES)
    own = table[table["part"] == "train"]
    masks = np.asarray(arrays.targets[arrays.rows("train")])
    counts = np.bincount(masks[masks != IGNORED])
    assert own["voxels"].tolist() == counts.tolist()
    assert own["share"].to_numpy() == pytest.approx(counts / counts.sum())


def test_figures_are_drawn_of_volumes(found, arrays):
    assert len(describe.draw_volumes(arrays, CLASSES).axes) == 2 * 6
    assert len(slices.picture(found, 0, arrays, CLASSES).axes) == 2 * 4
    assert patches.picture(arrays, CLASSES, RULE).axes
    assert confusion_picture(found, 0, arrays, CLASSES).axes


def proportions(figure) -> float:
    """Give the height of the first picture of a figure by its width."""
    place = figure.axes[0].get_position()
    wide, high = figure.get_size_inches()
    return place.height * high / (place.width * wide)


def test_pixels_are_drawn_in_the_proportions_of_the_voxels(found, arrays):
    flat = replace(arrays, split=arrays.split.assign(voxel_mm="1x3x2"))
    square = arrays.stored_shape[1] / arrays.stored_shape[2]
    assert proportions(describe.draw_volumes(flat, CLASSES)) == pytest.approx(1.5 * square)
    assert proportions(slices.picture(found, 0, flat, CLASSES)) == pytest.approx(1.5 * square)


def test_a_volume_without_a_class_is_shown_by_its_middle_slices(found, arrays):
    nowhere = replace(arrays, targets=np.full(arrays.targets.shape, IGNORED))
    assert len(describe.draw_volumes(nowhere, CLASSES).axes) == 2 * 6
    assert len(slices.picture(found, 0, nowhere, CLASSES).axes) == 2 * 4


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"add_copies": ["rotation"]}, ["add_copies"]),
        ({"add_copies": ["horizontal_flip", "noise"]}, ["add_copies"]),
        ({"add_copies": ["horizontal_flip"]}, []),
        ({"augmentation": {"name": "random", "shift": 3}}, ["augmentation.border"]),
        ({"augmentation": {"name": "random", "rotation": 3, "border": "reflection"}}, []),
        ({"augmentation": {"name": "random", "horizontal_flip": True}}, []),
    ],
)
def test_changes_that_would_not_fit_the_masks_are_refused(change, path):
    study = own_study("brain")
    plain = study.variant("brain2_2/segnet").settings.plain() | change
    settings = Settings.model_validate(plain)
    document = Document.model_construct(data=study.data)
    assert [problem.path for problem in TASK.faults(settings, document)] == path


def test_charts_are_no_figures_of_images():
    assert TASK.image_figures >= {"slices", "samples", "patches"}
    assert "confusion" not in TASK.image_figures


def test_scaling_is_checked_by_its_name():
    with pytest.raises(ValueError, match="name"):
        Input.model_validate({"scaling": {"name": "median"}})
