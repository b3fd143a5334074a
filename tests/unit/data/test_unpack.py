"""From archive to arrays: what is accepted, in which order, and how faults are reported."""

import dataclasses
import hashlib
import io
import struct
import warnings
import zipfile
import zlib
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from own_studies import own_study
from PIL import Image, PngImagePlugin

from dlia.data.offences import REPLACE
from dlia.data.pictures import PNG_START
from dlia.data.unpack import MAX_DECODED_BYTES, Layout, decoded_bytes, unpack
from dlia.errors import UserError

pytestmark = pytest.mark.filterwarnings("error")
PER_EXAMPLE = settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])

FOLDERS = Layout("class_folders", (3, 4), 1, ("0", "1"))
COLOURED = Layout("class_folders", (3, 4), 3, ("0", "1"))
PAIRS = Layout("image_mask_pairs", (3, 4), 3, ("background", "gland"))
TISSUES = Layout("image_mask_pairs", (3, 4), 3, ("background", "gland", "tumour"))
GREY_PAIRS = Layout("image_mask_pairs", (3, 4), 1, ("background", "gland"))


def grey(value: int = 7, size: tuple[int, int] = (3, 4)) -> np.ndarray:
    return np.full(size, value, np.uint8)


def rgb(value: int = 7) -> np.ndarray:
    return np.full((3, 4, 3), value, np.uint8)


def png(picture: np.ndarray | Image.Image, **options) -> bytes:
    image = picture if isinstance(picture, Image.Image) else Image.fromarray(picture)
    buffer = io.BytesIO()
    image.save(buffer, "PNG", **options)
    return buffer.getvalue()


def chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def raw_png(rows: bytes, depth: int = 8, colour: int = 0) -> bytes:
    """A PNG of 3x4 pixels by its header, with any ``rows``."""
    header = struct.pack(">IIBBBBB", 4, 3, depth, colour, 0, 0, 0)
    body = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    return PNG_START + body


MASK = np.array([[0, 255, 255, 0]] * 3, np.uint8)
CLASSES = {f"Set/{part}/{name}/a.png": png(grey()) for part in ("Train", "Test") for name in "01"}
PAIRED = {
    f"Set/{part}/{role}_01.png": png(rgb() if role == "image" else MASK)
    for part in ("Train", "Test")
    for role in ("image", "label")
}


class Result:
    def __init__(self, folder: Path) -> None:
        self.images = np.load(folder / "images.npy")
        self.targets = np.load(folder / "targets.npy")
        self.ids = pd.read_csv(folder / "ids.csv", dtype=str, keep_default_na=False)


def unpacked(tmp_path: Path, entries: dict[str, bytes] | list[tuple[str, bytes]], layout: Layout):
    listed = list(entries.items()) if isinstance(entries, dict) else entries
    with zipfile.ZipFile(tmp_path / "set.zip", "w") as archive, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # zipfile warns of doubled names
        for name, data in listed:
            archive.writestr(name, data)
    return unpacked_file(tmp_path, layout)


def unpacked_file(tmp_path: Path, layout: Layout) -> Result:
    images, targets, ids = (tmp_path / n for n in ("images.npy", "targets.npy", "ids.csv"))
    unpack(tmp_path / "set.zip", layout, images=images, targets=targets, ids=ids)
    return Result(tmp_path)


def refused(tmp_path: Path, entries, layout: Layout) -> str:
    with pytest.raises(UserError) as caught:
        unpacked(tmp_path, entries, layout)
    return str(caught.value)


def renamed(entries: dict[str, bytes], old: str, new: str) -> dict[str, bytes]:
    return {name.replace(old, new): data for name, data in entries.items()}


def test_rows_are_sorted_by_id(tmp_path):
    result = unpacked(tmp_path, dict(reversed(CLASSES.items())), FOLDERS)
    assert result.ids["id"].tolist() == ["Test/0/a", "Test/1/a", "Train/0/a", "Train/1/a"]


def test_the_part_of_each_row_is_train_or_test(tmp_path):
    result = unpacked(tmp_path, CLASSES, FOLDERS)
    assert result.ids["part"].tolist() == ["test", "test", "train", "train"]


def test_the_table_has_the_columns_id_part_group_file_and_sha256(tmp_path):
    result = unpacked(tmp_path, CLASSES, FOLDERS)
    assert result.ids.columns.tolist() == ["id", "part", "group", "file", "sha256"]


@pytest.mark.parametrize(
    ("room", "fits"), [(2 * 60 * 80 * (3 + 1), True), (2 * 60 * 80 * 4 - 1, False)]
)
def test_images_and_their_masks_may_take_no_more_than_is_allowed(tmp_path, monkeypatch, room, fits):
    monkeypatch.setattr("dlia.data.unpack.MAX_DECODED_BYTES", room)
    layout = dataclasses.replace(PAIRS, size=(60, 80))
    mask = np.repeat(np.array([[0, 255]], np.uint8), [1, 79], axis=1).repeat(60, axis=0)
    plain = {"image": np.zeros((60, 80, 3), np.uint8), "label": mask}
    entries = {name: png(plain[name.split("/")[-1][:5]]) for name in PAIRED}
    if fits:
        assert unpacked(tmp_path, entries, layout).images.shape == (2, 60, 80, 3)
    else:
        assert "its pictures take 38400 bytes, more than" in refused(tmp_path, entries, layout)


# How many pictures the archives of the largest studies hold.
EXTENTS = {"mnist": 70_000, "signs": 51_839, "cifar": 60_000, "lungs": 800, "wildlife": 1_969}


@pytest.mark.parametrize(("name", "pictures"), EXTENTS.items())
def test_the_whole_archive_of_a_study_may_be_decoded(name, pictures):
    data = own_study(name).data
    layout = Layout(
        data.layout_name, data.size, data.channels, tuple(data.classes), data.layout_options
    )
    assert decoded_bytes(pictures, layout) <= MAX_DECODED_BYTES


@pytest.mark.parametrize(("entries", "layout"), [(CLASSES, FOLDERS), (PAIRED, PAIRS)])
def test_layouts_without_groups_leave_their_names_empty(tmp_path, entries, layout):
    assert set(unpacked(tmp_path, entries, layout).ids["group"]) == {""}


def test_the_group_of_each_row_is_the_one_that_its_layout_names(tmp_path, monkeypatch):
    module = FOLDERS.module
    plain = module.arrange

    def grouped(located, classes, read):
        samples, offences = plain(located, classes, read)
        return [dataclasses.replace(each, group=f"00{each.target}") for each in samples], offences

    monkeypatch.setattr(module, "arrange", grouped)
    ids = unpacked(tmp_path, CLASSES, FOLDERS).ids
    assert ids["group"].tolist() == ["000", "001", "000", "001"]


def test_the_file_of_each_row_is_its_name_in_the_archive(tmp_path):
    result = unpacked(tmp_path, renamed(CLASSES, "Train", "TRAIN"), FOLDERS)
    assert result.ids["file"].tolist()[-1] == "Set/TRAIN/1/a.png"


def test_the_digest_is_of_the_shape_and_the_pixels(tmp_path):
    result = unpacked(tmp_path, CLASSES, FOLDERS)
    assert result.ids["sha256"][0] == hashlib.sha256(b"3x4:" + grey().tobytes()).hexdigest()


def test_labels_are_the_indices_of_the_classes(tmp_path):
    result = unpacked(tmp_path, CLASSES, FOLDERS)
    assert (result.targets.dtype, result.targets.tolist()) == (np.int64, [0, 1, 0, 1])


def test_grey_pictures_become_one_plane_of_bytes(tmp_path):
    images = unpacked(tmp_path, CLASSES, FOLDERS).images
    assert (images.dtype, images.shape) == (np.uint8, (4, 3, 4))


def test_coloured_pictures_become_three_planes_of_bytes(tmp_path):
    images = unpacked(tmp_path, dict.fromkeys(CLASSES, png(rgb())), COLOURED).images
    assert (images.dtype, images.shape) == (np.uint8, (4, 3, 4, 3))


def test_masks_hold_0_and_1(tmp_path):
    masks = unpacked(tmp_path, PAIRED, PAIRS).targets
    np.testing.assert_array_equal(masks, np.stack([MASK // 255] * 2))


CLASS_MAP = np.array([[0, 1, 2, 255]] * 3, np.uint8)


def test_masks_of_three_classes_hold_their_numbers_and_255_where_they_are_ignored(tmp_path):
    entries = {name: png(CLASS_MAP if "label" in name else rgb()) for name in PAIRED}
    masks = unpacked(tmp_path, entries, TISSUES).targets
    np.testing.assert_array_equal(masks, np.stack([CLASS_MAP] * 2))


def test_a_class_that_is_none_of_three_is_an_offence_of_its_mask(tmp_path):
    entries = PAIRED | {"Set/Train/label_01.png": png(np.full((3, 4), 3, np.uint8))}
    message = refused(tmp_path, entries, TISSUES)
    assert "Set/Train/label_01.png: a label may hold 0 to 2 and 255 only, not 3" in message


def test_more_classes_than_a_mask_can_number_are_a_mistake_of_the_caller():
    Layout("image_mask_pairs", (3, 4), 3, tuple(map(str, range(255))))
    with pytest.raises(ValueError, match="cannot hold 256 classes"):
        Layout("image_mask_pairs", (3, 4), 3, tuple(map(str, range(256))))


def test_masks_are_bytes(tmp_path):
    assert unpacked(tmp_path, PAIRED, PAIRS).targets.dtype == np.uint8


def test_the_id_of_a_pair_is_that_of_its_picture(tmp_path):
    ids = unpacked(tmp_path, PAIRED, PAIRS).ids["id"]
    assert ids.tolist() == ["Test/image_01", "Train/image_01"]


def test_pictures_of_pairs_may_be_grey(tmp_path):
    images = unpacked(tmp_path, dict.fromkeys(PAIRED, png(MASK)), GREY_PAIRS).images
    assert images.shape == (2, 3, 4)


def test_masks_of_one_bit_are_accepted(tmp_path):
    one_bit = png(Image.fromarray(MASK).convert("1"))
    masks = unpacked(tmp_path, PAIRED | {"Set/Test/label_01.png": one_bit}, PAIRS).targets
    np.testing.assert_array_equal(masks[0], MASK // 255)


GREY_VARIANTS = {
    "1 bit": raw_png(b"\0\xa0" * 3, depth=1),
    "2 bits": raw_png(b"\0\xcc" * 3, depth=2),
    "4 bits": raw_png(b"\0\xf0\xf0" * 3, depth=4),
    "8 bits": raw_png(b"\0\xff\0\xff\0" * 3),
}


@pytest.mark.parametrize("variant", GREY_VARIANTS)
def test_grey_pictures_of_fewer_bits_are_spread_over_0_to_255(tmp_path, variant):
    entries = dict.fromkeys(CLASSES, GREY_VARIANTS[variant])
    images = unpacked(tmp_path, entries, FOLDERS).images
    np.testing.assert_array_equal(images[0], [[255, 0, 255, 0]] * 3)


def test_the_same_pixels_in_other_files_have_the_same_digest(tmp_path):
    text = PngImagePlugin.PngInfo()
    text.add_text("Author", "somebody")
    other = png(grey(), compress_level=0, pnginfo=text)
    digests = unpacked(tmp_path, CLASSES | {"Set/Train/1/a.png": other}, FOLDERS).ids["sha256"]
    assert digests.nunique() == 1


@pytest.mark.parametrize(
    ("old", "new"),
    [
        pytest.param("Set/", "", id="no top folder"),
        pytest.param("Set/", "Set/Set/", id="doubled top folder"),
        pytest.param("Set/", "Set/set/", id="doubled top folder in another case"),
        pytest.param("Set/", "Train/", id="top folder with the name of a part"),
        pytest.param("Train", "train", id="lower case part"),
        pytest.param("Test", "TEST", id="upper case part"),
        pytest.param(".png", ".PNG", id="upper case suffix"),
        pytest.param("image_", "IMAGE_", id="upper case picture"),
        pytest.param("label_", "Label_", id="capitalized label"),
    ],
)
def test_folders_above_and_case_of_letters_do_not_matter(tmp_path, old, new):
    ids = unpacked(tmp_path, renamed(PAIRED, old, new), PAIRS).ids["id"]
    assert ids.tolist() == ["Test/image_01", "Train/image_01"]


def test_classes_are_named_as_in_the_layout(tmp_path):
    layout = Layout("class_folders", (3, 4), 1, ("Cat", "dog"))
    entries = renamed(renamed(CLASSES, "/0/", "/cat/"), "/1/", "/DOG/")
    assert unpacked(tmp_path, entries, layout).ids["id"].tolist()[:2] == [
        "Test/Cat/a",
        "Test/dog/a",
    ]


BAD_PICTURES = {
    "a text": (b"hello", "not a PNG"),
    "nothing": (b"", "an empty file"),
    "a JPEG": (b"\xff\xd8\xff\xe0JFIF", "not a PNG"),
    "the half of a PNG": (png(grey())[:40], "cut off"),
    "a PNG without its last byte": (png(grey())[:-1], "cut off"),
    "a PNG whose rows end early": (raw_png(b"\0\1\2\3\4"), "rows are missing"),
    "a PNG without rows": (png(grey()).replace(b"IDAT", b"iDAT"), "damaged"),
    "a PNG of an unknown filter": (raw_png(b"\x09\1\2\3\4" * 3), "damaged"),
    "another size": (png(grey(size=(4, 3))), "4x3 pixels (height x width), not 3x4"),
    "a huge size": (png(grey(size=(9000, 2))), "9000x2 pixels"),
    "RGB": (png(rgb()), "8-bit RGB, not 8-bit grey"),
    "RGBA": (png(Image.new("RGBA", (4, 3))), "8-bit RGBA, not 8-bit grey"),
    "grey with alpha": (png(Image.new("LA", (4, 3))), "grey with alpha"),
    "palette": (png(Image.new("P", (4, 3))), "palette"),
    "16 bits": (png(np.ones((3, 4), np.uint16)), "16-bit grey, not 8-bit grey"),
    "no such depth": (raw_png(bytes(15), depth=3), "3-bit grey"),
    "no such colour": (raw_png(bytes(15), colour=5), "unknown colours"),
}


@pytest.mark.parametrize("kind", BAD_PICTURES)
def test_a_bad_picture_is_named_with_its_fault(tmp_path, kind):
    data, words = BAD_PICTURES[kind]
    message = refused(tmp_path, CLASSES | {"Set/Train/1/a.png": data}, FOLDERS)
    assert message.splitlines()[1].startswith("  Set/Train/1/a.png: ")
    assert words in message


@pytest.mark.parametrize(
    ("data", "words"),
    [
        pytest.param(png(grey()), "8-bit grey, not 8-bit RGB", id="grey"),
        pytest.param(png(Image.new("RGBA", (4, 3))), "8-bit RGBA, not 8-bit RGB", id="RGBA"),
        pytest.param(png(Image.new("P", (4, 3))), "palette, not 8-bit RGB", id="palette"),
        pytest.param(raw_png(bytes(75), 16, 2), "16-bit RGB, not 8-bit RGB", id="16 bits"),
    ],
)
def test_coloured_pictures_are_rgb_of_8_bits_only(tmp_path, data, words):
    entries = dict.fromkeys(CLASSES, png(rgb())) | {"Set/Train/1/a.png": data}
    assert words in refused(tmp_path, entries, COLOURED)


def jpeg(picture: np.ndarray | Image.Image, **options) -> bytes:
    image = picture if isinstance(picture, Image.Image) else Image.fromarray(picture)
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", **options)
    return buffer.getvalue()


GRADIENT = np.arange(36, dtype=np.uint8).reshape(3, 4, 3) * 7


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".JPEG"])
def test_a_coloured_picture_is_judged_by_its_content_and_not_by_its_name(tmp_path, suffix):
    data = jpeg(GRADIENT, quality=95)
    entries = {name.replace(".png", suffix): data for name in CLASSES}
    with Image.open(io.BytesIO(data)) as decoded:
        expected = np.asarray(decoded)
    images = unpacked(tmp_path, entries, COLOURED).images
    np.testing.assert_array_equal(images, [expected] * 4)


def test_a_png_may_be_called_jpg(tmp_path):
    entries = {name.replace(".png", ".jpg"): png(GRADIENT) for name in CLASSES}
    np.testing.assert_array_equal(unpacked(tmp_path, entries, COLOURED).images, [GRADIENT] * 4)


HUGE = jpeg(np.zeros((8, 8, 3), np.uint8)).replace(b"\x00\x08\x00\x08\x03", b"\xff\xf0\xff\xf0\x03")


@pytest.mark.parametrize(
    ("data", "words"),
    [
        pytest.param(jpeg(np.zeros((4, 3, 3), np.uint8)), "4x3 pixels (height x width)", id="size"),
        pytest.param(jpeg(grey()), "a JPEG of grey values, not 8-bit RGB", id="grey"),
        pytest.param(jpeg(Image.new("CMYK", (4, 3))), "a JPEG of CMYK", id="CMYK"),
        pytest.param(jpeg(GRADIENT)[:-2], "cut off", id="without its end"),
        pytest.param(jpeg(GRADIENT)[:300], "cut off", id="half"),
        pytest.param(b"\xff\xd8\xff", "damaged", id="nothing but its start"),
        pytest.param(HUGE, "far too many pixels", id="a bomb"),
    ],
)
def test_a_bad_jpeg_is_named_with_its_fault(tmp_path, data, words):
    entries = dict.fromkeys(CLASSES, jpeg(GRADIENT)) | {"Set/Train/1/a.png": data}
    message = refused(tmp_path, entries, COLOURED)
    assert message.splitlines()[1].startswith("  Set/Train/1/a.png: ")
    assert words in message


def test_grey_pictures_and_masks_are_no_jpegs(tmp_path):
    entries = CLASSES | {"Set/Train/1/a.png": jpeg(grey())}
    assert "a JPEG, not a PNG" in refused(tmp_path, entries, FOLDERS)


def without(entries: dict[str, bytes], *parts: str) -> dict[str, bytes]:
    return {name: data for name, data in entries.items() if not any(p in name for p in parts)}


BAD_ENTRIES = {
    "no label": (without(PAIRED, "Train/label"), PAIRS, "image_01.png: no label_01.png beside it"),
    "no picture": (without(PAIRED, "Train/im"), PAIRS, "label_01.png: no image_01.png beside it"),
    "a label in another part only": (
        without(PAIRED, "Train/label") | {"Set/Test/label_02.png": png(MASK)},
        PAIRS,
        "label_02.png: no image_02.png beside it",
    ),
    "a label of 0 and 1": (
        PAIRED | {"Set/Test/label_01.png": png(MASK // 255)},
        PAIRS,
        "0 and 255 only, not 1",
    ),
    "a coloured label": (PAIRED | {"Set/Test/label_01.png": png(rgb())}, PAIRS, "not 8-bit grey"),
    "a label of another size": (
        PAIRED | {"Set/Test/label_01.png": png(grey(0, (2, 2)))},
        PAIRS,
        "2x2 pixels",
    ),
    "an unknown class": (CLASSES | {"Set/Train/2/a.png": b""}, FOLDERS, "none of the classes 0, 1"),
    "a picture beside the class folders": (CLASSES | {"Set/Train/a.png": b""}, FOLDERS, "expected"),
    "a text": (CLASSES | {"Set/notes.txt": b""}, FOLDERS, "Set/notes.txt: not expected there"),
    "a BMP by its name": (CLASSES | {"Set/Train/0/a.bmp": b""}, FOLDERS, "not expected there"),
    "an unknown part": (CLASSES | {"Set/Valid/0/a.png": b""}, FOLDERS, "not expected there"),
    "three top folders": (CLASSES | {"A/A/A/Train/0/a.png": b""}, FOLDERS, "not expected there"),
    "two unlike top folders": (CLASSES | {"A/B/Train/0/a.png": b""}, FOLDERS, "not expected there"),
    "another top folder": (CLASSES | {"A/Train/0/a.png": b""}, FOLDERS, "A/Train/0/a.png: beside"),
    "names that differ in case": (
        CLASSES | {"Set/Train/0/A.PNG": png(grey())},
        FOLDERS,
        "Set/Train/0/a.png: falls on the same picture as Set/Train/0/A.PNG",
    ),
    "names that differ in the coding of accents": (
        CLASSES | {"Set/Train/0/\xe4.png": png(grey()), "Set/Train/0/a\u0308.png": png(grey())},
        FOLDERS,
        "falls on the same picture",
    ),
    "a doubled name": ([*CLASSES.items(), ("Set/Test/0/a.png", b"")], FOLDERS, "two entries"),
    "a way out": (CLASSES | {"Set/../../a.png": png(grey())}, FOLDERS, "not a plain path"),
}


@pytest.mark.parametrize("kind", BAD_ENTRIES)
def test_a_bad_entry_is_named_with_its_fault(tmp_path, kind):
    entries, layout, words = BAD_ENTRIES[kind]
    assert words in refused(tmp_path, entries, layout)


FOUR_FAULTS = without(PAIRED, "Train/label") | {
    "../evil.png": b"",
    "notes.txt": b"",
    "Set/Test/image_01.png": b"text",
}


def test_all_bad_entries_are_listed_in_one_error_with_path_and_remedy(tmp_path):
    message = refused(tmp_path, FOUR_FAULTS, PAIRS)
    assert message.splitlines() == [
        f"{tmp_path}/set.zip: 4 entries cannot be used:",
        "  ../evil.png: its name is not a plain path below the archive's top",
        "  Set/Test/image_01.png: not a PNG",
        "  Set/Train/image_01.png: no label_01.png beside it",
        "  notes.txt: not expected there; only"
        " Train/image_<number>.png with Train/label_<number>.png, and Test likewise",
        REPLACE,
    ]


def test_nothing_is_written_for_a_bad_archive(tmp_path):
    refused(tmp_path, FOUR_FAULTS, PAIRS)
    assert [file.name for file in tmp_path.iterdir()] == ["set.zip"]


def test_a_long_list_is_cut_after_20_entries_and_counted(tmp_path):
    depths = {f"Set/Train/0/{bits}.png": raw_png(bytes(15), depth=bits) for bits in range(17, 47)}
    message = refused(tmp_path, CLASSES | depths, FOLDERS)
    assert len(message.splitlines()) == 1 + 20 + 1 + 1
    assert "30 in all" in message


def test_many_entries_with_one_cause_take_a_few_lines(tmp_path):
    entries = CLASSES | {f"Set/Train/0/{i}.png": png(grey(size=(i, 5))) for i in range(10, 40)}
    message = refused(tmp_path, entries, FOLDERS)
    assert message.splitlines()[1:5] == [
        "  Set/Train/0/10.png: 10x5 pixels (height x width), not 3x4",
        "  Set/Train/0/11.png: 11x5 pixels (height x width), not 3x4",
        "  Set/Train/0/12.png: 12x5 pixels (height x width), not 3x4",
        "  ... and 27 more: not 3x4 pixels (height x width)",
    ]


def test_changed_bytes_of_an_entry_are_an_offence_of_that_entry(tmp_path):
    unpacked(tmp_path, CLASSES, FOLDERS)
    file = tmp_path / "set.zip"
    content = bytearray(file.read_bytes())
    content[content.index(b"IDAT") + 6] ^= 1  # of the first entry
    file.write_bytes(content)
    with pytest.raises(UserError, match=r"1 entry cannot(.|\n)*Set/Train/0/a\.png: .*\(CRC\)"):
        unpacked_file(tmp_path, FOLDERS)


@pytest.mark.parametrize(
    ("entries", "layout", "words"),
    [
        pytest.param({}, FOLDERS, "no pictures in it", id="empty archive"),
        pytest.param({"Set/Train/": b"", "__MACOSX/x": b""}, PAIRS, "no pictures in it", id="none"),
        pytest.param(without(CLASSES, "Test"), FOLDERS, "in its folder Test", id="no test part"),
        pytest.param(without(PAIRED, "Train"), PAIRS, "in its folder Train", id="no training part"),
        pytest.param(
            without(CLASSES, "Train/1"), FOLDERS, "of class 1 in its folder Train", id="no class"
        ),
        pytest.param(
            without(CLASSES, "Test/0"), FOLDERS, "of class 0 in its folder Test", id="no test class"
        ),
        pytest.param(
            PAIRED | {"Set/Test/label_01.png": png(grey(0))}, PAIRS, "gland: all are black", id="0"
        ),
        pytest.param(
            PAIRED | {"Set/Train/label_01.png": png(grey(255))}, PAIRS, "all are white", id="255"
        ),
        pytest.param(PAIRED, TISSUES, "no mask in its folder Train shows class gland", id="two"),
    ],
)
def test_an_incomplete_archive_is_named_with_fault_and_remedy(tmp_path, entries, layout, words):
    message = refused(tmp_path, entries, layout)
    assert message.startswith(f"{tmp_path}/set.zip: no ")
    assert words in message
    assert message.endswith(REPLACE)


def test_pictures_that_would_fill_the_memory_are_refused_before_they_are_decoded(tmp_path):
    layout = Layout("class_folders", (30_000, 30_000), 3, ("0", "1"))
    assert "10800000000 bytes" in refused(tmp_path, CLASSES, layout)


def test_a_missing_archive_is_reported_with_its_path(tmp_path):
    with pytest.raises(UserError, match=r"set\.zip: No such file"):
        unpacked_file(tmp_path, FOLDERS)


def test_an_unknown_kind_of_layout_is_a_mistake_of_the_caller():
    with pytest.raises(ValueError, match="no such layout"):
        Layout("heap", (3, 4), 1, ())


PARTS_OF_NAMES = (
    st.sampled_from(["Set", "Train", "test", "0", "2", "a.png", "A.PNG", "image_01.png"])
    | st.sampled_from(["label_01.png", "..", ".", "", "\\", "C:", "__MACOSX", "._a.png"])
    | st.sampled_from(["\u202e", "\x1b[2J", "\xdf.png"])
)
HOSTILE_NAMES = st.lists(PARTS_OF_NAMES, min_size=1, max_size=6).map("/".join) | st.text(
    st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20
)


def outcome(tmp_path: Path, entries, layout: Layout) -> str:
    """Give the text of the UserError, or nothing where the archive is accepted."""
    try:
        unpacked(tmp_path, entries, layout)
    except UserError as error:
        return str(error)
    return ""


@given(
    # zipfile cannot write a name that is empty up to its first NUL.
    names=st.lists(HOSTILE_NAMES.filter(lambda name: name.split("\0")[0]), max_size=12),
    good=st.booleans(),
    layout=st.sampled_from([FOLDERS, PAIRS]),
)
@PER_EXAMPLE
def test_hostile_names_raise_nothing_but_an_error_for_the_user(tmp_path, names, good, layout):
    entries = list((CLASSES if layout is FOLDERS else PAIRED).items()) if good else []
    message = outcome(tmp_path, entries + [(name, png(grey())) for name in names], layout)
    assert all(line.isprintable() for line in message.splitlines())


@given(st.binary(max_size=60), st.integers(0, 80))
@PER_EXAMPLE
def test_hostile_pictures_raise_nothing_but_an_error_for_the_user(tmp_path, noise, start):
    whole = png(grey())
    data = whole[:start] + noise + whole[start + len(noise) :]
    message = outcome(tmp_path, CLASSES | {"Set/Train/1/a.png": data}, FOLDERS)
    assert not message or "\n  Set/Train/1/a.png: " in message


PICTURES = st.binary(min_size=12, max_size=12).map(
    lambda data: np.frombuffer(data, np.uint8).reshape(3, 4)
)
KEYS = st.tuples(
    st.sampled_from(["Train", "Test"]),
    st.sampled_from("01"),
    st.text("abcxyz0189_- ", min_size=1, max_size=5).map(lambda text: "n" + text),
)
COMPLETE = {(part, name, "first"): grey() for part in ("Train", "Test") for name in "01"}


@given(st.dictionaries(KEYS, PICTURES, max_size=8), st.randoms(use_true_random=False))
@PER_EXAMPLE
def test_any_pictures_in_any_order_come_back_by_their_ids(tmp_path, pictures, random):
    pictures = {"/".join(key): picture for key, picture in (COMPLETE | pictures).items()}
    entries = [(f"Set/{key}.png", png(picture)) for key, picture in pictures.items()]
    random.shuffle(entries)
    result = unpacked(tmp_path, entries, FOLDERS)
    assert result.ids["id"].tolist() == sorted(pictures)
    np.testing.assert_array_equal(result.images, [pictures[key] for key in sorted(pictures)])
    assert result.targets.tolist() == [int(key.split("/")[1]) for key in sorted(pictures)]
