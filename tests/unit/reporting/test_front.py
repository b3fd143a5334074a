"""The front page of all reports, and the tables that all studies share."""

import re
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from dlia.errors import UserError
from dlia.reporting import front
from dlia.reporting.records import collect
from dlia.runtime.files import write_json, write_text
from dlia.study.yaml_files import ROOT

STUDY = {
    "name": "glands",
    "title": "Glands & <more>",
    "data": "Real archive GLANDS.zip",
    "standin": False,
    "trainings": "12 trainings",
    "shortened": False,
    "verdicts": [["reproduced", 7], ["not tested (needs a GPU)", 2]],
    "claims_about_time": 3,
}
DRAWN = {**STUDY, "name": "digits", "data": "Generated stand-in for DIGITS.zip", "standin": True}


@pytest.fixture
def write(tmp_path, monkeypatch):
    """Give a function that writes the front page of reports, and returns its text."""
    monkeypatch.chdir(tmp_path)

    def page(reports: dict[str, dict[str, Any]], order: tuple[str, ...] = ()) -> str:
        outlines = []
        for name, report in reports.items():
            outlines.append(f"results/reports/{name}.json")
            common = {"title": name.title(), "course": "", "author": "", "formats": ["html", "tex"]}
            write_json(outlines[-1], {**common, **report})
            for suffix in report.get("formats", ["html", "tex"]):
                write_text(f"results/reports/{name}.{suffix}", "")
        front.write_front(outlines, list(order), ROOT / "report", "results/report.html")
        return Path("results/report.html").read_text(encoding="utf-8")

    return page


def words(page: str) -> str:
    """Give the text of a page, without its style and its banner."""
    return " ".join(re.sub(r"<[^>]+>", " ", page[page.index("<main") :]).split())


def test_it_links_every_format_of_every_report(write):
    page = write({"one": {"studies": [STUDY]}, "two": {"studies": [STUDY], "formats": ["pdf"]}})
    links = [link for link in re.findall(r'href="([^"#]+)"', page) if "/" in link]
    assert set(links) == {"reports/one.html", "reports/one.tex", "reports/two.pdf"}


def test_it_counts_the_verdicts_of_every_study(write):
    text = words(write({"one": {"studies": [STUDY]}}))
    assert "7 reproduced" in text
    assert "2 not tested (needs a GPU)" in text
    assert "9 claims of the sources" in text
    assert "Run times 3 claims" in text
    times = {"claims_about_time": 1, "questions_about_time": 2}
    assert "Run times 1 claim, 2 questions" in words(write({"one": {"studies": [STUDY | times]}}))


def test_it_tells_what_is_real_and_what_a_stand_in(write):
    text = words(write({"one": {"studies": [STUDY, DRAWN]}}))
    assert "Real archive GLANDS.zip" in text
    assert "Generated stand-in for DIGITS.zip" in text


@pytest.mark.parametrize(
    ("study", "banner"),
    [
        (STUDY, False),
        (DRAWN, "Stand-in data."),
        ({**STUDY, "shortened": True}, "Shortened trainings."),
    ],
)
def test_a_banner_stands_above_it_unless_all_is_real_and_whole(write, study, banner):
    page = write({"one": {"studies": [study]}})
    assert ('class="banner"' in page) == bool(banner)
    assert not banner or banner in page


def test_the_way_to_real_images_names_a_study_of_which_there_are_none(write):
    page = write({"one": {"studies": [STUDY, {**DRAWN, "name": "leaves"}]}})
    assert "<code>dlia fetch leaves</code>" in page


def test_reports_have_the_order_of_the_configuration_and_others_follow(write):
    reports = {name: {"studies": [STUDY]} for name in ("a", "b", "c", "d")}
    page = write(reports, order=("c", "b", "none"))
    assert re.findall(r'<h2 id="report-(\w)"', page) == ["c", "b", "a", "d"]


def test_a_report_whose_files_are_gone_is_not_on_it(write):
    write({"one": {"studies": [STUDY]}})
    for file in Path("results/reports").glob("one.*[lx]"):
        file.unlink()
    front.write_front(["results/reports/one.json"], [], ROOT / "report", "results/report.html")
    assert "reports/one" not in Path("results/report.html").read_text(encoding="utf-8")


def test_titles_come_out_as_they_are(write):
    page = write({"one": {"studies": [STUDY], "title": "<b>", "author": "A & B"}})
    assert "&lt;b&gt;" in page
    assert "A &amp; B" in page
    assert "Glands &amp; &lt;more&gt;" in page


def test_a_missing_value_is_an_error(write):
    with pytest.raises(UserError, match="title is missing"):
        write({"one": {"studies": [{**STUDY, "title": ""}]}})


def test_a_collected_table_has_the_rows_of_all_studies_as_they_were_written(tmp_path):
    for name, text in (("a", "data,x,y\nreal,0.10,\n"), ("b", "data,x,z\nstand-in,nan,7\n")):
        write_text(tmp_path / f"{name}.csv", text)
    collect([str(tmp_path / "a.csv"), str(tmp_path / "b.csv")], str(tmp_path / "all.csv"))
    text = (tmp_path / "all.csv").read_text()
    assert text == "data,x,y,z\nreal,0.10,,\nstand-in,nan,,7\n"


def test_tables_without_rows_are_collected_with_their_columns(tmp_path):
    write_text(tmp_path / "a.csv", "data,x\n")
    collect([str(tmp_path / "a.csv")], str(tmp_path / "all.csv"))
    assert list(pd.read_csv(tmp_path / "all.csv").columns) == ["data", "x"]
