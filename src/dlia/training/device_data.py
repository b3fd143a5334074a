"""A part of the data set, resident on the device as whole numbers."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from dlia.data.arrays import Arrays
from dlia.study.part_names import TEST, TRAIN, VALIDATION
from dlia.study.settings import CopyChanges, CopyName
from dlia.training.fixed_copies import copied, copy_in_words

Rows = np.ndarray[tuple[int], np.dtype[np.int64]]


@dataclass(frozen=True)
class Part:
    """Images and targets on the device.

    Attributes:
        images: (n, H, W, C); uint8 or int16 as stored, and uint16 as int32.
        targets: (n,) or (n, H, W), int64.
        divide_by: What pixels are divided by on their way into a network.
        copies: How the fixed copies among them were changed; empty where there are none.
        crop: Height and width of the centre that ``inputs`` gives; None for whole images.
    """

    images: Tensor
    targets: Tensor
    divide_by: float
    copies: tuple[str, ...] = ()
    crop: tuple[int, int] | None = None

    def __len__(self) -> int:
        return len(self.images)

    def inputs(self, rows: Tensor) -> Tensor:
        """Give the images ``rows`` as a network takes them: (n, C, H, W), float, channels last."""
        # index_select copies whole images at once, where indexing goes pixel by pixel.
        shown = self.images.index_select(0, rows)
        if self.crop:
            (top, left), (height, width) = self._corner, self.crop
            shown = shown[:, top : top + height, left : left + width].contiguous()
        return shown.permute(0, 3, 1, 2).to(torch.float32).div_(self.divide_by)

    @property
    def _corner(self) -> tuple[int, int]:
        """The first row and column of the centre, as torchvision rounds them."""
        height, width = self.crop or self.images.shape[1:3]
        return round((self.images.shape[1] - height) / 2), round((self.images.shape[2] - width) / 2)

    def wanted(self, rows: Tensor) -> Tensor:
        """Give the targets of the images ``rows``, (n,) or (n, H, W)."""
        return self.targets.index_select(0, rows)

    def extended(
        self, copies: Sequence[CopyName], changes: CopyChanges | None = None, seed: int = 0
    ) -> "Part":
        """Give the part with one changed copy of every image for each entry of ``copies``.

        Args:
            copies: The kinds of copies, which come after the images themselves.
            changes: How much those with a measure differ.
            seed: Of the noise.
        """
        stream = torch.Generator().manual_seed(seed)
        made = [copied(self.images, self.targets, name, changes, stream) for name in copies]
        images, targets = zip((self.images, self.targets), *made, strict=True)
        names = (*self.copies, *(copy_in_words(name, changes) for name in copies))
        return Part(torch.cat(images), torch.cat(targets), self.divide_by, names, self.crop)


@dataclass(frozen=True)
class TrainingData:
    """The images of a trial: for training, and for the curves.

    Attributes:
        training: What is trained on.
        monitored: A subset of it, for the curves.
        validation: For the curves and for choices; None if they are trained on or not monitored.
        test: For curves as a source drew them; None unless the variant's ``monitor`` has them.
    """

    training: Part
    monitored: Part
    validation: Part | None
    test: Part | None = None

    @property
    def measured(self) -> dict[str, Part]:
        """Give the parts that the curves show, by their names in the history."""
        parts = {TRAIN: self.monitored, VALIDATION: self.validation, TEST: self.test}
        return {name: part for name, part in parts.items() if part is not None}

    def one_image(self) -> Tensor:
        """Give an image as a network takes it, (1, C, H, W)."""
        return self.monitored.inputs(torch.arange(1, device=self.monitored.targets.device))


def load_part(
    arrays: Arrays,
    rows: Rows,
    divide_by: float,
    device: torch.device,
    crop: tuple[int, int] | None = None,
) -> Part:
    """Copy the ``rows`` of the data set to ``device``."""
    pixels = arrays.images_at(rows)
    if pixels.dtype == np.uint16:
        # What torch can do with uint16 differs by release and device; int32 holds all its values.
        pixels = pixels.astype(np.int32)
    images = torch.from_numpy(pixels).to(device)
    targets = torch.from_numpy(arrays.targets_at(rows)).to(device)
    return Part(images, targets, divide_by, crop=crop)
