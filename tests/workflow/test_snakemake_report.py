"""What Snakemake's own report shows of a build."""

import html
import json
import re
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest
import yaml
from conftest import ROOT, Checkout, once

pytestmark = pytest.mark.slow

# Nothing listens there, so that a download would fail.
OFFLINE = dict.fromkeys(("http_proxy", "https_proxy"), "http://127.0.0.1:9")
CAPTIONS = ROOT / "report" / "captions"


class Report:
    """The data of a report that Snakemake has packed."""

    def __init__(self, archive: Path) -> None:
        with ZipFile(archive) as packed:
            page = packed.read(f"{archive.stem}/report.html").decode()
            self.results = self._value(page, "results")
            self.contents = {
                name: packed.read(f"{archive.stem}/{result['data_uri']}")
                for name, result in self.results.items()
            }
        self.places = {
            name: (category, part)
            for category, parts in self._value(page, "categories").items()
            for part, names in parts.items()
            for name in names
        }
        self.captions = {
            name: " ".join(html.unescape(re.sub("<[^>]*>", "", result["caption"])).split())
            for name, result in self.results.items()
        }
        self.description = self._value(page, "workflow-desc")

    @staticmethod
    def _value(page: str, identifier: str) -> Any:
        begin = f'<script id="{identifier}">'
        assert page.count(begin) == 1
        script = page.split(begin)[1].split("</script>")[0]
        return json.loads(script.partition(" = ")[2].strip().removesuffix(";"))


def packed(build: Checkout, archive: Path, *words: str) -> Path:
    """Let Snakemake report on a build."""
    result = build.snakemake(*words, "--report", str(archive), **OFFLINE)
    assert result.returncode == 0, result.stdout + result.stderr
    return archive


@pytest.fixture(scope="module")
def report(build, tmp_path_factory) -> Report:
    def make(folder: Path) -> None:
        folder.mkdir()
        packed(build, folder / "packed.zip")

    return Report(once(tmp_path_factory, "snakemake_report", make) / "packed.zip")


def figures(build: Checkout) -> set[str]:
    return {str(f.relative_to(build.path)) for f in build.path.glob("results/**/figures/*.svg")}


def tables(build: Checkout) -> set[str]:
    parts = ("ex*/*.csv", "mnist/*.csv", "warwick/*.csv", "data/*/balance.csv")
    found = [file for part in parts for file in build.path.glob(f"results/{part}")]
    return {str(file.relative_to(build.path)) for file in found}


# What the pages show.
PAGES = {
    "results/report.html": ("front_page", "all"),
    "results/reports/assignment.html": ("report", "assignment"),
}


def shown_by(name: str) -> tuple[str, str]:
    """Give what a file shows, and of which variant."""
    stem = Path(name).stem
    if name in PAGES:
        return PAGES[name]
    if not name.endswith(".svg"):
        return stem, "all"
    shows, _, variant = stem.partition("_")
    return shows, variant or "all"


def place_of(name: str) -> str:
    """Give the exercise, the study or the data set of a file, or all."""
    _, first, *rest = name.split("/")
    if name in PAGES:
        return "all"
    if first == "data":
        return f"data/{rest[0]}"
    return first if rest else "all"


def test_it_has_every_figure_and_every_table_as_they_are_and_the_page(build, report):
    expected = {*figures(build), *tables(build), *PAGES}
    assert len(expected) > 50
    assert set(report.results) == expected
    assert [n for n in expected if report.contents[n] != (build.path / n).read_bytes()] == []


def test_every_result_has_one_label_that_says_what_it_shows(report):
    kinds = {".svg": "figure", ".csv": "table", ".html": "page"}
    expected = {}
    for name in report.results:
        shows, variant = shown_by(name)
        of = "" if variant == "all" else f" of {variant}"
        kind = kinds[Path(name).suffix]
        # One variant of ex1_1 is shortened.
        short = ", shortened" if place_of(name) in ("ex1_1", "mnist", "all") else ""
        expected[name] = {"result": f"{shows.replace('_', ' ')}{of} ({kind}, stand-in{short})"}
    assert {name: result["labels"] for name, result in report.results.items()} == expected


def test_every_result_stands_below_its_study_and_its_exercise(build, report):
    expected = {"all": ("All studies", "Other")}
    for file in ("mnist", "warwick"):
        study = yaml.safe_load((build.path / f"studies/{file}.yaml").read_text())
        expected |= {
            id_: (study["title"], f"{id_}: {exercise['title']}")
            for id_, exercise in study["exercises"].items()
        }
        expected |= dict.fromkeys((file, f"data/{file}"), (study["title"], "Other"))
    assert report.places == {name: expected[place_of(name)] for name in report.results}


def test_no_two_results_of_an_exercise_look_the_same(report):
    # The page would show one of them alone.
    listed = [(report.places[n], *r["labels"].values()) for n, r in report.results.items()]
    assert len(listed) == len(set(listed))


def test_every_result_has_the_caption_of_what_it_shows(report):
    wrong = []
    for name, told in report.captions.items():
        caption = " ".join((CAPTIONS / f"{shown_by(name)[0]}.rst").read_text().split())
        words = [re.escape(part) for part in re.split(r"`*\{\{.*?\}\}`*", caption)]
        if not re.fullmatch(r"\w+".join(words), told):
            wrong.append((name, told))
    assert wrong == []


def test_every_caption_is_used(report):
    shown = {shown_by(name)[0] for name in report.results}
    # No exercise of this build shows these, and it has neither readings, values by part, volumes
    # nor photographs.
    others = {"agreement", "layers", "masks", "readings", "tsne", "patches", "slices", "losses"}
    others |= {"parts", "random_samples", "test_labels", "ap50", "detections", "precision"}
    others |= {"classes"}
    assert {file.stem for file in CAPTIONS.iterdir()} == shown | others


def test_captions_name_what_a_study_measures(report):
    assert report.captions["results/ex1_2/figures/curves.svg"].startswith("Loss and accuracy after")
    assert report.captions["results/ex2_1/figures/curves.svg"].startswith("Loss and dice after")
    boundary = report.captions["results/ex2_4/figures/boundary.svg"]
    assert "residual_2 differs from plain_2" in boundary


def test_it_begins_with_the_word_that_the_data_are_stand_ins(report):
    assert report.description.index("Stand-in data.") < report.description.index("dlia rebuilds")


def test_its_words_are_well_formed(report):
    told = [report.description, *(result["caption"] for result in report.results.values())]
    assert [text for text in told if "System Message" in text or "problematic" in text] == []


def test_what_the_data_are_is_read_from_the_results(edited, tmp_path):
    for name in tables(edited):
        file = edited.path / name
        file.write_text(re.sub("(?m)^stand-in,", "real,", file.read_text()))
    pdf = "results/reports/assignment.pdf"
    (edited.path / pdf).write_bytes(b"%PDF-1.5\n")
    # A build would still draw stand-ins.
    words = ("all", pdf, "--config", "standins=true")
    report = Report(packed(edited, tmp_path / "real.zip", *words))
    told = [result["labels"]["result"] for result in report.results.values()]
    assert [label for label in told if ", real" not in label or "stand-in" in label] == []
    assert "Stand-in" not in report.description
    assert "(document," in report.results[pdf]["labels"]["result"]
