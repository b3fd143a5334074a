"""What `make` builds on stand-ins: data that can be learnt, and results of every variant."""

import csv
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from conftest import copy_project, once
from trainings import VARIANTS

from dlia.reporting.pdf import PROGRAMS, compile_pdf

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def results(tmp_path_factory) -> Path:
    """Give the results that DLIA_RESULTS names, of a stand-in build; without it, build."""
    if "DLIA_RESULTS" in os.environ:
        return Path(os.environ["DLIA_RESULTS"])

    def make(folder: Path) -> None:
        result = copy_project(folder).snakemake("--cores", "2", "--config", "trials=1")
        assert result.returncode == 0, result.stdout + result.stderr

    return once(tmp_path_factory, "made", make) / "results"


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as table:
        return list(csv.DictReader(table))


def mean(results: Path, exercise: str, variant: str) -> float:
    table = rows(results / exercise / "summary.csv")
    return next(float(row["mean"]) for row in table if row["variant"] == variant)


def test_the_digits_can_be_learnt_and_are_not_trivial(results):
    assert 0.95 <= mean(results, "ex1_2", "sgd") <= 0.998


def test_the_glands_can_be_learnt_and_are_not_trivial(results):
    best = max(mean(results, "ex2_1", name) for name in ("baseline_2024", "baseline_2019"))
    assert 0.75 <= best <= 0.97


def test_the_glands_are_harder_than_calling_everything_gland(results):
    line = mean(results, "ex2_1", "all_foreground")
    assert mean(results, "ex2_1", "baseline_2019") > line + 0.1


def test_every_variant_has_results(results):
    exercises = {variant.exercise for variant in VARIANTS.values()}
    found = {
        f"{exercise}/{row['variant']}"
        for exercise in exercises
        for row in rows(results / exercise / "summary.csv")
        if row["kind"] == "variant"
    }
    assert found == VARIANTS.keys()


def test_every_variant_has_its_place_in_the_report(results):
    page = (results / "reports/assignment.html").read_text(encoding="utf-8")
    missing = [k for k, v in VARIANTS.items() if f'id="{v.exercise}-{v.name}"' not in page]
    assert missing == []


@pytest.mark.skipif(not all(map(shutil.which, (*PROGRAMS, "pdftotext"))), reason="no LaTeX")
def test_the_body_of_the_report_takes_at_most_25_pages(results, tmp_path):
    pdf = tmp_path / "report.pdf"
    tex = results / "reports" / "assignment.tex"
    compile_pdf(str(tex), str(pdf), str(tmp_path / "report.log"))
    command = ["pdftotext", "-layout", str(pdf), "-"]
    text = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    pages = text.split("\f")
    appendix = next(
        n for n, page in enumerate(pages) if re.search(r"(?m)^ *A +Verdicts on the claims *$", page)
    )
    assert 10 <= appendix <= 25


def test_with_relu_either_order_of_pooling_has_the_same_results(results):
    table = rows(results / "ex1_3" / "accuracy.csv")
    names = ("variant", "same_as")
    before, after = (
        [
            {k: v for k, v in row.items() if k not in names}
            for row in table
            if row["variant"] == name
        ]
        for name in ("relu_pool", "pool_relu")
    )
    assert before == after


def test_the_network_written_by_hand_learns_what_pytorchs_does(results):
    assert mean(results, "ex1_1", "numpy_2019") == pytest.approx(
        mean(results, "ex1_1", "sgd"), abs=0.05
    )
