"""How far predictions agree with each other: the table and the figures."""

import numpy as np
import pandas as pd
import pytest

from dlia.data.class_shares import IGNORED
from dlia.evaluation.predictions import Predictions, save_predictions
from dlia.figures import style
from dlia.runtime.files import write_csv, write_json, write_npy
from dlia.tasks.segmentation.agreement import agreement
from dlia.tasks.segmentation.agreement_figure import (
    MaskedImage,
    compare,
    draw_agreement,
    draw_masks,
    note_on_epochs,
)

LEFT, TOP = np.zeros((4, 4)), np.zeros((4, 4))
LEFT[:, :2], TOP[:2] = 1, 1
NOTHING = np.zeros((4, 4))


def predicted(*trials: list[np.ndarray], statuses: tuple[str, ...] = ("ok", "ok")) -> Predictions:
    """Give predictions of these masks, one for each image, by trial."""
    logits = np.array([[10.0 * mask - 5 for mask in images] for images in trials])[:, :, None]
    runs = [
        {"trial": number, "seed": number, "epoch": 1, "status": statuses[number]}
        for number in range(len(trials))
    ]
    ids = [f"Test/{number}" for number in range(len(trials[0]))]
    return Predictions(logits.astype(np.float32), ids, {"threshold": 0.5}, runs)


RUN = {"trial": 0, "status": "ok"}
TRUTH = np.zeros((2, 4, 4), np.int64)
PLAIN = predicted([LEFT, LEFT], [LEFT, TOP])
OTHER = predicted([LEFT, TOP])


def rows(truth: np.ndarray = TRUTH, **predictions: Predictions) -> pd.DataFrame:
    return agreement(predictions, {"other": "plain"}, truth, 2)


def test_trials_of_one_variant_are_compared_with_each_other_once():
    table = rows(plain=PLAIN)
    assert table[["variant", "trial", "other", "other_trial"]].values.tolist() == [
        ["plain", 0, "plain", 1]
    ]
    assert table["relation"].tolist() == ["trials of one variant"]


def test_the_dice_of_two_masks_is_averaged_over_the_images():
    (row,) = rows(plain=PLAIN).to_dict("records")
    assert (row["n"], row["mean"], row["min"]) == (2, 0.75, 0.5)
    assert row["sd"] == pytest.approx(np.std([1, 0.5], ddof=1))


@pytest.mark.parametrize("order", [("plain", "other"), ("other", "plain")])
def test_all_trials_of_two_variants_are_compared_and_the_base_is_the_other(order):
    both = {"plain": PLAIN, "other": OTHER}
    table = rows(**{name: both[name] for name in order})
    found = table[table["relation"] == "variant and base"]
    assert found["variant"].tolist() == ["other"] * 2
    assert sorted(zip(found["other_trial"], found["mean"], strict=True)) == [(0, 0.75), (1, 1.0)]


def test_variants_that_are_no_base_of_each_other_are_named_so():
    table = rows(plain=PLAIN, third=OTHER)
    assert set(table["relation"]) == {"trials of one variant", "two variants"}


def test_pixels_that_are_ignored_in_the_truth_do_not_count():
    truth = TRUTH.copy()
    truth[:, 2:] = IGNORED
    assert rows(truth, plain=predicted([LEFT, LEFT], [LEFT, TOP]))["min"].tolist() == [2 / 3]


def test_two_masks_without_foreground_agree():
    assert rows(plain=predicted([NOTHING], [NOTHING]), truth=TRUTH[:1])["mean"].tolist() == [1]


def test_a_pair_says_how_both_trials_ended():
    found = predicted([LEFT], [TOP], statuses=("ok", "collapsed"))
    assert rows(plain=found, truth=TRUTH[:1])["status"].tolist() == ["ok and collapsed"]


def test_classes_other_than_two_are_compared_one_by_one():
    masks = np.zeros((1, 2, 3, 4, 4), np.float32)
    masks[0, 0, 1], masks[0, 1, 2] = 9, 9
    one = Predictions(masks[:, :1], ["a"], {"threshold": None}, [RUN])
    two = Predictions(masks[:, 1:], ["a"], {"threshold": None}, [RUN])
    table = agreement({"one": one, "two": two}, {}, TRUTH[:1], 3)
    assert table["mean"].tolist() == [0]


@pytest.mark.parametrize(
    ("trials", "named"),
    [
        (1, ["two variants, same trial"]),
        (2, ["trials of one variant", "two variants, same trial", "two variants, other trials"]),
    ],
)
def test_the_legend_names_the_pairs_that_there_are(trials, named):
    found = predicted(*[[LEFT]] * trials)
    table = agreement({"plain": found, "other": found}, {}, TRUTH[:1], 2)
    [legend] = draw_agreement(table).legends
    assert [text.get_text() for text in legend.get_texts()] == [*named, "mean"]


def test_one_network_alone_has_nothing_to_be_compared_with():
    assert draw_agreement(rows(plain=OTHER)).texts


@pytest.fixture
def build(tmp_path):
    """Give the files of a build with two variants and five test images."""
    rng = np.random.default_rng(0)
    write_npy(tmp_path / "images.npy", rng.integers(0, 255, (9, 16, 16), dtype=np.uint8))
    write_npy(tmp_path / "masks.npy", rng.integers(0, 2, (9, 16, 16), dtype=np.uint8))
    parts = ["train"] * 4 + ["test"] * 5
    write_csv(tmp_path / "split.csv", pd.DataFrame({"id": range(9), "part": parts, "fold": 0}))
    write_json(tmp_path / "source.json", {"data": "real"})
    trials = [{"trial": t, "seed": t, "epoch": 1, "status": "ok"} for t in range(2)]
    curves = [(t, 1, "validation", "dice", 0.5 + t / 10) for t in range(2)]
    columns = ["trial", "epoch", "part", "metric", "value"]
    for name in ("plain", "other"):
        logits = rng.normal(size=(2, 5, 1, 16, 16)).astype(np.float32)
        ids = [f"Test/{number}" for number in range(5)]
        save_predictions(tmp_path / f"{name}.st", logits, ids, {"threshold": 0.5}, trials)
        write_csv(tmp_path / f"{name}.csv", pd.DataFrame(curves, columns=columns))
    results = [(name, t, 1) for name in ("plain", "other") for t in range(2)]
    table = pd.DataFrame(results, columns=["variant", "trial", "epoch"])
    write_csv(tmp_path / "dice.csv", table)
    return tmp_path


def drawn(folder):
    inputs = {
        "images": folder / "images.npy",
        "targets": folder / "masks.npy",
        "split": folder / "split.csv",
        "source": folder / "source.json",
        "results": folder / "dice.csv",
        "histories": [folder / "plain.csv", folder / "other.csv"],
        "predictions": [folder / "plain.st", folder / "other.st"],
    }
    outputs = {"table": folder / "agreement.csv"} | {
        name: [folder / f"{name}.svg", folder / f"{name}.pdf"] for name in ("agreement", "masks")
    }
    variants = [{"name": "plain", "epochs": "10"}, {"name": "other", "epochs": "2 of 10"}]
    compare("dice", variants, {"other": "plain"}, ["background", "lung"], inputs, outputs)
    return {name: (folder / f"{name}.svg").read_text() for name in ("agreement", "masks")}


def test_a_comparison_writes_the_table_and_both_figures(build):
    figures = drawn(build)
    table = pd.read_csv(build / "agreement.csv")
    assert set(table["data"]) == {"real"}
    assert len(table) == 1 + 1 + 4
    assert all(figure.startswith("<?xml") for figure in figures.values())


def test_figures_say_which_trainings_were_shortened():
    assert note_on_epochs([{"name": "a", "epochs": "10"}, {"name": "b", "epochs": "2 of 10"}]) == (
        "Shortened trainings: b 2 of 10 epochs."
    )
    assert note_on_epochs([{"name": "a", "epochs": "10"}]) == ""


def test_the_same_inputs_give_the_same_figures(build):
    assert drawn(build) == drawn(build)


@pytest.mark.parametrize("count", [2, 5, 12])
def test_pictures_of_many_variants_go_on_below(count):
    names = [f"variant_{number}" for number in range(count)]
    masks = dict.fromkeys(names, TOP.astype(int))
    case = MaskedImage("a", LEFT, LEFT.astype(int), masks, dict.fromkeys(names, 0.5))
    figure = draw_masks([case], 2)
    assert len(figure.axes) == count + 2
    places = [axes.get_position() for axes in figure.axes]
    assert all(p.x0 >= 0 and p.x1 < 1.001 and p.y0 >= 0 and p.y1 < 1 for p in places)
    assert figure.get_size_inches()[0] == pytest.approx(style.COLUMN)
