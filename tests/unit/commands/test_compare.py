"""``dlia compare``: which numbers and verdicts of two builds differ, and its exit status."""

import math
import sys
from pathlib import Path

import pytest
from conftest import ROOT

from dlia.__main__ import main
from dlia.commands.compare import DIFFERENT, EQUAL, NOT_COMPARABLE, WITHIN, MeanOfTrials, relation

HEAD = "data,variant,kind,metric,epochs,trials,mean,sd,values\n"
REFERENCE = ROOT / "docs/reference/warwick"


def number(*values: float, basis: str = "real, 5 ep.") -> MeanOfTrials:
    return MeanOfTrials(sum(values) / len(values), values, basis)


def build(
    folder: Path, *values: float, verdict: str = "reproduced", data: str = "real", epochs: str = "5"
) -> Path:
    """Write the tables of a build with one variant and one claim."""
    (folder / "ex1").mkdir(parents=True)
    mean = sum(values) / len(values)
    row = f"{data},net,variant,dice,{epochs},{len(values)},{mean:.8g},0,"
    (folder / "ex1/summary.csv").write_text(HEAD + row + " ".join(map(str, values)) + "\n")
    (folder / "claims.csv").write_text(f"study,claim,verdict\ns,good,{verdict}\n")
    return folder


@pytest.fixture
def compare(tmp_path, monkeypatch, capsys):
    """Give what compares two folders: status, output."""
    (tmp_path / "config.yaml").write_text("studies: [mnist]\n")
    monkeypatch.chdir(tmp_path)

    def run(*folders: Path | str) -> tuple[int, str]:
        monkeypatch.setattr(sys, "argv", ["dlia", "compare", *map(str, folders)])
        return main(), capsys.readouterr().out

    return run


@pytest.mark.parametrize(
    ("first", "second", "result"),
    [
        (number(0.7, 0.8), number(0.7, 0.8), EQUAL),
        (number(0.7, 0.8, 0.75), number(0.71, 0.79, 0.74), WITHIN),
        (number(0.7, 0.8, 0.75), number(0.78), WITHIN),
        (number(0.78), number(0.7, 0.8, 0.75), WITHIN),
        (number(0.70, 0.71, 0.70), number(0.80, 0.81, 0.80), DIFFERENT),
        (number(0.70, 0.71, 0.70), number(0.2, 0.9, 0.5), WITHIN),
        (number(0.70), number(0.71), DIFFERENT),
        (number(0.5, 0.5, 0.5), number(0.5, 0.5, 0.6), WITHIN),
        (number(0.5, 0.5, 0.5), number(0.6), DIFFERENT),
        (MeanOfTrials(0.6, (), "real"), MeanOfTrials(0.6, (), "real"), EQUAL),
        (MeanOfTrials(0.6, (), "real"), MeanOfTrials(0.61, (), "real"), DIFFERENT),
        (number(0.7, 0.8), number(0.7, 0.8, basis="stand-in, 5 ep."), NOT_COMPARABLE),
    ],
)
def test_two_numbers_are_compared_by_their_trials(first, second, result):
    assert relation(first, second) == result
    assert relation(second, first) == result


def test_a_build_is_equal_to_itself(compare, tmp_path):
    build(tmp_path / "a", 0.7, 0.8)
    status, said = compare("a", "a")
    assert status == 0
    assert "1 equal, 0 within the spread of trials, 0 not comparable, 0 different" in said
    assert (
        "verdicts: 1 the same, 0 not tested in a build, or with too few trials, 0 changed" in said
    )


def test_numbers_within_the_spread_are_listed_and_do_not_count_as_different(compare, tmp_path):
    build(tmp_path / "a", 0.7, 0.8, 0.75)
    build(tmp_path / "b", 0.71, 0.8, 0.76)
    status, said = compare("a", "b")
    assert status == 0
    assert "ex1/net" in said


def test_a_different_number_is_listed_with_both_values(compare, tmp_path):
    build(tmp_path / "a", 0.699, 0.700, 0.701)
    build(tmp_path / "b", 0.899, 0.900, 0.901)
    status, said = compare("a", "b")
    (line,) = [line for line in said.splitlines() if line.startswith(" ex1/net")]
    assert status == 1
    assert line.split() == ["ex1/net", "dice", "0.7", "0.9", "+0.2", "different"]


def test_a_changed_verdict_is_listed_with_both_words(compare, tmp_path):
    build(tmp_path / "a", 0.7, 0.8)
    build(tmp_path / "b", 0.7, 0.8, verdict="undecided")
    status, said = compare("a", "b")
    (line,) = [line for line in said.splitlines() if line.startswith(" s/good")]
    assert status == 1
    assert line.split() == ["s/good", "reproduced", "undecided"]


def test_a_verdict_that_lacks_trials_is_no_changed_one(compare, tmp_path):
    build(tmp_path / "a", 0.7, 0.8, 0.75)
    build(tmp_path / "b", 0.7, 0.8, 0.75, verdict="undecided (too few trials)")
    status, said = compare("a", "b")
    assert (status, ", 1 not tested in a build, or with too few trials, 0" in said) == (0, True)


def test_stand_ins_and_shortened_trainings_are_not_comparable_with_others(compare, tmp_path):
    build(tmp_path / "a", 0.7, 0.8)
    untested = "not tested (stand-in)"
    build(tmp_path / "b", 0.1, 0.2, data="stand-in", epochs="2 of 5", verdict=untested)
    status, said = compare("a", "b")
    assert status == 2
    assert "0 the same, 1 not tested in a build, or with too few trials, 0 changed" in said
    assert "real, 5 ep." in said
    assert "stand-in, 2 of 5 ep." in said


def test_what_only_one_build_has_is_counted(compare, tmp_path):
    build(tmp_path / "a", 0.7, 0.8)
    (build(tmp_path / "b", 0.7, 0.8) / "ex1").rename(tmp_path / "b/ex2")
    status, said = compare("a", "b")
    assert status == 0
    assert "only in a: 1 numbers, 0 verdicts" in said
    assert "only in b: 1 numbers, 0 verdicts" in said


def test_a_reference_of_tables_alone_can_be_compared(compare, tmp_path):
    results = tmp_path / "results"
    for file in REFERENCE.glob("*_summary.csv"):
        exercise = results / file.name.removesuffix("_summary.csv")
        exercise.mkdir(parents=True)
        (exercise / "summary.csv").write_bytes(file.read_bytes())
    (results / "claims.csv").write_bytes((REFERENCE / "claims.csv").read_bytes())
    status, said = compare("results", REFERENCE)
    assert status == 0
    assert "0 changed" in said
    table = results / "ex2_3/summary.csv"
    text = table.read_text().replace("0.79934353", "0.9")
    table.write_text(text.replace("0.80205824 0.79769787 0.79827446", "0.9 0.9 0.9"))
    assert compare("results", REFERENCE)[0] == 1


@pytest.mark.parametrize(
    ("folder", "said"),
    [
        ("nowhere", "nowhere: no such folder"),
        ("empty", "empty: has neither summary.csv of an exercise nor claims.csv"),
        ("other", "have no number and no verdict in common"),
        ("damaged", "damaged/ex1/summary.csv: has no column"),
        ("cut_off", "cut_off/ex1/summary.csv: row 1 has not 9 values"),
        ("not_a_number", "not_a_number/ex1/summary.csv: dice of net is not finite"),
        ("without_words", "without_words/claims.csv: has no column"),
    ],
)
def test_what_cannot_be_compared_has_a_status_of_its_own(folder, said, compare, tmp_path):
    build(tmp_path / "a", 0.7, 0.8)
    (tmp_path / "empty").mkdir()
    other = build(tmp_path / "other", 0.7, 0.8)
    (other / "ex1").rename(other / "ex9")
    (other / "claims.csv").unlink()
    (build(tmp_path / "damaged", 0.7) / "ex1/summary.csv").write_text("variant\nnet\n")
    table = build(tmp_path / "cut_off", 0.7) / "ex1/summary.csv"
    table.write_text(table.read_text()[:-8])
    build(tmp_path / "not_a_number", 0.7, math.nan)
    (build(tmp_path / "without_words", 0.7) / "claims.csv").write_text("")
    status, output = compare("a", folder)
    assert (status, said in output) == (2, True)
