"""From the bytes of a NIfTI file to a volume of whole numbers, turned to one orientation."""

import struct
import zlib
from typing import NamedTuple

import numpy as np

from dlia.data.archives import MAX_ENTRY_BYTES, MAX_RATIO
from dlia.data.offences import EntryError

GZIP = b"\x1f\x8b"
MAX_VOXELS = 2**27  # of a volume; 512 x 512 x 512
_HEADER = 348  # bytes of a NIfTI-1 header; the number stands in its first four bytes
_FIRST = 2**16  # bytes of a packed file in which its header is looked for
_MAGIC = (b"n+1\0", b"ni1\0")
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


def decode_nifti(data: bytes) -> Volume:
    """Decode a NIfTI-1 file, packed by gzip or not.

    The scaling of the header is applied. What is no whole number of 16 bits then, is stretched so
    that the largest absolute value becomes 32,767; 0 stays 0, and what is above 0 stays above it.

    Raises:
        EntryError: It is no such file, cut off, larger than its header says, has more than
            ``MAX_VOXELS`` voxels, is packed as no volume is, or has values that are not finite.
    """
    import nibabel  # what unpacks pictures needs not wait for it

    header = _header(data)
    order = "<" if struct.unpack_from("<i", header)[0] == _HEADER else ">"
    if struct.unpack_from(f"{order}i", header)[0] != _HEADER or header[344:348] not in _MAGIC:
        raise EntryError("no NIfTI-1 file: its header is that of another kind")
    if header[344:348] == _MAGIC[1]:
        raise EntryError("the header of a pair .hdr and .img; save it as one file .nii")
    axes, *sides = struct.unpack_from(f"{order}8h", header, 40)
    bits = struct.unpack_from(f"{order}h", header, 72)[0]
    start = struct.unpack_from(f"{order}f", header, 108)[0]
    if not 3 <= axes <= 7 or min(sides[:axes]) < 1 or any(side != 1 for side in sides[3:axes]):
        raise EntryError(
            f"has the axes {sides[: max(axes, 0)]}; a volume has three, and others are 1 long"
        )
    voxels = sides[0] * sides[1] * sides[2]
    if voxels > MAX_VOXELS:
        raise EntryError(f"has {voxels} voxels, more than the {MAX_VOXELS} that are allowed")
    if not (np.isfinite(start) and _HEADER <= start <= 2**20) or bits not in (8, 16, 32, 64):
        raise EntryError("a NIfTI header that cannot be read: where and what its numbers are")
    size = int(start) + voxels * bits // 8
    if size > MAX_ENTRY_BYTES or (data.startswith(GZIP) and voxels > MAX_RATIO * len(data) + 2**20):
        raise EntryError(
            f"its header describes {size} bytes, more than {MAX_ENTRY_BYTES}, or more than "
            f"{MAX_RATIO} voxels for each of its bytes"
        )
    whole = _whole(data, size)
    try:
        image = nibabel.Nifti1Image.from_bytes(whole)
        image = nibabel.as_closest_canonical(image)
        values = np.asanyarray(image.dataobj)
        sizes = [float(size) for size in nibabel.affines.voxel_sizes(image.affine)]
    except Exception as error:  # nibabel has no common class of errors for headers that lie
        raise EntryError(f"a NIfTI header that cannot be read: {error}") from error
    if not all(np.isfinite(size) and size > 0 for size in sizes):
        raise EntryError(f"its voxels have the sizes {sizes}, which are none")
    numbers = _as_int16(values.reshape(values.shape[:3]))
    return Volume(numbers, (sizes[0], sizes[1], sizes[2]), image.affine)


def _header(data: bytes) -> bytes:
    packed = data.startswith(GZIP)
    try:
        stream = zlib.decompressobj(zlib.MAX_WBITS | 16)
        header = stream.decompress(data[:_FIRST], _HEADER) if packed else data[:_HEADER]
    except zlib.error as error:
        raise EntryError("a damaged gzip file") from error
    if len(header) < _HEADER:
        kind = "gzip" if packed else "NIfTI"
        raise EntryError(f"a {kind} file that is cut off" if data else "an empty file")
    return header


def _whole(data: bytes, size: int) -> bytes:
    """Give a whole file of ``size`` bytes, and never unpack more than one byte beyond."""
    packed = data.startswith(GZIP)
    if packed:
        stream = zlib.decompressobj(zlib.MAX_WBITS | 16)
        try:
            data = stream.decompress(data, size + 1)
        except zlib.error as error:
            raise EntryError("a damaged gzip file") from error
    if len(data) < size:
        kind = "gzip" if packed else "NIfTI"
        raise EntryError(f"a {kind} file that is cut off: its header promises more voxels")
    if len(data) > size:
        raise EntryError("is larger than the volume that its header describes")
    if packed and not stream.eof:
        _check_end(stream)
    return data


def _check_end(stream: "zlib._Decompress") -> None:
    """Refuse a stream that ends before its checksum, or one whose checksum is wrong."""
    try:
        more = stream.decompress(stream.unconsumed_tail, 1)
    except zlib.error as error:
        raise EntryError("a damaged gzip file") from error
    if more:
        raise EntryError("is larger than the volume that its header describes")
    if not stream.eof:
        raise EntryError("a gzip file that is cut off: its checksum is missing")


def _as_int16(values: np.ndarray) -> np.ndarray:
    if values.dtype.kind not in "iuf":
        raise EntryError(f"holds numbers of type {values.dtype}, not whole or real ones")
    low, high = values.min(), values.max()
    if not (np.isfinite(low) and np.isfinite(high)):
        raise EntryError("holds values that are not finite")
    if low >= _WHOLE.min and high <= _WHOLE.max:
        whole = values.astype(np.int16)
        if values.dtype.kind != "f" or (whole == values).all():
            return whole
    stretched = values.astype(np.float64) * (_WHOLE.max / max(abs(float(low)), abs(float(high))))
    found = np.rint(stretched).astype(np.int16)
    found[(values > 0) & (found == 0)] = 1
    return found
