"""Volumes in the NIfTI form: what is read from them, and what is refused."""

import gzip
import io
import struct
import zipfile
from pathlib import Path
from typing import Any

import nibabel
import numpy as np
import pytest

from dlia.data import standins, volumes
from dlia.data.class_shares import IGNORED
from dlia.data.nifti import decode_nifti
from dlia.data.offences import EntryError
from dlia.data.splits import equal_images, split
from dlia.data.unpack import Layout, decode
from dlia.errors import UserError
from dlia.study.layout_volumes import NiftiVolumes

OPTIONS: dict[str, Any] = {
    "name": "nifti_volumes",
    "images": "<folder>/<volume>.nii.gz",
    "segmentations": "<folder>/<volume>_seg.nii.gz",
    "train": ["A1"],
    "validation": ["B2"],
    "test": ["C3"],
    "left_out": ["D4"],
    "axis": 3,
    "labels": [1, 3],
    "ignored": [0],
    "unused": ["*.json"],
}
CLASSES = ("grey", "white")
SHAPE = (4, 3, 2)
VALUES = np.arange(24, dtype=np.int16).reshape(SHAPE)
LABELS = np.array([0, 1, 3] * 8, np.uint8).reshape(SHAPE)
RAS = np.diag([1.0, 1.5, 2.0, 1.0])


def file_of(values: np.ndarray, affine: np.ndarray = RAS, scale: float | None = None) -> bytes:
    image = nibabel.Nifti1Image(values, affine)
    if scale:
        image.header.set_slope_inter(scale, 0)
    return image.to_bytes()


def packed(values: np.ndarray, affine: np.ndarray = RAS) -> bytes:
    return gzip.compress(file_of(values, affine))


def entries(**change: bytes) -> dict[str, bytes]:
    files = {}
    for number, name in enumerate(("A1", "B2", "C3")):
        files[f"Set/Own/{name}.nii.gz"] = packed(VALUES + number)
        files[f"Set/Own/{name}_seg.nii.gz"] = packed(LABELS)
    return files | {f"Set/Own/{name}.nii.gz": data for name, data in change.items()}


def read(folder: Path, files: dict[str, bytes], **change: Any):
    with zipfile.ZipFile(folder / "set.zip", "w") as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    layout = Layout("nifti_volumes", (4, 3), 1, CLASSES, OPTIONS | change)
    return decode(folder / "set.zip", layout)


def refusal(folder: Path, files: dict[str, bytes], **change: Any) -> str:
    with pytest.raises(UserError) as caught:
        read(folder, files, **change)
    return str(caught.value)


def test_the_slices_of_all_volumes_are_rows_in_the_order_of_their_ids(tmp_path):
    images, masks, table = read(tmp_path, entries())
    assert images.shape == masks.shape == (6, 4, 3)
    assert images.dtype == np.int16
    assert table["id"].tolist()[:3] == ["test/C3/000", "test/C3/001", "train/A1/000"]
    assert (images[2] == VALUES[:, :, 0]).all()


def test_numbers_become_classes_and_ignored_ones_no_class(tmp_path):
    _, masks, _ = read(tmp_path, entries())
    wanted = np.array([IGNORED, 0, IGNORED, 1])[LABELS[:, :, 1]]
    assert (masks[1] == wanted).all()


def test_the_parts_are_those_that_the_study_names(tmp_path):
    _, masks, table = read(tmp_path, entries())
    parts = split(table, masks, None, 1)
    assert parts["part"].tolist() == ["test"] * 2 + ["train"] * 2 + ["validation"] * 2
    assert parts["voxel_mm"].tolist() == ["2x1x1.5"] * 6


def test_slices_without_any_difference_are_no_equal_images(tmp_path):
    black = entries(A1=packed(VALUES * 0), B2=packed(VALUES * 0))
    _, masks, table = read(tmp_path, black)
    assert equal_images(table, split(table, masks, None, 1)).empty


def test_a_volume_in_two_parts_under_two_names_is_found_by_its_slices(tmp_path):
    _, masks, table = read(tmp_path, entries(B2=packed(VALUES)))
    equal = equal_images(table, split(table, masks, None, 1))
    assert equal["id"].tolist()[:2] == ["train/A1/000", "validation/B2/000"]


@pytest.mark.parametrize("axis", [1, 2, 3])
def test_slices_lie_along_the_stated_axis(tmp_path, axis):
    size = tuple(side for number, side in enumerate(SHAPE, 1) if number != axis)
    with zipfile.ZipFile(tmp_path / "set.zip", "w") as archive:
        for name, data in entries().items():
            archive.writestr(name, data)
    layout = Layout("nifti_volumes", size, 1, CLASSES, OPTIONS | {"axis": axis})
    images, _, _ = decode(tmp_path / "set.zip", layout)
    first = images[SHAPE[axis - 1]]  # after the slices of the test volume
    assert (first == VALUES.take(0, axis=axis - 1)).all()


def test_a_fourth_axis_of_one_is_taken_away():
    assert (decode_nifti(file_of(VALUES[..., None])).numbers == VALUES).all()


def test_the_scaling_of_the_header_is_applied():
    image = nibabel.Nifti1Image(VALUES, RAS)
    data = bytearray(image.to_bytes())
    struct.pack_into("<2f", data, 112, 2.0, -3.0)  # scl_slope, scl_inter
    assert (decode_nifti(bytes(data)).numbers == 2 * VALUES - 3).all()


def test_a_volume_in_another_orientation_is_turned():
    turned = np.diag([-1.0, 1.5, 2.0, 1.0])
    volume = decode_nifti(file_of(VALUES[::-1], turned))
    assert (volume.numbers == VALUES).all()
    assert volume.voxel == (1.0, 1.5, 2.0)


def test_axes_in_another_order_are_turned_with_their_voxels():
    swapped = np.zeros((4, 4))
    swapped[[0, 1, 2, 3], [2, 1, 0, 3]] = [1.0, 1.5, 2.0, 1.0]
    volume = decode_nifti(file_of(VALUES.transpose(2, 1, 0), swapped))
    assert (volume.numbers == VALUES).all()
    assert volume.voxel == (1.0, 1.5, 2.0)


def test_real_numbers_keep_their_order_and_what_is_above_zero():
    values = np.array([0, 1e-9, 0.25, 0.5, 1.0, -1.0], np.float32).reshape(1, 2, 3)
    found = decode_nifti(file_of(values)).numbers.ravel().tolist()
    assert found == [0, 1, 8192, 16384, 32767, -32767]


def test_whole_numbers_of_sixteen_bits_stay_what_they_are():
    assert decode_nifti(file_of(VALUES.astype(np.float32))).numbers.tolist() == VALUES.tolist()


def test_a_large_header_is_read_in_the_other_byte_order():
    swapped = nibabel.Nifti1Image(VALUES, RAS).to_bytes()
    header = nibabel.Nifti1Header(swapped[:348]).as_byteswapped(">")
    image = nibabel.Nifti1Image(VALUES, RAS, header)
    assert (decode_nifti(image.to_bytes()).numbers == VALUES).all()


def broken(data: bytes, place: int, form: str, *numbers: float) -> bytes:
    changed = bytearray(data)
    struct.pack_into(form, changed, place, *numbers)
    return bytes(changed)


PLAIN = file_of(VALUES)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "empty"),
        (PLAIN[:200], "cut off"),
        (PLAIN[:-1], "cut off"),
        (PLAIN + b"x", "larger"),
        (gzip.compress(PLAIN)[:60], "cut off"),
        (gzip.compress(PLAIN)[:-12], "cut off"),
        (gzip.compress(PLAIN)[:-4], "cut off"),
        (gzip.compress(PLAIN)[:-8] + bytes(8), "damaged"),
        (gzip.compress(PLAIN) + b"rubbish", "damaged"),
        (gzip.compress(PLAIN) * 2, "larger"),
        (gzip.compress(PLAIN + b"x" * 10**6), "larger"),
        (b"\x1f\x8b" + b"rubbish" * 20, "damaged"),
        (b"\x89PNG" + bytes(400), "another kind"),
        (broken(PLAIN, 40, "<8h", 3, 4, 3, 3, 1, 1, 1, 1), "cut off"),
        (broken(PLAIN, 40, "<8h", 3, 4, 3, 1, 1, 1, 1, 1), "larger"),
        (broken(PLAIN, 40, "<8h", 3, 4, -3, 2, 1, 1, 1, 1), "axes"),
        (broken(PLAIN, 40, "<8h", 4, 4, 3, 2, 5, 1, 1, 1), "axes"),
        (broken(PLAIN, 40, "<8h", 3, 9999, 9999, 9999, 1, 1, 1, 1), "voxels"),
        (broken(PLAIN, 40, "<8h", 3, 512, 512, 511, 1, 1, 1, 1), "describes"),
        (broken(PLAIN, 70, "<h", 7777), "not whole or real"),
        (broken(PLAIN, 70, "<h", 2), "16 bits and kind 2"),
        (broken(PLAIN, 72, "<h", 7), "7 bits"),
        (file_of(VALUES.astype(np.complex64)), "not whole or real"),
        (broken(broken(PLAIN, 80, "<3f", 1, 0, 1), 254, "<h", 0), "sizes"),
        (broken(PLAIN, 108, "<f", float("nan")), "cannot be read"),
        (broken(PLAIN, 280, "<12f", *[0] * 12), "cannot be read"),
        (file_of(np.full(SHAPE, np.inf, np.float32)), "finite"),
    ],
)
def test_a_file_that_lies_is_refused_and_says_why(data, said):
    with pytest.raises(EntryError, match=said):
        decode_nifti(data)


def test_nested_compression_is_bounded_by_what_the_header_says(monkeypatch):
    asked = []
    real = gzip.GzipFile.read
    monkeypatch.setattr(gzip.GzipFile, "read", lambda f, n: asked.append(n) or real(f, n))
    with pytest.raises(EntryError, match="larger"):
        decode_nifti(gzip.compress(PLAIN + bytes(5_000_000)))
    assert asked == [348, len(PLAIN) + 1]


def test_a_mask_of_a_small_lesion_is_read_although_it_packs_a_thousand_times():
    lesion = np.zeros((128, 128, 128), np.uint8)
    lesion[60:64, 60:64, 60:64] = 1
    data = gzip.compress(file_of(lesion))
    assert lesion.nbytes > 800 * len(data)
    assert (decode_nifti(data).numbers == lesion).all()


def test_a_file_may_be_packed_in_parts():
    parts = gzip.compress(PLAIN[:360]) + gzip.compress(PLAIN[360:]) + bytes(512)
    assert (decode_nifti(parts).numbers == VALUES).all()


MIRRORED = np.diag([-1.0, 1.5, 2.0, 1.0])


@pytest.mark.parametrize(
    "affine",
    [MIRRORED, RAS + np.eye(4, k=3) * 5, RAS + np.diag([0.02, 0.0, 0.0], k=1) * 50],
    ids=["mirrored", "moved", "turned"],
)
def test_a_segmentation_that_lies_elsewhere_than_its_volume_is_refused(tmp_path, affine):
    text = refusal(tmp_path, entries(B2_seg=packed(LABELS, affine)))
    assert "B2_seg.nii.gz" in text


def test_a_segmentation_may_lie_a_part_of_a_voxel_aside(tmp_path):
    moved = RAS + np.eye(4, k=3) * 0.3
    images, _, _ = read(tmp_path, entries(B2_seg=packed(LABELS, moved)))
    assert len(images) == 6


def test_a_damaged_volume_is_named_once_among_all_that_are_damaged(tmp_path):
    text = refusal(tmp_path, entries(A1=packed(VALUES)[:60], C3=b"x" * 400))
    assert "2 entries cannot be used" in text
    assert "Set/Own/A1.nii.gz: a gzip file that is cut off" in text
    assert "Set/Own/C3.nii.gz" in text


def test_a_segmentation_of_another_shape_is_refused(tmp_path):
    text = refusal(tmp_path, entries(A1_seg=packed(np.zeros((4, 3, 1), np.uint8))))
    assert "A1_seg.nii.gz: has 4x3x1 voxels, and its volume has 4x3x2" in text


def test_a_segmentation_with_other_voxels_is_refused(tmp_path):
    text = refusal(tmp_path, entries(B2_seg=packed(LABELS, np.diag([1.0, 1.0, 2.0, 1.0]))))
    assert "B2_seg.nii.gz: has voxels of 1x1x2 mm, and its volume has 1x1.5x2 mm" in text


@pytest.mark.parametrize("strange", [2, -1, 300])
def test_a_number_that_is_no_class_is_refused(tmp_path, strange):
    labels = LABELS.astype(np.int16)
    labels[0, 0, 0] = strange
    text = refusal(tmp_path, entries(A1_seg=packed(labels)))
    assert f"A1_seg.nii.gz: a segmentation may hold 0, 1, 3 only, not {strange}" in text


def test_a_segmentation_of_numbers_that_are_not_whole_is_refused(tmp_path):
    text = refusal(tmp_path, entries(A1_seg=packed(LABELS / np.float32(2))))
    assert "A1_seg.nii.gz: holds 0.5; the numbers of a segmentation are whole" in text
    image = gzip.compress(file_of(LABELS, scale=0.5))
    assert "holds 0.5" in refusal(tmp_path, entries(A1_seg=image))


def test_slices_of_another_size_are_refused_with_the_key(tmp_path):
    assert "4x2 voxels, not 4x3 (data.size)" in refusal(
        tmp_path, entries(A1=packed(VALUES.transpose(0, 2, 1)))
    )


def test_a_volume_that_the_study_does_not_name_is_an_error(tmp_path):
    text = refusal(tmp_path, entries(Z9=packed(VALUES)))
    assert "Z9.nii.gz: is a volume that the study names in no part" in text
    assert "left_out" in text


def test_a_volume_that_is_left_out_is_not_read(tmp_path):
    _, _, table = read(tmp_path, entries(D4=b"rubbish"))
    assert len(table) == 6


@pytest.mark.parametrize(
    ("gone", "said"),
    [
        (("A1_seg",), "A1.nii.gz: has no segmentation"),
        (("A1",), "A1_seg.nii.gz: has no volume"),
        (("A1", "A1_seg"), "A1: is missing"),
    ],
)
def test_what_the_study_names_must_be_there(tmp_path, gone, said):
    files = entries()
    for name in gone:
        del files[f"Set/Own/{name}.nii.gz"]
    assert said in refusal(tmp_path, files)


def test_a_class_that_no_volume_of_a_part_shows_is_an_error(tmp_path):
    alone = np.where(LABELS == 3, 1, LABELS)
    assert "white" in refusal(tmp_path, entries(B2_seg=packed(alone)))


def test_more_slices_than_the_arrays_may_take_are_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(volumes, "MAX_TOTAL_BYTES", 3 * 24 * 2)
    assert "take more than" in refusal(tmp_path, entries())


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"images": "<folder>/<name>.nii.gz"}, "images"),
        ({"images": "<volume>/<volume>.nii.gz"}, "images"),
        ({"segmentations": "<volume>_seg.img"}, "segmentations"),
        ({"segmentations": "<folder>/<volume>.nii.gz"}, "segmentations"),
        ({"test": ["a1"]}, "test"),
        ({"left_out": ["C3"]}, "left_out"),
        ({"ignored": [0, 3]}, "ignored"),
    ],
)
def test_faults_of_the_block_name_their_key(change, path):
    block = NiftiVolumes.model_validate(OPTIONS | change)
    assert path in [problem.path for problem in block.problems()]


def drawn(folder: Path, seed: int = 1, **change: Any) -> Path:
    path = folder / "Set.zip"
    counts = {"train": 16, "test": 8, "size": 64}
    options = OPTIONS | {"labels": [1, 2, 3]} | change
    classes = ["fluid", "grey", "white"][: len(options["labels"])]
    standins.draw("ellipsoids", path, seed=seed, classes=classes, options=options, **counts)
    return path


@pytest.mark.parametrize("axis", [1, 2, 3])
def test_a_standin_is_read_as_an_archive_is(tmp_path, axis):
    path = drawn(tmp_path, axis=axis)
    options = OPTIONS | {"labels": [1, 2, 3], "axis": axis}
    images, masks, table = decode(
        path, Layout("nifti_volumes", (64, 64), 1, ("a", "b", "c"), options)
    )
    assert table["part"].value_counts().to_dict() == {"train": 8, "validation": 8, "test": 8}
    assert ((images > 0) == (masks != IGNORED)).all()
    assert [int((masks == number).sum()) > 200 for number in range(3)] == [True] * 3


def test_a_standin_of_two_classes_has_a_background(tmp_path):
    change = {"labels": [0, 1], "ignored": []}
    path = drawn(tmp_path, **change)
    _, masks, _ = decode(path, Layout("nifti_volumes", (64, 64), 1, CLASSES, OPTIONS | change))
    assert set(np.unique(masks)) == {0, 1}


def test_equal_seeds_draw_equal_standins(tmp_path):
    first = drawn(tmp_path).read_bytes()
    assert drawn(tmp_path).read_bytes() == first
    assert drawn(tmp_path, seed=2).read_bytes() != first


def test_brightness_differs_from_volume_to_volume(tmp_path):
    with zipfile.ZipFile(drawn(tmp_path)) as archive:
        names = [name for name in archive.namelist() if "_seg" not in name]
        most = [decode_nifti(io.BytesIO(archive.read(name)).read()).numbers.max() for name in names]
    assert max(most) > 1.2 * min(most)
