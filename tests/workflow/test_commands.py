"""The commands that the README promises."""

import re
import subprocess

import pytest
import yaml
from conftest import ROOT, Checkout, copy_project
from trainings import VARIANTS

from dlia.runtime.gpus import has_gpu


@pytest.fixture(scope="module")
def project(tmp_path_factory) -> Checkout:
    return copy_project(tmp_path_factory.mktemp("commands") / "project")


@pytest.mark.parametrize(
    "words",
    [
        ["--cores", "4", "--resources", "gpu=1"],
        ["results/ex2_3/dice.csv"],
        ["train_ex2_3_skip"],
        ["--workflow-profile", "profiles/slurm"],
        [],
    ],
    ids=" ".join,
)
def test_a_command_plans_a_build(project, words):
    result = project.snakemake(*words, "--dry-run")
    assert result.returncode == 0, result.stdout + result.stderr
    assert "train_ex2_3_skip" in result.stdout + result.stderr


def test_a_variant_with_the_weights_of_another_is_predicted_from_its_model(checkout):
    own = {"weights_of": "ex1_5/batch_norm", "prediction": {"batch_statistics": {"size": 64}}}
    checkout.edit_yaml(
        "studies/mnist.yaml", lambda s: s["exercises"]["ex1_5"]["variants"].update(batched=own)
    )
    result = checkout.snakemake("results/ex1_5/batched/predictions.safetensors", "--dry-run")
    assert result.returncode == 0, result.stderr
    planned = set(re.findall(r"\b((?:train|predict)_ex\w+)", result.stdout))
    assert planned == {"predict_ex1_5_batched", "train_ex1_5_batch_norm"}


@pytest.mark.parametrize(
    ("target", "meant"),
    [("results/ex1_2/acuracy.csv", "results/ex1_2/accuracy.csv"), ("train_ex1_2_sdg", "sgd")],
)
def test_a_misspelt_target_is_named_with_the_one_that_was_meant(project, target, meant):
    result = project.snakemake(target, "--cores", "1")
    assert result.returncode != 0
    assert f"dlia: {target}: " in result.stderr
    assert meant in result.stderr


def test_a_build_that_has_nothing_to_do_names_its_report(build):
    result = build.snakemake("--cores", "1")
    named = [line.removeprefix("Report: ") for line in result.stdout.splitlines()]
    assert "results/report.html" in named
    assert [path for path in named if not (build.path / path).is_file()] == []


def test_every_variant_that_is_not_the_same_as_another_has_a_training_rule_of_its_own(project):
    listed = project.snakemake("--list-rules").stdout.split()
    wanted = {f"train_{v.exercise}_{v.name}" for v in VARIANTS.values() if not v.same_as}
    candidates = {rule for rule in listed if "__choose_" in rule}
    assert {rule for rule in listed if rule.startswith("train_")} - candidates == wanted


def test_every_reading_has_a_training_rule_of_its_own_if_readings_are_asked_for(project):
    listed = project.snakemake("--list-rules", "--config", "readings=true").stdout.split()
    readings = [r.variant for v in VARIANTS.values() if not v.same_as for r in v.readings]
    wanted = {f"train_{v.exercise}_{v.name}" for v in readings}
    assert "train_ex1_2_sgd__learning_rate_0_01" in wanted
    assert wanted <= set(listed)


def test_a_build_without_readings_trains_none(project):
    assert not any("__" in rule for rule in project.planned("all"))


def test_one_training_needs_nothing_of_the_others(project):
    planned = project.planned("train_ex2_3_skip")
    assert planned == {
        "draw_standin_warwick",
        "unpack_warwick",
        "split_warwick",
        "train_ex2_3_skip",
    }


def test_the_settings_of_a_variant_can_be_read(project):
    text = project.run("dlia", "variants", "ex2_1/baseline_2024").stdout
    assert "optimizer.learning_rate" in text
    assert "Assumed, because the source does not report them:" in text


@pytest.mark.parametrize(("wanted", "gpus"), [("true", "gpu=1"), ("false", "gpu=0")])
def test_trainings_ask_for_a_gpu_as_configured(project, wanted, gpus):
    result = project.snakemake("train_ex1_2_sgd", "--dry-run", "--config", f"request_gpu={wanted}")
    assert gpus in result.stdout + result.stderr


@pytest.mark.parametrize("profile", ["default", "slurm"])
def test_profiles_rerun_by_fingerprint_and_never_by_a_comment(profile):
    entries = yaml.safe_load((ROOT / "profiles" / profile / "profile.yaml").read_text())
    assert entries["rerun-triggers"] == ["mtime", "params", "input", "software-env"]
    assert entries["rerun-incomplete"] is True
    assert "config" not in entries


def test_no_script_is_longer_than_40_lines():
    scripts = sorted((ROOT / "workflow" / "scripts").glob("*.py"))
    assert [s.name for s in scripts if len(s.read_text().splitlines()) > 40] == []


def test_the_snakefile_is_a_table_of_contents():
    assert len((ROOT / "Snakefile").read_text().splitlines()) <= 40


def test_the_package_never_imports_snakemake():
    found = subprocess.run(
        ["grep", "-rnE", r"^\s*(import|from) snakemake", str(ROOT / "src/dlia")],
        capture_output=True,
        text=True,
        check=False,
    )
    assert found.stdout == ""


def test_the_rule_graph_of_the_documents_names_rules_that_exist(project):
    text = (ROOT / "docs" / "running.md").read_text()
    graph = text.split("```mermaid")[1].split("```")[0].splitlines()[2:]
    named = {word for line in graph for word in line.replace("-->", " ").split()}
    assert named <= set(project.snakemake("--list-rules").stdout.split())


def test_the_variant_of_the_readme_can_be_added_as_it_stands(checkout):
    text = (ROOT / "README.md").read_text()
    block = text.split("```yaml\n")[1].split("```")[0]
    assert len(block.splitlines()) <= 6
    checkout.edit("studies/mnist.yaml", "      sgd_2019:", block + "      sgd_2019:")
    assert {"train_ex1_2_elu_dropout", "train_ex1_2_sgd"} <= checkout.planned()


@pytest.mark.slow
def test_the_doctor_says_what_would_be_built_from_what_and_how_long_it_takes(project):
    result = project.run("dlia", "doctor", "--config", "trials=2")
    assert result.returncode == 0, result.stdout + result.stderr
    told = " ".join(result.stdout.split())
    trainings = [v for v in VARIANTS.values() if not v.same_as]
    assert f"{len(trainings)} of {len(trainings)} trainings ({2 * len(trainings)} trials)" in told
    assert "archive of mnist data/MNIST.zip not found: a generated stand-in replaces it" in told
    assert "Estimated time: about " in told


@pytest.mark.slow
def test_the_doctor_finds_nothing_to_do_where_all_is_built(build):
    result = build.run("dlia", "doctor")
    assert result.returncode == 0, result.stdout + result.stderr
    assert "Nothing to be done" in result.stdout


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["data_dir=nowhere"], ["wrong", "nowhere/MNIST.zip: no such archive"]),
        pytest.param(["device=gpu"], ["wrong", "device"], marks=pytest.mark.slow),
        pytest.param(["trials"], ["--config trials: write KEY=VALUE"], marks=pytest.mark.slow),
    ],
)
def test_the_doctor_names_what_is_wrong(words, expected, project):
    result = project.run("dlia", "doctor", "--config", *words)
    told = result.stdout + result.stderr
    assert result.returncode == 1
    assert "Traceback" not in told
    assert [word for word in expected if word not in told] == []


def test_the_status_of_a_complete_build_says_so(build):
    lines = build.run("dlia", "status").stdout.splitlines()
    assert lines[0].endswith(", is complete.")
    trainings, jobs = (line.split() for line in lines[1:])
    assert (trainings[0], jobs[:3]) == ("trainings:", ["jobs", "in", "all:"])
    assert trainings[1] == trainings[-1]
    assert jobs[3] == jobs[-1]


def test_where_nothing_was_built_there_is_no_status(project):
    result = project.run("dlia", "status")
    assert result.returncode == 1
    assert result.stderr.startswith("dlia: no build is recorded in this folder; start one with ")
    assert result.stderr.count("\n") == 1


@pytest.mark.slow
@pytest.mark.skipif(has_gpu(), reason="there is a GPU here")
def test_a_gpu_that_is_wanted_and_missing_is_refused_before_anything_is_removed(edited):
    rule, model = "train_ex1_2_sgd", edited.path / "results/ex1_2/sgd/model.safetensors"
    result = edited.snakemake("--force", rule, "--cores", "1", "--config", "device=cuda")
    told = result.stdout + result.stderr
    assert result.returncode != 0
    assert "device: cuda is wanted, but torch finds no GPU here" in told
    assert "Traceback" not in told
    assert model.is_file()
    assert edited.planned() == set()


@pytest.mark.slow
@pytest.mark.skipif(has_gpu(), reason="there is a GPU here")
def test_that_trainings_run_on_the_cpu_is_said_where_they_do(edited):
    told = edited.snakemake("--force", "train_ex1_2_sgd", "--cores", "1").stderr
    assert told.count("dlia: no GPU here: trainings run on the CPU (device: auto)") == 1
    assert (
        "no GPU here"
        not in edited.snakemake("--force", "judge_claims_mnist", "--cores", "1").stderr
    )
