"""The unpacked data set, loaded by rows: test images are read only if they are requested."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from dlia.data.boxes import BOXES, holds_boxes, places
from dlia.errors import UserError

# The allowed types of pixels.
PIXEL_TYPES = ("uint8", "int16", "uint16")


@dataclass(frozen=True)
class Arrays:
    """Images and targets of a data set, memory-mapped until their rows are read.

    Attributes:
        images: (N, H, W) or (N, H, W, C), one of ``PIXEL_TYPES``.
        targets: (N,) int64 labels, (N, H, W) uint8 masks, ``class_shares.IGNORED`` where no class
            counts, or (N, places, 5) float32 boxes, as ``boxes.places`` gives them.
        split: Columns id, part, fold, in the order of the arrays; of slices of volumes also
            voxel_mm.
    """

    images: np.ndarray
    targets: np.ndarray
    split: pd.DataFrame

    @classmethod
    def open(cls, images: str | Path, targets: str | Path, split: str | Path) -> "Arrays":
        """Open the files that unpack and split have written.

        Raises:
            UserError: The pixels are of none of ``PIXEL_TYPES``.
        """
        pixels = np.load(images, mmap_mode="r", allow_pickle=False)
        if pixels.dtype not in [np.dtype(name) for name in PIXEL_TYPES]:
            raise UserError(
                f"{images}: holds numbers of type {pixels.dtype}, and not {', '.join(PIXEL_TYPES)} "
                "of this machine's byte order; remove the file, and it is unpacked again"
            )
        table = pd.read_csv(split, keep_default_na=False)
        return cls(pixels, read_targets(targets, len(table)), table)

    @property
    def has_volumes(self) -> bool:
        """Whether the images are slices of volumes."""
        return "voxel_mm" in self.split

    def volumes(self, rows: np.ndarray) -> dict[str, np.ndarray]:
        """Divide ``rows`` by the volumes (part/volume) whose slices they are, in their order."""
        names = self.split["id"].iloc[rows].str.rpartition("/")[0].to_numpy()
        return {name: rows[names == name] for name in dict.fromkeys(names)}

    def rows(self, part: str) -> np.ndarray:
        """Give the rows of a part (train / validation / test)."""
        return np.flatnonzero(self.split["part"] == part)

    def images_at(self, rows: np.ndarray) -> np.ndarray:
        """Give images as (n, H, W, C), of the type that they are stored in."""
        taken = np.ascontiguousarray(self.images[rows])
        return taken if taken.ndim == 4 else taken[..., np.newaxis]

    def targets_at(self, rows: np.ndarray) -> np.ndarray:
        """Give labels (n,) or masks (n, H, W), int64, or boxes (n, places, 5), float32."""
        kind = np.float32 if holds_boxes(self.targets) else np.int64
        return np.asarray(self.targets[rows], dtype=kind)

    @property
    def stored_shape(self) -> tuple[int, int, int]:
        """Channels, height and width of an image; ``settings.input`` says what a network sees."""
        shape = self.images.shape
        return (shape[3] if len(shape) == 4 else 1, shape[1], shape[2])


def read_targets(path: str | Path, images: int) -> np.ndarray:
    """Read the targets of so many images: memory-mapped labels or masks, or boxes in places."""
    found = np.load(path, mmap_mode="r", allow_pickle=False)
    return places(np.asarray(found), images) if found.dtype == BOXES else found
