"""The training loop: it learns, it repeats itself exactly, and it says when it fails."""

import pytest
import torch
from trainings import SMALL, VARIANTS, equal, run, values

from dlia.training.checkpoint import Checkpoint

# One of each kind whose state a checkpoint must hold.
STATEFUL = {
    "plain sgd": {"key": "ex1_2/sgd"},
    "adam and a schedule": {"key": "ex2_1/baseline_2024"},
    "by hand": {"key": "ex1_1/numpy_2019"},
    "normalisation": {"key": "ex2_2/step_20"},
    "dropout": {"key": "ex1_5/dropout"},
    "averaging": {"key": "ex1_2/sgd", "averaging": {"name": "ema", "decay": 0.9}},
    "augmentation": {
        "key": "ex2_2/step_20",
        "augmentation": {"name": "random", "shift": 2, "quarter_turns": True, "stain": 0.2},
    },
    "one cycle": {"key": "ex1_4/adam_default", "schedule": {"name": "one_cycle"}},
    "gradient norms": {"key": "ex2_4/residual_2"},
}


@pytest.mark.parametrize("key", VARIANTS)
def test_every_variant_builds_its_network_and_trains_an_epoch(key, tmp_path):
    result, _ = run(key, tmp_path, epochs=1)
    assert result.epoch == 1


OVERFITS = {
    "softmax": {"key": "ex1_2/sgd"},
    "smoothed softmax": {
        "key": "ex1_2/sgd",
        "loss": {"name": "cross_entropy", "label_smoothing": 0.1},
    },
    "sigmoid": {"key": "ex2_1/baseline_2019"},
    "softmax of pixels": {"key": "ex2_1/baseline_2024"},
    "soft Dice": {"key": "ex2_1/baseline_2019", "loss": {"name": "soft_dice"}},
    "their sum": {
        "key": "ex2_1/baseline_2019",
        "loss": {"name": "binary_cross_entropy_and_soft_dice"},
    },
}


@pytest.mark.parametrize("case", OVERFITS.values(), ids=OVERFITS)
def test_every_loss_overfits_one_batch(case, tmp_path):
    result, _ = run(
        **case,
        folder=tmp_path,
        epochs=120,
        batch_size=24,
        optimizer={"name": "adam", "learning_rate": 0.01},
        schedule={"name": "constant"},
    )
    metric = "dice" if case["key"].startswith("ex2") else "accuracy"
    assert values(result, "train", metric)[120] > 0.97


def test_the_history_starts_with_the_untrained_network(tmp_path):
    result, _ = run("ex1_2/sgd", tmp_path)
    assert sorted({row[0] for row in result.history}) == [0, 1, 2, 3, 4]


def test_segmentations_record_hard_and_soft_dice(tmp_path):
    result, _ = run("ex2_1/baseline_2019", tmp_path)
    assert {row[2] for row in result.history} == {"loss", "dice", "dice_soft_pooled"}


def test_gradient_norms_are_recorded_for_every_layer_and_epoch(tmp_path):
    result, _ = run("ex2_4/plain_2", tmp_path)
    recorded = {row[2] for row in result.history if row[2].startswith("gradient_norm.")}
    levels = {f"gradient_norm.encoder.block{n}.conv{m}" for n in (1, 2, 3) for m in (1, 2)}
    ups = {"gradient_norm.decoder.up1.conv", "gradient_norm.decoder.up2.conv"}
    assert recorded == levels | ups | {"gradient_norm.output"}
    assert sorted(values(result, "train", "gradient_norm.output")) == [1, 2, 3, 4]


def test_a_gradient_norm_is_the_mean_over_the_steps_of_an_epoch(tmp_path):
    # With a rate of almost 0 all steps see the same weights: their mean is that of the batches.
    optimizer = {"name": "sgd", "learning_rate": 1e-12}
    once, _ = run("ex2_4/plain_2", tmp_path / "a", optimizer=optimizer, epochs=1)
    twice, _ = run("ex2_4/plain_2", tmp_path / "b", optimizer=optimizer, epochs=2)
    first, second = values(twice, "train", "gradient_norm.output").values()
    assert values(once, "train", "gradient_norm.output")[1] == first
    assert second == pytest.approx(first, rel=0.2)


def test_two_trainings_from_the_same_seeds_are_equal_bit_by_bit(tmp_path):
    first, _ = run("ex1_2/sgd", tmp_path / "a")
    second, _ = run("ex1_2/sgd", tmp_path / "b")
    assert equal(first.chosen_weights, second.chosen_weights)
    assert first.history == second.history


@pytest.mark.parametrize("case", STATEFUL.values(), ids=STATEFUL)
def test_a_killed_training_goes_on_exactly_where_it_was(case, tmp_path, monkeypatch):
    whole, _ = run(**case, folder=tmp_path / "whole")
    save = Checkpoint.save

    def save_and_die(self, state):
        save(self, state)
        if state["progress"]["epoch"] == 2:
            raise KeyboardInterrupt

    monkeypatch.setattr(Checkpoint, "save", save_and_die)
    with pytest.raises(KeyboardInterrupt):
        run(**case, folder=tmp_path / "killed")
    monkeypatch.undo()
    resumed, seen = run(**case, folder=tmp_path / "killed")
    assert seen == [3, 4]
    assert resumed.history == whole.history
    assert equal(resumed.chosen_weights, whole.chosen_weights)


def test_a_checkpoint_of_another_training_is_not_used(tmp_path, capfd):
    run("ex1_2/sgd", tmp_path, checkpoint_key="one")
    _, seen = run("ex1_2/sgd", tmp_path, checkpoint_key="another")
    assert seen == [1, 2, 3, 4]
    assert "starting afresh" in capfd.readouterr().out


@pytest.mark.parametrize("damage", [b"", b"no checkpoint", None])
def test_a_damaged_checkpoint_is_not_used(damage, tmp_path, capfd):
    run("ex1_2/sgd", tmp_path)
    file = tmp_path / "trial.pt"
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2] if damage is None else damage)
    _, seen = run("ex1_2/sgd", tmp_path)
    assert seen == [1, 2, 3, 4]
    assert "damaged; starting afresh" in capfd.readouterr().out


FAR_TOO_HIGH = {"name": "sgd", "learning_rate": 1e20}


def test_a_loss_that_is_not_finite_stops_the_training_as_diverged(tmp_path):
    result, _ = run("ex1_2/sgd", tmp_path, optimizer=FAR_TOO_HIGH)
    assert result.status == "diverged"
    assert result.epoch < SMALL["epochs"]


def test_a_diverged_training_keeps_its_last_finite_weights(tmp_path):
    result, _ = run("ex1_2/sgd", tmp_path, optimizer=FAR_TOO_HIGH)
    assert all(torch.isfinite(weight).all() for weight in result.chosen_weights.values())


def test_weights_that_are_too_large_from_the_start_are_diverged_at_epoch_0(tmp_path):
    start = {"name": "normal", "std": 1e30}
    result, _ = run("ex1_2/sgd", tmp_path, initialization=start)
    assert (result.status, result.epoch, result.chosen_epoch) == ("diverged", 0, 0)


@pytest.mark.parametrize("key", ["ex1_2/sgd", "ex1_3/tanh_pool", "ex2_1/baseline_2019"])
def test_a_finite_loss_above_the_untrained_networks_is_diverged(key, tmp_path):
    result, _ = run(key, tmp_path, optimizer={"learning_rate": 10})
    losses = values(result, "train", "loss")
    assert losses[4] > losses[0]
    assert (result.status, result.chosen_epoch) == ("diverged", 4)


def test_a_segmentation_that_says_one_class_everywhere_is_collapsed(tmp_path):
    result, _ = run(
        "ex2_1/baseline_2019",
        tmp_path,
        epochs=1,
        optimizer={"name": "sgd", "learning_rate": 1e-12},
        initialization={"name": "zeros"},
    )
    assert result.status == "collapsed"


def test_a_classifier_no_better_than_the_most_frequent_class_is_collapsed(tmp_path):
    result, _ = run("ex1_2/sgd", tmp_path, initialization={"name": "zeros"}, epochs=1)
    assert result.status == "collapsed"


def test_the_best_epoch_on_validation_is_kept_when_asked_for(tmp_path):
    result, _ = run("ex1_2/sgd", tmp_path, select="best_validation", epochs=10)
    reached = values(result, "validation", "accuracy")
    assert result.chosen_epoch == max(reached, key=lambda epoch: (reached[epoch], -epoch))


def test_the_last_epoch_is_kept_otherwise(tmp_path):
    result, _ = run("ex1_2/sgd", tmp_path)
    assert result.chosen_epoch == SMALL["epochs"]


def test_averaged_weights_are_what_is_measured_and_kept(tmp_path):
    plain, _ = run("ex1_2/sgd", tmp_path / "a")
    averaged, _ = run("ex1_2/sgd", tmp_path / "b", averaging={"name": "ema", "decay": 0.9})
    assert averaged.history != plain.history
    assert not equal(averaged.chosen_weights, plain.chosen_weights)


def test_fixed_copies_leave_the_monitored_images_as_they_are(tmp_path):
    plain, _ = run("ex2_1/baseline_2019", tmp_path / "a")
    flipped, _ = run("ex2_1/baseline_2019", tmp_path / "b", add_copies=["horizontal_flip"])
    assert values(flipped, "train", "loss")[0] == values(plain, "train", "loss")[0]
