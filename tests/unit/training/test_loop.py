"""The training loop: it learns, it repeats itself exactly, and it says when it fails."""

import pytest
import torch
from trainings import (
    SMALL,
    STATEFUL,
    VARIANTS,
    arrays,
    equal,
    network_of,
    part,
    run,
    settings_of,
    values,
)

from dlia.tasks.classification.curves import CURVES
from dlia.training.checkpoint import Checkpoint
from dlia.training.learner import Learner
from dlia.training.loop import outcome
from dlia.training.losses import build_loss, cross_entropy
from dlia.training.measures import predict_logits
from dlia.training.preparation import load_data
from dlia.training.progress import Progress


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
    "soft Dice": {"key": "ex2_1/baseline_2019", "loss": {"name": "soft_dice"}, "epochs": 80},
    "their sum": {
        "key": "ex2_1/baseline_2019",
        "loss": {"name": "binary_cross_entropy_and_soft_dice"},
    },
}


@pytest.mark.parametrize("case", OVERFITS.values(), ids=OVERFITS)
def test_every_loss_overfits_one_batch(case, tmp_path):
    result, _ = run(
        **{"epochs": 40, **case},
        folder=tmp_path,
        batch_size=24,
        optimizer={"name": "adam", "learning_rate": 0.01},
        schedule={"name": "constant"},
    )
    metric = "dice" if case["key"].startswith("ex2") else "accuracy"
    assert values(result, "train", metric)[result.epoch] > 0.97


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
    # With a rate of almost 0 all steps see the same weights, and the order does not matter.
    rate = {"name": "sgd", "learning_rate": 1e-12}
    changes = {"optimizer": rate, "batch_size": 1, "model": {"batch_norm": False}}
    result, _ = run("ex2_4/plain_2", tmp_path, epochs=1, **changes)
    settings = settings_of("ex2_4/plain_2", **changes)
    images, norms = load_data(arrays("segmentation"), settings, torch.device("cpu"), 1).training, []
    for row in range(len(images)):
        network, rows = network_of(settings), torch.tensor([row])
        cross_entropy(network(images.inputs(rows)), images.targets[rows]).backward()
        norms.append(float(network.output.weight.grad.norm()))
    recorded = values(result, "train", "gradient_norm.output")[1]
    assert recorded == pytest.approx(sum(norms) / len(norms), rel=1e-4)


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
        if state["trials"][0]["epoch"] == 2:
            raise KeyboardInterrupt

    monkeypatch.setattr(Checkpoint, "save", save_and_die)
    with pytest.raises(KeyboardInterrupt):
        run(**case, folder=tmp_path / "killed")
    monkeypatch.undo()
    resumed, seen = run(**case, folder=tmp_path / "killed")
    assert seen == [2, 3, 4]  # where it goes on, and every epoch
    assert resumed.history == whole.history
    assert equal(resumed.chosen_weights, whole.chosen_weights)


def test_a_checkpoint_of_another_training_is_not_used(tmp_path, capfd):
    run("ex1_2/sgd", tmp_path, checkpoint_key="one")
    _, seen = run("ex1_2/sgd", tmp_path, checkpoint_key="another")
    assert seen == [0, 1, 2, 3, 4]
    assert "of other settings" in capfd.readouterr().out


@pytest.mark.parametrize("damage", [b"", b"no checkpoint", None])
def test_a_damaged_checkpoint_is_not_used(damage, tmp_path, capfd):
    run("ex1_2/sgd", tmp_path)
    file = tmp_path / "trial.pt"
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2] if damage is None else damage)
    _, seen = run("ex1_2/sgd", tmp_path)
    assert seen == [0, 1, 2, 3, 4]
    assert "the checkpoint is damaged; the training starts afresh" in capfd.readouterr().out


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
@pytest.mark.parametrize("select", ["last", "best_validation"])
def test_a_finite_loss_that_ends_above_the_untrained_networks_is_diverged(key, select, tmp_path):
    result, _ = run(key, tmp_path, optimizer={"learning_rate": 10}, select=select)
    losses = values(result, "train", "loss")
    assert losses[4] > 1.01 * losses[0]
    assert result.status == "diverged"


def test_what_once_went_uphill_and_settled_on_one_class_is_diverged(tmp_path):
    # The untrained network is so bad that the last loss is below its own.
    start = {"name": "normal", "std": 0.3}
    result, _ = run("ex1_2/sgd", tmp_path, optimizer={"learning_rate": 10}, initialization=start)
    losses = values(result, "train", "loss")
    assert 2.5 < losses[4] < losses[0]
    assert result.status == "diverged"


@pytest.mark.parametrize(
    ("losses", "expected"),
    [
        ([2.30, 2.31, 2.30, 2.30], "collapsed"),
        ([2.31, 2.40, 2.31, 2.31], "collapsed"),  # a jump on the way there
        ([2.30, 2.30, 2.30, 2.33], "diverged"),
        ([10.2, 1e30, 4.89, 3.72], "diverged"),
        ([2.90, 2.80, 2.70, 2.60], "collapsed"),  # too short, and downhill all the way
    ],
)
def test_one_class_everywhere_is_collapsed_unless_the_loss_has_gone_uphill(losses, expected):
    settings = settings_of("ex1_2/sgd", **SMALL, initialization={"name": "zeros"})
    data = load_data(arrays("classification"), settings, torch.device("cpu"), 1)
    history = [(epoch, "train", "loss", loss) for epoch, loss in enumerate(losses)]
    progress = Progress(history=history)
    logits, targets = predict_logits(network_of(settings), data.validation), data.validation.targets
    loss = build_loss(settings.loss)
    assert outcome(progress, logits, targets, CURVES, loss) == expected


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


@pytest.mark.parametrize("batch_norm", [False, True])
def test_averaged_weights_follow_the_exponential_moving_average(batch_norm):
    settings = settings_of(
        "ex1_2/sgd", averaging={"name": "ema", "decay": 0.9}, model={"batch_norm": batch_norm}
    )
    learner = Learner(network_of(settings), settings, steps=4)
    digits = part("classification")
    expected = None
    for rows in torch.arange(24).split(6):
        learner.step(digits.inputs(rows), digits.targets[rows])
        now = {n: v.clone() for n, v in learner.network.state_dict().items()}
        before = expected or now  # the first step starts the average
        expected = {
            n: 0.9 * before[n] + 0.1 * v if v.is_floating_point() else v for n, v in now.items()
        }
    for name, value in learner.judged.state_dict().items():
        if value.is_floating_point():
            assert torch.allclose(value, expected[name], atol=1e-6), name


def test_averaged_weights_are_what_is_measured_and_kept(tmp_path):
    plain, _ = run("ex1_2/sgd", tmp_path / "a")
    averaged, _ = run("ex1_2/sgd", tmp_path / "b", averaging={"name": "ema", "decay": 0.9})
    first, second = (values(r, "validation", "loss") for r in (plain, averaged))
    assert first[0] == second[0]
    assert first[4] != second[4]
    assert not equal(averaged.chosen_weights, plain.chosen_weights)


def test_fixed_copies_are_trained_on_and_not_measured():
    settings = settings_of("ex2_2/flip", **SMALL)
    data = load_data(arrays("segmentation"), settings, torch.device("cpu"), 1)
    assert (len(data.training), len(data.monitored), len(data.validation)) == (48, 8, 8)


def test_an_augmented_training_sees_other_images(tmp_path):
    plain, _ = run("ex2_1/baseline_2019", tmp_path / "a")
    augment = {"name": "random", "vertical_flip": True, "stain": 0.3}
    augmented, _ = run("ex2_1/baseline_2019", tmp_path / "b", augmentation=augment)
    first, second = (values(r, "validation", "loss") for r in (plain, augmented))
    assert first[0] == second[0]
    assert first[4] != second[4]
