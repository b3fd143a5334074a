"""From volumes in an archive to their slices, which are the images of the data set."""

import hashlib
import itertools
from collections.abc import Iterable, Sequence
from typing import NamedTuple
from zipfile import ZipInfo

import numpy as np
import pandas as pd

from dlia.data.archives import MAX_TOTAL_BYTES, Archive, read_entry
from dlia.data.class_shares import IGNORED
from dlia.data.layouts import Sample
from dlia.data.nifti import Volume, decode_nifti
from dlia.data.offences import EntryError, Offence, offence
from dlia.study.layout_volumes import NiftiVolumes

_INVALID = 254  # in the table of labels; no study has so many classes
_LARGEST_SHIFT = 0.5  # in voxels, of a segmentation against its volume
_BYTES = 3  # of a voxel in the arrays: its value and its class


class Slices(NamedTuple):
    """The slices of all volumes, one row a slice, volume by volume.

    Attributes:
        images: (n, H, W), int16.
        masks: (n, H, W), uint8 class indices and ``IGNORED``.
        table: id (part/volume/slice), part, group (the volume), file, sha256 of the pixels, and
            voxel_mm, the size of a voxel from slice to slice, from row to row and along a row.
    """

    images: np.ndarray
    masks: np.ndarray
    table: pd.DataFrame


def decode_volumes(
    opened: Archive, samples: Sequence[Sample], options: NiftiVolumes, size: tuple[int, int]
) -> tuple[Slices, list[Offence]]:
    """Decode volumes and their segmentations; the slices of damaged ones are missing.

    Volumes are read one after another, so that only their slices are in memory together.

    Args:
        opened: The archive.
        samples: The volumes, sorted by id.
        options: The study's ``layout`` block.
        size: Height and width of a slice.
    """
    numbers = _numbers(options)
    images: list[np.ndarray] = []
    masks: list[np.ndarray] = []
    rows: list[dict[str, str]] = []
    offences: list[Offence] = []
    total = 0
    for sample in samples:
        entry = sample.picture
        try:
            volume = decode_nifti(read_entry(opened, entry))
            pixels = _sliced(volume.numbers, options.axis, size)
            total += _BYTES * pixels.size
            if total > MAX_TOTAL_BYTES:
                raise EntryError(f"with it, the slices take more than {MAX_TOTAL_BYTES} bytes")
            assert isinstance(sample.target, ZipInfo)
            entry = sample.target
            truth = decode_nifti(read_entry(opened, entry), whole=True)
            masks.append(_classes_of(truth, volume, numbers, options))
        except EntryError as reason:
            offences.append(offence(entry, reason))
            continue
        images.append(pixels)
        rows += _rows(sample, pixels, _along(volume.voxel, options.axis))
    if not images:
        images, masks = [np.zeros((0, *size), np.int16)], [np.zeros((0, *size), np.uint8)]
    columns = ["id", "part", "group", "file", "sha256", "voxel_mm"]
    table = pd.DataFrame(rows, columns=columns)
    return Slices(np.concatenate(images), np.concatenate(masks), table), offences


def _classes_of(
    truth: Volume, volume: Volume, numbers: np.ndarray, options: NiftiVolumes
) -> np.ndarray:
    """Give the slices of a segmentation as class indices.

    Raises:
        EntryError: It has another shape, other voxels or another place than its volume, or an
            unknown number.
    """
    if truth.numbers.shape != volume.numbers.shape:
        raise EntryError(
            f"has {_times(truth.numbers.shape)} voxels, and its volume has "
            f"{_times(volume.numbers.shape)}",
            "have other numbers of voxels than their volumes",
        )
    if not np.allclose(truth.voxel, volume.voxel, rtol=1e-3):
        raise EntryError(
            f"has voxels of {_times(truth.voxel)} mm, and its volume has {_times(volume.voxel)} mm"
        )
    if _apart(truth, volume) > _LARGEST_SHIFT:
        raise EntryError(
            "lies elsewhere in space than its volume: its header has another orientation or origin",
            "lie elsewhere in space than their volumes",
            "Save both with the same affine transformation (sform or qform).",
        )
    found = np.moveaxis(truth.numbers, options.axis - 1, 0)
    known = (found >= 0) & (found <= 255)
    classes = np.where(known, numbers[np.where(known, found, 0)], _INVALID).astype(np.uint8)
    if (strange := classes == _INVALID).any():
        named = ", ".join(map(str, sorted([*options.labels, *options.ignored])))
        cause = f"a segmentation may hold {named} only"
        raise EntryError(f"{cause}, not {np.unique(found[strange])[0]}", cause)
    return classes


def _apart(one: Volume, other: Volume) -> float:
    """Give how far apart two headers place a corner at most, in voxels."""
    ends = [(0, side - 1) for side in one.numbers.shape]
    corners = np.array([(*corner, 1) for corner in itertools.product(*ends)])
    moved = corners @ (one.affine - other.affine).T[:, :3]
    return float(np.linalg.norm(moved, axis=1).max()) / min(one.voxel)


def _numbers(options: NiftiVolumes) -> np.ndarray:
    """Give the class index of each number in a segmentation, (256,)."""
    numbers = np.full(256, _INVALID, np.uint8)
    numbers[options.labels] = np.arange(len(options.labels))
    numbers[options.ignored] = IGNORED
    return numbers


def _sliced(values: np.ndarray, axis: int, size: tuple[int, int]) -> np.ndarray:
    slices = np.ascontiguousarray(np.moveaxis(values, axis - 1, 0))
    if slices.shape[1:] != tuple(size):
        raise EntryError(
            f"its slices along axis {axis} have {_times(slices.shape[1:])} voxels, not "
            f"{_times(size)} (data.size)",
            f"have slices of another size than {_times(size)} (data.size)",
        )
    return slices


def _along(voxel: tuple[float, float, float], axis: int) -> list[float]:
    """Give the sizes of a voxel in the order of slice, row and column."""
    sizes = list(voxel)
    return [sizes.pop(axis - 1), *sizes]


def _rows(sample: Sample, slices: np.ndarray, voxel: list[float]) -> list[dict[str, str]]:
    seed = hashlib.sha256(f"{_times(slices.shape[1:])}:".encode())
    rows = []
    for number, pixels in enumerate(slices):
        name = f"{sample.id}/{number:03d}"
        digest = seed.copy()
        digest.update(pixels)
        if pixels.min() == pixels.max():  # the slices that show nothing are no equal images
            digest.update(name.encode())
        rows.append(
            {
                "id": name,
                "part": sample.part,
                "group": sample.group,
                "file": sample.picture.filename,
                "sha256": digest.hexdigest(),
                "voxel_mm": _times(round(side, 6) for side in voxel),
            }
        )
    return rows


def _times(numbers: Iterable[float]) -> str:
    return "x".join(f"{number:g}" for number in numbers)


def voxel_of(text: str) -> tuple[float, float, float]:
    """Read the column voxel_mm."""
    slice_, row, column = map(float, text.split("x"))
    return slice_, row, column


def pixel_shape(text: str) -> float:
    """Return the height of a pixel of a slice by its width, from the column voxel_mm."""
    _, row, column = voxel_of(text)
    return row / column
