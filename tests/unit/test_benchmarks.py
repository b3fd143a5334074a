"""What is made of measured numbers; and the whole benchmark, once, on small drawn images."""

import json
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

import growth
import report

ROOT = Path(__file__).parents[2]


def run(contestant, number=0, **changes):
    return {
        "case": "ex1_2",
        "contestant": contestant,
        "round": number,
        "trials": 1,
        "images_per_second": 10.0,
        "seconds": 20.0,
        "startup_seconds": 2.0,
        "seconds_to_level": 12.0,
        "seconds_to_level_after_startup": 10.0,
        "peak_memory_mib": 500.0,
        "value": 0.98,
        **changes,
    }


def row(runs, measure, trainings=1):
    """Give the cells of a row of the table, from the second on."""
    facts = {"epochs": 3, "metric": "accuracy", "level": 0.985, "margin": 0.003}
    table = report.table({"runs": runs, "conditions": {"cases": {"ex1_2": facts}}})
    start = f"| `ex1_2`, {trainings} training"
    rows = [line.strip("| ").split(" | ") for line in table.splitlines() if line.startswith(start)]
    return next(cells[1:] for cells in rows if cells[0].endswith(f": {measure}"))


def test_a_cell_has_the_median_of_the_rounds_and_their_spread():
    runs = [run("dlia", n, seconds=seconds) for n, seconds in enumerate((30.0, 1234.5, 20.0))]
    assert row(runs, "seconds") == ["30.0 (20.0 to 1,234)"]


def test_a_measure_that_a_round_lacks_has_no_spread():
    runs = [run("tutorial"), run("dlia"), run("dlia", 1, seconds_to_level=None)]
    assert row(runs, "seconds to 98.5 %")[0] == ""


def test_ratios_are_of_runs_of_the_same_round():
    rates = {"dlia": (20.0, 60.0), "lightning": (10.0, 20.0)}
    runs = [run(name, n, images_per_second=rates[name][n]) for name in rates for n in (0, 1)]
    assert row(runs, "images per second")[-1] == "**2.50 times as fast** (2.00 to 3.00)"


@pytest.mark.parametrize(
    ("value", "faster"), [(0.976, "dlia learnt less"), (0.978, "**3.00 times as fast**")]
)
def test_who_learns_less_by_more_than_the_margin_is_not_called_faster(value, faster):
    runs = [run("dlia", seconds=10.0, value=value), run("tutorial", seconds=30.0)]
    assert row(runs, "seconds")[-1] == faster


def test_memory_is_compared_whatever_was_learnt():
    runs = [run("dlia", peak_memory_mib=250.0, value=0.5), run("tutorial")]
    assert row(runs, "peak memory of the host, MiB")[-1] == "0.50 of it"


def test_a_level_that_was_missed_once_gives_no_ratio():
    runs = [run("dlia"), run("tutorial"), run("tutorial", 1), run("dlia", 1, seconds_to_level=None)]
    assert "times as fast" not in row(runs, "seconds to 98.5 %")[-1]


def test_a_level_that_nobody_reached_has_no_row():
    runs = [run(name, seconds_to_level=None) for name in ("dlia", "tutorial")]
    with pytest.raises(StopIteration):
        row(runs, "seconds to 98.5 %")


def test_ten_trainings_of_a_peer_are_ten_times_one_with_one_startup():
    runs = [run("dlia"), run("dlia", trials=10, seconds=100.0), run("tutorial", seconds=30.0)]
    assert row(runs, "seconds", 10) == ["100", "282, ten times one", "**2.82 times as fast**"]


@pytest.mark.parametrize("power", [0.0, 0.5, 1.0, 2.0])
def test_the_exponent_of_a_power_law_is_found(power):
    sizes = pd.Series([1.0, 4.0, 16.0, 64.0])
    assert growth.exponent(sizes, 3 * sizes**power) == pytest.approx(power, abs=1e-9)


def test_the_page_shows_the_committed_results(tmp_path):
    page = tmp_path / "benchmarks.md"
    page.write_bytes((ROOT / "docs" / "benchmarks.md").read_bytes())
    results = json.loads((ROOT / "benchmarks/results.json").read_text())
    report.put_between(page, "replaced")
    assert "times as fast" not in page.read_text()
    report.put_between(page, report.section(results, "results"))
    assert page.read_bytes() == (ROOT / "docs" / "benchmarks.md").read_bytes()


def bench(*words):
    command = [sys.executable, str(ROOT / "benchmarks" / "bench.py"), *words]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.mark.slow
def test_without_archives_one_message_says_what_to_do(tmp_path):
    found = bench("--data-dir", str(tmp_path), "--output", str(tmp_path / "results.json"))
    assert found.returncode == 1
    assert found.stderr.startswith(f"bench: {tmp_path}/MNIST.zip: no such archive")
    assert "Traceback" not in found.stderr


@pytest.mark.slow
def test_the_whole_benchmark_runs_on_standins(tmp_path):
    words = ("--standins", "--repeats", "1", "--epochs", "1", "--device", "cpu")
    page = (ROOT / "docs" / "benchmarks.md").read_bytes()
    found = bench(*words, "--output", str(tmp_path / "results.json"))
    assert found.returncode == 0, found.stdout + found.stderr
    written = json.loads((tmp_path / "results.json").read_text())
    raced = {(run["case"], run["contestant"], run["trials"]) for run in written["runs"]}
    assert raced >= {("ex1_2", "dlia", 10), ("ex1_2", "tutorial", 1), ("ex2_1", "dlia", 1)}
    assert all(run["peak_memory_mib"] > 0 for run in written["runs"])
    assert set(written["growth"]) >= {"images", "trials", "side"}
    figures = {path.name for path in tmp_path.glob("*.svg")}
    assert figures == {"results_speed.svg", "results_growth.svg"}
    assert (ROOT / "docs" / "benchmarks.md").read_bytes() == page
