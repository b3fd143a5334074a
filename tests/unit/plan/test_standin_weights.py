"""Weights that stand in for pre-trained ones: a file for each network."""

import json
import re
import zipfile
from hashlib import sha256
from pathlib import Path

import pytest

from dlia.commands.doctor import weights
from dlia.plan.notes import weights_note
from dlia.plan.outputs import results
from dlia.plan.plan import Plan
from dlia.plan.timed_jobs import timed_jobs
from dlia.study.yaml_files import ROOT


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


@pytest.fixture
def real(tmp_path, monkeypatch):
    """Give a plan of a build from an archive that is there, with the files of weights beside it."""
    monkeypatch.chdir(tmp_path)
    with zipfile.ZipFile(tmp_path / "AQUARIUM.zip", "w") as archive:
        archive.writestr("train/a.jpg", b"")

    def planned(*files: str, **config: object) -> Plan:
        for name in files:
            (tmp_path / name).touch()
        asked = {"data_dir": str(tmp_path), "studies": ["aquarium"], **config}
        return Plan.read({**asked, "everything": True}, tmp_path)

    return planned


LITE0, RESNET = "efficientnet-lite0-57934424.pth", "retinanet_resnet50_fpn_coco-eeacb38b.pth"


def rests_on(plan: Plan) -> dict[str, tuple[str, str]]:
    """Give what the results of each variant rest on, and the folder of its weights."""
    study = plan.studies["aquarium"]
    return {
        variant.name: (plan.data_of(study, variant), Path(plan.weights(study, variant)).name)
        for variant in study.exercises["aquarium1_2"].variants.values()
    }


def test_a_missing_file_of_weights_is_replaced_and_results_say_so(real):
    plan = real(LITE0)
    found = rests_on(plan)
    assert found["pretrained"] == ("real", LITE0)
    assert found["random_weights"] == ("real", "")
    data, weights = found["resnet_50"]
    assert data == "real, stand-in weights"
    assert weights.startswith("retinanet_")
    assert weights.endswith(".safetensors")
    pretrained = plan.pretrained(plan.studies["aquarium"])
    assert [Path(path).name for path in pretrained] == [weights]
    assert RESNET in weights_note(plan, set(pretrained))


def test_the_doctor_names_a_file_of_weights_that_is_another(real, tmp_path):
    plan = real(LITE0)
    found = list(weights(plan, plan.studies["aquarium"]))
    assert [verdict for _, verdict, _ in found] == ["wrong", ""]
    assert f"{tmp_path / LITE0}: its SHA-256 begins with e3b0c44298fc1c14" in found[0][2]
    assert RESNET in found[1][2]  # is missing


def test_the_doctor_finds_weights_of_the_digest_that_the_study_states(real, tmp_path):
    text = (ROOT / "studies/aquarium.yaml").read_text(encoding="utf-8")
    empty = sha256(b"").hexdigest()
    text = re.sub(r"sha256: \w+", f"sha256: {empty}", text)
    (tmp_path / "studies").mkdir()
    (tmp_path / "studies/aquarium.yaml").write_text(text, encoding="utf-8")
    plan = real(LITE0, RESNET)
    found = list(weights(plan, plan.studies["aquarium"]))
    files = [str(tmp_path / name) for name in (LITE0, RESNET)]
    assert found == [("weights of aquarium", "ok", file) for file in files]


def test_a_file_of_weights_that_is_put_there_later_is_taken(real):
    assert rests_on(real(LITE0))["resnet_50"][0] != "real"
    assert rests_on(real(RESNET))["resnet_50"] == ("real", RESNET)


@pytest.mark.parametrize(
    ("config", "weights", "why"),
    [
        ({"standins": False}, "", "standins: false allows no stand-in weights"),
        ({}, LITE0, "results rest on it"),
    ],
)
def test_standin_weights_replace_nothing_that_must_stay(real, tmp_path, config, weights, why):
    record = tmp_path / "results/aquarium1_2/pretrained/run.json"
    record.parent.mkdir(parents=True)
    record.write_text(json.dumps({"weights": weights}), encoding="utf-8")
    plan = real(**config)
    study = plan.studies["aquarium"]
    variant = study.variant("aquarium1_2/pretrained")
    said = plan.missing_weights(study, variant)
    assert said.startswith(f"{tmp_path / LITE0}: no such file")
    assert why in said
    assert variant.settings.model.weights.sha256[:16] in said


def test_results_of_standin_weights_may_be_replaced_by_others(real, tmp_path):
    record = tmp_path / "results/aquarium1_2/pretrained/run.json"
    record.parent.mkdir(parents=True)
    record.write_text(json.dumps({"weights": "stand-in weights"}), encoding="utf-8")
    assert rests_on(real())["pretrained"][0] == "real, stand-in weights"


def test_a_variant_with_random_weights_has_no_file_of_weights(plan):
    study = plan.whole["aquarium"]
    assert plan.weights(study, study.variant("aquarium1_2/random_weights")) == ""


def test_only_weights_that_the_build_trains_are_timed(plan):
    study = plan.studies["aquarium"]
    timed = [job["file"] for job in timed_jobs(plan, study) if job["step"] == "pretrain"]
    used = {plan.weights(study, variant) for _, variant in plan.trained_variants(study)} - {""}
    assert set(timed) == used
    assert all(Path(path).suffix == ".safetensors" for path in timed)


def test_a_command_that_an_exercise_shows_has_neither_a_job_nor_a_file(plan):
    study = plan.studies["wildlife"]
    assert ("wildlife3_5", "command") in [(e.id, kind) for _, e, kind in plan.shows(study)]
    assert not [job for job in timed_jobs(plan, study) if "wildlife3_5" in job["file"]]
    assert not [path for path in results(plan) if "wildlife3_5" in path]
