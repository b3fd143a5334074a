"""Trained networks on disk."""

import torch
from trainings import block

from dlia.models import build
from dlia.models.store import Description, load_models, read_description, save_models

MODEL = block("model", name="cnn", channels=[2, 3], batch_norm=True)
DESCRIPTION = Description(
    model=MODEL,
    divide_by=255,
    image_shape=(1, 8, 8),
    outputs=10,
    trials=[{"trial": n, "seed": 1, "epoch": 2, "status": "ok"} for n in range(2)],
)


def networks():
    torch.manual_seed(0)
    return [build(MODEL, (1, 8, 8), 10) for _ in range(2)]


def saved(path):
    trained = networks()
    save_models(path, [network.state_dict() for network in trained], DESCRIPTION)
    return trained


def test_every_trial_comes_back_as_it_was(tmp_path):
    trained = saved(tmp_path / "m.safetensors")
    images = torch.rand(3, 1, 8, 8)
    for network, read in zip(trained, load_models(tmp_path / "m.safetensors"), strict=True):
        assert torch.equal(network(images), read(images))


def test_the_description_comes_back_as_it_was(tmp_path):
    saved(tmp_path / "m.safetensors")
    assert read_description(tmp_path / "m.safetensors") == DESCRIPTION


def test_the_same_networks_give_the_same_bytes(tmp_path):
    saved(tmp_path / "a.safetensors")
    saved(tmp_path / "b.safetensors")
    assert (tmp_path / "a.safetensors").read_bytes() == (tmp_path / "b.safetensors").read_bytes()


def test_the_layout_of_the_memory_does_not_change_the_bytes(tmp_path):
    saved(tmp_path / "a.safetensors")
    last = [n.to(memory_format=torch.channels_last).state_dict() for n in networks()]
    save_models(tmp_path / "b.safetensors", last, DESCRIPTION)
    assert (tmp_path / "a.safetensors").read_bytes() == (tmp_path / "b.safetensors").read_bytes()
