"""The training loop: it learns, it repeats itself exactly, and it says when it fails."""

import importlib
from pathlib import Path

import pytest
import torch

from dlia.models import build
from dlia.models.initialization import initialize
from dlia.schema import ROOT
from dlia.seeds import derive
from dlia.studies import all_variants, load_studies
from dlia.training.checkpoint import Checkpoint
from dlia.training.engine import TrainingData, train
from dlia.training.losses import outputs_of
from dlia.training.parts import Part

VARIANTS = all_variants(load_studies(["mnist", "warwick"], ROOT))
SMALL = {"batch_size": 8, "epochs": 4}


def part(variant, n=24, seed=0):
    """Give images that show their target: bright digits, or bright pixels that are glands."""
    generator = torch.Generator().manual_seed(seed)
    if variant.settings["model"]["name"] == "cnn":
        targets = torch.arange(n) % 10
        images = torch.randint(0, 40, (n, 28, 28, 1), generator=generator, dtype=torch.uint8)
        for row, target in enumerate(targets):
            images[row, 2 * target : 2 * target + 4] += 200
    else:
        targets = torch.zeros(n, 16, 16, dtype=torch.long)
        for row, left in enumerate(torch.randint(0, 8, (n,), generator=generator)):
            targets[row, :, left : left + 8] = 1
        noise = torch.randint(0, 40, (n, 16, 16, 3), generator=generator, dtype=torch.uint8)
        images = noise + (200 * targets[..., None]).to(torch.uint8)
    return Part(images, targets, 255)


def run(variant, folder: Path, key="key", **changes):
    settings = {**variant.training_settings, **SMALL, **changes}
    data = TrainingData(part(variant), part(variant, 8), part(variant, 8, seed=1))
    _, height, width, channels = data.training.images.shape
    network = build(
        settings["model"],
        (channels, height, width),
        outputs_of(settings["loss"], 10 if channels == 1 else 2),
    )
    initialize(network, settings["initialization"], lambda layer: derive(1, "init", 0, layer))
    torch.manual_seed(0)
    order = torch.Generator().manual_seed(derive(1, "order", 0))
    seen = []
    task = "classification" if channels == 1 else "segmentation"
    metrics = importlib.import_module(f"dlia.training.{task}").metrics
    checkpoint = Checkpoint(folder / "trial.pt", key)
    result = train(
        network, data, settings, metrics, order, checkpoint, lambda p: seen.append(p.epoch)
    )
    return result, seen


def equal(first, second):
    return all(torch.equal(first[name], second[name]) for name in first)


@pytest.mark.parametrize("key", VARIANTS)
def test_every_variant_builds_its_network_and_trains_an_epoch(key, tmp_path):
    result, _ = run(VARIANTS[key], tmp_path, epochs=1)
    assert result.epoch == 1


@pytest.mark.parametrize("key", ["ex1_2/sgd", "ex2_1/baseline_2019", "ex2_1/baseline_2024"])
def test_every_loss_overfits_one_batch(key, tmp_path):
    schedule = {"name": "constant"}
    optimizer = {**VARIANTS["ex2_1/baseline_2019"].settings["optimizer"], "learning_rate": 0.01}
    result, _ = run(
        VARIANTS[key], tmp_path, epochs=120, batch_size=24, optimizer=optimizer, schedule=schedule
    )
    last = {
        metric: value
        for epoch, name, metric, value in result.history
        if epoch == 120 and name == "train"
    }
    assert last.get("accuracy", last.get("dice")) > 0.97


def test_the_history_starts_with_the_untrained_network(tmp_path):
    result, _ = run(VARIANTS["ex1_2/sgd"], tmp_path)
    assert sorted({row[0] for row in result.history}) == [0, 1, 2, 3, 4]


def test_segmentations_record_hard_and_soft_dice(tmp_path):
    result, _ = run(VARIANTS["ex2_1/baseline_2019"], tmp_path)
    assert {row[2] for row in result.history} == {"loss", "dice", "dice_soft_pooled"}


def test_two_trainings_from_the_same_seeds_are_equal_bit_by_bit(tmp_path):
    first, _ = run(VARIANTS["ex1_2/sgd"], tmp_path / "a")
    second, _ = run(VARIANTS["ex1_2/sgd"], tmp_path / "b")
    assert equal(first.chosen_weights, second.chosen_weights)
    assert first.history == second.history


@pytest.mark.parametrize("key", ["ex1_2/sgd", "ex2_1/baseline_2024"])
def test_a_killed_training_goes_on_exactly_where_it_was(key, tmp_path, monkeypatch):
    whole, _ = run(VARIANTS[key], tmp_path / "whole")
    save = Checkpoint.save

    def save_and_die(self, state):
        save(self, state)
        if state["progress"]["epoch"] == 2:
            raise KeyboardInterrupt

    monkeypatch.setattr(Checkpoint, "save", save_and_die)
    with pytest.raises(KeyboardInterrupt):
        run(VARIANTS[key], tmp_path / "killed")
    monkeypatch.undo()
    resumed, seen = run(VARIANTS[key], tmp_path / "killed")
    assert seen == [3, 4]
    assert resumed.history == whole.history
    assert equal(resumed.chosen_weights, whole.chosen_weights)


def test_a_checkpoint_of_another_training_is_not_used(tmp_path, capfd):
    run(VARIANTS["ex1_2/sgd"], tmp_path, key="one")
    _, seen = run(VARIANTS["ex1_2/sgd"], tmp_path, key="another")
    assert seen == [1, 2, 3, 4]
    assert "starting afresh" in capfd.readouterr().out


@pytest.mark.parametrize("damage", [b"", b"no checkpoint", None])
def test_a_damaged_checkpoint_is_not_used(damage, tmp_path, capfd):
    run(VARIANTS["ex1_2/sgd"], tmp_path)
    file = tmp_path / "trial.pt"
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2] if damage is None else damage)
    _, seen = run(VARIANTS["ex1_2/sgd"], tmp_path)
    assert seen == [1, 2, 3, 4]
    assert "damaged; starting afresh" in capfd.readouterr().out


def test_a_rate_that_is_far_too_high_is_recorded_as_diverged(tmp_path):
    result, _ = run(
        VARIANTS["ex1_2/sgd"], tmp_path, optimizer={"name": "sgd", "learning_rate": 1e20}
    )
    assert result.status == "diverged"
    assert result.epoch < SMALL["epochs"]


def test_a_diverged_training_keeps_its_last_finite_weights(tmp_path):
    result, _ = run(
        VARIANTS["ex1_2/sgd"], tmp_path, optimizer={"name": "sgd", "learning_rate": 1e20}
    )
    assert all(torch.isfinite(weight).all() for weight in result.chosen_weights.values())


def test_weights_that_are_too_large_from_the_start_are_diverged_at_epoch_0(tmp_path):
    start = {"name": "normal", "std": 1e30, "biases": "zeros"}
    result, _ = run(VARIANTS["ex1_2/sgd"], tmp_path, initialization=start)
    assert (result.status, result.epoch, result.chosen_epoch) == ("diverged", 0, 0)


def test_a_network_that_says_one_class_everywhere_is_collapsed(tmp_path):
    result, _ = run(
        VARIANTS["ex2_1/baseline_2019"],
        tmp_path,
        epochs=1,
        optimizer={"name": "sgd", "learning_rate": 1e-12},
        initialization={"name": "normal", "std": 1e-12, "biases": "zeros"},
    )
    assert result.status == "collapsed"


def test_the_best_epoch_on_validation_is_kept_when_asked_for(tmp_path):
    result, _ = run(VARIANTS["ex1_2/sgd"], tmp_path, select="best_validation", epochs=10)
    values = {
        epoch: v
        for epoch, name, metric, v in result.history
        if (name, metric) == ("validation", "accuracy")
    }
    assert result.chosen_epoch == max(values, key=lambda epoch: (values[epoch], -epoch))


def test_the_last_epoch_is_kept_otherwise(tmp_path):
    result, _ = run(VARIANTS["ex1_2/sgd"], tmp_path)
    assert result.chosen_epoch == SMALL["epochs"]
