"""From the bytes of a NIfTI file to a volume of whole numbers, turned to one orientation."""

import gzip
import io
import struct
import zlib
from typing import NamedTuple

import numpy as np

from dlia.data.archives import MAX_ENTRY_BYTES
from dlia.data.offences import EntryError

GZIP = b"\x1f\x8b"
MAX_VOXELS = 2**27  # of a volume; 512 x 512 x 512
_HEADER = 348  # bytes of a NIfTI-1 header; the number stands in its first four bytes
_MAGIC = (b"n+1\0", b"ni1\0")
# The bits of a number by its kind in the header; the others are complex numbers and colours.
_BITS = {2: 8, 4: 16, 8: 32, 16: 32, 64: 64, 256: 8, 512: 16, 768: 32, 1024: 64, 1280: 64}
_WHOLE = np.iinfo(np.int16)


class Volume(NamedTuple):
    """A volume whose axes lead to the right, to the front and to the top.

    Attributes:
        numbers: (X, Y, Z), int16.
        voxel: The size of a voxel along each axis, in mm.
        affine: (4, 4), from the numbers of a voxel to its place in space, in mm.
    """

    numbers: np.ndarray
    voxel: tuple[float, float, float]
    affine: np.ndarray


def decode_nifti(data: bytes, whole: bool = False) -> Volume:
    """Decode a NIfTI-1 file, packed by gzip or not.

    The scaling of the header is applied. What is no whole number of 16 bits then, is stretched so
    that the largest absolute value becomes 32,767; 0 stays 0, and what is above 0 stays above it.

    A mask of a small lesion packs a thousand times, so no ratio tells a hostile file. What bounds
    it is the size that its header describes: nothing beyond is unpacked.

    Args:
        data: The file.
        whole: Whether other than whole numbers of 16 bits are refused, as in a segmentation.

    Raises:
        EntryError: It is no such file, cut off, larger than its header says, has more than
            ``MAX_VOXELS`` voxels, voxels without a size, or values that are not finite.
    """
    import nibabel  # what unpacks pictures needs not wait for it

    header = _header(data)
    order = "<" if struct.unpack_from("<i", header)[0] == _HEADER else ">"
    if struct.unpack_from(f"{order}i", header)[0] != _HEADER or header[344:348] not in _MAGIC:
        raise EntryError("no NIfTI-1 file: its header is that of another kind")
    if header[344:348] == _MAGIC[1]:
        raise EntryError("the header of a pair .hdr and .img; save it as one file .nii")
    axes, *sides = struct.unpack_from(f"{order}8h", header, 40)
    kind, bits = struct.unpack_from(f"{order}2h", header, 70)
    start = struct.unpack_from(f"{order}f", header, 108)[0]
    if not 3 <= axes <= 7 or min(sides[:axes]) < 1 or any(side != 1 for side in sides[3:axes]):
        raise EntryError(
            f"has the axes {sides[: max(axes, 0)]}; a volume has three, and others are 1 long"
        )
    voxels = sides[0] * sides[1] * sides[2]
    if voxels > MAX_VOXELS:
        raise EntryError(f"has {voxels} voxels, more than the {MAX_VOXELS} that are allowed")
    if not (np.isfinite(start) and _HEADER <= start <= 2**20):
        raise EntryError("a NIfTI header that cannot be read: where its numbers are")
    if bits != _BITS.get(kind):
        raise EntryError(f"has numbers of {bits} bits and kind {kind}, not whole or real ones")
    size = int(start) + voxels * bits // 8
    if size > MAX_ENTRY_BYTES:
        raise EntryError(f"its header describes {size} bytes, more than {MAX_ENTRY_BYTES}")
    steps = struct.unpack_from(f"{order}3f", header, 80)
    if 0 in steps and not struct.unpack_from(f"{order}h", header, 254)[0]:  # nibabel takes 1 mm
        raise EntryError(f"its voxels have the sizes {[*steps]}, which are none")
    unpacked = _unpacked(data, size)
    try:
        image = nibabel.Nifti1Image.from_bytes(unpacked)
        image = nibabel.as_closest_canonical(image)
        values = np.asanyarray(image.dataobj)
        sizes = [float(size) for size in nibabel.affines.voxel_sizes(image.affine)]
    except Exception as error:  # nibabel has no common class of errors for headers that lie
        reason = " ".join(str(error).split())
        raise EntryError(f"a NIfTI header that cannot be read: {reason}") from error
    if not all(np.isfinite(size) and size > 0 for size in sizes):
        raise EntryError(f"its voxels have the sizes {sizes}, which are none")
    numbers = _as_int16(values.reshape(values.shape[:3]), whole)
    return Volume(numbers, (sizes[0], sizes[1], sizes[2]), image.affine)


def _header(data: bytes) -> bytes:
    if not data:
        raise EntryError("an empty file")
    header = _start(data, _HEADER)
    if len(header) < _HEADER:
        kind = "gzip" if data.startswith(GZIP) else "NIfTI"
        raise EntryError(f"a {kind} file that is cut off")
    return header


def _unpacked(data: bytes, size: int) -> bytes:
    """Give a whole file of ``size`` bytes, and never unpack more than one byte beyond."""
    found = _start(data, size + 1)
    if len(found) < size:
        raise EntryError("is cut off: its header promises more voxels")
    if len(found) > size:
        raise EntryError("is larger than the volume that its header describes")
    return found


def _start(data: bytes, size: int) -> bytes:
    """Give the first bytes, at most ``size``; a packed file that ends before is checked, too."""
    if not data.startswith(GZIP):
        return data[:size]
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(data)) as file:
            return file.read(size)
    except EOFError as error:
        raise EntryError("a gzip file that is cut off") from error
    except (OSError, zlib.error) as error:
        raise EntryError("a damaged gzip file") from error


def _as_int16(values: np.ndarray, whole: bool) -> np.ndarray:
    low, high = values.min(), values.max()
    if not (np.isfinite(low) and np.isfinite(high)):
        raise EntryError("holds values that are not finite")
    if low >= _WHOLE.min and high <= _WHOLE.max:
        rounded = values.astype(np.int16)
        if values.dtype.kind != "f" or (rounded == values).all():
            return rounded
    if whole:
        odd = values[(values < _WHOLE.min) | (values > _WHOLE.max) | (values % 1 != 0)]
        raise EntryError(
            f"holds {odd[0]:g}; the numbers of a segmentation are whole and of 16 bits",
            "are segmentations whose numbers are not whole, or have more than 16 bits",
        )
    stretched = values.astype(np.float64) * (_WHOLE.max / max(abs(float(low)), abs(float(high))))
    found = np.rint(stretched).astype(np.int16)
    found[(values > 0) & (found == 0)] = 1
    return found
