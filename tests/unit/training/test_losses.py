"""Losses against the same numbers computed by hand, or by torch in another way."""

import inspect
import math

import pytest
import torch
from torch import nn
from trainings import block, names_of

from dlia.data.class_shares import IGNORED
from dlia.training.losses import LOSSES, build_loss, outputs_of

PIXELS = torch.randn(3, 1, 4, 4, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
MASKS = (torch.rand(3, 4, 4, generator=torch.Generator().manual_seed(1)) > 0.5).long()


def loss(logits, targets, **settings):
    return float(build_loss(block("loss", **settings))(logits, targets))


def test_every_loss_of_the_settings_is_there():
    assert names_of("loss") == [*LOSSES, "focal_and_smooth_l1"]


@pytest.mark.parametrize("name", LOSSES)
def test_what_a_study_leaves_out_is_a_default_of_the_loss(name):
    # The report tells defaults from other values by the signature.
    stated = block("loss", name=name).model_dump(exclude={"name"})
    arguments = inspect.signature(LOSSES[name]).parameters
    assert stated == {key: arguments[key].default for key in stated}


@pytest.mark.parametrize("smoothing", [0, 0.1])
def test_cross_entropy_of_pixels_is_torchs(smoothing):
    logits = torch.cat([-PIXELS, PIXELS], dim=1)
    expected = nn.CrossEntropyLoss(label_smoothing=smoothing)(logits, MASKS)
    found = loss(logits, MASKS, name="cross_entropy", label_smoothing=smoothing)
    assert found == pytest.approx(float(expected))


@pytest.mark.parametrize("smoothing", [0, 0.1])
def test_a_sigmoid_is_a_softmax_over_zero_and_its_logit(smoothing):
    both = torch.cat([torch.zeros_like(PIXELS), PIXELS], dim=1)
    expected = loss(both, MASKS, name="cross_entropy", label_smoothing=smoothing)
    found = loss(PIXELS, MASKS, name="binary_cross_entropy", label_smoothing=smoothing)
    assert found == pytest.approx(expected)


def test_soft_dice_of_certain_probabilities_is_one_less_dice():
    logits = torch.tensor([[[[50.0, 50.0, -50.0, -50.0]]]])
    truth = torch.tensor([[[1, 0, 1, 0]]])
    assert loss(logits, truth, name="soft_dice", smooth=1e-6) == pytest.approx(0.5)


def test_soft_dice_counts_every_image_alike():
    logits = torch.full((2, 1, 1, 4), 50.0)
    truth = torch.tensor([[[1, 1, 1, 1]], [[0, 0, 0, 1]]])
    found = loss(logits, truth, name="soft_dice", smooth=1e-6)
    assert found == pytest.approx((0 + (1 - 2 / 5)) / 2, abs=1e-5)


def test_soft_dice_of_an_empty_mask_still_has_a_gradient():
    logits = torch.zeros(1, 1, 2, 2, requires_grad=True)
    build_loss(block("loss", name="soft_dice"))(logits, torch.zeros(1, 2, 2).long()).backward()
    assert (logits.grad > 0).all()


def test_the_sum_is_the_sum():
    parts = [
        loss(PIXELS, MASKS, name="binary_cross_entropy"),
        loss(PIXELS, MASKS, name="soft_dice", smooth=2),
    ]
    found = loss(
        PIXELS, MASKS, name="binary_cross_entropy_and_soft_dice", smooth=2, dice_weight=0.5
    )
    assert found == pytest.approx(parts[0] + 0.5 * parts[1])


@pytest.mark.parametrize("name", LOSSES)
def test_a_sigmoids_loss_takes_one_output_and_a_softmaxs_one_per_class(name):
    assert outputs_of(block("loss", name=name), 2) == (2 if name == "cross_entropy" else 1)


IGNORING = MASKS.where(
    torch.rand(3, 4, 4, generator=torch.Generator().manual_seed(2)) > 0.3, IGNORED
)
THREE = torch.randn(3, 3, 4, 4, generator=torch.Generator().manual_seed(3), dtype=torch.float64)


@pytest.mark.parametrize("smoothing", [0, 0.1])
def test_cross_entropy_of_several_classes_ignores_pixels_as_torchs_does(smoothing):
    targets = IGNORING.where(IGNORING != 1, 2)
    expected = nn.CrossEntropyLoss(label_smoothing=smoothing, ignore_index=IGNORED)(THREE, targets)
    found = loss(THREE, targets, name="cross_entropy", label_smoothing=smoothing)
    assert found == pytest.approx(float(expected))


@pytest.mark.parametrize("smoothing", [0, 0.1])
def test_binary_cross_entropy_is_the_mean_over_known_pixels(smoothing):
    known = IGNORING != IGNORED
    wanted = IGNORING[known] * (1 - smoothing) + smoothing / 2
    expected = nn.BCEWithLogitsLoss()(PIXELS[:, 0][known], wanted)
    found = loss(PIXELS, IGNORING, name="binary_cross_entropy", label_smoothing=smoothing)
    assert found == pytest.approx(float(expected))


def test_soft_dice_of_an_image_is_that_of_its_known_pixels():
    expected = [
        loss(logits[:, known][:, None, None], truth[known][None, None], name="soft_dice")
        for logits, truth in zip(PIXELS, IGNORING, strict=True)
        for known in [truth != IGNORED]
    ]
    assert loss(PIXELS, IGNORING, name="soft_dice") == pytest.approx(sum(expected) / 3)


@pytest.mark.parametrize("name", LOSSES)
def test_ignored_pixels_have_no_gradient_and_others_have_one(name):
    logits = THREE[:, : outputs_of(block("loss", name=name), 3)].clone().requires_grad_()
    build_loss(block("loss", name=name))(logits, IGNORING).backward()
    moved = (logits.grad != 0).all(dim=1)
    assert torch.equal(moved, IGNORING != IGNORED)


@pytest.mark.parametrize("name", LOSSES)
def test_a_batch_of_ignored_pixels_alone_costs_nothing_and_moves_nothing(name):
    logits = THREE[:, : outputs_of(block("loss", name=name), 3)].clone().requires_grad_()
    lost = build_loss(block("loss", name=name))(logits, torch.full((3, 4, 4), IGNORED))
    lost.backward()
    assert float(lost.detach()) == 0
    assert (logits.grad == 0).all()


def test_a_label_of_an_image_is_never_ignored():
    logits = torch.zeros(1, IGNORED + 1)
    found = loss(logits, torch.tensor([IGNORED]), name="cross_entropy")
    assert found == pytest.approx(math.log(IGNORED + 1))


@pytest.mark.parametrize("side", [7, 16, 41])
def test_without_ignored_pixels_losses_are_the_frameworks_to_the_last_bit(side):
    generator = torch.Generator().manual_seed(side)
    logits = torch.randn(5, 2, side, side, generator=generator)
    targets = (torch.rand(5, side, side, generator=generator) > 0.5).long()
    rows = logits.log_softmax(1).movedim(1, -1).flatten(0, -2)
    expected = nn.functional.nll_loss(rows, targets.flatten())
    assert loss(logits, targets, name="cross_entropy") == float(expected)
    smoothed = 0.9 * expected + 0.1 * -rows.mean(dim=1).mean()
    assert loss(logits, targets, name="cross_entropy", label_smoothing=0.1) == float(smoothed)
    expected = nn.functional.binary_cross_entropy_with_logits(logits[:, 0], targets.float())
    assert loss(logits[:, :1], targets, name="binary_cross_entropy") == float(expected)
