"""What is made of measured numbers; and the whole benchmark, once, on small drawn images."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

import reckoning
import showing
from dlia.errors import UserError
from profile_step import group_of

ROOT = Path(__file__).parents[2]


def run(contestant, round_=0, trials=1, **changes):
    return {
        "case": "ex1_2",
        "contestant": contestant,
        "round": round_,
        "trials": trials,
        "images": 100 * trials,
        "images_per_second": 10.0,
        "seconds": 20.0,
        "startup_seconds": 2.0,
        "seconds_to_level": 12.0,
        "seconds_to_level_after_startup": 10.0,
        "peak_memory_mib": 500.0,
        "value": 0.98,
        "busy_elsewhere": 0.0,
        **changes,
    }


def ratios(runs, margin=0.003):
    return reckoning.ratios(runs, reckoning.summarized(runs), {"ex1_2": margin})


def test_a_spread_is_median_least_greatest_and_count():
    assert reckoning.spread([3.0, 1.0, 2.0]) == {"median": 2.0, "min": 1.0, "max": 3.0, "rounds": 3}


def test_a_measure_that_a_round_lacks_has_no_spread():
    assert reckoning.spread([3.0, None]) is None
    assert reckoning.spread([]) is None


def test_ratios_are_of_runs_of_the_same_round():
    runs = [
        run("dlia", 0, images_per_second=20.0),
        run("dlia", 1, images_per_second=60.0),
        run("lightning", 0, images_per_second=10.0),
        run("lightning", 1, images_per_second=20.0),
    ]
    found = ratios(runs)["ex1_2.one_training.images_per_second.dlia_over_lightning"]
    assert found == {"median": 2.5, "min": 2.0, "max": 3.0, "rounds": 2, "note": ""}


def test_ratios_of_seconds_stand_above_one_where_dlia_is_faster():
    runs = [run("dlia", seconds=10.0), run("tutorial", seconds=30.0)]
    assert ratios(runs)["ex1_2.one_training.seconds.tutorial_over_dlia"]["median"] == 3.0


def test_who_learns_less_by_more_than_the_margin_is_not_called_faster():
    runs = [run("dlia", seconds=1.0, value=0.976), run("tutorial", value=0.98)]
    found = ratios(runs)["ex1_2.one_training.seconds.tutorial_over_dlia"]
    assert found["median"] is None
    assert found["note"].startswith("dlia learnt less: 0.9760 against 0.9800")


def test_memory_is_compared_whatever_was_learnt():
    runs = [run("dlia", peak_memory_mib=250.0, value=0.5), run("tutorial")]
    found = ratios(runs)["ex1_2.one_training.peak_memory_mib.dlia_over_tutorial"]
    assert found["median"] == 0.5


def test_who_learns_less_within_the_margin_is_compared():
    runs = [run("dlia", value=0.978), run("tutorial", value=0.98)]
    assert ratios(runs)["ex1_2.one_training.seconds.tutorial_over_dlia"]["median"] == 1.0


def test_a_level_that_was_missed_once_gives_no_ratio():
    reached = [run("dlia"), run("tutorial"), run("tutorial", round=1)]
    runs = [*reached, run("dlia", round=1, seconds_to_level=None)]
    found = ratios(runs)["ex1_2.one_training.seconds_to_level.tutorial_over_dlia"]
    assert (found["median"], found["note"]) == (None, "missed in 1 of 2 rounds")


def test_ten_trainings_of_a_peer_are_ten_times_one_and_say_so():
    runs = [run("dlia"), run("dlia", trials=10, seconds=100.0), run("tutorial", seconds=30.0)]
    ten = reckoning.summarized(runs)["ex1_2"]["ten_trainings"]
    assert ten["tutorial"]["seconds"]["median"] == 282.0  # 2 of them start-up, which counts once
    assert ten["tutorial"]["extrapolated"]
    assert not ten["dlia"]["extrapolated"]
    assert ratios(runs)["ex1_2.ten_trainings.seconds.tutorial_over_dlia"]["median"] == 2.82


def test_without_ten_trainings_of_dlia_there_are_none_of_others():
    assert reckoning.summarized([run("dlia"), run("tutorial")])["ex1_2"]["ten_trainings"] == {}


@pytest.mark.parametrize("power", [0.0, 0.5, 1.0, 2.0])
def test_the_exponent_of_a_power_law_is_found(power):
    sizes = [1.0, 4.0, 16.0, 64.0]
    found = reckoning.exponent(sizes, [3 * size**power for size in sizes])
    assert found == pytest.approx(power)


def test_one_point_has_no_exponent():
    assert reckoning.exponent([1.0, 2.0], [3.0, 0.0]) is None


def test_an_operation_belongs_to_the_outermost_that_tells():
    assert group_of(["step: data", "aten::copy_"]) == "data"
    assert group_of(["autograd::engine: ConvolutionBackward0", "aten::copy_"]) == "convolutions"
    assert group_of(["aten::copy_"]) == "rest"


def results(runs):
    summary = reckoning.summarized(runs)
    facts = {"epochs": 3, "metric": "accuracy", "level": 0.985}
    return {
        "medians": summary,
        "ratio_spreads": reckoning.ratios(runs, summary, {"ex1_2": 0.003}),
        "conditions": {"cases": {"ex1_2": facts}},
    }


def test_the_table_has_a_line_for_every_measure_and_says_who_is_faster():
    text = showing.table(results([run("dlia", seconds=10.0), run("tutorial", seconds=25.0)]))
    line = next(line for line in text.splitlines() if "epochs: seconds |" in line)
    assert line == (
        "| `ex1_2`, 1 training of 3 epochs: seconds | 10.0 | 25.0 | **2.50 times as fast** |"
    )
    assert "seconds to 98.5 %" in text


def test_the_table_says_where_dlia_learnt_less():
    text = showing.table(results([run("dlia", value=0.9), run("tutorial")]))
    assert "| dlia learnt less |" in text


def test_only_what_stands_between_the_marks_is_replaced(tmp_path):
    readme = tmp_path / "README.md"
    readme.write_text(f"before\n{showing.BEGIN}\nold\n{showing.END}\nafter\n")
    showing.put_between(readme, "new")
    showing.put_between(readme, "newer")
    assert readme.read_text() == f"before\n{showing.BEGIN}\nnewer\n{showing.END}\nafter\n"


def test_a_file_without_the_marks_is_left_as_it_is(tmp_path):
    readme = tmp_path / "README.md"
    readme.write_text(f"before\n{showing.BEGIN}\n")
    with pytest.raises(UserError, match=r"README\.md: must have"):
        showing.put_between(readme, "new")
    assert readme.read_text() == f"before\n{showing.BEGIN}\n"


def test_the_readme_has_the_marks():
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert text.count(showing.BEGIN) == text.count(showing.END) == 1


def bench(*words):
    command = [sys.executable, str(ROOT / "benchmarks" / "bench.py"), *words]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.mark.slow
def test_without_archives_one_message_says_what_to_do(tmp_path):
    found = bench("--data-dir", str(tmp_path), "--output", str(tmp_path / "results.json"))
    assert found.returncode == 1
    assert found.stderr.startswith(f"bench: {tmp_path}/MNIST.zip: no such archive")
    assert "--standins" in found.stderr
    assert "Traceback" not in found.stderr


@pytest.mark.slow
def test_the_whole_benchmark_runs_on_standins(tmp_path):
    output = tmp_path / "results.json"
    words = ("--standins", "--repeats", "1", "--epochs", "1", "--device", "cpu")
    readme = (ROOT / "README.md").read_bytes()
    found = bench(*words, "--output", str(output))
    assert found.returncode == 0, found.stdout + found.stderr
    written = json.loads(output.read_text())
    assert written["standins"]
    assert {run["contestant"] for run in written["runs"]} >= {"dlia", "tutorial"}
    assert "ex2_1.one_training.images_per_second.dlia_over_tutorial" in written["ratios"]
    assert "ex1_2.ten_trainings.seconds.tutorial_over_dlia" in written["ratios"]
    assert all(run["peak_memory_mib"] > 0 for run in written["runs"])
    assert set(written["growth"]) >= {"images", "trials", "side"}
    assert {"processor", "cores", "memory_gib", "versions", "git"} <= set(written["machine"])
    figures = {path.name for path in tmp_path.glob("*.svg")}
    assert figures == {"results_speed.svg", "results_growth.svg"}
    assert (ROOT / "README.md").read_bytes() == readme
