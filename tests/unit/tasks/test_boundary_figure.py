import numpy as np
import pandas as pd
import pytest
from conftest import sampled
from drawings import crowded, points, texts, written
from PIL import Image
from scipy.ndimage import binary_dilation, binary_erosion

from dlia.data.arrays import Arrays
from dlia.evaluation.predictions import Predictions
from dlia.figures import style
from dlia.tasks.segmentation.boundary import WIDTHS, boundary_dice
from dlia.tasks.segmentation.boundary_figure import MEASURES, REACH, error_rates, picture
from dlia.tasks.segmentation.boundary_maps import Case, advantage_map, detail, extremes
from dlia.tasks.segmentation.dice import dice

SIDE = 48
GLAND = np.zeros((SIDE, SIDE), dtype=bool)
GLAND[14:34, 14:34] = True
NOTHING, ALL = np.zeros_like(GLAND), np.ones_like(GLAND)


def grown(pixels, mask=GLAND):
    """Move the contour outwards, or inwards where ``pixels`` is negative."""
    change = binary_dilation if pixels > 0 else binary_erosion
    return change(mask, iterations=abs(pixels)) if pixels else mask


def predicted(trials, statuses=()):
    """Turn masks, for each trial one per image, into what a network of one output has said."""
    masks = np.array(trials)
    named = [*statuses, *["ok"] * (len(masks) - len(statuses))]
    records = [{"trial": trial, "status": status} for trial, status in enumerate(named)]
    ids = [f"Test/image_{number:02}" for number in range(masks.shape[1])]
    logits = np.where(masks, 5, -5)[:, :, np.newaxis].astype(np.float32)
    return Predictions(logits, ids, {"threshold": 0.5}, records)


def table(names, predictions, truth):
    rows = [
        (
            name,
            entry["trial"],
            image,
            float(dice(masks[number][None] == 1, truth[number][None])[0]),
            *boundary_dice(masks[number] == 1, truth[number]),
            entry["status"],
        )
        for name, each in zip(names, predictions, strict=True)
        for entry in each.trials
        for masks in [each.classes(entry["trial"])]
        for number, image in enumerate(each.ids)
    ]
    measures = ["dice", *(f"boundary_dice_{width}" for width in WIDTHS)]
    return pd.DataFrame(rows, columns=["variant", "trial", "image", *measures, "status"])


def scene(plain, skip, truth=None, names=("plain", "skip"), channels=(3,), statuses=()):
    """Give the arguments of ``picture`` for masks of every trial and image of two variants."""
    truth = np.array([GLAND] * len(plain[0])) if truth is None else np.array(truth)
    predictions = predicted(plain), predicted(skip, statuses)
    size = (*truth.shape, *channels)
    images = np.random.default_rng(0).integers(0, 256, size, dtype=np.uint8)
    split = pd.DataFrame({"part": ["test"] * len(truth)})
    arrays = Arrays(images, truth.astype(np.uint8), split)
    return names, predictions, table(names, predictions, truth), arrays


def draw(plain, skip, **options):
    return picture(*scene(plain, skip, **options))


def shown(figure):
    """Return the labels of the rows, from top to bottom."""
    return [text.get_text() for text in figure.texts if text.get_fontweight() == "bold"]


def case(truth, plain, skip):
    return Case("median", "a", np.zeros(truth.shape, np.uint8), truth, (plain, skip), 0.0, 0, 0.0)


def colour(name):
    return [int(name[i : i + 2], 16) for i in (1, 3, 5)]


# By image: better by much, worse, equal, better, worse by much.
PLAIN = [[grown(k) for k in (6, 1, 2, 3, 1)]] * 3
SKIP = [[grown(k + more) for k in (1, 2, 2, 2, 5)] for more in (0, 0, 1)]
ONE = [[grown(2)]], [[grown(1)]]
TRUTHLESS = {"truth": [NOTHING, ALL]}
EXTREMES = {
    "usual": ((PLAIN, SKIP), {}),
    "one trial": ((PLAIN[:1], SKIP[:1]), {}),
    "more trials of one variant": ((PLAIN, SKIP[:2]), {}),
    "a failed trial": ((PLAIN, SKIP), {"statuses": ["collapsed", "diverged"]}),
    "identical": ((PLAIN, PLAIN), {}),
    "perfect": (([[GLAND] * 3], [[GLAND] * 3]), {}),
    "no contour in the truth": (([[GLAND, ALL]], [[NOTHING, GLAND]]), TRUTHLESS),
    "no contour at all": (([[ALL, NOTHING]], [[NOTHING, ALL]]), TRUTHLESS),
    "everything background": (([[NOTHING] * 3], [[NOTHING] * 3]), {}),
    "one image": (ONE, {}),
    "two images": (([[GLAND, grown(2)]], [[grown(2), GLAND]]), {}),
    "one channel": (ONE, {"channels": ()}),
    "low images": (([[grown(2)[8:40]]], [[grown(1)[8:40]]]), {"truth": [GLAND[8:40]]}),
    "long names": ((PLAIN, SKIP), {"names": ("a_variant_with_a_name_that_goes_on", "residual_2")}),
}


class TestLayout:
    @pytest.mark.parametrize(("masks", "options"), sampled([*EXTREMES.values()], 4), ids=EXTREMES)
    def test_no_text_is_cut_off_or_overlaps(self, masks, options):
        assert crowded(draw(*masks, **options)) == []

    def test_three_square_images_leave_room_on_a_page(self):
        assert draw(PLAIN, SKIP).get_size_inches()[1] < 9.4

    def test_a_second_call_gives_the_same_bytes(self, tmp_path):
        first, second = (written(draw(PLAIN, SKIP), tmp_path) for _ in range(2))
        assert first == second

    def test_input_stays_as_it_was(self):
        arguments = scene(PLAIN, SKIP)
        before = arguments[2].copy()
        picture(*arguments)
        pd.testing.assert_frame_equal(arguments[2], before)

    def test_the_order_of_the_table_does_not_matter(self, tmp_path):
        names, predictions, results, *rest = scene(PLAIN, SKIP)
        shuffled = results.sample(frac=1, random_state=0)
        first, second = (
            written(picture(names, predictions, each, *rest), tmp_path)
            for each in (results, shuffled)
        )
        assert first == second


class TestCases:
    def test_gain_median_and_loss_are_shown_in_this_order(self):
        figure = draw(PLAIN, SKIP)
        assert shown(figure) == ["largest gain", "median", "largest loss"]
        ids = [line for line in texts(figure).split("\n") if line.startswith("Test/")]
        assert ids == ["Test/image_00", "Test/image_02", "Test/image_04"]

    def test_the_images_are_ranked_by_the_mean_of_the_trials(self):
        # Trial 1 gains on the first image and loses on the last; the means say the opposite.
        skip = [[grown(7), grown(2), grown(0)], [grown(1), grown(2), grown(5)]]
        plain = [[grown(2)] * 3] * 2
        figure = draw([*plain, plain[0]], [*skip, skip[0]])
        assert shown(figure) == ["largest gain", "median", "largest loss"]
        ids = [line for line in texts(figure).split("\n") if line.startswith("Test/")]
        assert ids == ["Test/image_02", "Test/image_01", "Test/image_00"]

    def test_an_image_shows_the_trial_that_is_nearest_to_its_mean(self):
        names, _, results, *_ = arguments = scene(PLAIN, SKIP)
        image = results[results["image"] == "Test/image_00"].set_index(["variant", "trial"])
        plain, skip = (image["boundary_dice_3"][name] for name in names)
        change = skip - plain
        nearest = (change - change.mean()).abs().idxmin()
        words = texts(picture(*arguments))
        assert f"Dice {change.mean():+.3f}" in words
        assert f"trial {nearest}: {change[nearest]:+.3f}" in words

    def test_one_trial_is_not_said_to_be_a_mean(self):
        words = texts(draw(*ONE))
        assert "trial" not in words
        assert "mean of the images" in words

    def test_trials_that_only_one_variant_has_do_not_count(self):
        more = [*PLAIN, [NOTHING] * 5]
        assert points(draw(more, SKIP), "o") == points(draw(PLAIN, SKIP), "o")

    def test_variants_without_a_common_trial(self):
        names, predictions, results, *rest = scene(PLAIN, SKIP)
        results["trial"] += 10 * (results["variant"] == "skip")
        assert "no trial in common" in texts(picture(names, predictions, results, *rest))

    def test_gains_and_losses_that_cancel_out_are_no_difference(self):
        names, predictions, results, *rest = scene([[GLAND]] * 3, [[GLAND]] * 3)
        results.loc[results["variant"] == "skip", "dice"] += [0.1, 0.2, -0.3]
        words = texts(picture(names, predictions, results, *rest))
        assert words.count("identical") == len(MEASURES)

    def test_failed_trials_count_and_are_named(self):
        words = " ".join(texts(draw(PLAIN, SKIP, statuses=["ok", "collapsed"])).split())
        assert "Failed but counted: trial 1 of skip collapsed." in words
        assert "Failed" not in texts(draw(PLAIN, SKIP))

    @pytest.mark.parametrize(
        ("differences", "expected"),
        [
            ([0.1, -0.2, 0.0], {0: "largest gain", 2: "median", 1: "largest loss"}),
            ([0.1, 0.3, 0.2], {1: "largest gain", 2: "median", 0: "smallest gain"}),
            ([-0.1, -0.3, -0.2], {0: "smallest loss", 2: "median", 1: "largest loss"}),
            ([0.0, 0.3, 0.0], {1: "largest gain", 0: "median", 2: "no loss"}),
            ([0.0, -0.3, 0.0], {0: "no gain", 2: "median", 1: "largest loss"}),
            ([0.1, -0.1], {0: "largest gain", 1: "largest loss"}),
            ([0.0, 0.0, 0.0], {0: "no difference"}),
            ([0.1], {0: "only image"}),
        ],
    )
    def test_labels_are_true(self, differences, expected):
        assert list(extremes(np.array(differences)).items()) == list(expected.items())


class TestMaps:
    def test_each_pixel_has_the_colour_of_who_is_right(self):
        truth = np.array([[True, True, False, False]])
        plain = np.array([[True, False, True, False]])
        skip = np.array([[False, False, False, False]])
        colours = (style.ORANGE, style.BLACK, style.BLUE, "#FFFFFF")
        assert advantage_map(case(truth, plain, skip)).tolist() == [[colour(c) for c in colours]]

    def test_the_four_colours_differ_in_greyscale(self):
        truth, plain, skip = np.array([[[0, 0, 1, 1]], [[0, 1, 0, 1]], [[0, 1, 1, 0]]]) > 0
        grey = Image.fromarray(advantage_map(case(truth, plain, skip))).convert("L")
        assert np.diff(np.sort(np.asarray(grey).astype(int).ravel())).min() >= 60

    def test_the_detail_holds_the_most_pixels_that_differ(self):
        skip = GLAND.copy()
        skip[30:34, 30:34] = False
        row, column, high, wide = detail(case(GLAND, GLAND, skip))
        assert row <= 30 < 34 <= row + high
        assert column <= 30 < 34 <= column + wide

    def test_the_detail_shows_what_the_frame_holds(self):
        image, _, enlarged = draw(*ONE).axes[:3]
        frame = image.patches[-1].get_bbox()
        assert enlarged.get_xlim() == (frame.x0, frame.x1)
        assert sorted(enlarged.get_ylim()) == [frame.y0, frame.y1]

    def test_no_contour_is_drawn_where_there_is_none(self):
        figure = draw([[GLAND]], [[NOTHING]], truth=[NOTHING])
        assert [len(axes.collections) for axes in figure.axes[:3]] == [0, 0, 0]


class TestErrorRates:
    @pytest.mark.parametrize(("pixels", "wrong"), [(1, REACH), (-1, REACH - 1)])
    def test_a_contour_that_is_off_by_one_pixel_is_wrong_on_one_side_only(self, pixels, wrong):
        rates = error_rates(predicted([[grown(pixels)]]), GLAND[None], [0])[0]
        assert np.flatnonzero(rates).tolist() == [wrong]
        assert rates[wrong] == 1

    def test_pixels_of_all_images_are_pooled(self):
        truth = np.array([GLAND, GLAND, GLAND, GLAND])
        rates = error_rates(predicted([[grown(1), GLAND, GLAND, GLAND]]), truth, [0])
        assert rates[0, REACH] == 0.25

    def test_images_without_a_contour_do_not_count(self):
        truth = np.array([GLAND, NOTHING, ALL])
        rates = error_rates(predicted([[GLAND, ALL, NOTHING]]), truth, [0])
        assert not rates.any()

    def test_distances_that_no_pixel_has_have_no_rate(self):
        small = np.zeros_like(GLAND)
        small[20:24, 20:24] = True
        rates = error_rates(predicted([[small]]), small[None], [0])[0]
        assert np.isnan(rates[: REACH - 2]).all()
        assert np.isfinite(rates[REACH - 2 :]).all()

    def test_the_bold_line_is_the_mean_of_the_thin_ones(self):
        upper = draw(PLAIN, SKIP).axes[9]
        skip = [line for line in upper.lines if line.get_color() == style.BLUE]
        assert len(skip) == 4
        *thin, bold = sorted(skip, key=lambda line: line.get_linewidth())
        assert np.allclose(bold.get_ydata(), np.mean([line.get_ydata() for line in thin], axis=0))

    def test_one_trial_is_one_line(self):
        figure = draw(PLAIN[:1], SKIP[:1])
        colours = [line.get_color() for line in figure.axes[9].lines]
        assert [colours.count(name) for name in (style.ORANGE, style.BLUE)] == [1, 1]
        assert "single trials" not in texts(figure)

    def test_below_is_the_difference(self):
        upper, lower = draw(PLAIN[:1], SKIP[:1]).axes[9:11]
        plain, skip = (
            next(line.get_ydata() for line in upper.lines if line.get_color() == name)
            for name in (style.ORANGE, style.BLUE)
        )
        change = next(line for line in lower.lines if line.get_color() == style.BLACK)
        assert np.allclose(change.get_ydata(), skip - plain)

    def test_without_any_contour_the_panels_say_so(self):
        assert texts(draw([[ALL]], [[NOTHING]], truth=[NOTHING])).count("no true contour") == 2


class TestDifferences:
    def test_every_image_is_a_point_in_every_row(self):
        names, _, results, *_ = arguments = scene(PLAIN, SKIP)
        means = results.groupby(["variant", "image"])[list(MEASURES)].mean()
        expected = means.loc[names[1]] - means.loc[names[0]]
        drawn = points(picture(*arguments), "o")
        assert np.allclose(drawn, np.sort(expected.to_numpy().ravel()))

    def test_the_colour_says_which_variant_is_better(self):
        figure = draw(PLAIN, SKIP)
        assert min(points(figure, "o", face=style.BLUE)) > 0
        assert max(points(figure, "o", face=style.ORANGE)) < 0

    def test_the_tick_is_the_mean_of_the_images(self):
        figure = draw(PLAIN, SKIP)
        assert np.mean(points(figure, "|")) == pytest.approx(np.mean(points(figure, "o")))

    def test_better_and_worse_images_are_counted(self):
        figure = draw(PLAIN[:1], SKIP[:1])
        for text in figure.axes[-1].texts:
            assert text.get_text().endswith("2 images better\n2 worse")

    def test_what_is_equal_is_called_identical(self):
        words = texts(draw(PLAIN, PLAIN))
        assert words.count("identical") == len(MEASURES)
        assert "images better" not in words

    def test_the_axis_says_what_positive_means(self):
        words = " ".join(texts(draw(PLAIN, SKIP, names=("plain_2", "residual_2"))).split())
        assert "residual_2 \N{MINUS SIGN} plain_2, Dice (positive: residual_2 is better)" in words
