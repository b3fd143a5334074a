"""Augmentation: every part does what it says, to every image for itself, and to masks alike."""

import math

import pytest
import torch
from torchvision.transforms import InterpolationMode
from torchvision.transforms.v2 import functional as torchvision

from dlia.study.settings import Elastic, RandomAugmentation
from dlia.training.augmentation import PERMUTATIONS, Augmentation, permute
from dlia.training.geometry import affine_sources, draw_displacements, draw_sources, resample
from dlia.training.intensity import change_intensity

CPU = torch.device("cpu")
OFF = {
    "name": "random",
    "shift": 0.0,
    "rotation": 0.0,
    "scale": 0.0,
    "horizontal_flip": False,
    "vertical_flip": False,
    "quarter_turns": False,
    "elastic": {"displacement": 0.0, "smoothness": 4.0},
    "border": "zeros",
    "brightness": 0.0,
    "contrast": 0.0,
    "stain": 0.0,
}
ELASTIC = {"displacement": 2.0, "smoothness": 3.0}
# Each part alone, so that a test can go through all of them.
PARTS = {
    "shift": 3.0,
    "rotation": 30.0,
    "scale": 0.5,
    "horizontal_flip": True,
    "vertical_flip": True,
    "quarter_turns": True,
    "elastic": ELASTIC,
    "brightness": 0.3,
    "contrast": 0.3,
    "stain": 0.3,
}
GEOMETRY = {name: PARTS[name] for name in list(PARTS)[:7]}


def changing(**parts):
    """Give the settings with these parts and no others."""
    return RandomAugmentation.model_validate({**OFF, **parts})


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


def augment(images, targets=None, seed=0, **parts):
    labels = torch.zeros(len(images), dtype=torch.long)
    augmentation = Augmentation(changing(**parts), generator(seed))
    return augmentation(images, labels if targets is None else targets)


def noise(n=16, channels=3, height=16, width=16):
    return torch.rand(n, channels, height, width, generator=generator(9))


def move(images, shift=(0.0, 0.0), angle=0.0, factor=1.0, border="zeros"):
    """Move all ``images`` alike, by stated numbers instead of draws."""
    n = len(images)
    sources = affine_sources(
        torch.tensor([shift]).expand(n, 2),
        torch.full((n,), angle),
        torch.full((n,), factor),
        images.shape[2:],
        CPU,
    )
    return resample(images, sources, border)


def drawn_maps(n=4000, **parts):
    """Give shift (n, 2), angle (n,) in degrees and factor (n,) of drawn maps, from their grids."""
    sources = draw_sources(changing(**parts), torch.Size((n, 1, 3, 3)), generator(), CPU)
    step = sources[:, 1, 2] - sources[:, 1, 1]
    return -sources[:, 1, 1], step[:, 1].atan2(step[:, 0]).rad2deg(), 1 / step.norm(dim=1)


def test_a_bright_pixel_moves_by_the_stated_pixels():
    image = torch.zeros(1, 1, 12, 16)
    image[0, 0, 5, 6] = 1
    moved = move(image, shift=(3.0, -2.0))
    assert moved[0, 0, 3, 9] == pytest.approx(1, abs=1e-5)


def test_half_a_pixel_of_shift_divides_a_bright_pixel_between_two():
    image = torch.zeros(1, 1, 8, 8)
    image[0, 0, 4, 4] = 1
    moved = move(image, shift=(0.5, 0.0))
    assert moved[0, 0, 4].tolist() == pytest.approx([0, 0, 0, 0, 0.5, 0.5, 0, 0], abs=1e-5)


def test_a_rotation_by_90_degrees_is_a_quarter_turn():
    images = noise()
    torch.testing.assert_close(move(images, angle=90.0), images.rot90(1, (-2, -1)))


def test_a_scale_of_2_doubles_a_square():
    mask = torch.zeros(1, 1, 16, 16, dtype=torch.long)
    mask[..., 6:10, 6:10] = 1
    doubled = torch.zeros_like(mask)
    doubled[..., 4:12, 4:12] = 1
    assert torch.equal(move(mask, factor=2.0), doubled)


@pytest.mark.parametrize(
    ("shift", "angle", "factor"),
    [
        ((3, -5), 0.0, 1.0),
        ((0, 0), 33.0, 1.0),
        ((0, 0), 0.0, 0.7),
        ((0, 0), 0.0, 1.4),
        ((-2, 4), -71.0, 1.2),
    ],
)
def test_shift_rotation_and_scale_agree_with_torchvision(shift, angle, factor):
    images = noise(2, 3, 20, 28)
    expected = torchvision.affine(
        images,
        angle=-angle,  # theirs is clockwise
        translate=list(shift),
        scale=factor,
        shear=[0.0, 0.0],
        interpolation=InterpolationMode.BILINEAR,
    )
    moved = move(images, tuple(map(float, shift)), angle, factor)
    torch.testing.assert_close(moved, expected, atol=2e-4, rtol=0)


def test_shifts_are_drawn_uniformly_along_both_axes():
    shift, _, _ = drawn_maps(shift=3.0)
    assert shift.abs().max() <= 3
    assert shift.std(0).tolist() == pytest.approx([3 / math.sqrt(3)] * 2, rel=0.03)


def test_the_two_axes_are_shifted_independently():
    shift, _, _ = drawn_maps(shift=3.0)
    assert shift.T.corrcoef()[0, 1].abs() < 0.05


def test_rotations_are_drawn_uniformly():
    _, angle, _ = drawn_maps(rotation=20.0)
    assert angle.abs().max() <= 20.001
    assert float(angle.std()) == pytest.approx(20 / math.sqrt(3), rel=0.03)


def test_scales_are_drawn_uniformly_in_the_logarithm():
    _, _, factor = drawn_maps(scale=0.5)
    limit = math.log(1.5)
    assert factor.log().abs().max() <= limit + 1e-5
    assert float(factor.log().mean()) == pytest.approx(0, abs=0.03)
    assert float(factor.log().std()) == pytest.approx(limit / math.sqrt(3), rel=0.03)


@pytest.mark.parametrize("name", PERMUTATIONS)
def test_flips_and_quarter_turns_are_exact_permutations(name):
    images = noise(64)
    moved, _ = augment(images, **{name: True})
    moves = [lambda image: image, *PERMUTATIONS[name]]
    for before, after in zip(images, moved, strict=True):
        assert any(torch.equal(after, change(before)) for change in moves)


@pytest.mark.parametrize("name", PERMUTATIONS)
def test_all_moves_of_a_permutation_are_equally_frequent(name):
    picture = torch.arange(9.0).reshape(1, 1, 3, 3)
    moved, _ = augment(picture.repeat(4000, 1, 1, 1), **{name: True})
    _, counts = moved.flatten(1).unique(dim=0, return_counts=True)
    share = 1 / (len(PERMUTATIONS[name]) + 1)
    assert (counts / 4000).tolist() == pytest.approx([share] * round(1 / share), abs=0.03)


def test_a_horizontal_flip_swaps_left_and_right():
    images = torch.tensor([[[[1.0, 2.0], [3.0, 4.0]]]])
    flipped = permute(images, {"horizontal_flip": torch.tensor([1])})
    assert flipped.tolist() == [[[[2, 1], [4, 3]]]]


def test_a_vertical_flip_swaps_top_and_bottom():
    images = torch.tensor([[[[1.0, 2.0], [3.0, 4.0]]]])
    flipped = permute(images, {"vertical_flip": torch.tensor([1])})
    assert flipped.tolist() == [[[[3, 4], [1, 2]]]]


@pytest.mark.parametrize("displacement", [0.5, 4.0])
@pytest.mark.parametrize("smoothness", [0.5, 3.0, 40.0])
def test_the_root_mean_square_displacement_of_every_image_is_as_stated(displacement, smoothness):
    elastic = {"displacement": displacement, "smoothness": smoothness}
    field = draw_displacements(Elastic(**elastic), 8, (28, 36), generator(), CPU)
    strength = field.square().sum(-1).mean((1, 2)).sqrt()
    assert strength.tolist() == pytest.approx([displacement] * 8, rel=1e-4)


@pytest.mark.parametrize("distance", [1, 3, 6])
def test_displacements_are_as_smooth_as_noise_after_a_gaussian_of_the_stated_width(distance):
    elastic = {"displacement": 1.0, "smoothness": 3.0}
    field = draw_displacements(Elastic(**elastic), 64, (96, 96), generator(), CPU)
    near = (field[:, :, distance:] * field[:, :, :-distance]).mean() / field.square().mean()
    assert float(near) == pytest.approx(math.exp(-(distance**2) / (4 * 3.0**2)), abs=0.03)


def test_displacements_are_as_strong_at_the_edges_as_in_the_middle():
    field = draw_displacements(Elastic(**ELASTIC), 4000, (24, 24), generator(), CPU)
    strength = field.square().sum(-1).mean(0).sqrt()
    assert strength[0, 0] == pytest.approx(float(strength[12, 12]), rel=0.06)


def test_elastic_displacements_move_pixels():
    images = noise()
    moved, _ = augment(images, elastic=ELASTIC)
    assert (moved - images).abs().mean() > 0.05


def test_zeros_enter_from_beyond_the_border():
    moved = move(torch.ones(1, 1, 4, 6), shift=(2.0, 0.0))
    assert moved[0, 0, 1].tolist() == pytest.approx([0, 0, 1, 1, 1, 1], abs=1e-5)


def test_the_image_is_mirrored_at_a_reflecting_border():
    image = torch.arange(6.0).expand(1, 1, 4, 6)
    moved = move(image, shift=(2.0, 0.0), border="reflection")
    assert moved[0, 0, 1].tolist() == pytest.approx([1, 0, 0, 1, 2, 3], abs=1e-4)


@pytest.mark.parametrize(("border", "entering"), [("zeros", 0), ("reflection", 1)])
def test_masks_follow_the_rule_of_the_border(border, entering):
    mask = torch.ones(1, 1, 4, 6, dtype=torch.long)
    assert move(mask, shift=(2.0, 0.0), border=border)[0, 0, 0, 0] == entering


@pytest.mark.parametrize("part", PARTS)
def test_every_image_of_a_batch_is_treated_differently(part):
    images = noise(1).repeat(24, 1, 1, 1)
    changed, _ = augment(images, **{part: PARTS[part]})
    expected = len(PERMUTATIONS[part]) + 1 if part in PERMUTATIONS else 24
    assert len(changed.flatten(1).unique(dim=0)) == expected


@pytest.mark.parametrize("part", GEOMETRY)
def test_masks_move_with_their_images(part):
    # A smooth edge: where it is far from half its height, rounding to a pixel decides nothing.
    edge = torch.sigmoid((torch.arange(32.0) - 12.3) / 2).expand(12, 1, 32, 32)
    parts = {part: GEOMETRY[part], "border": "reflection"}
    images, masks = augment(edge, (edge[:, 0] > 0.5).long(), **parts)
    clear = (images[:, 0] - 0.5).abs() > 0.15
    assert torch.equal(masks[clear], (images[:, 0] > 0.5).long()[clear])


@pytest.mark.parametrize("part", PERMUTATIONS)
def test_masks_are_flipped_and_turned_exactly_as_their_images(part):
    pictures = (noise(channels=1) > 0.5).float()
    images, masks = augment(pictures, pictures[:, 0].long(), **{part: True})
    assert torch.equal(images[:, 0].long(), masks)


def test_masks_are_never_interpolated():
    masks = (noise(8)[:, 0] > 0.5).long()
    parts = {**GEOMETRY, "border": "reflection"}
    _, moved = augment(noise(8), masks, **parts)
    _, thousandfold = augment(noise(8), 1000 * masks, **parts)
    assert torch.equal(thousandfold, 1000 * moved)


def test_masks_stay_zeros_and_ones():
    _, masks = augment(noise(), (noise()[:, 0] > 0.5).long(), **GEOMETRY)
    assert masks.unique().tolist() == [0, 1]


def test_masks_stay_integers():
    _, masks = augment(noise(), (noise()[:, 0] > 0.5).long(), **GEOMETRY)
    assert masks.dtype == torch.long


def test_labels_are_returned_untouched():
    labels = torch.arange(16)
    _, returned = augment(noise(), labels, **PARTS)
    assert returned is labels


def test_brightness_adds_a_share_of_the_range_of_the_image():
    images = 50 + 200 * noise(500, 1, 8, 8)
    offsets = augment(images, brightness=0.2)[0] - images
    share = offsets[:, 0, 0, 0] / (images.amax((1, 2, 3)) - images.amin((1, 2, 3)))
    assert share.abs().max() <= 0.2001
    assert share.abs().max() > 0.19


def test_brightness_adds_the_same_everywhere_in_an_image():
    images = noise()
    offsets = (augment(images, brightness=0.2)[0] - images).flatten(1)
    assert offsets.std(1).max() < 1e-6


def test_contrast_leaves_the_mean_of_every_image():
    images = noise()
    changed, _ = augment(images, contrast=0.5)
    torch.testing.assert_close(changed.mean((1, 2, 3)), images.mean((1, 2, 3)))


def test_contrast_multiplies_the_spread_by_up_to_the_stated_share():
    images = noise(500, 1, 8, 8)
    factor = augment(images, contrast=0.5)[0].std((1, 2, 3)) / images.std((1, 2, 3))
    assert 0.5 <= factor.min() < 0.51
    assert 1.49 < factor.max() <= 1.5


def test_stain_multiplies_every_channel_by_a_gain_of_its_own():
    images = noise() + 0.1
    gains = (augment(images, stain=0.3)[0] / images).flatten(2)
    assert gains.std(2).max() < 1e-6
    assert len(gains.mean(2).flatten().unique()) == 16 * 3


def test_stain_keeps_gains_within_the_stated_share():
    images = noise(500, 2, 4, 4) + 0.1
    gains = augment(images, stain=0.3)[0] / images
    assert 0.7 - 1e-5 <= gains.min() < 0.71
    assert 1.29 < gains.max() <= 1.3 + 1e-5


def test_a_channel_of_zeros_stays_zero_under_stain():
    images = noise()
    images[:, 2] = 0
    changed, _ = augment(images, stain=0.3, **GEOMETRY)
    assert (changed[:, 2] == 0).all()


def test_intensities_are_not_clipped():
    changed, _ = augment(noise(), brightness=0.5)
    assert changed.min() < 0
    assert changed.max() > 1


@pytest.mark.parametrize("change", ["brightness", "contrast", "saturation"])
def test_jitter_changes_colours_as_torchvision_does(change):
    adjust = getattr(torchvision, f"adjust_{change}")
    changed, _ = augment(noise(), jitter={change: 0.8})
    factors = torch.empty(16, 1, 1, 1).uniform_(0.2, 1.8, generator=generator()).flatten()
    wanted = [adjust(image, float(f)) for image, f in zip(noise(), factors, strict=True)]
    assert torch.allclose(changed, torch.stack(wanted), atol=1e-5)


def test_jitter_is_clipped_to_the_range_of_pixels():
    images = 4 * noise()
    settings = changing(jitter={"brightness": 0.9, "contrast": 0.9, "saturation": 0.9})
    changed, _ = Augmentation(settings, generator(), brightest=4.0)(images, torch.arange(16))
    assert changed.min() == 0
    assert changed.max() == 4


def test_the_record_has_the_least_and_the_greatest_scale():
    drawn = Augmentation(changing(scale=0.25), generator(), brightest=1.0).ranges()
    assert drawn["scale"] == pytest.approx([0.8, 1.25])


def test_jitter_takes_one_for_white_where_nothing_else_is_said():
    settings = changing(jitter={"brightness": 0.9})
    changed = change_intensity(noise() + 0.5, settings, torch.Generator().manual_seed(0))
    assert changed.max() == 1


def test_jitter_never_blackens_an_image():
    changed, _ = augment(noise(400), jitter={"brightness": 3.0})
    assert changed.flatten(1).amax(1).min() > 0


def test_only_images_of_the_stated_classes_are_flipped():
    labels = torch.arange(400) % 4
    images = noise(400)
    changed, _ = augment(images, labels, horizontal_flip=True, flip_classes=[1, 3])
    flipped = (changed != images).flatten(1).any(1)
    assert set(labels[flipped].tolist()) == {1, 3}
    assert torch.equal(changed[flipped], images[flipped].flip(-1))
    assert 70 < int(flipped.sum()) < 130


def test_classes_that_are_not_flipped_do_not_change_the_draws_of_the_others():
    labels = torch.arange(400) % 4
    all_, _ = augment(noise(400), labels, horizontal_flip=True)
    some, _ = augment(noise(400), labels, horizontal_flip=True, flip_classes=[1, 3])
    assert torch.equal(all_[labels == 1], some[labels == 1])


def test_the_same_seed_gives_the_same_images():
    assert torch.equal(augment(noise(), **PARTS)[0], augment(noise(), **PARTS)[0])


def test_another_seed_gives_other_images():
    assert not torch.equal(augment(noise(), **PARTS)[0], augment(noise(), seed=1, **PARTS)[0])


def test_the_next_batch_is_drawn_anew():
    augmentation = Augmentation(changing(**PARTS), generator())
    labels = torch.arange(16)
    assert not torch.equal(augmentation(noise(), labels)[0], augmentation(noise(), labels)[0])


def test_parts_that_are_off_change_nothing_bit_by_bit():
    images, masks = augment(noise(), (noise()[:, 0] > 0.5).long())
    assert torch.equal(images, noise())
    assert torch.equal(masks, (noise()[:, 0] > 0.5).long())


def test_parts_that_are_off_draw_nothing():
    stream = generator()
    Augmentation(changing(), stream)(noise(), torch.arange(16))
    assert torch.equal(stream.get_state(), generator().get_state())


@pytest.mark.parametrize("part", PARTS)
def test_what_is_passed_is_not_changed(part):
    images, masks = noise(), (noise()[:, 0] > 0.5).long()
    augment(images, masks, **{part: PARTS[part]})
    assert torch.equal(images, noise())
    assert torch.equal(masks, (noise()[:, 0] > 0.5).long())


@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("last", [True, False])
def test_strides_and_type_stay(part, channels, last):
    images = noise(channels=channels)
    if last:
        images = images.permute(0, 2, 3, 1).contiguous().permute(0, 3, 1, 2)
    changed, _ = augment(images, **{part: PARTS[part]})
    assert (changed.dtype, changed.stride()) == (images.dtype, images.stride())


def test_images_that_are_not_square_can_be_moved_too():
    images = noise(4, 3, 12, 20)
    parts = {name: value for name, value in PARTS.items() if name != "quarter_turns"}
    assert augment(images, **parts)[0].shape == images.shape


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
def test_a_gpu_moves_images_as_the_cpu_does():
    images, masks = noise(), (noise()[:, 0] > 0.5).long()
    here, _ = augment(images, masks, **PARTS)
    there, _ = augment(images.cuda(), masks.cuda(), **PARTS)
    torch.testing.assert_close(there.cpu(), here, atol=1e-4, rtol=0)
