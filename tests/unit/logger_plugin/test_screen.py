"""What a build shows on a terminal of any size, and in lines."""

import io
import re
from dataclasses import replace

import pytest
from rich.console import Console

from dlia.runtime.build_record import Build, BuildJob
from dlia.runtime.log_lines import EpochLine
from snakemake_logger_plugin_dlia.view import (
    done_line,
    ending,
    fault_lines,
    running_line,
    screen,
)

MEASURED = {"train loss": 0.25, "validation loss": 0.5, "validation accuracy": 0.875}


def training(name: str, state: str = "running", word: str = "") -> BuildJob:
    lines = [str(EpochLine("trial 1/3", 12, 40, MEASURED, 70.0))] if state == "running" else []
    file = f"results/ex1_2/{name}/model.safetensors"
    rule = f"train_ex1_2_{name}"
    return BuildJob(rule, file, f"logs/{rule}.log", state, lines, 2.0, word, 65.0)


def other(rule: str, state: str) -> BuildJob:
    return BuildJob(rule, f"results/{rule}", f"logs/{rule}.log", state, seconds=4.0)


def build_of(*jobs: BuildJob) -> Build:
    return Build("here", True, 720.0, list(jobs))


# A hundred jobs: twenty trainings at once, many done, many failed.
CROWD = build_of(
    *(other(f"draw_{number}", "done") for number in range(30)),
    *(training(f"variant_{number}") for number in range(20)),
    *(training(f"bad_{number}", "failed", "no room: " + "free some " * 30) for number in range(20)),
    *(other(f"predict_{number}", "running") for number in range(20)),
    *(other(f"evaluate_{number}", "waiting") for number in range(30)),
)


def lines_of(build: Build, columns=80, rows=24, left=1260.0, notes=(), **how) -> list[str]:
    console = Console(
        file=io.StringIO(), width=columns - 1, height=rows, force_terminal=True, **how
    )
    text = "\n".join(screen(build, left, list(notes), console))
    return re.sub(r"\x1b\[[\d;]*m", "", text).split("\n")


@pytest.mark.parametrize("size", [(80, 24), (40, 12), (20, 5), (132, 43), (300, 100)])
@pytest.mark.parametrize("build", [CROWD, build_of(), build_of(training("sgd"))])
def test_the_screen_fits_the_terminal(size, build):
    columns, rows = size
    lines = lines_of(build, columns, rows, notes=["dlia: " + "a long warning " * 20] * 9)
    assert len(lines) < rows
    assert max(map(len, lines)) < columns


def test_at_80_columns_nothing_of_a_training_is_cut():
    text = "\n".join(lines_of(build_of(training("elu_dropout"))))
    for word in ("ex1_2/elu_dropout", "1 of 3", "12 of 40", "0.2500", "0.5000", "0.8750"):
        assert word in text
    assert "…" not in text


def test_a_training_whose_trials_have_finished_is_ending():
    said = str(EpochLine("trial 1/1", 40, 40, MEASURED, 0.0))
    job = BuildJob(
        "train_ex1_2_sgd", "results/ex1_2/sgd/run.json", "logs/train_x.log", "running", [said]
    )
    (row,) = (line for line in lines_of(build_of(job)) if line.startswith("ex1_2/sgd"))
    assert row.split()[:2] == ["ex1_2/sgd", "ending"]


def test_of_a_crowd_every_part_is_seen_and_the_rest_is_counted():
    lines = lines_of(CROWD)
    text = "\n".join(lines)
    assert "30 of 120 jobs, 12 min, about 21 min left" in text
    assert "20 running, 20 failed, of 40" in text
    assert "ex1_2/variant_0 " in text
    assert "failed: ex1_2/bad_19: no room" in text
    assert "logs/train_ex1_2_bad_19.log" in text
    shown = sum(line.startswith("ex1_2/variant_") for line in lines)
    assert f"... and {20 - shown} more" in lines
    faults = sum(line.startswith("failed: ") for line in lines)
    assert f"... and {20 - faults} more that failed" in lines


def test_the_last_jobs_that_are_done_stand_first():
    lines = lines_of(build_of(other("draw_a", "done"), other("draw_b", "done")))
    assert [line for line in lines if line.startswith("done: ")] == [
        "done: draw_b (4 s)",
        "done: draw_a (4 s)",
    ]


def test_the_last_message_is_seen():
    lines = lines_of(CROWD, notes=["one", "two", "three"])
    assert lines[-2:] == ["two", "three"]


def test_without_colours_no_colour_is_written():
    console = Console(file=io.StringIO(), width=79, height=24, force_terminal=True, no_color=True)
    assert not re.search(r"\x1b\[[\d;]*3\d", "".join(screen(CROWD, None, [], console)))


def test_an_ascii_terminal_gets_no_other_character_but_that_of_a_cut_line():
    file = io.TextIOWrapper(io.BytesIO(), "ascii")
    console = Console(file=file, width=79, height=24, force_terminal=True)
    assert "".join(screen(CROWD, 60.0, [], console)).replace("…", "").isascii()


def test_jobs_in_a_queue_are_counted_as_such():
    lines = lines_of(build_of(training("sgd", "queued"), training("adam")))
    assert "trainings: 1 running, 1 queued, of 2" in lines


def test_without_a_terminal_a_finished_job_is_a_line():
    job = other("draw_a", "done")
    assert done_line(build_of(job, other("draw_b", "waiting")), job) == "1/2 draw_a (4 s)"


def test_without_a_terminal_one_line_tells_what_runs():
    line = running_line(build_of(training("sgd"), other("draw_b", "running")), 600.0)
    left = re.search(r"(\d+ \w+) left; draw_b", line)[1]
    assert line == (
        f"running: ex1_2/sgd trial 1 of 3, epoch 12 of 40, train loss 0.2500, {left} left; "
        "draw_b for 4 s; 0 of 2 jobs done; about 10 min left"
    )


def test_trials_that_are_trained_at_once_are_named_together():
    lines = [str(EpochLine(f"trial {n}/3", 10 + n, 40, MEASURED, 70.0)) for n in (1, 3)]
    line = running_line(build_of(replace(training("sgd"), lines=lines)), None)
    assert "ex1_2/sgd trials 1 and 3 of 3, epochs 11 and 13 of 40, train loss" in line


def test_without_a_terminal_a_crowd_is_a_line_too():
    line = running_line(CROWD, None)
    assert "36 more" in line
    assert len(line) < 500


def test_a_failed_job_is_named_with_all_lines_of_its_reason_and_its_log():
    assert fault_lines(training("sgd", "failed", "2 images are bad:\n  a.png\n  b.png")) == [
        "failed: ex1_2/sgd: 2 images are bad:",
        "      a.png",
        "      b.png",
        "    logs/train_ex1_2_sgd.log",
    ]


def test_in_the_end_every_failed_job_is_named_with_its_log():
    text = "\n".join(ending(CROWD))
    assert "the build failed after 12 min: 30 of 120 jobs are done" in text
    assert all(f"logs/train_ex1_2_bad_{number}.log" in text for number in range(20))


def test_after_an_interruption_the_end_says_how_to_continue():
    first, named, last = ending(build_of(training("sgd", "interrupted", "ended by SIGINT")))
    assert "interrupted after 12 min: 0 of 1 jobs are done" in first
    assert named == "  interrupted: ex1_2/sgd"
    assert last == "dlia: the same command continues it"


def test_a_complete_build_says_so_in_one_line():
    assert ending(build_of(other("draw_a", "done"))) == ["dlia: the job is done, after 12 min"]


def test_a_build_that_was_refused_before_its_first_job_adds_nothing():
    assert ending(build_of(other("draw_a", "waiting"))) == []
