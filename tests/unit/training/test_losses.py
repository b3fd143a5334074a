"""Losses against the same numbers computed by hand, or by torch in another way."""

import pytest
import torch
from torch import nn
from trainings import block, names_of

from dlia.training.losses import LOSSES, build_loss, outputs_of

PIXELS = torch.randn(3, 1, 4, 4, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
MASKS = (torch.rand(3, 4, 4, generator=torch.Generator().manual_seed(1)) > 0.5).long()


def loss(logits, targets, **settings):
    return float(build_loss(block("loss", **settings))(logits, targets))


def test_every_loss_of_the_settings_is_there():
    assert names_of("loss") == list(LOSSES)


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
