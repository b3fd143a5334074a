"""What workflow/rules/snakemake_internals.smk takes from inside Snakemake, piece by piece."""

import subprocess
import sys

import pytest
from conftest import ROOT

SNAKEFILE = f"""
include: "{ROOT}/workflow/rules/snakemake_internals.smk"

rule made:
    output: "made.txt"
    shell: "echo 1 > {{output}}"

rule fails:
    output: "never.txt"
    shell: "echo try >> tries.txt; false"

never_try_again(lambda each: each.name == "fails")

onstart:
    print("internals:", %s, flush=True)
"""


def value_of(expression: str, folder, *words: str) -> str:
    """Give what an expression is when a build of one job starts."""
    (folder / "Snakefile").write_text(SNAKEFILE % expression)
    result = subprocess.run(
        [sys.executable, "-m", "snakemake", *words, "--cores", "2"],
        cwd=folder,
        capture_output=True,
        text=True,
    )
    found = [line for line in result.stdout.splitlines() if line.startswith("internals: ")]
    assert found, f"{expression} is not what it was in this Snakemake:\n{result.stderr}"
    return found[0].removeprefix("internals: ")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("is_main_process()", "True"),
        ("runs_jobs_here()", "True"),
        ("cores_of_build()", "2"),
        ("[job.rule.name for job in jobs_to_run()]", "['made']"),
    ],
)
def test_what_is_read_from_inside_snakemake_is_there(expression, expected, tmp_path):
    assert value_of(expression, tmp_path, "made") == expected


@pytest.mark.slow
def test_a_rule_that_is_never_to_be_tried_again_fails_at_once(tmp_path):
    value_of("1", tmp_path, "fails", "--retries", "2")
    assert (tmp_path / "tries.txt").read_text() == "try\n"
