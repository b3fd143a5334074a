"""The build in a folder: what has come of the jobs that it set out to do."""

import io
import os
import subprocess
import sys
import time

import pytest
from rich.console import Console

from dlia.commands.status import screen
from dlia.runtime.build_record import RECORD, Build, begin
from dlia.runtime.log_lines import FAULT, INTERRUPTION, EpochLine

NAMES = ("unpack_mnist", "train_ex1_2_sgd", "train_ex1_2_adam", "evaluate_ex1_2")
BEGIN = """
import json, sys, time
from dlia.runtime.build_record import begin
begin(json.loads(sys.argv[1]), "here")
print("noted", flush=True)
time.sleep(60)
"""


def noted(rule: str) -> dict[str, str]:
    file = f"results/ex1_2/{rule.split('_')[-1]}/model" if rule.startswith("train") else "x.csv"
    return {"rule": rule, "log": f"logs/{rule}.log", "file": f"{file}.{rule}"}


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Give a folder in which a build has begun, and nothing is done."""
    monkeypatch.chdir(tmp_path)
    begin([noted(name) for name in NAMES], "here")
    return tmp_path


def write(path, text="", seconds_ago=0.0) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    when = time.time() - seconds_ago
    os.utime(path, (when, when))


def states(folder) -> dict[str, str]:
    return {job.rule: job.state for job in Build.read(folder).jobs}


def text_of(folder) -> str:
    console = Console(width=160, file=io.StringIO())
    console.print(screen(Build.read(folder)))
    return console.file.getvalue()


def test_where_no_build_has_begun_there_is_none(tmp_path):
    assert Build.read(tmp_path) is None


def test_at_first_all_jobs_wait(folder):
    assert set(states(folder).values()) == {"waiting"}


def test_a_job_whose_file_has_appeared_is_done(folder):
    write(folder / "x.csv.unpack_mnist")
    assert states(folder)["unpack_mnist"] == "done"


def test_a_file_or_a_log_of_an_earlier_build_counts_for_nothing(folder):
    write(folder / "x.csv.unpack_mnist", seconds_ago=3600)
    write(folder / "logs/unpack_mnist.log", "old", seconds_ago=3600)
    assert states(folder)["unpack_mnist"] == "waiting"


def test_a_job_that_writes_its_log_runs(folder):
    write(folder / "logs/train_ex1_2_sgd.log", "dlia: a warning\n")
    assert states(folder)["train_ex1_2_sgd"] == "running"


def test_a_job_that_failed_says_why(folder):
    write(folder / "logs/train_ex1_2_sgd.log", f"{FAULT}no room: free some\n")
    (job,) = Build.read(folder).in_state("failed")
    assert job.last_word == "no room: free some"
    assert "failed: ex1_2/sgd: no room: free some" in text_of(folder)


def test_a_job_that_put_its_work_away_has_not_failed(folder):
    write(folder / "logs/train_ex1_2_sgd.log", f"{INTERRUPTION}ended by SIGTERM after epoch 3\n")
    assert states(folder)["train_ex1_2_sgd"] == "interrupted"
    assert "interrupted: ex1_2/sgd: ended by SIGTERM after epoch 3" in text_of(folder)


ENDS = {
    "open('nowhere.zip')": ("failed", "nowhere.zip: No such file or directory"),
    "raise RuntimeError('one line\\nand another')": ("failed", "one line\n  and another"),
    "from dlia.runtime.interruption import Interrupted; raise Interrupted('put away')": (
        "interrupted",
        "put away",
    ),
}


@pytest.mark.parametrize(("code", "end"), ENDS.items(), ids=ENDS)
def test_the_last_line_of_a_job_is_taken_for_what_it_is(code, end, folder):
    code = f"from dlia.runtime.job import job\nwith job('logs/unpack_mnist.log'):\n    {code}"
    subprocess.run([sys.executable, "-c", code], cwd=folder, capture_output=True, check=False)
    state, word = end
    (job,) = Build.read(folder).in_state(state)
    assert word in job.last_word


def test_a_build_runs_until_its_process_has_ended(tmp_path):
    command = [sys.executable, "-c", BEGIN, "[]"]
    build = subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE)
    build.stdout.readline()
    assert Build.read(tmp_path).runs
    build.kill()
    build.wait()
    assert not Build.read(tmp_path).runs


def test_the_last_of_two_builds_is_noted_though_the_first_has_not_ended(folder):
    subprocess.run(
        [sys.executable, "-c", BEGIN.replace("sleep(60)", "sleep(0)"), "[]"],
        cwd=folder,
        check=True,
        capture_output=True,
    )
    assert (Build.read(folder).jobs, Build.read(folder).runs) == ([], False)


def test_a_record_that_is_being_written_is_none(tmp_path):
    write(tmp_path / RECORD, '{"where": "he')
    assert Build.read(tmp_path) is None


def test_a_target_that_makes_no_file_counts_as_snakemake_counts_it(folder):
    begin([noted(name) for name in NAMES], "here", targets=["all"])
    for name in NAMES[1:]:
        write(folder / noted(name)["file"])
    assert states(folder)["all"] == "waiting"
    assert "jobs in all: 3 done, of 5" in text_of(folder).splitlines()
    write(folder / noted(NAMES[0])["file"])
    assert "jobs in all: 5 done, of 5" in text_of(folder).splitlines()


def test_trainings_are_shown_with_epoch_losses_and_time_left(folder):
    measured = {"train loss": 0.25, "validation loss": 0.5, "validation accuracy": 0.875}
    said = EpochLine("trial 1/1", 3, 40, measured, 74.0)
    write(folder / "logs/train_ex1_2_sgd.log", f"device: cpu\n{said}\n")
    write(folder / "results/ex1_2/adam/model.train_ex1_2_adam")
    write(folder / "logs/evaluate_ex1_2.log")
    lines = text_of(folder).splitlines()
    assert lines[0].startswith("A build has been running here for ")
    assert "trainings: 1 done, 1 running, of 2" in lines
    assert "jobs in all: 1 done, of 4" in lines
    assert "also running: evaluate_ex1_2" in lines
    (row,) = (line for line in lines if line.startswith("ex1_2/sgd"))
    assert " ".join(row.split()[:-4]) == "ex1_2/sgd 1 of 1 3 of 40 0.2500 0.5000 0.8750"
    left, _, heard, _ = row.split()[-4:]
    assert 60 < int(left) <= 74
    assert int(heard) < 14


def test_of_a_training_that_begins_the_last_line_is_shown(folder):
    write(folder / "logs/train_ex1_2_sgd.log", "dlia: GPU 0: taken by other trainings\n")
    assert "starting: ex1_2/sgd: GPU 0: taken by other trainings" in text_of(folder)


@pytest.mark.parametrize(("width", "longest"), [(80, 80), (160, 160)])
def test_no_word_is_lost_in_a_narrow_terminal(width, longest, folder):
    measured = {"train loss": 0.25, "validation loss": 0.5, "validation accuracy": 0.875}
    said = EpochLine("trial 1/1", 123, 250, measured, 3600.0)
    write(folder / "logs/train_ex1_2_sgd.log", f"{said}\n")
    console = Console(width=width, file=io.StringIO())
    console.print(screen(Build.read(folder)))
    text = console.file.getvalue()
    assert max(map(len, text.splitlines())) <= longest
    assert {"ex1_2/sgd", "0.2500", "0.5000", "0.8750"} <= set(text.split())
    assert "…" not in text
