"""What Snakemake takes beyond itself: with nothing to do, and with a thousand variants."""

import json
import pstats
import resource

import pytest
from conftest import Checkout, copy_project
from many_variants import add_variants

pytestmark = pytest.mark.slow

ALONE = ("--version",)


def cpu(checkout: Checkout, *words: str, times: int = 3) -> float:
    """Give the least seconds of processor time that Snakemake takes with ``words``.

    What else the machine does adds to the time on the clock, and a little to this.
    """
    taken = []
    for _ in range(times):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        result = checkout.run("snakemake", *words)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        assert result.returncode == 0, result.stdout + result.stderr
        taken.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    return min(taken)


def test_a_build_that_is_up_to_date_takes_little_more_than_snakemake_itself(build):
    alone = cpu(build, *ALONE)
    # One second where Snakemake itself takes one; the machine may be slower.
    assert cpu(build, "--cores", "1") - alone <= max(1.0, alone)


def test_a_plan_of_a_thousand_variants_takes_seconds_and_grows_in_proportion(tmp_path):
    plan = ("--dry-run", "--config", "standins=true")
    called = {}
    for count in (100, 300, 1000):
        checkout = copy_project(tmp_path / str(count))
        add_variants(checkout, count)
        called[count] = calls(checkout, *plan)
    first, later = (called[300] - called[100]) / 200, (called[1000] - called[300]) / 700
    assert later <= 1.5 * first
    # Eight seconds where Snakemake alone takes one, four fifths of them its own; two more because
    # the tests beside this one slow it down. They slow down a plan of seconds more steadily than
    # Snakemake alone, so that this is measured before and after each plan.
    assert min(times_snakemake_itself(checkout, *plan) for _ in range(3)) <= 10


def calls(checkout: Checkout, *words: str) -> int:
    """Give how many functions Snakemake calls with ``words``; what else runs adds none."""
    kept = checkout.path / "calls.prof"
    result = checkout.run("cProfile", "-o", str(kept), "-m", "snakemake", *words)
    assert result.returncode == 0, result.stdout + result.stderr
    return pstats.Stats(str(kept)).total_calls  # type: ignore[attr-defined]


def times_snakemake_itself(checkout: Checkout, *words: str) -> float:
    """Give how many times the processor time of Snakemake alone ``words`` take, but of a second."""
    before, taken, after = (cpu(checkout, *each, times=1) for each in (ALONE, words, ALONE))
    return taken / max(1.0, (before + after) / 2)


def test_a_variant_takes_seconds_beyond_its_training(edited):
    def of(*rules: str) -> float:
        return cpu(edited, "--cores", "1", "--force", *rules, times=1)

    first = [f"{job}_ex1_2_sgd" for job in ("train", "predict")]
    second = [f"{job}_ex1_2_elu_dropout" for job in ("train", "predict")]
    record = json.loads((edited.path / "results/ex1_2/elu_dropout/run.json").read_text())
    learning = sum(trial["seconds"] for trial in record["trials"])
    own = of(*first, *second) - of(*first) - learning
    shared = of("evaluate_ex1_2", "draw_ex1_2") - cpu(edited, "--cores", "1")
    trained = len(list((edited.path / "results/ex1_2").glob("*/run.json")))
    # Three where nothing else runs; the rest because the tests beside this one slow it down.
    assert own + shared / trained <= 5 * max(1.0, cpu(edited, *ALONE))
