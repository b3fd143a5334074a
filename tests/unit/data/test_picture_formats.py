"""Formats, sizes and kinds of pixels: what is read, what is resized, what is refused."""

import io
import zipfile
from pathlib import Path

import numpy as np
import pytest
from own_studies import own_study
from PIL import Image

from dlia.data.offences import EntryError
from dlia.data.pictures import decode_mask, decode_picture, size_of
from dlia.data.unpack import Layout, decode
from dlia.errors import UserError
from dlia.study.layout_blocks import LabelledFiles, MaskedFiles

SIZE = (6, 8)
RNG = np.random.default_rng(0)
GREY = RNG.integers(0, 256, SIZE).astype(np.uint8)
COLOUR = RNG.integers(0, 256, (*SIZE, 3)).astype(np.uint8)


def encoded(image: Image.Image | np.ndarray, format_: str, **options: object) -> bytes:
    picture = image if isinstance(image, Image.Image) else Image.fromarray(image)
    file = io.BytesIO()
    picture.save(file, format_, **options)
    return file.getvalue()


@pytest.mark.parametrize("kind", ["PNG", "BMP", "PPM", "TIFF"])
def test_formats_without_loss_give_the_pixels(kind):
    assert np.array_equal(decode_picture(encoded(GREY, kind), SIZE, 1), GREY)
    assert np.array_equal(decode_picture(encoded(COLOUR, kind), SIZE, 3), COLOUR)


def test_a_gif_gives_its_greys():
    assert np.array_equal(decode_picture(encoded(GREY, "GIF"), SIZE, 1), GREY)


def test_a_palette_of_greys_gives_its_greys():
    image = Image.fromarray((GREY > 127).astype(np.uint8), "P")
    image.putpalette([10, 10, 10, 200, 200, 200])
    for kind in ("GIF", "BMP"):
        found = decode_picture(encoded(image, kind), SIZE, 1)
        assert np.array_equal(found, np.where(GREY > 127, 200, 10))


def palette() -> Image.Image:
    return Image.fromarray(COLOUR).convert("P", palette=Image.Palette.ADAPTIVE)


REFUSED = {
    "16-bit PNG": (encoded(GREY.astype(np.uint16), "PNG"), 1, "16-bit grey, not 8-bit grey"),
    "16-bit TIFF": (encoded(GREY.astype(np.uint16), "TIFF"), 1, "a TIFF of 16-bit grey values"),
    "16-bit PPM": (b"P6 8 6 65535\n" + bytes(288), 3, "a PPM of other than 8 bits"),
    "floating-point TIFF": (encoded(GREY.astype(np.float32), "TIFF"), 1, "floating-point grey"),
    "palette PNG": (encoded(palette(), "PNG"), 3, "palette, not 8-bit RGB"),
    "palette GIF": (encoded(palette(), "GIF"), 3, "a GIF of palette values, not 8-bit RGB"),
    "coloured palette for grey": (
        encoded(palette(), "GIF"),
        1,
        "a palette of colours, not of greys",
    ),
    "alpha PNG": (encoded(Image.fromarray(COLOUR).convert("RGBA"), "PNG"), 3, "RGBA, not 8-bit"),
    "alpha TIFF": (encoded(Image.fromarray(COLOUR).convert("RGBA"), "TIFF"), 3, "of RGBA values"),
    "grey for colour": (encoded(GREY, "BMP"), 3, "a BMP of 8-bit grey values, not 8-bit RGB"),
    "colour for grey": (encoded(COLOUR, "PPM"), 1, "a PPM of 8-bit RGB values, not 8-bit grey"),
    "several frames": (
        encoded(GREY, "GIF", save_all=True, append_images=[Image.fromarray(255 - GREY)]),
        1,
        "a GIF of several frames",
    ),
    "cut off BMP": (encoded(COLOUR, "BMP")[:-9], 3, "damaged"),
    "cut off PPM": (encoded(COLOUR, "PPM")[:-9], 3, "damaged"),
    "cut off TIFF": (encoded(COLOUR, "TIFF")[:40], 3, "damaged"),
    "header alone": (b"GIF89a", 1, "damaged"),
    "WebP": (b"RIFF\0\0\0\0WEBP", 3, "a WebP, not a PNG"),
    "another size": (encoded(np.zeros((5, 7), np.uint8), "BMP"), 1, "5x7 pixels"),
    "far too many pixels": (b"P5 100000 100000 255\n" + bytes(100), 1, "pixels that are allowed"),
}


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize(("data", "channels", "said"), REFUSED.values(), ids=REFUSED)
def test_other_kinds_are_refused_by_name(data, channels, said):
    with pytest.raises(EntryError, match=said):
        decode_picture(data, SIZE, channels)


@pytest.mark.parametrize("kind", ["JPEG", "TIFF", "PNG"])
def test_a_picture_that_is_to_be_turned_is_refused(kind):
    exif = Image.Exif()
    exif[274] = 6
    upright = Image.Exif()
    upright[274] = 1
    with pytest.raises(EntryError, match="is turned by its EXIF orientation"):
        decode_picture(encoded(COLOUR, kind, exif=exif), SIZE, 3)
    assert decode_picture(encoded(COLOUR, kind, exif=upright), SIZE, 3).shape == (*SIZE, 3)


def test_the_size_of_a_png_is_read_without_its_pixels():
    data = encoded(COLOUR, "PNG")
    start = data.index(b"IDAT") + 4
    assert size_of(data[:start] + bytes(20) + data[start + 20 :]) == SIZE


@pytest.mark.parametrize("resize", [None, "bilinear"])
def test_a_png_that_says_behind_its_pixels_how_it_is_turned_is_refused(resize):
    exif = Image.Exif()
    exif[274] = 6
    data = encoded(COLOUR, "PNG", exif=exif)
    start = data.index(b"eXIf") - 4
    length = int.from_bytes(data[start : start + 4]) + 12
    turned, end = data[start : start + length], len(data) - 12
    late = data[:start] + data[start + length : end] + turned + data[end:]
    with pytest.raises(EntryError, match="is turned by its EXIF orientation"):
        decode_picture(late, SIZE, 3, resize)


@pytest.mark.parametrize("kind", ["PNG", "PPM", "BMP", "JPEG"])
def test_pictures_of_other_sizes_are_resized_if_the_study_says_how(kind):
    large = np.kron(COLOUR, np.ones((2, 2, 1), np.uint8))
    data = encoded(large, kind, **({"quality": 100} if kind == "JPEG" else {}))
    wanted = Image.open(io.BytesIO(data)).resize((8, 6), Image.Resampling.BOX)
    assert np.array_equal(decode_picture(data, SIZE, 3, "box"), np.asarray(wanted))


def test_pictures_of_the_right_size_are_not_resampled():
    assert np.array_equal(decode_picture(encoded(COLOUR, "PPM"), SIZE, 3, "bicubic"), COLOUR)


def test_a_picture_that_is_resized_has_bounds_too():
    with pytest.raises(EntryError, match="pixels that are allowed"):
        decode_picture(b"P5 100000 100000 255\n" + bytes(100), SIZE, 1, "box")


@pytest.mark.parametrize(
    ("stored", "reading", "classes", "indices"),
    [
        ([0, 255], None, 2, [0, 1]),
        ([0, 1, 255], None, 3, [0, 1, 255]),
        ([0, 1, 7, 255], "nonzero", 2, [0, 1, 1, 1]),
        ([0, 1, 255], "classes", 2, [0, 1, 255]),
        ([0, 2, 255], "classes", 3, [0, 2, 255]),
        ([50, 0, 200], {"values": [0, 50, 200]}, 3, [1, 0, 2]),
    ],
)
def test_masks_are_read_as_the_study_says(stored, reading, classes, indices):
    mask = encoded(np.array([stored], np.uint8), "PNG")
    assert decode_mask(mask, (1, len(stored)), classes, reading).tolist() == [indices]


@pytest.mark.parametrize(
    ("stored", "reading", "classes", "said"),
    [
        ([0, 1], None, 2, "state mask: nonzero"),
        ([0, 2], "classes", 2, "0 to 1 and 255 only, not 2"),
        ([0, 9], {"values": [0, 50]}, 2, "may hold 0, 50 only, not 9"),
    ],
)
def test_masks_with_other_values_are_refused(stored, reading, classes, said):
    mask = encoded(np.array([stored], np.uint8), "PNG")
    with pytest.raises(EntryError) as refusal:
        decode_mask(mask, (1, len(stored)), classes, reading)
    assert said in f"{refusal.value} {refusal.value.advice}"


def test_a_mask_is_resized_by_its_nearest_pixels():
    mask = np.kron(np.array([[0, 3], [7, 0]], np.uint8), np.ones((5, 5), np.uint8))
    found = decode_mask(encoded(mask, "GIF"), (2, 2), 2, "nonzero", resize=True)
    assert found.tolist() == [[0, 1], [1, 0]]


def masked(folder: Path, size: tuple[int, int]) -> tuple[np.ndarray, np.ndarray, object]:
    """Decode four images of 12x16 pixels, resized, whose masks have this size."""
    options = {
        "name": "masked_files",
        "train": {"images": "<name>.png", "masks": "<name>_mask.png"},
        "test_numbers": "even",
        "resize": "bilinear",
    }
    with zipfile.ZipFile(folder / "set.zip", "w") as archive:
        for number in range(4):
            mask = np.zeros(size, np.uint8)
            mask[: size[0] // 2] = 255
            archive.writestr(f"{number}.png", encoded(np.full((12, 16), 7, np.uint8), "PNG"))
            archive.writestr(f"{number}_mask.png", encoded(mask, "PNG"))
    return decode(folder / "set.zip", Layout("masked_files", (6, 8), 1, ("a", "b"), options))


@pytest.mark.parametrize("size", [(12, 16), (6, 8), (7, 9), (24, 32)])
def test_a_mask_of_the_proportions_of_its_image_is_resized(tmp_path, size):
    assert masked(tmp_path, size)[1][0, :, 0].tolist() == [1, 1, 1, 0, 0, 0]


@pytest.mark.parametrize("size", [(16, 12), (12, 12), (6, 16)])
def test_a_mask_of_other_proportions_than_its_image_is_never_stretched(tmp_path, size):
    with pytest.raises(UserError, match="and its image 12x16"):
        masked(tmp_path, size)


def test_a_mask_of_another_size_is_refused_where_none_is_resized():
    mask = np.zeros((4, 4), np.uint8)
    with pytest.raises(EntryError):
        decode_mask(encoded(mask, "GIF"), (2, 2), 2, "nonzero")


def test_a_study_of_instance_masks_of_any_size_is_unpacked(tmp_path):
    options = {
        "name": "masked_files",
        "train": {"images": "a/<name>.bmp", "masks": "a/<name>_anno.bmp"},
        "test": {"images": "b/<name>.bmp", "masks": "b/<name>_anno.bmp"},
        "mask": "nonzero",
        "resize": "bilinear",
    }
    MaskedFiles.model_validate(options)
    for part in "ab":
        (tmp_path / "SET" / part).mkdir(parents=True)
        mask = np.zeros((12, 16), np.uint8)
        mask[:6, :8], mask[6:, 8:] = 1, 2
        image = np.full((12, 16, 3), ord(part), np.uint8)
        for name, pixels in (("1", image), ("1_anno", mask)):
            (tmp_path / "SET" / part / f"{name}.bmp").write_bytes(encoded(pixels, "BMP"))
    layout = Layout("masked_files", SIZE, 3, ("background", "gland"), options)
    images, masks, _ = decode(tmp_path / "SET", layout)
    assert images.shape == (2, *SIZE, 3)
    assert masks.mean(axis=(1, 2)).tolist() == [0.5, 0.5]


SIGNS = own_study("signs").data


def test_the_official_zips_of_signs_give_the_pixels_of_the_archive(tmp_path):
    """Official archives that were made from pictures of the right size."""
    (form,) = SIGNS.forms
    pictures = {
        (part, label, number): RNG.integers(0, 256, (32, 32, 3)).astype(np.uint8)
        for part in ("train", "test")
        for label in range(43)
        for number in range(2 if part == "train" else 1)
    }
    course, official = tmp_path / "course/GTSRB", tmp_path / "official/GTSRB"
    rows = ["Filename;ClassId"]
    zips: dict[str, dict[str, bytes]] = {name: {} for name in form.files}
    for (part, label, number), pixels in pictures.items():
        path = f"Final_Training/Images/{label:05d}/00000_{number:05d}"
        if part == "test":
            path = f"Final_Test/Images/{label:05d}"
            rows.append(f"{label:05d}.ppm;{label}")
        file = course / f"{path}.png"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(encoded(pixels, "PNG"))
        zips[form.files[part == "test"]][f"GTSRB/{path}.ppm"] = encoded(pixels, "PPM")
    table = "\n".join(rows).encode()
    (course / "Final_Test/GT-final_test.csv").write_bytes(table)
    zips[form.files[0]]["GTSRB/Final_Training/Images/00000/GT-00000.csv"] = b""
    zips[form.files[2]]["GT-final_test.csv"] = table
    official.mkdir(parents=True)
    for name, contents in zips.items():
        with zipfile.ZipFile(official / name, "w") as archive:
            for path, content in contents.items():
                archive.writestr(path, content)
    found = decode(official, layout_of(form.layout))
    wanted = decode(course, layout_of(SIGNS.layout))
    assert np.array_equal(found[0], wanted[0])
    assert np.array_equal(found[1], wanted[1])
    same = ["id", "part", "group", "sha256"]
    assert found[2][same].equals(wanted[2][same])


def layout_of(block: LabelledFiles) -> Layout:
    return Layout("labelled_files", (32, 32), 3, tuple(SIGNS.classes), block.plain())


def test_names_of_pictures_end_in_a_format_that_is_read():
    part = {"images": "<class>/<name>.xyz"}
    block = LabelledFiles.model_validate({"name": "labelled_files", "train": part, "test": part})
    assert any("must end in .png" in problem.message for problem in block.problems())
