"""The results as macros and as JSON, for one's own text, and for the report as a document."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from dlia.errors import UserError
from dlia.reporting.blocks import Cell, Span
from dlia.reporting.latex import amount, inline
from dlia.reporting.numbers import write_numbers
from dlia.reporting.pdf import PROGRAMS, compile_pdf
from dlia.runtime.files import write_text

HEAD = "data,variant,kind,metric,epochs,trials,mean,sd,low,high\n"
DIGITS = (
    "real,sgd,variant,accuracy,40,10,0.98765,0.0012,0.9861,0.9893\n"
    "real,slow,variant,accuracy,12 of 40,1,0.5,one trial,one trial,one trial\n"
    "real,majority,reference,accuracy,no training,0,0.112,no training,no training,no training\n"
)
GLANDS = "stand-in,plain,variant,dice,5,3,0.8812,0.01,0.85,0.91\n"
DOCUMENT = r"""\documentclass{article}
\usepackage{siunitx}
\input{numbers}
\begin{document}
\begin{tabular}{S[table-format=2.2]}
\dlia{ex1_2/sgd/accuracy/bare} \\ \dlia{ex1_2/slow/accuracy/sd/bare} \\
\end{tabular}
It reaches \dlia{%s}.
\end{document}
"""
needs_latex = pytest.mark.skipif(
    not all(map(shutil.which, [*PROGRAMS, "pdftotext"])), reason="LaTeX is not installed"
)


def write(folder: Path, digits: str = DIGITS) -> None:
    """Write the numbers of two exercises into ``folder``."""
    summaries = {"ex1_2": digits, "ex2_1": GLANDS}
    for exercise, rows in summaries.items():
        write_text(folder / exercise / "summary.csv", HEAD + rows)
    paths = [str(folder / exercise / "summary.csv") for exercise in summaries]
    write_numbers(paths, str(folder / "numbers.tex"), str(folder / "numbers.json"))


@pytest.fixture
def numbers(tmp_path) -> dict[str, dict[str, object]]:
    write(tmp_path)
    return json.loads((tmp_path / "numbers.json").read_text(encoding="utf-8"))


def test_a_mean_is_named_by_exercise_variant_and_metric(numbers):
    assert numbers["ex1_2/sgd/accuracy"] == {"text": "98.77 %", "value": 0.98765}
    assert numbers["ex2_1/plain/dice"] == {"text": "0.881", "value": 0.8812}


@pytest.mark.parametrize(
    ("part", "text", "value"),
    [
        ("sd", "0.12 %", 0.0012),
        ("interval", "98.61 to 98.93 %", [0.9861, 0.9893]),
        ("n", "10", 10),
        ("epochs", "40", None),
        ("data", "real", None),
    ],
)
def test_what_belongs_to_a_mean_follows_its_name(numbers, part, text, value):
    assert numbers[f"ex1_2/sgd/accuracy/{part}"] == {"text": text, "value": value}


def test_what_has_no_number_has_the_reason_as_text(numbers):
    assert numbers["ex1_2/slow/accuracy/sd"] == {"text": "one trial", "value": None}
    assert numbers["ex1_2/majority/accuracy/interval"]["value"] is None


def test_stand_ins_and_shortened_trainings_are_said_to_be_so(numbers):
    assert numbers["ex2_1/plain/dice/data"]["text"] == "stand-in"
    assert numbers["ex1_2/slow/accuracy/epochs"]["text"] == "12 of 40"


def test_both_files_have_the_same_names(tmp_path, numbers):
    text = (tmp_path / "numbers.tex").read_text(encoding="utf-8")
    found = {
        line.split("}")[0][len(r"\dlia@set{") :] for line in text.splitlines() if "@set{e" in line
    }
    assert found == {name + end for name in numbers for end in ("", "/bare")}


def test_the_same_results_give_the_same_bytes(tmp_path):
    for name in ("first", "second"):
        write(tmp_path / name)
    files = ("numbers.tex", "numbers.json")
    first, second = ([(tmp_path / n / f).read_bytes() for f in files] for n in ("first", "second"))
    assert first == second


@pytest.mark.parametrize(
    ("text", "latex"),
    [("98.77 %", r"\dlia{ex1_2/sgd/accuracy}"), ("98.77", r"\dlia{ex1_2/sgd/accuracy/bare}")],
)
def test_the_document_reads_its_results_from_the_macros(text, latex):
    span = Span(text, number="ex1_2/sgd/accuracy")
    assert inline((span,)) == latex
    assert amount(Cell((span,))) == latex


def test_a_number_without_a_name_is_written_out():
    assert amount(Cell((Span("98.77"),))) == "98.77"


@pytest.mark.slow
@needs_latex
def test_a_document_of_ones_own_follows_the_next_build(tmp_path):
    write_text(tmp_path / "mine.tex", DOCUMENT % "ex1_2/sgd/accuracy")
    told = []
    for digits in (DIGITS, DIGITS.replace("0.98765", "0.91")):
        write(tmp_path, digits)
        pdf = tmp_path / "mine.pdf"
        compile_pdf(str(tmp_path / "mine.tex"), str(pdf), str(tmp_path / "mine.log"))
        command = ["pdftotext", "-layout", str(pdf), "-"]
        told.append(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    assert ["98.77 %" in told[0], "91.00 %" in told[1]] == [True, True]
    assert all("one trial" in text for text in told)


@pytest.mark.slow
@needs_latex
def test_an_unknown_name_is_an_error_of_latex_that_names_it(tmp_path):
    write(tmp_path)
    write_text(tmp_path / "mine.tex", DOCUMENT % "ex1_2/sdg/accuracy")
    with pytest.raises(UserError, match="ex1_2/sdg/accuracy"):
        compile_pdf(str(tmp_path / "mine.tex"), str(tmp_path / "a.pdf"), str(tmp_path / "log"))
