import base64
import hashlib
import io
import os
import re
import subprocess
import sys
from pathlib import Path

import matplotlib
import numpy as np
import pandas as pd
import pytest
from conftest import ROOT
from drawings import DIGITS, NAN, crowded, points, texts, written
from PIL import Image

import dlia
from dlia.data.arrays import Arrays
from dlia.evaluation.predictions import Predictions
from dlia.figures import style
from dlia.figures.curves import curves
from dlia.figures.exercise import title_of
from dlia.figures.trials import trials
from dlia.tasks.classification.misclassified import misclassified, picture
from dlia.tasks.segmentation.segmentations import Segmentation, error_map, segmentations

MASKED = ["background", "gland"]


def history(trials=3, epochs=6, floor=0.5, parts=("train", "validation")):
    rows = [
        (trial, epoch, part, metric, value)
        for trial in range(trials)
        for epoch in range(epochs)
        for part in parts
        for metric, value in {
            "loss": floor + (2.0 + 0.1 * trial) / (1 + epoch),
            "accuracy": 1 - 0.9 / (1 + epoch + trial),
        }.items()
    ]
    return pd.DataFrame(rows, columns=["trial", "epoch", "part", "metric", "value"])


def outcomes(**variants):
    """Turn values, or (value, status), of each variant's trials into a table."""
    rows = [
        (variant, trial, *(result if isinstance(result, tuple) else (result, "ok")))
        for variant, results in variants.items()
        for trial, result in enumerate(results)
    ]
    return pd.DataFrame(rows, columns=["variant", "trial", "value", "status"])


def mistakes(count, size=28):
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (count, size, size), dtype=np.uint8)
    truth = np.arange(count) % 10
    return images, truth, (truth + 1) % 10, np.linspace(0.5, 0.99, count)


def case(label="best"):
    rng = np.random.default_rng(1)
    image = rng.integers(0, 256, (16, 16, 3), dtype=np.uint8)
    truth = np.triu(np.ones((16, 16), dtype=np.uint8))
    return Segmentation(label, "image_07", image, truth, truth.T, 0.125)


def one_of_each():
    return [
        curves({"cnn": history(), "mlp": history(1)}, ["loss", "accuracy"]),
        trials(outcomes(cnn=[0.98, 0.985]), "accuracy", {"cnn": [0.983]}, {"majority": 0.1135}),
        misclassified(*mistakes(7), DIGITS),
        segmentations([case()], MASKED),
    ]


def digest(files: list[tuple[bytes, bytes]]) -> str:
    return hashlib.sha256(b"".join(part for pair in files for part in pair)).hexdigest()


def draw(folder: Path) -> list[tuple[bytes, bytes]]:
    return [written(figure, folder) for figure in one_of_each()]


@pytest.fixture(scope="module")
def files(tmp_path_factory) -> list[tuple[bytes, bytes]]:
    return draw(tmp_path_factory.mktemp("figures"))


class TestFiles:
    def test_a_second_call_gives_the_same_bytes(self, files, tmp_path, monkeypatch):
        monkeypatch.setitem(matplotlib.rcParams, "font.size", 20.0)
        monkeypatch.setitem(matplotlib.rcParams, "axes.facecolor", "red")
        assert digest(draw(tmp_path)) == digest(files)

    @pytest.mark.slow
    def test_bytes_do_not_hang_on_process_time_zone_or_locale(self, files, tmp_path):
        script = (
            "import sys, pathlib; import test_figures as t;"
            "print(t.digest(t.draw(pathlib.Path(sys.argv[1]))));"
            "print({'torch', 'matplotlib.pyplot'} & set(sys.modules))"
        )
        search = os.pathsep.join(
            str(folder)
            for folder in (Path(__file__).parent, ROOT / "tests", Path(dlia.__file__).parents[1])
        )
        surroundings = {"TZ": "Pacific/Auckland", "PYTHONHASHSEED": "4711", "LC_ALL": "C"}
        answer = subprocess.run(
            [sys.executable, "-c", script, str(tmp_path)],
            env={**os.environ, "PYTHONPATH": search, **surroundings},
            capture_output=True,
            text=True,
            check=True,
        )
        assert answer.stdout.splitlines() == [digest(files), "set()"]

    def test_name_neither_date_nor_version(self, files):
        for svg, pdf in files:
            assert b"<dc:date>" not in svg
            assert b"matplotlib.org" not in svg
            assert not re.search(rb"CreationDate|ModDate|Producer|Creator", pdf)

    def test_svg_draws_letters_as_outlines(self, files):
        assert all(b"<text" not in svg for svg, _ in files)

    def test_svg_holds_the_images_own_pixels(self, tmp_path):
        images, *rest = mistakes(1)
        svg, _ = written(misclassified(images, *rest, DIGITS), tmp_path)
        encoded = re.search(rb"data:image/png;base64,([^\"]+)", svg)
        assert encoded
        held = np.asarray(Image.open(io.BytesIO(base64.b64decode(encoded[1]))).convert("L"))
        assert np.array_equal(held, images[0]) or np.array_equal(held[::-1], images[0])
        assert b"image-rendering:pixelated" in svg


class TestStyle:
    def test_wrap_breaks_at_underscores_and_keeps_every_letter(self):
        lines = style.wrap("adam_with_a_long_name", width=0.7)
        assert len(lines) > 1
        assert all(style.text_width(line) <= 0.7 for line in lines)
        assert "".join(lines) == "adam_with_a_long_name"

    def test_wrap_breaks_a_word_that_is_too_long(self):
        assert "".join(style.wrap("x" * 50, width=0.5)) == "x" * 50

    def test_wrap_of_nothing_is_nothing(self):
        assert style.wrap("", width=1.0) == []


class TestCurves:
    @pytest.mark.parametrize(("count", "rows"), [(1, 1), (2, 1), (3, 2), (7, 4), (8, 4)])
    def test_variants_stand_in_pairs(self, count, rows):
        histories = {
            f"variant_{i}, 12 of 250 epochs": history(epochs=250, floor=i / 10)
            for i in range(count)
        }
        figure = curves(histories, ["loss", "accuracy"])
        assert len(figure.axes) == 2 * count
        assert len({axes.get_position().y0 for axes in figure.axes}) == rows
        assert crowded(figure) == []

    @pytest.mark.parametrize(("floor", "scale"), [(0.5, "linear"), (0.001, "log")])
    def test_loss_is_logarithmic_beyond_two_decades(self, floor, scale):
        figure = curves({"cnn": history(epochs=400, floor=floor)}, ["loss", "accuracy"])
        loss, accuracy = figure.axes
        assert loss.get_yscale() == scale
        assert accuracy.get_yscale() == "linear"

    def test_an_axis_of_zeros_has_no_room_for_values_that_do_not_exist(self):
        zeros = history().assign(value=0.0)
        low, high = curves({"cnn": zeros}, ["accuracy"]).axes[0].get_ylim()
        assert -0.1 * high <= low < 0

    def test_one_scale_for_a_whole_column(self):
        figure = curves({"flat": history(epochs=2), "good": history(epochs=400, floor=0)}, ["loss"])
        assert [axes.get_yscale() for axes in figure.axes] == ["log", "log"]

    def test_a_short_logarithmic_axis_has_labels_enough_to_be_read(self):
        figure = curves({"flat": history(epochs=2), "good": history(epochs=400, floor=0)}, ["loss"])
        figure.canvas.draw()
        for axes in figure.axes:
            low, high = axes.get_ylim()
            ticks = zip(axes.get_yticks(), axes.get_yticklabels(), strict=True)
            assert len([x for x, text in ticks if low <= x <= high and text.get_text()]) >= 2

    def test_line_is_the_mean_of_the_trials(self):
        table = history()
        line = curves({"cnn": table}, ["accuracy"]).axes[0].lines[0]
        rows = table[(table["part"] == "train") & (table["metric"] == "accuracy")]
        assert np.allclose(line.get_ydata(), 100 * rows.groupby("epoch")["value"].mean())

    def test_band_only_with_several_trials(self):
        several, single = (curves({"cnn": history(n)}, ["loss"]) for n in (3, 1))
        assert len(several.axes[0].collections) == 2
        assert "smallest to largest of 3 trials" in texts(several)
        assert len(single.axes[0].collections) == 0
        assert "trials" not in texts(single)

    def test_train_and_validation_differ_by_line_style(self):
        train, validation = curves({"cnn": history(epochs=50)}, ["loss"]).axes[0].lines
        assert (train.get_linestyle(), validation.get_linestyle()) == ("--", "-")

    def test_the_training_line_lies_on_the_thicker_one_so_that_equal_lines_both_show(self):
        train, validation = curves({"cnn": history(epochs=50)}, ["loss"]).axes[0].lines
        assert train.get_zorder() > validation.get_zorder()
        assert train.get_linewidth() < validation.get_linewidth()

    @pytest.mark.parametrize("count", [1, 3])
    def test_a_logarithmic_axis_says_so(self, count):
        histories = {str(n): history(epochs=400, floor=0.001) for n in range(count)}
        assert "loss, log scale" in texts(curves(histories, ["loss", "accuracy"]))
        flat = {str(n): history(epochs=2) for n in range(count)}
        assert "log" not in texts(curves(flat, ["loss", "accuracy"])).split("loss")[1]

    @pytest.mark.parametrize("count", [1, 4])
    @pytest.mark.parametrize("value", [2.302585, 0.1, 0.0123456, 47.11])
    def test_a_loss_that_hardly_changes_has_labels_that_fit(self, count, value):
        table = history()
        table["value"] = value + 1e-6 * table["epoch"]
        histories = {str(n): table.assign(value=table["value"] + n * 1e-6) for n in range(count)}
        assert crowded(curves(histories, ["loss", "dice"])) == []

    def test_large_losses_do_not_widen_their_axis(self):
        table = history().query("metric == 'loss'")
        table = table.assign(value=1e5 * (5 + table["value"]))
        low, high = curves({"cnn": table}, ["loss"]).axes[0].get_ylim()
        assert high - low < 1.2 * (table["value"].max() - table["value"].min())

    def test_without_validation(self):
        figure = curves({"cnn": history(parts=("train",))}, ["loss", "accuracy"])
        assert [len(axes.lines) for axes in figure.axes] == [1, 1]
        assert "validation" not in texts(figure)

    @pytest.mark.parametrize("bad", [NAN, float("inf")])
    def test_diverged_trials_are_left_out_and_marked(self, bad):
        table = history()
        lost = (table["trial"] == 2) & (table["epoch"] >= 4)
        table.loc[lost & (table["metric"] == "loss"), "value"] = bad
        figure = curves({"cnn": table}, ["loss"])
        assert points(figure, "x") == [4.0]
        assert np.isfinite(figure.axes[0].lines[0].get_ydata()).all()
        assert "not finite" in texts(figure)

    def test_nothing_finite_and_nothing_recorded(self, tmp_path):
        table = history()[lambda t: t["metric"] == "loss"].assign(value=NAN)
        figure = curves({"cnn": table}, ["loss", "accuracy"])
        assert "no finite values" in texts(figure)
        assert "not recorded" in texts(figure)
        written(figure, tmp_path)

    def test_variants_with_the_same_results_are_drawn_once(self):
        same = {f"a_variant_with_a_name_that_goes_on_{i}": history() for i in range(4)}
        figure = curves({**same, "other": history(floor=0.1)}, ["loss", "accuracy"])
        assert len(figure.axes) == 4
        assert " = a_variant_with" in " ".join(texts(figure).split())
        assert crowded(figure) == []

    def test_a_single_epoch_is_no_curve(self):
        figure = curves({"long": history(), "short": history(epochs=1)}, ["loss"])
        assert len(figure.axes) == 1
        assert "only one epoch: short" in texts(figure)

    def test_if_all_have_a_single_epoch_it_is_drawn(self):
        two = {"a": history(epochs=1), "b": history(epochs=1, floor=0.1)}
        assert len(curves(two, ["loss"]).axes) == 2

    def test_input_stays_as_it_was(self):
        table = history()
        before = table.copy()
        curves({"cnn": table}, ["loss"])
        pd.testing.assert_frame_equal(table, before)


class TestTrials:
    def test_every_trial_is_drawn(self):
        values = np.linspace(0.985, 0.99, 10)
        figure = trials(outcomes(cnn=values, mlp=values - 0.01), "accuracy", {}, {})
        expected = sorted([*100 * values, *100 * (values - 0.01)])
        assert np.allclose(points(figure, "o"), expected)

    def test_collapsed_are_hollow_and_named(self):
        table = outcomes(cnn=[0.7, (0.0, "collapsed"), 0.72, (0.0, "collapsed")])
        figure = trials(table, "dice", {}, {})
        assert points(figure, "o", face="white") == [0.0, 0.0]
        assert "2 collapsed" in texts(figure)

    def test_diverged_are_crosses_even_without_a_value(self):
        table = outcomes(cnn=[0.98, (NAN, "diverged"), (0.098, "diverged")])
        figure = trials(table, "accuracy", {}, {})
        assert len(points(figure, "x")) == 2
        assert texts(figure).count("diverged") == 2

    def test_the_mean_counts_failed_trials_too(self):
        table = outcomes(cnn=[0.7, 0.8, (0.0, "collapsed"), (NAN, "diverged")])
        figure = trials(table, "dice", {}, {})
        assert points(figure, "|") == pytest.approx([0.5])
        assert "mean of all trials" in texts(figure)

    def test_a_mean_that_no_piece_of_the_axis_shows_is_a_note(self):
        table = outcomes(cnn=[0.985, 0.99, (0.1135, "collapsed")])
        figure = trials(table, "accuracy", {}, {})
        assert points(figure, "|") == []
        assert "mean of cnn: 69.62 %" in texts(figure)

    def test_report_is_a_labelled_diamond(self):
        figure = trials(outcomes(cnn=[0.98], mlp=[0.97]), "accuracy", {"cnn": [0.985]}, {})
        assert points(figure, "D") == pytest.approx([98.5])
        assert texts(figure).count("reported") == 1

    def test_every_reported_run_is_a_diamond_and_they_share_a_label(self):
        runs = [0.9589, 0.9582, 0.9588]
        figure = trials(outcomes(cnn=[0.98]), "accuracy", {"cnn": runs}, {})
        assert points(figure, "D") == pytest.approx([95.82, 95.88, 95.89])
        assert texts(figure).count("reported, 3 runs") == 1

    def test_a_share_has_at_most_two_decimals(self):
        figure = trials(outcomes(cnn=[0.05, 0.02]), "accuracy", {}, {"majority": 1 / 43})
        assert "majority: 2.33 %" in texts(figure)

    def test_far_reference_is_a_note_and_does_not_squash(self):
        table = outcomes(cnn=[0.985, 0.99])
        figure = trials(table, "accuracy", {}, {"majority": 0.114})
        assert "majority: 11.4 % (off the axis)" in texts(figure)
        low, high = figure.axes[0].get_xlim()
        assert high - low < 1.0

    def test_near_reference_is_a_labelled_line(self):
        figure = trials(outcomes(cnn=[0.6, 0.8]), "dice", {}, {"all_foreground": 0.66})
        assert "all foreground: 0.66" in texts(figure)
        assert "off the axis" not in texts(figure)

    def test_far_failures_get_a_piece_of_axis_of_their_own(self):
        table = outcomes(cnn=[0.985, 0.99, (0.1135, "collapsed")])
        figure = trials(table, "accuracy", {}, {"majority": 0.1135})
        failed, good = (axes.get_xlim() for axes in figure.axes)
        assert failed[0] < 11.35 < failed[1] < 20
        assert 95 < good[0] < 98.5 < 99 < good[1]
        assert "off the axis" not in texts(figure)

    def test_moderate_failures_share_the_axis(self):
        table = outcomes(cnn=[0.6, 0.8, (0.0, "collapsed")])
        assert len(trials(table, "dice", {}, {}).axes) == 1

    def test_nothing_but_lost_trials(self, tmp_path):
        figure = trials(outcomes(cnn=[(NAN, "diverged")] * 3), "accuracy", {}, {})
        assert "3 diverged" in texts(figure)
        written(figure, tmp_path)


class TestMisclassified:
    def test_most_confident_first_and_not_more_than_the_limit(self):
        images, truth, predicted, probability = mistakes(30)
        figure = misclassified(images, truth, predicted, probability, DIGITS, limit=24)
        assert len(figure.axes) == 24
        first = np.asarray(figure.axes[0].images[0].get_array())
        assert np.array_equal(first[..., 0], images[np.argmax(probability)])
        assert "24 of the 30" in texts(figure)

    def test_caption(self):
        images, *_ = mistakes(1)
        figure = misclassified(images, np.array([4]), np.array([9]), np.array([0.98]), DIGITS)
        assert "true 4,\nas 9 (0.98)" in texts(figure)

    def test_long_class_names_stay_in_their_cell(self):
        classes = ["Speed limit (100 km/h)", "Right-of-way at the next intersection"]
        images, *_ = mistakes(1)
        figure = misclassified(images, np.array([0]), np.array([1]), np.array([0.5]), classes)
        cell = figure.axes[0].get_position().width * style.COLUMN
        said = [text.get_text() for text in figure.texts]
        captions = said[next(n for n, text in enumerate(said) if text.startswith("true")) :]
        assert len(captions) > 2
        assert all(style.text_width(line) <= cell for line in captions)

    def test_half_as_wide_for_a_place_beside_another_figure(self):
        figure = misclassified(*mistakes(30), DIGITS, wide=style.HALF)
        assert figure.get_size_inches()[0] == style.HALF
        assert crowded(figure) == []

    def test_colour_images(self):
        images, *rest = mistakes(3)
        figure = misclassified(np.stack([images] * 3, axis=-1), *rest, DIGITS)
        assert figure.axes[0].images[0].get_array().shape == (28, 28, 3)

    def test_none(self, tmp_path):
        figure = misclassified(*mistakes(0), DIGITS)
        assert "No test image was misclassified." in texts(figure)
        written(figure, tmp_path)


class TestSegmentations:
    def test_one_row_per_case_with_its_dice(self):
        figure = segmentations([case("best"), case("median"), case("worst")], MASKED)
        assert len(figure.axes) == 12
        for word in ("best", "median", "worst", "Dice 0.125", "image_07"):
            assert word in texts(figure)

    def test_image_is_shown_as_it_is(self):
        shown = segmentations([case()], MASKED).axes[0].images[0].get_array()
        assert np.array_equal(np.asarray(shown), case().image)

    def test_error_map_tells_four_cases_apart_in_greyscale(self):
        truth, predicted = np.array([[0, 0], [1, 1]]), np.array([[0, 1], [0, 1]])
        grey = Image.fromarray(error_map(truth, predicted)).convert("L")
        levels = np.sort(np.asarray(grey).astype(int).ravel())
        assert np.diff(levels).min() >= 60

    def test_legend_names_the_four_cases(self):
        words = texts(segmentations([case()], MASKED))
        for word in ("correct background", "false alarm", "missed", "correct foreground"):
            assert word in words

    def test_none(self):
        assert "no segmentation" in texts(segmentations([], MASKED))


def test_mistakes_of_equal_probability_are_ranked_by_their_logits():
    logits = np.zeros((1, 3, 2), dtype=np.float32)
    logits[0, :, 1] = [200, 400, 300]  # all of them probability 1
    predictions = Predictions(logits, ["a", "b", "c"], {}, [])
    pixels = np.array([10, 20, 30], dtype=np.uint8).reshape(3, 1, 1) * np.ones((3, 8, 8), np.uint8)
    arrays = Arrays(pixels, np.zeros(3, int), pd.DataFrame({"part": ["test"] * 3}))
    figure = picture(predictions, 0, arrays, ["0", "1"])
    shown = [int(axes.images[0].get_array()[0, 0, 0]) for axes in figure.axes]
    assert shown == [20, 30, 10]


@pytest.mark.parametrize(
    ("epochs", "otherwise", "title"),
    [
        ("12 of 40", "", "sgd, 12 of 40 epochs"),
        ("40", "", "sgd"),
        ("40", "stand-in weights", "sgd, stand-in weights"),
    ],
)
def test_the_title_of_a_variant_says_what_was_shortened_and_replaced(epochs, otherwise, title):
    assert title_of({"name": "sgd", "epochs": epochs, "otherwise": otherwise}) == title
