"""A target needs the archives of its studies, and nothing is lost to an archive that is refused."""

import json
import shutil
import subprocess
import zipfile
from pathlib import Path

import pytest
from conftest import Checkout, copy_project


@pytest.fixture(scope="module")
def project(tmp_path_factory) -> Checkout:
    """Give a checkout with a folder of archives that lacks one of two."""
    checkout = copy_project(tmp_path_factory.mktemp("needed") / "project")
    place(checkout.path / "mine/MNIST.zip")
    return checkout


@pytest.fixture
def checkout(project, tmp_path) -> Checkout:
    return Checkout(Path(shutil.copytree(project.path, tmp_path / "project")))


def place(path: Path) -> None:
    path.parent.mkdir(exist_ok=True)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("Set/Train/notes.txt", "nothing of use")


def complaint(result: subprocess.CompletedProcess[str]) -> str:
    """Give what the user is told, after checking that it is a refusal without a traceback."""
    text = result.stdout + result.stderr
    assert result.returncode != 0
    assert "Traceback" not in text
    assert text.count("dlia: ") == 1
    return text[text.index("dlia: ") :]


MINE = ("--config", "data_dir=mine")


@pytest.mark.parametrize(
    "target",
    ["results/ex1_2/accuracy.csv", "train_ex1_2_sgd", "results/data/mnist/split.csv"],
)
def test_a_target_needs_only_the_archive_of_its_study(project, target):
    planned = project.planned(target, *MINE)
    assert "unpack_mnist" in planned
    assert not any("warwick" in name for name in planned)


@pytest.mark.parametrize("target", ["results/ex2_1/dice.csv", "train_ex2_3_skip", "all"])
def test_a_missing_archive_is_an_error_of_the_targets_that_need_it(project, target):
    message = complaint(project.snakemake(target, "--dry-run", *MINE))
    assert "mine/WARWICK.zip: no such archive" in message
    assert "--config 'studies=[mnist]'" in message


@pytest.mark.parametrize("target", ["all", "results/claims.csv"])
def test_all_missing_archives_are_listed_at_once(project, target):
    message = complaint(project.snakemake(target, "--dry-run", "--config", "data_dir=nowhere"))
    assert "nowhere/MNIST.zip: no such archive" in message
    assert "nowhere/WARWICK.zip: no such archive" in message


def test_the_remedy_is_beside_the_archive_that_it_is_about(project):
    message = complaint(project.snakemake("--dry-run", "--config", "data_dir=nowhere"))
    first, remedy, *_ = message.splitlines()
    assert "MNIST.zip" in first
    assert "data_dir" in remedy


def test_the_studies_whose_archives_are_there_can_be_built_alone(project):
    planned = project.planned("--config", "data_dir=mine", "studies=[mnist]")
    assert {"unpack_mnist", "report_html_mnist"} <= planned


def test_what_needs_a_gpu_is_left_out_of_a_build_on_a_real_archive_without_one(checkout):
    place(checkout.path / "mine/WILDLIFE.zip")
    planned = checkout.planned("--config", "data_dir=mine", "studies=[wildlife]", "device=cpu")
    assert "train_wildlife3_3_fine_tuned" not in planned
    # The layers of its network need no training.
    assert "show_layers_wildlife3_3" in planned


def test_results_of_the_other_study_do_not_need_the_real_archive_that_is_gone(checkout):
    source = checkout.path / "results/data/warwick/source.json"
    source.parent.mkdir(parents=True)
    source.write_text('{"data": "real"}')
    assert "train_ex1_2_sgd" in checkout.planned("results/ex1_2/accuracy.csv")
    message = complaint(checkout.snakemake("results/ex2_1/dice.csv", "--dry-run"))
    assert "rest on the real one" in message


def test_an_archive_that_cannot_be_used_is_refused_before_the_arrays_of_the_old_one_are_deleted(
    checkout,
):
    source = checkout.path / "results/data/mnist/source.json"
    source.parent.mkdir(parents=True)
    source.write_text(json.dumps({"data": "real", "contents": "those of another archive"}))
    message = complaint(checkout.snakemake("unpack_mnist", "--cores", "1", *MINE))
    assert "mine/MNIST.zip: 1 entry cannot be used" in message
    assert source.is_file()


def test_a_refused_archive_leaves_a_finished_build_as_it_was(edited):
    place(edited.path / "data/WARWICK.zip")
    message = complaint(edited.snakemake("--dry-run"))
    assert "data/WARWICK.zip: 1 entry cannot be used" in message
    (edited.path / "data/WARWICK.zip").unlink()
    assert edited.planned() == set()


def test_touched_files_make_nothing_rerun(edited):
    inputs = [*edited.path.glob("results/**/*"), *edited.path.glob("report/**/*")]
    for file in sorted(inputs):
        file.touch()
    assert edited.planned() == set()


def test_a_copy_without_times_has_nothing_to_do(edited, tmp_path):
    # The same files in another order than that of their making.
    for file in sorted(edited.path.rglob("*"), reverse=True):
        if file.is_file() and not file.is_symlink():
            copy = tmp_path / "copy" / file.relative_to(edited.path)
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(file, copy)
    assert Checkout(tmp_path / "copy").planned() == set()


def test_arrays_of_any_size_that_were_touched_retrain_nothing(edited):
    few = ("--max-checksum-file-size", "100KB")
    for file in (edited.path / "results/data").rglob("*.npy"):
        file.touch()
    assert edited.planned(*few) == set()


def test_stand_ins_are_named_before_the_build(build):
    told = (build.path / "terminal.txt").read_text()
    note = told.index("generated stand-ins replace MNIST.zip and WARWICK.zip")
    assert note < told.index(" draw_standin_mnist (")
