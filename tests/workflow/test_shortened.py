"""A build with a shortened training says so wherever it shows epochs, and retrains no other."""

import csv
import json

import pytest

VARIANT, TRAINED, ASKED = "numpy_2019", 4, 6  # the one that the build of the tests shortens
SHOWN = f"{TRAINED} of {ASKED}"


def rows(build, file: str) -> list[dict[str, str]]:
    with (build.path / "results" / file).open(newline="") as table:
        return list(csv.DictReader(table))


def test_tables_give_both_numbers(build):
    epochs = {row["variant"]: row["epochs"] for row in rows(build, "ex1_1/summary.csv")}
    assert (epochs[VARIANT], epochs["sgd"]) == (SHOWN, "3")
    listed = {
        (row["variant"], row["name"]): (row["value"], row["asked"], row["differs"])
        for row in rows(build, "hyperparameters.csv")
        if row["exercise"] == "ex1_1" and row["kind"] == "setting"
    }
    assert listed[VARIANT, "epochs"] == (str(TRAINED), str(ASKED), "yes")
    assert {asked for _, asked, _ in listed.values()} == {str(ASKED), ""}


def test_the_record_of_a_training_gives_both_numbers(build):
    record = json.loads((build.path / f"results/ex1_1/{VARIANT}/run.json").read_text())
    assert (record["settings"]["epochs"], record["asked"]) == (TRAINED, {"epochs": ASKED})
    assert {trial["epochs"] for trial in record["trials"]} == {TRAINED}


@pytest.mark.parametrize(
    "file",
    [
        "results/reports/assignment.html",
        "results/report.tex",
        f"logs/train_ex1_1_{VARIANT}.log",
        "terminal.txt",
    ],
)
def test_a_reader_sees_it(build, file):
    assert SHOWN in (build.path / file).read_text()


def test_both_reports_begin_with_it(build):
    for file in ("reports/assignment.html", "report.tex"):
        text = " ".join((build.path / "results" / file).read_text().split())
        assert f"trainings ended after {TRAINED} epochs" in text[: text.index("Rebuilt")]


def test_the_variants_are_listed_as_they_are_trained(build):
    lines = build.run("dlia", "variants").stdout.splitlines()
    assert [line.split()[0] for line in lines if SHOWN in line] == [f"ex1_1/{VARIANT}"]


def test_a_build_says_first_how_long_it_takes(build):
    text = (build.path / "terminal.txt").read_text()
    assert text.count("dlia: This build takes about ") == 1
    assert f"such as ex1_1/{VARIANT} to {SHOWN} epochs" in text


@pytest.mark.slow
def test_a_build_without_a_training_does_not_wait_for_an_estimate(edited):
    result = edited.snakemake("--force", "judge_claims_mnist", "--cores", "1")
    assert result.returncode == 0
    assert "This build takes" not in result.stderr


@pytest.mark.parametrize("words", [5, pytest.param(7, marks=pytest.mark.slow), "full"])
def test_another_limit_retrains_only_what_trains_for_other_epochs(edited, words):
    planned = edited.planned("--config", f"max_epochs={words}")
    assert {rule for rule in planned if rule.startswith("train_")} == {f"train_ex1_1_{VARIANT}"}
    assert "report_html_assignment" in planned


def test_a_limit_below_the_epochs_of_all_retrains_all_longer_ones(edited):
    planned = edited.planned("--config", "max_epochs=2")
    trained = {rule for rule in planned if rule.startswith("train_")}
    assert {f"train_ex1_1_{VARIANT}", "train_ex1_1_sgd", "train_ex1_2_sgd"} <= trained
    assert not any(rule.startswith("train_ex2") for rule in trained)  # 2 epochs


@pytest.mark.slow
def test_a_higher_limit_for_stand_ins_draws_none_anew(edited):
    edited.edit("studies/mnist.yaml", "max_epochs: 4", "max_epochs: 5")
    planned = edited.planned()
    assert f"train_ex1_1_{VARIANT}" in planned
    assert not any(rule.startswith(("draw_standin", "unpack", "split")) for rule in planned)
