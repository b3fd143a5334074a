"""Steps on noise, from which ``doctor`` estimates and ``profile_step.py`` profiles trainings."""

import math
from collections import Counter

import pytest
import torch
from own_studies import own_studies
from torch import nn

from dlia.commands import build_duration
from dlia.commands.build_duration import Images, answer, estimate, images_of, on_noise
from dlia.data.choice import Choice
from dlia.errors import UserError
from dlia.plan import candidates, machine
from dlia.plan.plan import Plan
from dlia.study.origins import REAL
from dlia.study.resource_estimate import Seen
from dlia.study.shorten import Limits
from dlia.study.yaml_files import ROOT

STUDIES = own_studies("mnist", "warwick", "brain")
CPU = torch.device("cpu")


def steps_of(study, key, size):
    settings = STUDIES[study].variant(key).settings
    return on_noise(STUDIES[study], settings, size, 4, CPU)


def order(network) -> list[type]:
    return [type(layer) for layer in network.modules() if isinstance(layer, nn.ReLU | nn.MaxPool2d)]


def test_they_are_made_with_the_layers_in_the_order_of_a_training():
    with steps_of("mnist", "ex1_2/sgd", [28, 28]) as (learner, _):
        assert order(learner.network)[:2] == [nn.MaxPool2d, nn.ReLU]
    assert order(learner.network)[:2] == [nn.ReLU, nn.MaxPool2d]


@pytest.mark.parametrize(
    ("study", "key", "size", "images", "targets"),
    [
        ("mnist", "ex1_2/sgd", [28, 28], (4, 1, 28, 28), (4,)),
        ("warwick", "ex2_1/baseline_2019", [32, 48], (4, 3, 32, 48), (4, 32, 48)),
        ("brain", "brain2_2/segnet", [16, 16], (4, 1, 16, 16), (4, 16, 16)),
    ],
)
def test_the_noise_resembles_the_images_of_the_study(study, key, size, images, targets):
    with steps_of(study, key, size) as (learner, shown):
        noise, wanted = shown()
        assert torch.isfinite(learner.step(noise, wanted))
    assert (noise.shape, wanted.shape) == (images, targets)
    assert noise.dtype == torch.float32
    assert wanted.unique().numel() > 1


@pytest.fixture
def plan(tmp_path, monkeypatch) -> Plan:
    """Plan a build on stand-ins in an empty folder."""
    monkeypatch.chdir(tmp_path)
    return Plan.read({"studies": ["mnist"], "max_epochs": 4, "trials": 2}, ROOT)


def test_a_build_lasts_as_long_as_its_trainings_and_what_is_beside_them(plan, monkeypatch):
    monkeypatch.setattr(build_duration, "seconds_of_step", lambda *_: 0.1)
    rules = ["split_mnist", "train_ex1_2_sgd", "train_ex1_2_sgd_2019"]
    found = estimate(plan, rules, 2)
    assert [t.variant.key for t in found.trained] == ["ex1_2/sgd", "ex1_2/sgd_2019"]
    beside = 2 * build_duration.OF_TRAINING + build_duration.OF_OTHER
    assert found.seconds == pytest.approx((sum(t.seconds for t in found.trained) + beside) / 2)


def test_more_cores_than_trials_shorten_no_training(plan, monkeypatch):
    monkeypatch.setattr(build_duration, "seconds_of_step", lambda *_: 0.1)
    found = estimate(plan, ["train_ex1_2_sgd"], 64)
    (training,) = found.trained
    assert training.trials == 2
    alone = build_duration.OF_TRAINING + training.seconds / 2
    assert found.seconds == pytest.approx(alone)
    assert found.expected() == {"train_ex1_2_sgd": pytest.approx(alone)}


def test_trainings_that_share_the_cores_are_expected_to_take_longer_than_alone(plan, monkeypatch):
    monkeypatch.setattr(build_duration, "seconds_of_step", lambda *_: 0.1)
    found = estimate(plan, ["train_ex1_2_sgd", "train_ex1_2_sgd_2019"], 2)
    whole = [build_duration.OF_TRAINING + training.seconds for training in found.trained]
    assert list(found.expected().values()) == pytest.approx(whole)


def test_the_trainings_of_an_importing_workflow_and_candidates_count_as_such(plan, monkeypatch):
    monkeypatch.setattr(build_duration, "seconds_of_step", lambda *_: 0.1)
    candidate = next(variant for _, variant in candidates.all_candidates(plan))
    own = f"train_{candidate.exercise}_{candidate.name}"
    found = estimate(plan, ["dlia_train_ex1_2_sgd", own, "dlia_predict_ex1_2_sgd"], 1)
    assert [t.variant.key for t in found.trained] == ["ex1_2/sgd", candidate.key]
    assert set(found.expected()) == {"train_ex1_2_sgd", own}


def test_what_prevents_an_estimate_is_named_without_its_remedy(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    def refused(*_):
        raise UserError("a.zip: contains no training images\nreplace it")

    monkeypatch.setattr(build_duration, "estimate", refused)
    told = answer({"config": {"studies": ["mnist"]}, "rules": ["train_ex1_2_sgd"], "cores": 1})
    assert [line.endswith("a.zip: contains no training images") for line in told["lines"]] == [True]
    assert told["seconds"] == {}


ALL_ON_A_CPU = {"everything": True, "device": "cpu"}


@pytest.fixture
def large(tmp_path, monkeypatch) -> Plan:
    """Plan the trainings of a RetinaNet on 1,500 photographs at 800 pixels, on a CPU."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(build_duration, "images_of", lambda *_: Images(1500, 225, 225, 469, 469))
    monkeypatch.setattr(machine, "images", lambda *_: 1969)
    monkeypatch.setattr(machine, "image_shape", lambda *_: (3, 800, 800))
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(Plan, "limits", lambda *_: Limits())
    return Plan.read({**ALL_ON_A_CPU, "studies": ["wildlife"], "trials": 3}, ROOT)


def test_a_step_of_minutes_is_estimated_and_not_run(large, monkeypatch):
    monkeypatch.setattr(build_duration, "on_noise", None)  # what is run would fail
    found = estimate(large, ["train_wildlife3_3_fine_tuned"], 2)
    (training,) = found.trained
    assert training.variant.settings.model.name == "retinanet"
    an_image = training.seconds / (3 * 100 * 1500)
    assert 15 < an_image < 60  # seconds; measured are about 15
    (timed, _) = build_duration.cautions(large, found)
    assert "estimated from their multiply-accumulates" in timed
    assert "wildlife3_3/fine_tuned" in timed


@pytest.mark.parametrize(("gib", "said"), [(4, True), (4000, False)])
def test_a_training_that_may_lack_memory_is_named_and_not_refused(large, gib, said, monkeypatch):
    found = estimate(large, ["train_wildlife3_3_fine_tuned"], 2)
    pages = {"SC_PAGE_SIZE": 4096, "SC_PHYS_PAGES": gib * 2**18}
    monkeypatch.setattr("os.sysconf", pages.__getitem__)
    told = [line for line in build_duration.cautions(large, found) if "of memory" in line]
    assert bool(told) is said
    assert all("wildlife3_3/fine_tuned" in line for line in told)


def test_nothing_is_said_of_trainings_that_fit(plan, monkeypatch):
    monkeypatch.setattr(build_duration, "seconds_of_step", lambda *_: 0.1)
    assert build_duration.cautions(plan, estimate(plan, ["train_ex1_2_sgd"], 2)) == []


@pytest.mark.parametrize(("load", "said"), [(0.1, False), (8.0, True)])
def test_a_machine_with_other_work_may_take_longer(load, said, monkeypatch):
    monkeypatch.setattr("os.cpu_count", lambda: 8)
    monkeypatch.setattr("os.getloadavg", lambda: (load, 0.0, 0.0))
    assert bool(build_duration.beside_others()) is said


def test_a_shortened_training_takes_less_time(plan, monkeypatch):
    monkeypatch.setattr(build_duration, "seconds_of_step", lambda *_: 0.1)
    full = Plan.read({"studies": ["mnist"], "max_epochs": "full", "trials": 2}, ROOT)
    times = [estimate(p, ["train_ex1_2_sgd"], 1).trained[0].seconds for p in (plan, full)]
    assert 9 * times[0] < times[1] < 10 * times[0]  # 4 of 40 epochs, each beside epoch 0


@pytest.mark.parametrize(
    ("key", "training", "validation", "evaluated"),
    [
        # 1,500 images; all of them are trained on, and as many as would be held out are evaluated.
        ("ex1_2/sgd", 1500, 150, 150 + 500),
        ("ex1_4/sgd", 1350, 150, 150 + 150),
    ],
)
def test_images_are_counted_as_they_are_trained_on_and_evaluated(
    plan, monkeypatch, key, training, validation, evaluated
):
    monkeypatch.setattr(build_duration, "seconds_of_step", lambda *_: 1.0)
    variant = plan.studies["mnist"].variant(key)
    batch, epochs, trials = 128, 4, plan.trials(variant)
    forward = ((epochs + 1) * evaluated + validation) / batch / 3
    (found,) = estimate(plan, [f"train_{key.replace('/', '_')}"], 1).trained
    assert found.seconds == pytest.approx(trials * (epochs * math.ceil(training / batch) + forward))


def test_predictions_take_a_forward_pass_of_every_test_image_and_trial(plan, monkeypatch):
    monkeypatch.setattr(build_duration, "seconds_of_step", lambda *_: 1.0)
    trials = plan.trials(plan.studies["mnist"].variant("ex1_2/sgd"))
    found = estimate(plan, ["predict_ex1_2_sgd"], 1)
    assert found.seconds == pytest.approx(build_duration.OF_OTHER + trials * 500 / 128 / 3)


def test_a_validation_part_of_the_archive_is_counted_there(plan, monkeypatch):
    counts = Counter(train=80, validation=20, test=10)
    study = plan.studies["mnist"]
    monkeypatch.setitem(plan.archives, "mnist", Choice("a.zip", REAL))
    monkeypatch.setattr(build_duration, "_counted", lambda *_: counts)
    held_out, trained_on = (study.variant(key) for key in ("ex1_4/sgd", "ex1_2/sgd"))
    assert images_of(plan, study, held_out) == (80, 20, 20, 10, 10, 0)
    assert images_of(plan, study, trained_on) == (100, 20, 20, 10, 10, 0)


def test_equal_programs_are_timed_once(plan, monkeypatch):
    timed = []

    def step(_plan, _study, _variant, batch) -> float:
        timed.append(batch)
        return 1.0

    monkeypatch.setattr(build_duration, "seconds_of_step", step)
    # They differ in the schedule alone.
    estimate(plan, ["train_ex1_5_batch_norm", "train_ex1_5_lr_schedule"], 1)
    assert timed == [128]


@pytest.fixture
def volumes(tmp_path, monkeypatch) -> Plan:
    """Plan a build on stand-in volumes, of whose patches so many are seen."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(machine, "seen_of", lambda *_: Seen(570, 50, 1600, 4, 2_000_000))
    return Plan.read({"studies": ["brain"], "standins": True, "trials": 2}, ROOT)


def test_a_training_on_volumes_lasts_as_long_as_its_patches(volumes, monkeypatch):
    monkeypatch.setattr(build_duration, "seconds_of_step", lambda *_: 0.3)
    (training,) = estimate(volumes, ["train_brain2_2_segnet"], 1).trained
    epochs = training.variant.settings.epochs
    evaluated = (epochs + 1) * (570 + 50) + 50
    # 16 patches in a batch, and two trials.
    assert training.seconds == pytest.approx(2 * 0.3 * (36 * epochs + evaluated / 16 / 3))


def test_the_prediction_of_whole_volumes_counts(volumes, monkeypatch):
    monkeypatch.setattr(build_duration, "seconds_of_step", lambda *_: 0.3)
    found = estimate(volumes, ["predict_brain2_2_segnet"], 1)
    network = 1600 / 16 * 0.1
    wanted = 2 * (network + 2 * build_duration.OF_VOXELS) + build_duration.OF_OTHER
    assert found.seconds == pytest.approx(wanted)


def test_steps_on_volumes_are_timed_on_patches(volumes, monkeypatch):
    sizes = []
    real = build_duration.on_noise
    monkeypatch.setattr(build_duration, "on_noise", lambda *a: sizes.append(a[2]) or real(*a))
    study = volumes.studies["brain"]
    build_duration.seconds_of_step(volumes, study, study.variant("brain2_2/segnet"), 2)
    assert sizes == [[16, 16]]


def test_a_rule_that_no_patch_fits_is_left_to_the_training(volumes, monkeypatch):
    monkeypatch.setattr(machine, "seen_of", lambda *_: Seen(0, 0, 0, 4, 2_000_000))
    monkeypatch.setattr(build_duration, "seconds_of_step", lambda *_: 0.3)
    (training,) = estimate(volumes, ["train_brain2_2_segnet"], 1).trained
    assert training.seconds == 0
