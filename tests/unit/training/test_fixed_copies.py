"""Fixed copies of training images, rotated and with noise."""

import pytest
import torch
from torchvision.transforms import InterpolationMode
from torchvision.transforms.v2.functional import rotate

from dlia.study.settings import CopyChanges
from dlia.training.device_data import Part

TURNED, NOISY = {"rotation": 45}, {"noise": 10}


def images(count=3, dtype=torch.uint8):
    stream = torch.Generator().manual_seed(0)
    return torch.randint(0, 256, (count, 32, 32, 3), generator=stream).to(dtype)


def copied(pixels, change, targets=None, seed=5):
    """Give the copies alone, and their targets."""
    own = torch.arange(len(pixels)) if targets is None else targets
    part = Part(pixels, own, 255).extended(list(change), CopyChanges(**change), seed)
    return part.images[len(pixels) :], part.targets[len(pixels) :]


@pytest.mark.parametrize("degrees", [45, -30, 90, 180])
def test_a_rotated_copy_is_what_torchvision_makes_of_it(degrees):
    found, _ = copied(images(), {"rotation": degrees})
    expected = rotate(images().permute(0, 3, 1, 2), degrees, InterpolationMode.BILINEAR)
    apart = (found.permute(0, 3, 1, 2).int() - expected.int()).abs()
    assert int(apart.max()) <= 1  # values that lie between two numbers are rounded to either
    assert float((apart > 0).float().mean()) < 0.001


def test_a_mask_is_rotated_as_its_image_by_the_nearest_pixel():
    masks = (images()[..., 0] > 128).long()
    _, found = copied(images(), TURNED, masks)
    expected = rotate(masks[:, None], 45, InterpolationMode.NEAREST)[:, 0]
    assert float((found != expected).float().mean()) < 0.001


def test_noise_has_the_stated_deviation_and_no_mean():
    pixels = torch.full((200, 32, 32, 3), 128, dtype=torch.uint8)
    apart = copied(pixels, NOISY)[0].float() - 128
    assert float(apart.std()) == pytest.approx(10, rel=0.01)
    assert float(apart.mean()) == pytest.approx(0, abs=0.05)


def test_noise_stays_within_the_range_of_pixels():
    pixels = torch.cat([torch.zeros(50, 8, 8, 3), torch.full((50, 8, 8, 3), 255)]).to(torch.uint8)
    found, _ = copied(pixels, {"noise": 20})
    assert int(found[:50].max()) < 128 < int(found[50:].min())


def test_noise_follows_from_the_seed():
    first, again, other = (copied(images(), NOISY, seed=seed)[0] for seed in (1, 1, 2))
    assert torch.equal(first, again)
    assert not torch.equal(first, other)


@pytest.mark.parametrize("change", [TURNED, NOISY])
@pytest.mark.parametrize("dtype", [torch.uint8, torch.int16, torch.int32])
def test_copies_keep_the_type_of_the_pixels_and_the_classes(change, dtype):
    found, targets = copied(images(dtype=dtype), change)
    assert found.dtype == dtype
    assert targets.tolist() == [0, 1, 2]


def test_a_part_says_how_its_copies_differ():
    changes = CopyChanges(**TURNED, **NOISY)
    part = Part(images(), torch.arange(3), 255).extended(["half_turn", *TURNED, *NOISY], changes)
    assert part.copies == ("half_turn", "rotation 45", "noise 10")
    assert len(part) == 12


def test_many_images_are_copied_as_few_are():
    many = images(2100)
    assert torch.equal(copied(many, TURNED)[0][2050:], copied(many[2050:], TURNED)[0])
