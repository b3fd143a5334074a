"""The build in a folder: what has come of the jobs that it set out to do."""

import io
import os
import subprocess
import sys
import time

import pytest
from rich.console import Console

from dlia.builds import RECORD, Build, begin
from dlia.closing import last_words
from dlia.commands.status import shown
from dlia.epoch_lines import EpochLine

NAMES = ("unpack_mnist", "train_ex1_2_sgd", "train_ex1_2_adam", "evaluate_ex1_2")
BEGIN = """
import json, sys, time
from dlia.builds import begin
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
    console.print(shown(Build.read(folder)))
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
    write(folder / "logs/train_ex1_2_sgd.log", "dlia ended: no room: free some\n")
    (job,) = Build.read(folder).in_state("failed")
    assert job.fault == "no room: free some"
    assert "failed: ex1_2/sgd: no room: free some" in text_of(folder)


def test_the_last_line_of_a_job_that_fails_is_taken_for_that(folder):
    code = "from dlia.jobs import job\nwith job('logs/unpack_mnist.log'):\n    open('nowhere.zip')"
    subprocess.run([sys.executable, "-c", code], cwd=folder, capture_output=True, check=False)
    (job,) = Build.read(folder).in_state("failed")
    assert job.fault == "nowhere.zip: No such file or directory"


def test_a_build_runs_until_its_process_has_ended(tmp_path):
    command = [sys.executable, "-c", BEGIN, "[]"]
    build = subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE)
    build.stdout.readline()
    assert Build.read(tmp_path).runs
    build.kill()
    build.wait()
    assert not Build.read(tmp_path).runs


def test_a_second_build_beside_the_first_is_not_noted(folder):
    subprocess.run(
        [sys.executable, "-c", BEGIN.replace("sleep(60)", "sleep(0)"), "[]"],
        cwd=folder,
        check=True,
        capture_output=True,
    )
    assert len(Build.read(folder).jobs) == len(NAMES)


def test_a_record_that_is_being_written_is_none(tmp_path):
    write(tmp_path / RECORD, '{"where": "he')
    assert Build.read(tmp_path) is None


def test_trainings_are_shown_with_epoch_losses_and_time_left(folder):
    measured = {"train loss": 0.25, "validation loss": 0.5, "validation accuracy": 0.875}
    said = EpochLine("trial 1/1", 3, 40, measured, 74.0)
    write(folder / "logs/train_ex1_2_sgd.log", f"device: cpu\n{said}\n")
    write(folder / "results/ex1_2/adam/model.train_ex1_2_adam")
    write(folder / "logs/evaluate_ex1_2.log")
    lines = text_of(folder).splitlines()
    assert "A build runs here, since 0 s." in lines[0]
    assert "trainings: 1 done, 1 running, of 2" in lines
    assert "jobs in all: 1 done, of 4" in lines
    assert "also running: evaluate_ex1_2" in lines
    (row,) = (line for line in lines if line.startswith("ex1_2/sgd"))
    assert " ".join(row.split()) == "ex1_2/sgd 1 of 1 3 of 40 0.2500 0.5000 0.8750 74 s 0 s"


def test_the_last_words_of_trainings_name_their_logs(folder):
    write(folder / "logs/train_ex1_2_sgd.log", "dlia ended: no room: free some\n")
    write(folder / "logs/train_ex1_2_adam.log", "trial 1/1 epoch 3/40\n")
    write(folder / "logs/unpack_mnist.log", "dlia ended: this terminal was told\n")
    assert last_words(Build.read(folder)).splitlines() == [
        "dlia: ex1_2/sgd: no room: free some (logs/train_ex1_2_sgd.log)",
        "dlia: ex1_2/adam: ended without a word (logs/train_ex1_2_adam.log)",
    ]


def test_where_all_is_well_there_are_no_last_words(folder):
    assert last_words(Build.read(folder)) == ""
