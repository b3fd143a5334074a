"""Builds in another folder, and of another workflow that imports this one as a module."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from conftest import ROOT, Checkout, copy_project

from dlia.runtime.build_record import own_name

MODEL = "results/ex1_2/sgd/model.safetensors"
MODULE = """
module dlia:
    snakefile: "../project/Snakefile"
"""
WORKFLOW = """
rule all:
    input: "results/report.html", "lines.txt"

rule lines:
    input: "results/ex1_2/accuracy.csv"
    output: "lines.txt"
    log: "logs/lines.log"
    shell: "wc -l < {input} > {output}"

module dlia:
    snakefile: "../project/Snakefile"
    config: {"studies": ["mnist"], "trials": 1, "formats": ["html"]}

use rule * from dlia as dlia_*

onstart:
    dlia.onstart()

onsuccess:
    dlia.onsuccess()
"""


def one_training(study: dict[str, Any]) -> None:
    study["data"]["standin"] |= {"train": 200, "test": 50}
    for source in study["sources"].values():
        source.pop("best", None)
    study["exercises"] = {"ex1_2": study["exercises"]["ex1_2"]}
    variants = study["exercises"]["ex1_2"]["variants"]
    study["exercises"]["ex1_2"]["variants"] = {"sgd": variants["sgd"] | {"epochs": 1}}
    study["claims"] = {}


def state(folder: Path) -> set[tuple[str, float]]:
    """Give the files of a folder with their times, without those that Python compiles."""
    files = (file for file in folder.rglob("*") if file.is_file())
    return {(str(f), f.stat().st_mtime) for f in files if "__pycache__" not in f.parts}


@pytest.fixture(scope="module")
def project(tmp_path_factory) -> Checkout:
    """Give a project, which nobody may write to, with one short training."""
    checkout = copy_project(tmp_path_factory.mktemp("module") / "project")
    checkout.edit_yaml("studies/mnist.yaml", one_training)
    subprocess.run(["chmod", "-R", "a-w", checkout.path], check=True)
    return checkout


class Folder(Checkout):
    """A folder beside the project to build in."""

    def __init__(self, project: Checkout, name: str, snakefile: str = "") -> None:
        super().__init__(project.path.parent / name)
        self.path.mkdir()
        self.source = str(project.path / "src")
        if snakefile:
            (self.path / "Snakefile").write_text(snakefile)

    def run(self, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
        return super().run(*words, **{"PYTHONPATH": self.source, **environment})

    def snakemake(self, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
        return super().snakemake(*words, **{"PYTHONPATH": self.source, **environment})


@pytest.fixture(scope="module")
def importer(project) -> Folder:
    """Give a workflow that imports the project, after its build; it has its own study."""
    before = state(project.path)
    folder = Folder(project, "importer", WORKFLOW)
    study = yaml.safe_load((project.path / "studies/mnist.yaml").read_text())
    (folder.path / "studies").mkdir()
    text = yaml.safe_dump(study | {"title": "Digits of the importer"})
    (folder.path / "studies/mnist.yaml").write_text(text)
    (folder.path / "config.yaml").write_text("samples: [a, b]\n")  # dlia does not read it
    built = folder.snakemake("--cores", "2")
    assert built.returncode == 0, built.stdout + built.stderr
    (folder.path / "terminal.txt").write_text(built.stdout + built.stderr)
    assert state(project.path) == before
    return folder


@pytest.mark.slow
def test_a_workflow_builds_results_of_a_module_and_its_own_from_them(importer):
    assert int((importer.path / "lines.txt").read_text()) > 1
    assert (importer.path / MODEL).is_file()


@pytest.mark.slow
def test_the_study_of_an_importing_workflow_comes_first(importer):
    assert "Digits of the importer" in (importer.path / "results/report.html").read_text()


@pytest.mark.slow
def test_a_second_build_without_a_profile_has_nothing_to_do(importer):
    assert importer.planned("--cores", "1") == set()


@pytest.mark.slow
def test_hooks_that_the_importing_workflow_calls_record_the_build_and_print_its_results(importer):
    assert "Report: results/report.html" in (importer.path / "terminal.txt").read_text()
    lines = importer.run("dlia", "status").stdout.splitlines()
    assert lines[0].endswith(", is complete.")
    assert lines[1] == "trainings: 1 done, of 1"
    assert all("lines" not in line for line in lines)  # not a job of dlia


@pytest.mark.slow
def test_the_doctor_reads_the_settings_of_the_module_statement(importer):
    result = importer.run("dlia", "doctor")
    assert result.returncode == 0, result.stdout + result.stderr
    assert "studies mnist" in result.stdout
    assert "Nothing to be done" in result.stdout


@pytest.mark.slow
def test_another_folder_gets_the_results_and_the_same_bytes(project, importer):
    before = state(project.path)
    folder, caller = Folder(project, "elsewhere"), Folder(project, "caller")
    (folder.path / "config.yaml").write_text("studies: [mnist]\nformats: [tex]\n")
    where = ["--snakefile", str(project.path / "Snakefile"), "--directory", "../elsewhere"]
    once = ["--config", "trials=1", "--cores", "2"]
    built = caller.snakemake("results/hyperparameters.csv", *where, *once)
    assert built.returncode == 0, built.stdout + built.stderr
    assert (folder.path / MODEL).read_bytes() == (importer.path / MODEL).read_bytes()
    made = {path.name for path in folder.path.iterdir()}
    assert made == {"config.yaml", "results", "logs", "checkpoints", ".snakemake"}
    assert (list(caller.path.iterdir()), state(project.path)) == ([], before)
    within = ["results/hyperparameters.csv", *where[:2], *once]
    assert folder.planned(*within) == set()
    status = caller.run("dlia", "--directory", "../elsewhere", "status")
    assert status.stdout.splitlines()[0].endswith(", is complete.")


@pytest.mark.slow
def test_a_folder_without_a_config_is_built_as_the_project_is_configured(project):
    planned = Folder(project, "bare").planned("--snakefile", str(project.path / "Snakefile"))
    studies = yaml.safe_load((project.path / "config.yaml").read_text())["studies"]
    assert planned >= {f"unpack_{study}" for study in studies}


def test_without_a_prefix_the_targets_of_dlia_are_the_default(project):
    folder = Folder(project, "plain", f"{MODULE}\nuse rule * from dlia\n")
    assert {"train_ex1_2_sgd", "report_tex_assignment"} <= folder.planned("--cores", "1")


@pytest.mark.slow
def test_every_rule_is_known_by_its_own_name_whatever_its_prefix(project):
    planned = Folder(project, "names", MODULE + "use rule * from dlia\n").planned("--cores", "1")
    assert "train_ex1_2_sgd" in planned
    assert {name for name in planned if own_name(f"my_dlia_{name}") != name} == set()


def test_the_example_of_the_documents_plans_as_it_stands(project):
    text = (ROOT / "docs/module.md").read_text().split("```python\n")[1].split("```")[0]
    own = '\nrule table:\n    output: "my_table.csv"\n    shell: "touch {output}"\n'
    folder = Folder(project, "example", text.replace("/path/to/dlia", str(project.path)) + own)
    (folder.path / "config.yaml").write_text("dlia: {trials: 1}\n")
    planned = folder.planned("--cores", "1")
    assert planned >= {"table", "dlia_train_ex1_2_sgd", "dlia_evaluate_ex1_2"}
    assert "dlia_report_front" not in planned


def test_a_rule_can_be_imported_again_and_changed(project):
    again = """
    config: config

use rule * from dlia as dlia_*

use rule train_ex1_2_sgd from dlia as dlia_train_ex1_2_sgd with:
    resources: mem_mb=1234

print("after:", config)
"""
    folder = Folder(project, "again", f"config = {{'trials': 2}}{MODULE}{again}")
    shown = folder.snakemake("dlia_train_ex1_2_sgd", "--dry-run", "--cores", "1")
    assert shown.returncode == 0, shown.stderr
    assert "mem_mb=1234" in shown.stdout + shown.stderr
    assert "after: {'trials': 2}" in shown.stdout


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        ("    prefix: 'sub'", "prefix: or replace_prefix: is not supported"),
        ("    replace_prefix: {'results/': 'r/'}", "prefix: or replace_prefix: is not supported"),
        ("    config: {'samples': 1}", "config: of the module statement:\n  samples: unknown key"),
    ],
)
def test_what_a_module_statement_cannot_give_is_refused_in_words(statement, expected, project):
    name = f"refused{len(list(project.path.parent.iterdir()))}"
    folder = Folder(project, name, f"{MODULE}{statement}\nuse rule * from dlia\n")
    result = folder.snakemake("--dry-run", "--cores", "1")
    assert result.returncode != 0
    assert expected in result.stdout + result.stderr
    assert "Traceback" not in result.stderr


def without(package: str, folder: Folder, *words: str) -> subprocess.CompletedProcess[str]:
    """Plan a build with a Snakemake whose environment lacks a package."""
    poor = f"import sys; sys.modules.update({package}=None); import snakemake.cli as s; s.main()"
    words = (sys.executable, "-c", poor, "--dry-run", "--cores", "1", *words)
    return subprocess.run(words, cwd=folder.path, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("package", ["torchvision", "medpy"])
def test_a_snakemake_without_the_packages_is_told_which_environment_to_activate(package, project):
    folder = Folder(project, f"without_{package}", f"{MODULE}\nuse rule * from dlia\n")
    result = without(package, folder)
    assert result.returncode != 0
    assert f"lacks {package}; activate that of the project" in result.stderr
    assert f". {project.path}/.venv/bin/activate" in result.stderr
    assert "Traceback" not in result.stderr


@pytest.mark.slow
def test_packages_of_jobs_alone_may_be_missing_where_jobs_run_in_conda_environments(project):
    folder = Folder(project, "conda", f"{MODULE}\nuse rule * from dlia\n")
    result = without("medpy", folder, "--software-deployment-method", "conda")
    assert "lacks" not in result.stderr


def test_a_snakefile_that_is_no_file_on_the_disk_is_refused_in_words(project, tmp_path):
    git = ["git", "-C", str(tmp_path), "-c", "user.name=x", "-c", "user.email=x@example.org"]
    (tmp_path / "Snakefile").write_bytes((project.path / "Snakefile").read_bytes())
    for words in (["init", "-q", "-b", "main"], ["add", "-A"], ["commit", "-q", "-m", "x"]):
        subprocess.run([*git, *words], check=True)
    module = MODULE.replace("../project/Snakefile", f"git+file://{tmp_path}/Snakefile@main")
    folder = Folder(project, "url", f"{module}\nuse rule * from dlia\n")
    result = folder.snakemake("--dry-run", "--cores", "1")
    assert "dlia: jobs need all files of the project; clone it" in result.stderr
    assert "Traceback" not in result.stderr


def test_the_entry_for_the_workflow_catalog_has_the_keys_that_it_knows():
    usage = yaml.safe_load((ROOT / ".snakemake-workflow-catalog.yml").read_text())["usage"]
    assert usage.keys() == {"mandatory-flags", "software-stack-deployment", "report"}
    assert usage["mandatory-flags"].keys() == {"desc", "flags"}
    assert usage["software-stack-deployment"]["conda"] is True
