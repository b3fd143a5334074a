"""Settings that are chosen from candidates: a training of each, on validation images."""

from typing import Any

import pytest
import yaml

from dlia.errors import UserError
from dlia.plan.plan import Plan
from dlia.study.load import all_variants
from dlia.study.model import Variant
from dlia.study.yaml_files import ROOT
from dlia.tasks.studies import load_studies

STUDY: dict[str, Any] = {
    "title": "Digits",
    "task": "classification",
    "data": {
        "archive": "A.zip",
        "layout": "class_folders",
        "size": [28, 28],
        "channels": 1,
        "classes": ["a", "b"],
        "validation": 0.1,
        "standin": {"kind": "digits", "train": 100, "test": 10, "size": 28},
    },
    "defaults": {
        "model": {"name": "mlp"},
        "loss": {"name": "cross_entropy"},
        "optimizer": {"name": "sgd", "learning_rate": 0.1},
        "batch_size": 32,
        "epochs": 10,
        "fit": "train+validation",
        "monitor": ["train", "test"],
    },
}
RATES = {"optimizer.learning_rate": [0.01, 0.1]}
WHY = {"optimizer.learning_rate": "The source is silent."}


@pytest.fixture
def load(tmp_path):
    def load_study(**variants: dict[str, Any]) -> dict[str, Variant]:
        exercise = {"title": "T", "question": "Q?", "variants": variants}
        (tmp_path / "studies").mkdir(exist_ok=True)
        text = yaml.safe_dump({**STUDY, "exercises": {"e": exercise}})
        (tmp_path / "studies" / "x.yaml").write_text(text)
        return all_variants(load_studies(["x"], tmp_path))

    return load_study


def test_each_candidate_differs_in_one_setting_and_leaves_validation_images_out(load):
    variant = load(a={"chosen_from": RATES, "assumed": WHY})["e/a"]
    own = variant.settings.plain()
    for candidate, rate in zip(variant.candidates, RATES["optimizer.learning_rate"], strict=True):
        expected = {
            **own,
            "fit": "train",
            "monitor": ["train", "validation"],
            "optimizer": {**own["optimizer"], "learning_rate": rate},
        }
        assert candidate.variant.settings.plain() == expected


def test_a_choice_on_folds_has_a_training_for_each_fold_of_each_candidate(load):
    chosen = {"chosen_from": RATES, "chosen_on": "folds", "assumed": WHY, "trials": 10}
    candidates = load(a=chosen)["e/a"].candidates
    found = [(c.value, c.variant.settings.held_out_fold) for c in candidates]
    assert found == [(rate, fold) for rate in (0.01, 0.1) for fold in range(5)]
    assert {c.variant.settings.trials for c in candidates} == {1}
    assert {c.variant.settings.fit for c in candidates} == {"train"}


def test_the_value_that_is_taken_is_trained_once_for_all_settings(load):
    chosen = {**RATES, "epochs": [10, 20]}
    reasons = {**WHY, "epochs": "The source is silent."}
    candidates = load(a={"chosen_from": chosen, "assumed": reasons})["e/a"].candidates
    trained = [c.variant.key for c in candidates if c.taken]
    assert len(trained) == 2
    assert len(set(trained)) == 1
    assert len({c.variant.key for c in candidates}) == 3


def test_what_is_trained_on_all_images_holds_no_fold_out(load):
    with pytest.raises(UserError, match=r"fit: train\+validation leaves no fold"):
        load(a={"held_out_fold": 0})


@pytest.mark.parametrize(
    ("own", "path"),
    [({"held_out_fold": 0}, "held_out_fold"), ({"chosen_on": "folds"}, "chosen_on")],
)
def test_there_are_no_folds_where_the_data_name_the_validation_part(tmp_path, own, path):
    study = yaml.safe_load((ROOT / "studies" / "brain.yaml").read_text())
    study["exercises"]["brain2_2"]["variants"]["segnet"] |= own
    (tmp_path / "studies").mkdir()
    (tmp_path / "studies" / "brain.yaml").write_text(yaml.safe_dump(study))
    with pytest.raises(UserError, match=rf"variants\.segnet\.{path}: .*data\.layout names"):
        load_studies(["brain"], tmp_path)


def test_a_fold_is_trained_once_whatever_the_number_of_trials(load, tmp_path, monkeypatch):
    load(a={"chosen_from": RATES, "chosen_on": "folds", "assumed": WHY})
    monkeypatch.chdir(tmp_path)
    plan = Plan.read({"studies": ["x"], "trials": 3, "standins": True}, tmp_path)
    variant = plan.studies["x"].variant("e/a")
    assert plan.trials(variant) == 3
    assert {plan.trials(c.variant) for c in variant.candidates} == {1}


def test_candidates_are_no_variants_of_the_study(load):
    assert list(load(a={"chosen_from": RATES, "assumed": WHY})) == ["e/a"]


def test_what_is_built_on_a_variant_has_no_candidates_of_its_own(load):
    variants = load(a={"chosen_from": RATES, "assumed": WHY}, b={"base": "e/a", "epochs": 3})
    assert variants["e/b"].candidates == ()


@pytest.mark.parametrize(
    ("own", "path", "words"),
    [
        ({"chosen_from": {"optimizer.rate": [1, 2]}}, "chosen_from.optimizer.rate", "no setting"),
        ({"chosen_from": {"epochs": [1, 2]}}, "chosen_from.epochs", "lacks 10"),
        ({"chosen_from": {"epochs": [10, -1]}}, "chosen_from.epochs", "-1:"),
        ({"chosen_from": {"epochs": [10]}}, "chosen_from.epochs", "2"),
        ({"chosen_from": RATES, "assumed": {}}, "assumed.optimizer.learning_rate", "reason"),
    ],
    ids=["unknown setting", "value not among them", "invalid value", "no choice", "no reason"],
)
def test_a_choice_that_cannot_be_made_is_refused_by_its_key(load, own, path, words):
    assumed = {"epochs": "The source is silent."} if "assumed" not in own else {}
    variant = {"assumed": assumed, **own}
    variant = {key: value for key, value in variant.items() if value}
    with pytest.raises(UserError) as refused:
        load(a=variant)
    assert f"exercises.e.variants.a.{path}: " in str(refused.value)
    assert words in str(refused.value)


def test_a_candidate_that_would_be_trained_by_the_rule_of_a_variant_is_refused(load):
    chosen = {"chosen_from": RATES, "assumed": WHY}
    name = "a__choose_learning_rate_0_1"
    with pytest.raises(UserError, match=rf"variants\.{name}: .*rename the variant"):
        load(a=chosen, **{name: {"epochs": 3}})
