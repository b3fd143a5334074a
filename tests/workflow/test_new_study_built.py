"""From archives that nobody has described to reports, by the commands that dlia itself names."""

import csv
import shlex
import shutil
import zipfile

import own_archives
import pytest
from conftest import Checkout, copy_project, once

pytestmark = pytest.mark.slow

MADE = (own_archives.letters, own_archives.masks, own_archives.boxes, own_archives.volumes)
NAMES = ("letters", "cells", "balls", "heads")
SHORT = ("trials=1", "max_epochs=1")


def commands(text: str) -> tuple[list[str], list[str]]:
    """Return the words of the two commands that are to be run next, without make's own."""
    starts = ("  dlia doctor", "  make")
    doctor, make = (line for line in text.splitlines() if line.startswith(starts))
    (arguments,) = [word for word in shlex.split(make) if word.startswith("ARGS=")]
    return shlex.split(doctor)[1:], shlex.split(arguments.removeprefix("ARGS="))


@pytest.fixture(scope="module")
def built(tmp_path_factory) -> Checkout:
    def make(folder):
        checkout = copy_project(folder)
        for name, archive in zip(NAMES, MADE, strict=True):
            archive(folder / "mine")
            told = checkout.run("dlia", "new-study", f"mine/{name}.zip")
            assert told.returncode == 0, told.stderr
            doctor, arguments = commands(told.stdout)
            if name == "letters":
                checked = checkout.run("dlia", *doctor, *SHORT)
                assert checked.returncode == 0, checked.stdout + checked.stderr
            done = checkout.run("snakemake", "--cores", "2", *arguments, *SHORT, "formats=[html]")
            assert done.returncode == 0, done.stdout + done.stderr

    return Checkout(once(tmp_path_factory, "new_study", make))


@pytest.mark.parametrize("name", NAMES)
def test_the_report_is_about_the_real_archive(built, name):
    page = (built.path / f"results/reports/{name}.html").read_text(encoding="utf-8")
    assert "A first network" in page
    with (built.path / f"results/{name}_first/summary.csv").open(encoding="utf-8") as file:
        assert {row["data"] for row in csv.DictReader(file)} == {"real"}


def test_a_crate_has_what_belongs_to_its_study_and_follows_it(built, tmp_path):
    shutil.copytree(built.path, tmp_path / "project", symlinks=True)
    project = Checkout(tmp_path / "project")
    words = ("results/crate.zip", "--cores", "1", "--config", "studies=[letters]")
    words += ("data_dir=mine", *SHORT, "formats=[html]")
    done = project.run("snakemake", *words)
    assert done.returncode == 0, done.stdout + done.stderr
    with zipfile.ZipFile(project.path / "results/crate.zip") as crate:
        names = crate.namelist()
    assert {"results/reports/letters.html", "results/letters_first/summary.csv"} <= {*names}
    assert [name for name in names if "cells" in name or "balls" in name] == []
    again = project.snakemake(*words, "--dry-run")
    assert "Nothing to be done" in again.stdout + again.stderr
    project.edit("studies/letters.yaml", "validation: 0.2 # of", "validation: 0.2 # a fifth of")
    edited = project.snakemake(*words, "--dry-run")
    planned = {line for line in edited.stdout.splitlines() if "pack_crate" in line}
    assert planned
    assert "train_letters" not in edited.stdout
