"""The U-Net: its size and its layers as they are known, and what its interpolations compute."""

import pytest
import torch
import torch.nn.functional as F  # noqa: N812 (the name that everybody knows)
from torch import nn
from trainings import block

from dlia.models import build
from dlia.training.introspection import layers_of

XRAY = (1, 64, 64)
MODES = ["bilinear", "nearest", "transposed"]


def unet(outputs=1, inputs=XRAY, **model):
    torch.manual_seed(0)
    settings = block("model", name="unet", batch_norm=True, **model)
    return build(settings, inputs, outputs)


def parameters(network):
    return sum(parameter.numel() for parameter in network.parameters())


@pytest.mark.parametrize(
    ("model", "count"),
    [
        ({}, 450_897),
        ({"upsampling": "nearest"}, 450_897),
        ({"activation": "elu"}, 450_897),
        # Filters of 2x2 instead of 1x1.
        ({"upsampling": "transposed"}, 450_897 + 3 * (128 * 64 + 64 * 32 + 32 * 16)),
        # As Lightning Bolts has it by default.
        ({"channels": [64, 128, 256, 512, 1024]}, 28_953_409),
    ],
)
def test_it_has_as_many_parameters_as_the_networks_that_it_rebuilds(model, count):
    assert parameters(unet(**model)) == count


def test_every_layer_gives_what_the_next_one_expects():
    layers, macs = layers_of(unet(), torch.zeros(1, 1, 256, 256))
    shapes = [
        (layer["layer"], *layer["output"])
        for layer in layers
        if layer["layer"] in {"Conv2d", "MaxPool2d", "Upsample"}
    ]
    down = [
        step
        for filters, side in ((16, 256), (32, 128), (64, 64), (128, 32))
        for step in (
            ("Conv2d", filters, side, side),
            ("Conv2d", filters, side, side),
            ("MaxPool2d", filters, side // 2, side // 2),
        )
    ]
    up = [
        step
        for filters, side in ((64, 64), (32, 128), (16, 256))
        for step in (
            ("Conv2d", filters, side // 2, side // 2),
            ("Upsample", filters, side, side),
            ("Conv2d", filters, side, side),
            ("Conv2d", filters, side, side),
        )
    ]
    assert shapes == [*down[:-1], *up, ("Conv2d", 1, 256, 256)]
    assert macs == pytest.approx(2.2e9, rel=0.05)


@pytest.mark.parametrize("mode", MODES)
def test_every_pixel_has_its_logits_for_every_class(mode):
    assert unet(outputs=3, upsampling=mode)(torch.rand(2, 1, 32, 48)).shape == (2, 3, 32, 48)


@pytest.mark.parametrize(
    ("mode", "options"), [("bilinear", {"align_corners": True}), ("nearest", {})]
)
def test_it_computes_what_a_convolution_after_the_interpolation_would(mode, options):
    network = unet(upsampling=mode)
    convolution = network.upsampling[0].conv
    features = torch.randn(2, 128, 8, 8)
    wide = F.interpolate(features, scale_factor=2, mode=mode, **options)
    assert torch.allclose(network.upsampling[0](features), convolution(wide), atol=1e-5)


def test_the_modes_differ_in_nothing_else():
    images = torch.rand(2, *XRAY)
    bilinear, nearest = unet(), unet(upsampling="nearest")
    nearest.load_state_dict(bilinear.state_dict())
    assert not torch.allclose(bilinear(images), nearest(images))
    for network in (bilinear, nearest):
        for upsampling in network.upsampling:
            upsampling.interpolation = nn.UpsamplingNearest2d(scale_factor=2)
    assert torch.equal(bilinear(images), nearest(images))


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("activation", ["relu", "elu"])
def test_gradients_reach_every_weight(mode, activation):
    network = unet(upsampling=mode, activation=activation)
    network(torch.rand(2, *XRAY)).square().mean().backward()
    flat = [name for name, weight in network.named_parameters() if not weight.grad.abs().sum()]
    # Batch normalisation takes the mean away, and with it the biases before it.
    assert all(name.endswith("bias") and ".conv" in name for name in flat)


def test_a_level_of_the_decoder_sees_what_the_encoder_saw_at_its_size():
    network = unet().eval()
    for upsampling in network.upsampling:
        nn.init.zeros_(upsampling.conv.weight)
        nn.init.zeros_(upsampling.conv.bias)
    images = torch.rand(1, *XRAY)
    seen = network.encoder.activation1(network.encoder.block1(images))
    alone = network.decoder[-1](torch.cat([torch.zeros_like(seen), seen], dim=1))
    assert torch.equal(network(images), network.output(alone))


@pytest.mark.parametrize("mode", MODES)
def test_a_step_has_the_same_bits_again(mode):
    def gradients():
        network = unet(upsampling=mode)
        images = torch.linspace(0, 1, 2 * 64 * 64).reshape(2, *XRAY)
        network(images.contiguous(memory_format=torch.channels_last)).square().mean().backward()
        return [weight.grad for weight in network.parameters()]

    assert all(torch.equal(a, b) for a, b in zip(gradients(), gradients(), strict=True))
