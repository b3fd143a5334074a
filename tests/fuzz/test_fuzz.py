"""A minute of damaged archives and configurations; fuzzer.py says what must hold."""

import os
import random
import subprocess
import sys
from pathlib import Path

import pytest

from fuzzer import fuzz
from mutations import damaged_archive

HERE = Path(__file__).parent
SECONDS = 60
CASE = 345


def run(*words: object) -> subprocess.CompletedProcess[str]:
    """Run the fuzzer in a process of its own, so that its memory is its own."""
    command = [sys.executable, str(HERE / "fuzzer.py"), *map(str, words)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.mark.slow
def test_damaged_input_ends_in_a_result_or_in_an_error_that_can_be_fixed():
    done = run("--seconds", SECONDS, "--seed", os.environ.get("DLIA_FUZZ_SEED", "0"))
    assert done.returncode == 0, done.stdout + done.stderr
    assert "'archive':" in done.stdout


def test_a_case_can_be_repeated_by_its_seed():
    found = fuzz(SECONDS, CASE, number=1)
    assert (found.done, found.faults) == ({"configuration": 1}, [])
    assert found.longest.name == f"configuration {CASE}"


def test_damage_depends_on_the_seed_alone():
    files = {"a/b.png": bytes(range(200)), "c.json": b'{"x": [1, 2]}'}
    found = [damaged_archive(files, random.Random(seed)) for seed in (*range(20), *range(20))]
    assert found[:20] == found[20:]
    assert len({*found}) > 10
