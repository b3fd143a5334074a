"""A dry run in a forked process says what one in a process of its own says."""

import re

import pytest
from conftest import copy_project


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    return copy_project(tmp_path_factory.mktemp("planner") / "project")


def told(text: str) -> list[list[str]]:
    """Leave out times, facts of the process, and the order of files within a line."""
    lines = [line for line in text.splitlines() if not re.match(r"\[|  \w.*: ", line)]
    return [sorted(re.split("[ ,;]+", line)) for line in lines]


@pytest.mark.parametrize(
    "words",
    [
        pytest.param(["train_ex1_2_sgd"], id="plans", marks=pytest.mark.slow),
        pytest.param(["--config", "trails=1"], id="refuses"),
    ],
)
def test_a_dry_run_in_a_fork_says_what_one_of_its_own_says(project, words):
    words = [*words, "--dry-run"]
    found, expected = project.snakemake(*words), project.run("snakemake", *words)
    assert found.returncode == expected.returncode
    assert told(found.stdout) == told(expected.stdout)
    assert told(found.stderr) == told(expected.stderr)
