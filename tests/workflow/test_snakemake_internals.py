"""What workflow/rules/snakemake_internals.smk takes from inside Snakemake, piece by piece."""

import subprocess
import sys

import pytest
from conftest import ROOT

SNAKEFILE = f"""
include: "{ROOT}/workflow/rules/snakemake_internals.smk"

# The rules of this file count as rules of dlia; those of foreign.smk do not.
PLACE = workflow.current_basedir.get_path_or_uri(secret_free=True)

include: "others/foreign.smk"

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
FOREIGN = """
rule asks:
    input: "made.txt", "foreign.txt"

rule foreign:
    output: "foreign.txt"
    shell: "echo 1 > {output}"
"""


def values_of(expressions: list[str], folder, *words: str) -> list[str]:
    """Give what expressions are when a build of one job starts."""
    shown = ", '|', ".join(expressions)
    (folder / "Snakefile").write_text(SNAKEFILE % shown)
    (folder / "others").mkdir()
    (folder / "others/foreign.smk").write_text(FOREIGN)
    result = subprocess.run(
        [sys.executable, "-m", "snakemake", *words, "--cores", "2"],
        cwd=folder,
        capture_output=True,
        text=True,
    )
    found = [line for line in result.stdout.splitlines() if line.startswith("internals: ")]
    assert found, f"one of these is not what it was in this Snakemake:\n{shown}\n{result.stderr}"
    return found[0].removeprefix("internals: ").split(" | ")


def test_what_is_read_from_inside_snakemake_is_there(tmp_path):
    expected = {
        "is_main_process()": "True",
        "runs_jobs_here()": "True",
        "cores_of_build()": "2",
        "uses_conda()": "False",
        "imported()": "False",
        "moves_paths()": "False",
        "[job.rule.name for job in jobs_to_run()]": "['made']",
        "targets_to_run()": "['asks']",
    }
    found = values_of(list(expected), tmp_path, "asks")
    assert dict(zip(expected, found, strict=True)) == expected


def test_a_rule_that_is_never_to_be_tried_again_fails_at_once(tmp_path):
    values_of(["1"], tmp_path, "fails", "--retries", "2")
    assert (tmp_path / "tries.txt").read_text() == "try\n"


def test_a_scheduler_waits_for_one_timer_however_many_jobs_have_ended(tmp_path):
    (tmp_path / "Snakefile").write_text(f"""
import threading
include: "{ROOT}/workflow/rules/snakemake_internals.smk"
reevaluate_by_one_timer()

rule all:
    input: [f"{{number}}.txt" for number in range(12)]

rule each:
    output: "{{number}}.txt"
    shell: "echo > {{output}}"

onsuccess:
    waiting = [each for each in threading.enumerate() if isinstance(each, threading.Timer)]
    print("one or none:", len(waiting) <= 1, flush=True)
""")
    command = [sys.executable, "-m", "snakemake", "--cores", "2"]
    result = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert "one or none: True\n" in result.stdout, result.stderr


SHORTCUTS = """
find_producers_by_path()
read_signatures_once()
look_for_scripts_once()
"""
ANSWERED = f"""
include: "{ROOT}/workflow/rules/snakemake_internals.smk"
PLACE = workflow.current_basedir.get_path_or_uri(secret_free=True)
SHORTCUTS

rule each:
    input: "{{number}}.csv"
    output: "{{number}}.txt"
    shell: "cp {{input}} {{output}}"

rule first:
    output: "1.csv", "several.csv"
    script: "there.py"

rule second:
    input: "1.txt", "1.csv"
    output: "several.csv"
    script: "there.py"

rule third:
    input: "1.txt", "1.csv"
    output: "3.csv"
    script: "absent.py"
"""


@pytest.mark.slow
@pytest.mark.parametrize(
    ("target", "answer"),
    [
        ("1.txt", "rule each:"),
        ("several.csv", "AmbiguousRuleException"),
        ("3.csv", "absent.py"),
        ("4.txt", "Missing input files"),
    ],
)
def test_a_plan_gives_the_same_answers_by_its_shortcuts(target, answer, tmp_path):
    for shortcuts in ("", SHORTCUTS):
        (tmp_path / "Snakefile").write_text(ANSWERED.replace("SHORTCUTS", shortcuts))
        (tmp_path / "there.py").write_text("")
        command = [sys.executable, "-m", "snakemake", target, "--dry-run"]
        result = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
        assert answer in result.stdout + result.stderr
        assert (result.returncode == 0) == answer.startswith("rule")


FORKED = f"""
import subprocess
include: "{ROOT}/workflow/rules/snakemake_internals.smk"

class Process:
    pid = 1
    def __init__(self, name, file, variables):
        Path(f"{{name}}.started").write_text(str(set(variables.values())))
        self.file = file
    def run(self):
        return subprocess.call([sys.executable, self.file])

run_scripts_by(Process, Path("own"))

rule own:
    output: "own.txt"
    resources: tmpdir="here"
    script: "own/write.py"

rule of_two_threads:
    output: "two.txt"
    threads: 2
    script: "own/write.py"

rule foreign:
    output: "foreign.txt"
    script: "others/write.py"

rule failing:
    output: "failing.txt"
    script: "own/fail.py"
"""


@pytest.mark.slow
def test_scripts_of_one_folder_run_in_processes_that_are_given(tmp_path):
    (tmp_path / "Snakefile").write_text(FORKED)
    for folder, name, code in (
        ("own", "write", "open(snakemake.output[0], 'w').close()"),
        ("others", "write", "open(snakemake.output[0], 'w').close()"),
        ("own", "fail", "raise SystemExit(3)"),
    ):
        (tmp_path / folder).mkdir(exist_ok=True)
        (tmp_path / folder / f"{name}.py").write_text(code)
    made = ["own.txt", "two.txt", "foreign.txt"]
    command = [sys.executable, "-m", "snakemake", *made, "failing.txt", "--cores", "2", "-k"]
    result = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    started = sorted(file.stem for file in tmp_path.glob("*.started"))
    assert started == ["failing", "own"], result.stderr
    assert (tmp_path / "own.started").read_text() == "{'here'}"
    assert all((tmp_path / name).exists() for name in made), result.stderr
    assert result.returncode == 1
    assert not (tmp_path / "failing.txt").exists()
