"""A part of the data on the device, and its fixed copies."""

import torch

from dlia.training.device_data import Part

IMAGES = torch.arange(2 * 2 * 3 * 1, dtype=torch.uint8).reshape(2, 2, 3, 1)


def test_copies_come_after_the_images_themselves():
    extended = Part(IMAGES, torch.tensor([4, 5]), 255).extended(["horizontal_flip"])
    assert torch.equal(extended.images, torch.cat([IMAGES, IMAGES.flip(2)]))
    assert extended.targets.tolist() == [4, 5, 4, 5]


def test_masks_are_changed_as_their_images_are():
    masks = IMAGES[..., 0].long()
    for name in ("horizontal_flip", "vertical_flip", "half_turn"):
        extended = Part(IMAGES, masks, 255).extended([name])
        assert torch.equal(extended.images[2:, ..., 0].long(), extended.targets[2:])
        assert not torch.equal(extended.targets[2:], masks)


def test_without_copies_a_part_stays_as_it_is():
    part = Part(IMAGES, torch.tensor([4, 5]), 255).extended([])
    assert torch.equal(part.images, IMAGES)


def test_pixels_are_divided_on_their_way_into_a_network():
    inputs = Part(IMAGES, torch.tensor([4, 5]), 255).inputs(torch.tensor([1]))
    assert inputs.shape == (1, 1, 2, 3)
    assert torch.allclose(inputs.flatten() * 255, torch.arange(6, 12, dtype=torch.float32))
