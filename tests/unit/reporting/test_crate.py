"""Archives of results: what is in them, what is left out, and how it is described."""

import json
import zipfile
from pathlib import Path

import pytest
from conftest import ROOT

from dlia.reporting.crate import DataSetFacts, digest_of_code, pack_crate
from dlia.reporting.hand_in import pack_hand_in
from dlia.study.yaml_files import load_yaml

FACTS = DataSetFacts(
    name="mnist",
    title="Digits",
    archive="MNIST.zip",
    kind="real",
    sha256="0" * 64,
    terms="CC BY-SA 3.0",
    citation="Y. LeCun 1998",
    url="https://data.example/train.gz",
)
PACKED = {
    "results/reports/mnist.html": "<html>",
    "results/mnist/claims.csv": "study,claim\n",
    "results/ex1/summary.csv": "variant\n",
    "results/ex1/net/run.json": "{}",
    "results/data/mnist/source.json": "{}",
}
LEFT_OUT = {
    "results/claims.csv": "all studies",
    "results/ex9/summary.csv": "of another study",
    "logs/train_ex9.log": "of another study",
    "results/ex1/net/model.safetensors": "weights",
    "results/ex1/net/predictions.safetensors": "numbers",
    "results/data/mnist/images.npy": "pixels",
    "results/data/mnist/figures/samples.svg": "pictures",
    "results/data/standins/MNIST.zip": "archive",
}
CONFIG = {"studies": ["mnist"], "data_dir": "data", "max_epochs": 2}
STUDIES = {"studies/mnist.yaml": str(ROOT / "studies/mnist.yaml")}


@pytest.fixture
def crate(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    log = {"logs/train.log": "line\n" * 500}
    for name, text in (PACKED | LEFT_OUT | log).items():
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Path(name).write_text(text, encoding="utf-8")
    logs = ["logs/train.log", "logs/never_run.log"]
    return packed(FACTS, logs)


def packed(facts, logs=()):
    pack_crate("crate.zip", [facts], CONFIG, STUDIES, [*PACKED], logs, "2026-11-28T17:00:00+00:00")
    with zipfile.ZipFile("crate.zip") as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def graph(crate: dict[str, bytes]) -> dict[str, dict[str, object]]:
    entities = json.loads(crate["ro-crate-metadata.json"])["@graph"]
    return {entity["@id"]: entity for entity in entities}


def test_results_and_settings_are_packed_and_neither_data_nor_networks(crate):
    assert {*PACKED, *STUDIES, "Snakefile", "LICENSE"} <= crate.keys()
    assert not LEFT_OUT.keys() & crate.keys()


def test_only_the_heads_of_logs_are_packed(crate):
    assert crate["logs/train.log"].count(b"\n") == 60


def test_every_file_is_described_and_every_reference_leads_somewhere(crate):
    entities = graph(crate)
    assert crate.keys() - {"ro-crate-metadata.json"} <= entities.keys()
    parts = {part["@id"] for part in entities["./"]["hasPart"]}
    assert parts == crate.keys() - {"ro-crate-metadata.json"}
    named = [entities["#run"][key] for key in ("object", "result")]
    assert {each["@id"] for found in named for each in found} <= entities.keys()


def test_the_run_names_the_workflow_its_data_and_what_it_made(crate):
    run = graph(crate)["#run"]
    assert run["instrument"] == {"@id": "Snakefile"}
    assert {"@id": "#mnist"} in run["object"]
    assert {"@id": "results/mnist/claims.csv"} in run["result"]


def test_the_settings_of_the_build_are_packed_and_not_those_of_the_file(crate):
    Path("given.yaml").write_bytes(crate["config.yaml"])
    assert load_yaml(Path("given.yaml")) == CONFIG


def test_a_stand_in_is_not_said_to_be_the_archive(crate):
    generated = packed(DataSetFacts(**FACTS | {"kind": "stand-in", "sha256": "stand-in"}))
    assert graph(crate)["#mnist"]["identifier"] == f"sha256:{FACTS['sha256']}"
    assert "identifier" not in graph(generated)["#mnist"]
    assert "from generated images in place of MNIST.zip" in graph(generated)["./"]["description"]
    assert "generated images" in json.loads(generated["data/mnist.json"])["description"]


def test_terms_and_citation_of_the_data_are_there_twice(crate):
    described = json.loads(crate["data/mnist.json"])
    assert (described["license"], described["citeAs"]) == (FACTS["terms"], FACTS["citation"])
    assert graph(crate)["#mnist"]["usageInfo"] == FACTS["terms"]


def test_what_is_handed_in_has_the_code_and_the_named_files_and_no_data(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("report.pdf").write_bytes(b"%PDF")
    pack_hand_in("hand_in.zip", [FACTS], CONFIG, {"assignment.pdf": "report.pdf"})
    with zipfile.ZipFile("hand_in.zip") as archive:
        names = {*archive.namelist()}
        told = archive.read("README.txt").decode()
        settings = archive.read("settings/config.yaml").decode()
    assert {"assignment.pdf", "code/Snakefile", "code/src/dlia/errors.py"} <= names
    assert "code/commit.json" in names
    assert "max_epochs: 2" in settings
    assert "assignment.pdf\n    the report" in told
    assert "put MNIST.zip\ninto the folder" in told
    assert "generated" not in told
    assert not any("__pycache__" in name or name.endswith(".npy") for name in names)


def test_what_is_handed_in_says_that_images_are_generated(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    drawn = DataSetFacts(**FACTS | {"kind": "stand-in", "sha256": "stand-in"})
    pack_hand_in("hand_in.zip", [drawn], CONFIG, {})
    with zipfile.ZipFile("hand_in.zip") as archive:
        assert "generated images in place of MNIST.zip" in archive.read("README.txt").decode()


@pytest.mark.parametrize("kind", ["crate", "hand_in"])
def test_an_archive_is_packed_anew_if_a_study_changes(tmp_path, monkeypatch, kind):
    monkeypatch.setattr("dlia.reporting.crate.git_state", dict)
    study = tmp_path / "mine.yaml"
    study.write_text("title: Mine\n", encoding="utf-8")
    before = digest_of_code(kind, {"studies/mine.yaml": str(study)})
    assert digest_of_code(kind, {"studies/mine.yaml": str(study)}) == before
    study.write_text("title: Mine # and yours\n", encoding="utf-8")
    assert digest_of_code(kind, {"studies/mine.yaml": str(study)}) != before


@pytest.mark.parametrize("kind", ["crate", "hand_in"])
def test_an_archive_is_packed_anew_at_another_commit(monkeypatch, kind):
    def at(commit):
        state = {"commit": commit, "dirty": False, "difference": ""}
        monkeypatch.setattr("dlia.reporting.crate.git_state", lambda: state)
        return digest_of_code(kind, STUDIES)

    assert at("a") == at("a") != at("b")
