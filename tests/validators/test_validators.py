"""The crate of a build is valid by the tools of those who defined its form.

They want other versions of some packages than dlia, and get an environment of their own. Where
the packages cannot be fetched, the tests are skipped, unless DLIA_VALIDATORS is "required".
"""

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from conftest import once

HERE = Path(__file__).parent

pytestmark = pytest.mark.slow


@pytest.fixture(scope="session")
def python(tmp_path_factory) -> Path:
    """Give the interpreter of an environment with the validators."""

    def make(folder: Path) -> None:
        subprocess.run([sys.executable, "-m", "venv", folder], check=True)
        words = ["install", "--quiet", "--require-hashes", "-r", HERE / "requirements.txt"]
        done = subprocess.run(
            [folder / "bin/python", "-m", "pip", *words],
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            assert os.environ.get("DLIA_VALIDATORS") != "required", done.stderr
            pytest.skip("the validators cannot be installed")

    return once(tmp_path_factory, "validators", make) / "bin/python"


@pytest.fixture
def crate(edited, tmp_path) -> Path:
    """Give the unpacked crate of a build."""
    done = edited.snakemake("results/crate.zip", "--cores", "1")
    assert done.returncode == 0, done.stdout + done.stderr
    with zipfile.ZipFile(edited.path / "results/crate.zip") as archive:
        archive.extractall(tmp_path / "crate")
    return tmp_path / "crate"


def check(python: Path, crate: Path) -> tuple[int, str]:
    words = [python, HERE / "check.py", crate]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


def test_the_crate_and_its_data_sets_are_valid(python, crate):
    status, said = check(python, crate)
    assert status == 0, said
    assert "2 data sets, 0 faults" in said


def test_a_crate_without_its_workflow_is_not(python, crate):
    file = crate / "ro-crate-metadata.json"
    described = json.loads(file.read_text(encoding="utf-8"))
    root = next(entity for entity in described["@graph"] if entity["@id"] == "./")
    del root["mainEntity"]
    file.write_text(json.dumps(described), encoding="utf-8")
    assert check(python, crate)[0] == 1


def test_what_is_no_data_set_is_not(python, crate):
    file = crate / "data/mnist.json"
    described = json.loads(file.read_text(encoding="utf-8"))
    del described["@type"]
    file.write_text(json.dumps(described), encoding="utf-8")
    assert check(python, crate)[0] == 1
