"""Training photographs that are changed at random each time, and their boxes with them."""

import math

import torch
from torch import Tensor
from torchvision.transforms.v2 import functional
from torchvision.tv_tensors import BoundingBoxes, BoundingBoxFormat

from dlia.training import augmentation
from dlia.training.intensity import change_intensity

LEAST_SIDE = 2.0  # pixels of a box that is still one after a part of it was cut off


class Augmentation(augmentation.Augmentation):
    """Flips, scales and shifts every photograph by a draw of its own, then changes its colours.

    Boxes are cut at the edges of the image, and left out where little of them remains.
    """

    def __call__(self, images: Tensor, targets: Tensor) -> tuple[Tensor, Tensor]:
        """Give the batch as it is shown this time; what is passed is not changed.

        Args:
            images: (N, C, H, W), float.
            targets: (N, places, 5): corners and class.
        """
        settings = self.settings
        flips = augmentation.draw_permutations(settings, len(images), self.generator)
        moves = torch.rand(len(images), 3, generator=self.generator).mul(2).sub(1).tolist()
        shown, boxes = [], []
        for number, (image, places) in enumerate(zip(images, targets, strict=True)):
            size = (image.shape[1], image.shape[2])
            held = BoundingBoxes(places[:, :4], format=BoundingBoxFormat.XYXY, canvas_size=size)
            if "horizontal_flip" in flips and flips["horizontal_flip"][number]:
                image, held = functional.horizontal_flip(image), functional.horizontal_flip(held)
            if "vertical_flip" in flips and flips["vertical_flip"][number]:
                image, held = functional.vertical_flip(image), functional.vertical_flip(held)
            if settings.scale or settings.shift:
                right, down, larger = moves[number]
                move = {
                    "angle": 0.0,
                    "translate": [round(right * settings.shift), round(down * settings.shift)],
                    "scale": math.exp(larger * math.log(1 + settings.scale)),
                    "shear": [0.0, 0.0],
                }
                bilinear = functional.InterpolationMode.BILINEAR
                image = functional.affine(image, interpolation=bilinear, **move)
                held = functional.affine(held, **move)
            shown.append(image)
            boxes.append(_kept(functional.clamp_bounding_boxes(held), places[:, 4:]))
        changed = torch.stack(shown).contiguous(memory_format=torch.channels_last)
        return (
            change_intensity(changed, settings, self.generator, self.brightest),
            torch.stack(boxes),
        )


def _kept(held: Tensor, labels: Tensor) -> Tensor:
    """Give corners and class; the class is negative where a box is too small now."""
    corners = held.as_subclass(Tensor)
    small = (corners[:, 2:] - corners[:, :2]).min(dim=1, keepdim=True).values < LEAST_SIDE
    return torch.cat([corners, torch.where(small, -1.0, labels)], dim=1)
