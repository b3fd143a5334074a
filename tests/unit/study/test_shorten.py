"""Shortened studies: which variants change, what they still say, and the shape of schedules."""

from pathlib import Path

import pytest
import torch
from own_studies import own_study

from dlia.plan.plan import Plan
from dlia.study.load import all_variants
from dlia.study.settings import Cosine, OneCycle, Step
from dlia.study.shorten import Limits, shortened
from dlia.study.yaml_files import ROOT
from dlia.training.schedules import build_schedule

MNIST = own_study("mnist")
STEPS = 10  # batches of an epoch


def variants(*limits: int | None) -> dict:
    return all_variants({"mnist": shortened(MNIST, Limits(*limits))})


def with_schedule(schedule, epochs: int):
    """Give ex1_2/sgd with other epochs and another schedule, trained for at most 12 epochs."""
    exercise = MNIST.exercises["ex1_2"]
    variant = exercise.variants["sgd"]
    settings = variant.settings.model_copy(update={"schedule": schedule, "epochs": epochs})
    variant = variant.__class__(**{**vars(variant), "settings": settings})
    exercise = exercise.__class__(**{**vars(exercise), "variants": {"sgd": variant}})
    study = MNIST.__class__(**{**vars(MNIST), "exercises": {"ex1_2": exercise}})
    return variant, shortened(study, Limits(12)).variant("ex1_2/sgd")


def rates(settings) -> list[float]:
    """Give the learning rate of every step."""
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=0.1)
    schedule = build_schedule(optimizer, settings.schedule, settings.epochs, STEPS)
    found = []
    for _ in range(settings.epochs * STEPS):
        found.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        schedule.step()
    return found


def test_exactly_the_variants_with_more_epochs_are_shortened():
    full, short = variants(), variants(25)
    changed = {key for key in full if short[key].settings != full[key].settings}
    assert changed == {key for key, variant in full.items() if variant.settings.epochs > 25}
    assert changed == {key for key, variant in short.items() if variant.is_shortened}
    assert {short[key].settings.epochs for key in changed} == {25}
    assert "ex1_3/relu_pool" in changed  # it is the same as a variant that is shortened


def test_a_shortened_variant_says_how_many_epochs_the_study_asks_for():
    variant = variants(12, 2)["ex1_5/lr_schedule"]
    assert variant.asked == {"trials": 3, "schedule.step_size": 5, "epochs": 40}
    shown = {path: variant.text(path, value) for path, value, _ in variant.settings.leaves()}
    assert (shown["epochs"], shown["trials"]) == ("12 of 40", "2 of 3")
    assert shown["batch_size"] == "128"


def test_the_candidates_of_a_setting_are_shortened_with_their_variant():
    candidates = variants(2, 1)["ex1_1/numpy_2019"].candidates
    assert {(c.variant.settings.epochs, c.variant.settings.trials) for c in candidates} == {(2, 1)}
    assert all(c.variant.is_shortened for c in candidates)


def test_fewer_trials_alone_are_no_shortened_training():
    variant = variants(None, 2)["ex1_2/sgd"]
    assert (variant.settings.trials, variant.is_shortened) == (2, False)
    assert variant.asked_of_training() == {}


@pytest.mark.parametrize(
    ("epochs", "size", "expected"), [(40, 5, 2), (100, 20, 2), (100, 5, 1), (24, 24, 12)]
)
def test_the_period_of_a_step_schedule_shrinks_with_the_epochs(epochs, size, expected):
    _, short = with_schedule(Step(name="step", step_size=size, gamma=0.2), epochs)
    assert short.settings.schedule == Step(name="step", step_size=expected, gamma=0.2)


@pytest.mark.parametrize(
    "schedule",
    [
        Step(name="step", step_size=10, gamma=0.2),
        Cosine(name="cosine"),
        OneCycle(name="one_cycle", cycle_momentum=False),
    ],
    ids=lambda schedule: schedule.name,
)
def test_a_schedule_keeps_its_shape(schedule):
    variant, short = with_schedule(schedule, 40)
    full, few = rates(variant.settings), rates(short.settings)
    places = [round((n + 0.5) / 12 * len(full)) for n in range(12)]
    expected = [full[place] for place in places]
    found = [few[round((n + 0.5) * STEPS)] for n in range(12)]
    assert found == pytest.approx(expected, abs=0.004)


@pytest.fixture
def build(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Plan a build in an empty folder, or with a real archive."""
    monkeypatch.chdir(tmp_path)

    def limits(kind: str, **config: object) -> Limits:
        asked = {"studies": ["mnist"], "standins": kind == "stand-in", **config}
        if kind == "real":
            # An empty zip archive.
            Path("data").mkdir()
            Path("data/MNIST.zip").write_bytes(b"PK\x05\x06" + bytes(18))
        plan = Plan.read(asked, ROOT)
        assert plan.archives["mnist"].kind == kind
        return plan.limits(plan.whole["mnist"])

    return limits


OF_STUDY = MNIST.data.standin.max_epochs


@pytest.mark.parametrize(
    ("kind", "config", "expected"),
    [
        ("stand-in", {}, (OF_STUDY, 1)),
        ("stand-in", {"max_epochs": "full"}, (None, 1)),
        ("stand-in", {"max_epochs": 5, "trials": 7}, (5, None)),
        ("real", {}, (None, None)),
        ("real", {"max_epochs": "full"}, (None, None)),
        ("real", {"max_epochs": 5}, (5, None)),
    ],
)
def test_only_stand_ins_are_shortened_unless_the_user_says_otherwise(build, kind, config, expected):
    assert OF_STUDY
    assert build(kind, **config)[:2] == expected
