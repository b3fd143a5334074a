"""Weights that stand in for pre-trained ones: a file for each network."""

from pathlib import Path

import pytest

from dlia.plan.plan import Plan
from dlia.plan.timed_jobs import timed_jobs


@pytest.fixture
def plan(tmp_path, monkeypatch) -> Plan:
    monkeypatch.chdir(tmp_path)
    return Plan.read({"standins": True, "studies": ["aquarium", "wildlife"]}, tmp_path)


def test_each_network_of_a_study_has_standin_weights_of_its_own(plan):
    study = plan.whole["aquarium"]
    files = {
        name: plan.weights(study, study.variant(f"aquarium1_2/{name}"))
        for name in ("pretrained", "resnet_50")
    }
    names = {path: network["name"] for path, network in plan.pretrained(study).items()}
    assert names == {files["pretrained"]: "retinanet_lite0", files["resnet_50"]: "retinanet"}


def test_what_changes_no_weight_shares_standin_weights(plan):
    study = plan.whole["wildlife"]
    before, after = (
        plan.weights(study, study.variant(key))
        for key in ("wildlife3_2/before", "wildlife3_3/fine_tuned")
    )
    assert before == after
    assert list(plan.pretrained(study)) == [before]


def test_a_variant_with_random_weights_has_no_file_of_weights(plan):
    study = plan.whole["aquarium"]
    assert plan.weights(study, study.variant("aquarium1_2/random_weights")) == ""


def test_only_weights_that_the_build_trains_are_timed(plan):
    study = plan.studies["aquarium"]
    timed = [job["file"] for job in timed_jobs(plan, study) if job["step"] == "pretrain"]
    used = {plan.weights(study, variant) for _, variant in plan.trained_variants(study)} - {""}
    assert set(timed) == used
    assert all(Path(path).suffix == ".safetensors" for path in timed)
