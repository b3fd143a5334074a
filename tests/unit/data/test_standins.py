"""Stand-in archives: the layout of the real ones, drawn from a seed alone."""

import io
import re
import zipfile
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from dlia.data import standins
from dlia.data.standins import digits
from dlia.errors import UserError

Archive = dict[str, np.ndarray]

NUMERALS, TISSUES = list("0123456789"), ["stroma", "gland"]
DIGIT_COUNTS = {"train": 60, "test": 20}
GLAND_COUNTS = {"train": 12, "test": 3}


def read(path: Path) -> Archive:
    with zipfile.ZipFile(path) as archive:
        return {
            name: np.asarray(Image.open(io.BytesIO(archive.read(name))))
            for name in archive.namelist()
        }


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("standins")


@pytest.fixture(scope="module")
def digit_images(folder: Path) -> Archive:
    standins.draw(
        "digits", folder / "digits.zip", **DIGIT_COUNTS, size=28, seed=1, classes=NUMERALS
    )
    return read(folder / "digits.zip")


@pytest.fixture(scope="module")
def gland_images(folder: Path) -> Archive:
    standins.draw("glands", folder / "glands.zip", **GLAND_COUNTS, size=64, seed=1, classes=TISSUES)
    return read(folder / "glands.zip")


def select(archive: Archive, word: str) -> list[np.ndarray]:
    return [pixels for name, pixels in archive.items() if word in name]


class TestDigits:
    def test_are_filed_by_part_and_digit(self, digit_images):
        pattern = re.compile(r"MNIST/(Train|Test)/\d/\d{4}\.png")
        assert all(pattern.fullmatch(name) for name in digit_images)

    def test_are_numbered_from_zero_without_gaps(self, digit_images):
        names = sorted(name for name in digit_images if name.startswith("MNIST/Train/3/"))
        assert names == [f"MNIST/Train/3/{index:04d}.png" for index in range(len(names))]

    def test_are_as_many_as_asked_for(self, digit_images):
        parts = Counter(name.split("/")[1] for name in digit_images)
        assert parts == {"Train": DIGIT_COUNTS["train"], "Test": DIGIT_COUNTS["test"]}

    @pytest.mark.parametrize("part", ["Train", "Test"])
    def test_show_all_ten_in_both_parts(self, digit_images, part):
        shown = {name.split("/")[2] for name in digit_images if name.split("/")[1] == part}
        assert shown == set("0123456789")

    def test_are_grey_bytes_of_the_size_asked_for(self, digit_images):
        assert {pixels.shape for pixels in digit_images.values()} == {(28, 28)}
        assert {pixels.dtype for pixels in digit_images.values()} == {np.dtype("uint8")}

    def test_are_bright_in_the_middle_and_dark_at_the_border(self, digit_images):
        mean = np.mean(list(digit_images.values()), axis=0)
        assert mean[4:24, 4:24].mean() > 10 * mean[[0, -1]].mean()

    def test_classes_are_as_unequal_as_in_mnist(self):
        counts = digits.class_counts(60_000)
        assert counts == list(digits.MNIST_COUNTS)

    @pytest.mark.parametrize("count", [10, 11, 99, 1500])
    def test_class_counts_add_up_and_leave_no_digit_out(self, count):
        counts = digits.class_counts(count)
        assert sum(counts) == count
        assert min(counts) >= 1

    def test_are_distorted_in_proportion_to_their_size(self):
        small, large = (
            np.mean(
                [
                    np.abs(digits._elastic_displacement(np.random.default_rng(seed), size)).mean()
                    for seed in range(20)
                ]
            )
            for size in (28, 56)
        )
        assert large == pytest.approx(2 * small, rel=0.25)

    def test_other_classes_than_the_ten_digits_are_refused(self, tmp_path):
        with pytest.raises(UserError, match="digits shows the classes 0 to 9"):
            standins.draw(
                "digits", tmp_path / "a.zip", train=10, test=10, size=28, seed=1, classes=["cat"]
            )

    def test_too_few_for_all_ten_are_refused(self, tmp_path):
        with pytest.raises(ValueError, match="all ten"):
            standins.draw(
                "digits", tmp_path / "few.zip", train=9, test=10, size=28, seed=1, classes=NUMERALS
            )
        assert list(tmp_path.iterdir()) == []

    @pytest.mark.parametrize("font", digits.FONTS)
    def test_every_font_has_its_own_figure_for_every_digit(self, font):
        figures = {digits._distance_to_outline(font, digit, 28).tobytes() for digit in range(10)}
        assert len(figures) == 10


class TestGlands:
    def test_images_and_labels_come_in_pairs_numbered_from_one(self, gland_images):
        expected = {
            f"WARWICK/{part}/{content}_{number:02d}.png"
            for part, count in (("Train", GLAND_COUNTS["train"]), ("Test", GLAND_COUNTS["test"]))
            for content in ("image", "label")
            for number in range(1, count + 1)
        }
        assert set(gland_images) == expected

    def test_images_are_rgb_bytes_of_the_size_asked_for(self, gland_images):
        images = select(gland_images, "image")
        assert {pixels.shape for pixels in images} == {(64, 64, 3)}
        assert {pixels.dtype for pixels in images} == {np.dtype("uint8")}

    def test_have_two_stains_and_no_blue(self, gland_images):
        images = np.stack(select(gland_images, "image"))
        assert not images[..., 2].any()
        assert (images[..., :2].std(axis=(1, 2)) > 5).all()

    def test_labels_are_grey_bytes_of_0_and_255(self, gland_images):
        labels = np.stack(select(gland_images, "label"))
        assert labels.shape[1:] == (64, 64)
        assert labels.dtype == np.uint8
        assert set(np.unique(labels)) == {0, 255}

    def test_share_of_gland_varies_around_a_half(self, gland_images):
        shares = [np.mean(label > 0) for label in select(gland_images, "label")]
        assert min(shares) > 0.15
        assert max(shares) < 0.85
        assert np.std(shares) > 0.03
        assert 0.35 < np.mean(shares) < 0.65

    def test_stain_differs_between_gland_and_stroma(self, gland_images):
        images, labels = select(gland_images, "image"), select(gland_images, "label")
        red = [
            (image[label > 0, 0].mean(), image[label == 0, 0].mean())
            for image, label in zip(images, labels, strict=True)
        ]
        gland, stroma = np.mean(red, axis=0)
        assert gland > 1.1 * stroma

    def test_of_more_than_two_classes_are_numbered_as_masks_of_them_are(self, tmp_path):
        classes = [*TISSUES, "tumour"]
        path = tmp_path / "many.zip"
        standins.draw("glands", path, train=4, test=4, size=64, seed=1, classes=classes)
        masks = [pixels for name, pixels in read(path).items() if "label" in name]
        assert {number for mask in masks for number in np.unique(mask)} == {0, 1, 2}

    def test_an_empty_part_is_refused(self, tmp_path):
        with pytest.raises(ValueError, match="Test would have no image"):
            standins.draw(
                "glands", tmp_path / "none.zip", train=1, test=0, size=32, seed=1, classes=TISSUES
            )


@pytest.mark.parametrize("kind", ["digits", "glands"])
class TestBoth:
    @staticmethod
    def draw(kind: str, path: Path, *, train: int = 12, size: int = 32, seed: int = 7) -> Path:
        classes = NUMERALS if kind == "digits" else TISSUES
        standins.draw(kind, path, train=train, test=10, size=size, seed=seed, classes=classes)
        return path

    def test_same_arguments_give_the_same_bytes(self, kind, tmp_path):
        first = self.draw(kind, tmp_path / "first.zip")
        second = self.draw(kind, tmp_path / "elsewhere" / "second.zip")
        assert first.read_bytes() == second.read_bytes()

    def test_another_seed_gives_other_images(self, kind, tmp_path):
        first = read(self.draw(kind, tmp_path / "first.zip", seed=7))
        second = read(self.draw(kind, tmp_path / "second.zip", seed=8))
        assert first.keys() == second.keys()
        assert not any(np.array_equal(first[name], second[name]) for name in first)

    def test_more_images_leave_the_others_as_they_are(self, kind, tmp_path):
        few = read(self.draw(kind, tmp_path / "few.zip", train=12))
        many = read(self.draw(kind, tmp_path / "many.zip", train=24))
        assert all(np.array_equal(pixels, many[name]) for name, pixels in few.items())

    def test_no_image_is_in_two_places(self, kind, request):
        archive = request.getfixturevalue("digit_images" if kind == "digits" else "gland_images")
        assert len({pixels.tobytes() for pixels in archive.values()}) == len(archive)

    @pytest.mark.parametrize("size", [20, 48])
    def test_other_sizes_are_drawn_to_scale(self, kind, size, tmp_path):
        archive = read(self.draw(kind, tmp_path / "archive.zip", size=size))
        assert {pixels.shape[:2] for pixels in archive.values()} == {(size, size)}
        assert all(pixels.any() for pixels in archive.values())


# What is learnt from stand-ins, and how long it takes, depends on how they look. A change on
# purpose changes these numbers: mean, deviation and mean step to the pixel below, by channel.
LOOK = {
    "digits": [33.078, 68.693, 17.803],
    "glands": [69.012, 119.924, 47.715, 38.09, 25.577, 16.669],
}


@pytest.mark.parametrize("kind", LOOK)
def test_they_look_as_they_did_when_the_studies_were_written(kind, request):
    archive = request.getfixturevalue("digit_images" if kind == "digits" else "gland_images")
    images = np.stack([pixels for name, pixels in archive.items() if "label" not in name])
    channels = images[..., :2] if kind == "glands" else images[..., np.newaxis]
    steps = np.abs(np.diff(channels.astype(int), axis=1))
    pixels = channels.reshape(-1, channels.shape[-1])
    found = [*pixels.mean(axis=0), *pixels.std(axis=0), *steps.mean(axis=(0, 1, 2))]
    assert found == pytest.approx(LOOK[kind], abs=0.005)


def test_an_unknown_kind_is_refused(tmp_path):
    with pytest.raises(ValueError, match="digits, glands"):
        standins.draw(
            "cells", tmp_path / "cells.zip", train=1, test=1, size=32, seed=1, classes=TISSUES
        )
