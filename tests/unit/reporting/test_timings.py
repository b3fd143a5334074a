"""The tables of times: which variants ran the same program stands beside their seconds."""

import re
from pathlib import Path

import pandas as pd
import pytest
from trainings import STUDIES

from dlia.reporting import exercises
from dlia.reporting.html import html_environment
from dlia.reporting.latex import latex_environment

REPORT = Path(__file__).parents[3] / "report"
EXERCISE = STUDIES["mnist"].exercises["ex1_3"]
NOTE = "runs the same program as ex1_2/sgd"


@pytest.fixture
def rows(tmp_path, monkeypatch) -> list[dict[str, str]]:
    """Give the rows of ex1_3, one of whose trainings ran the program of another."""
    trials = pd.DataFrame(
        [key.split("/") for key in dict.fromkeys(v.trained_as for v in EXERCISE.variants.values())],
        columns=["exercise", "variant"],
    )
    facts = {"kind": "trial", "trial": 0, "epochs": 2, "seconds": 2.5, "seconds_per_epoch": 1.25}
    trials = trials.assign(**facts, base="", times_base="no base", device="cpu")
    same = trials["variant"].map({"pool_relu": "ex1_2/sgd", "sgd": "ex1_3/pool_relu"})
    trials.assign(same_program_as=same.fillna("no other")).to_csv(tmp_path / "timing.csv")
    monkeypatch.setattr(exercises, "RESULTS", tmp_path)
    return exercises._timings(EXERCISE)


def test_a_row_tells_whose_program_ran(rows):
    noted = {row["variant"]: row["same"] for row in rows if row["same"]}
    own = "runs the same program as ex1_3/pool_relu"
    assert noted == {"relu_pool": own, "pool_relu": NOTE}


def test_the_page_shows_it(rows):
    text = '{% import "html/_macros.html.j2" as m %}{% include "html/timings.html.j2" %}'
    page = html_environment(REPORT).from_string(text).render(id="x", exercise={"timings": rows})
    assert len(re.findall(r"runs the same program as \w+/\w+", page)) == 2
    assert NOTE in page


def test_the_document_shows_it(rows):
    template = latex_environment(REPORT).get_template("tex/time.tex.j2")
    text = template.render(exercise={"id": "ex1_3", "timings": rows})
    assert text.count("runs the same program as") == 2
    assert NOTE.replace("_", r"\_") in text
