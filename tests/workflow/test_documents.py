"""Reports as documents: which are built, and what a build of some studies leaves alone."""

import csv
import re
import shutil
import sys
from pathlib import Path
from typing import Any

import pytest
from conftest import Checkout

ONE = ("--config", "studies=[warwick]")
# Everything in results/ that every build may write anew.
TABLES = ("claims", "claims_timing", "hyperparameters", "timing")
OF_ALL = {"report.html", "numbers.tex", "numbers.json", *(f"{name}.csv" for name in TABLES)}
MEGABYTES_OF_A_PAGE = 15


def files(results: Path) -> dict[str, tuple[bytes, int]]:
    """Give the content and the date of every file."""
    return {
        str(file.relative_to(results)): (file.read_bytes(), file.stat().st_mtime_ns)
        for file in results.rglob("*")
        if file.is_file()
    }


def test_the_pages_of_a_build_are_small_enough_to_be_sent(build):
    pages = [build.path / "results/report.html", *build.path.glob("results/reports/*.html")]
    assert len(pages) == 2
    assert all(page.stat().st_size < MEGABYTES_OF_A_PAGE * 10**6 for page in pages)


def test_the_front_page_leads_to_the_report(build):
    page = (build.path / "results/report.html").read_text()
    links = [link for link in re.findall(r'href="([^"#]+)"', page) if not link.startswith("http")]
    assert {"reports/assignment.html", "reports/assignment.tex"} <= set(links)
    assert [link for link in links if not (build.path / "results" / link).is_file()] == []


def test_the_document_in_its_old_place_is_a_copy_of_the_first_report(build):
    copy, first = (build.path / f"results/{name}.tex" for name in ("report", "reports/assignment"))
    assert copy.read_bytes() == first.read_bytes()


@pytest.mark.slow
def test_without_latex_the_front_page_does_not_wait_for_a_pdf(checkout, tmp_path):
    (tmp_path / "bin").mkdir()
    for name in ("bash", "which", "git"):
        (tmp_path / "bin" / name).symlink_to(str(shutil.which(name)))
    places = f"{tmp_path / 'bin'}:{Path(sys.executable).parent}"
    wanted = ("results/report.html", "--config", "formats=[html, pdf]")
    planned = checkout.snakemake("--dry-run", *wanted, PATH=places).stdout
    assert "report_html_assignment" in planned
    assert "report_pdf_assignment" not in planned


def test_a_document_comes_with_the_numbers_that_it_reads(checkout):
    assert "collect_numbers" in checkout.planned("results/reports/assignment.tex")


@pytest.mark.parametrize("table", TABLES)
def test_every_study_has_its_own_tables_and_all_are_collected(build, table):
    def rows(name: str) -> list[list[str]]:
        with (build.path / f"results/{name}.csv").open(newline="") as file:
            return list(csv.reader(file))

    head, *mnist = rows(f"mnist/{table}")
    _, *warwick = rows(f"warwick/{table}")
    place = head.index("study")
    assert {row[place] for row in mnist} == {"mnist"}
    assert {row[place] for row in warwick} <= {"warwick"}
    assert rows(table) == [head, *mnist, *warwick]


def test_a_study_that_is_built_alone_gets_a_report_of_its_own(edited):
    planned = edited.planned(*ONE)
    assert planned == {"report_html_warwick", "report_tex_warwick", "report_outline_warwick"} | {
        "report_front"
    }


@pytest.mark.slow
def test_a_build_of_one_study_leaves_the_other_and_the_report_of_both_alone(edited):
    edited.edit("studies/warwick.yaml", "threshold: 0.5", "threshold: 0.4")
    results = edited.path / "results"
    before = files(results)
    built = edited.snakemake("--cores", "2", *ONE)
    assert built.returncode == 0, built.stdout + built.stderr
    after = files(results)
    others = {
        name
        for name in before
        if not any(word in name for word in ("warwick", "ex2_")) and name not in OF_ALL
        # How long jobs took that every build runs.
        if not name.startswith(("benchmarks/report_", "benchmarks/collect_"))
    }
    assert {"mnist/claims.csv", "reports/assignment.html", "reports/assignment.tex"} <= others
    assert {"report.tex", "ex1_2/summary.csv", "data/mnist/split.csv"} <= others
    assert {name: after[name] for name in others} == {name: before[name] for name in others}
    assert after["warwick/hyperparameters.csv"] != before["warwick/hyperparameters.csv"]
    page = (results / "report.html").read_text()
    assert {"reports/assignment.html", "reports/warwick.html"} <= set(
        re.findall('href="([^"]+)"', page)
    )
    with (results / "claims.csv").open(newline="") as file:
        assert {row["study"] for row in csv.DictReader(file)} == {"mnist", "warwick"}


def test_the_replaced_key_is_told_on_the_command_line_too(checkout: Checkout):
    result = checkout.snakemake("--dry-run", "--config", "report={formats: [pdf]}")
    assert result.returncode != 0
    told = result.stdout + result.stderr
    assert "report: is now two keys, reports and formats" in told
    assert "formats: [pdf]" in told
    assert "Traceback" not in told


@pytest.mark.slow
def test_a_study_of_which_nothing_can_be_trained_here_is_reported_without_results(checkout):
    def only_on_gpus(study: dict[str, Any]) -> None:
        study["data"]["standin"] |= {"train": 200, "test": 50}
        exercise = study["exercises"]["ex1_2"]
        exercise["variants"] = {"sgd": {**exercise["variants"]["sgd"], "needs": "gpu"}}
        study["exercises"], study["claims"] = {"ex1_2": exercise}, {}
        for source in study["sources"].values():
            source.pop("best", None)

    checkout.edit_yaml("studies/mnist.yaml", only_on_gpus)
    words = ("--cores", "1", "--config", "studies=[mnist]", "request_gpu=false")
    built = checkout.snakemake(*words)
    assert built.returncode == 0, built.stdout + built.stderr
    page = (checkout.path / "results/reports/mnist.html").read_text()
    assert "needs a GPU" in page
    assert "no training" in page
    assert checkout.planned(*words) == set()
