"""Figures with images of the data: their terms stand beside them, or reports have none."""

import json
from dataclasses import replace

import pandas as pd
import pytest
from own_studies import own_studies

from dlia.reporting.blocks import Figure, text
from dlia.reporting.data_sets import samples_figure
from dlia.reporting.exercise_figures import figures_of
from dlia.reporting.images import permitted
from dlia.reporting.results import Outcome, Result
from dlia.reporting.shown import shown_part

STUDIES = own_studies("brain", "mnist")
BRAIN = STUDIES["brain"]
IMAGES, CHART = "ex/figures/slices_a", "ex/figures/confusion_a"


def drawn(study, *files) -> list[tuple[str, str]]:
    figures = [Figure(file, file, text("What it shows.")) for file in files]
    return [
        (figure.file, "".join(part.text for part in figure.caption))
        for figure in permitted(study, figures)
    ]


@pytest.fixture(autouse=True)
def unpacked(tmp_path, monkeypatch):
    """Write what the data of a build are; return what writes it anew."""

    def write(kind: str, form: str = "") -> None:
        for name in STUDIES:
            folder = tmp_path / "results" / "data" / name
            folder.mkdir(parents=True, exist_ok=True)
            source = {"data": kind, "layout": {"form": form} if form else {}}
            (folder / "source.json").write_text(json.dumps(source))

    monkeypatch.chdir(tmp_path)
    write("real")
    return write


def test_the_terms_stand_beside_images_and_not_beside_charts():
    (_, images), (_, chart) = drawn(BRAIN, IMAGES, CHART)
    assert images == f"What it shows. Terms of the data: {BRAIN.data.terms}."
    assert chart == "What it shows."


def test_the_terms_do_not_stand_beside_every_image_of_a_study():
    ((_, first), (_, later)) = drawn(
        STUDIES["mnist"], "data/mnist/figures/samples", "ex1_1/figures/misclassified_sgd"
    )
    assert "Terms of the data" in first
    assert later == "What it shows."


def test_standins_have_no_terms(unpacked):
    unpacked("stand-in")
    assert drawn(BRAIN, IMAGES) == [(IMAGES, "What it shows.")]


def test_the_terms_are_those_of_the_release_that_was_used(unpacked):
    study = STUDIES["mnist"]
    form = study.data.forms[0].model_copy(update={"terms": "other terms"})
    data = study.data.model_copy(update={"forms": [form]})
    unpacked("real", form.title)
    ((_, told),) = drawn(replace(study, data=data), "data/mnist/figures/samples")
    assert told.endswith("Terms of the data: other terms.")


def test_a_study_without_images_in_reports_keeps_its_charts():
    kept = drawn(replace(BRAIN, shows_images=False), IMAGES, "data/brain/figures/samples", CHART)
    assert [file for file, _ in kept] == [CHART]


def outcome(study) -> Outcome:
    exercise = study.exercises["brain2_2"]
    row = Result(
        "", True, 0.5, "0.5", "0", "", "0.4", "0.5", "", 0.5, "25", "", "1", True, ("0.5",), None
    )
    results = tuple(replace(row, name=name) for name in exercise.variants)
    return Outcome(study, exercise, results, (), (), (), {}, pd.DataFrame(), 0.0)


@pytest.mark.parametrize("shows", [True, False])
def test_no_section_of_a_report_has_images_that_its_study_leaves_out(shows, tmp_path):
    counted = ["variants", "patch", "part", "kind", "volume", "slices", "patches"]
    counted += [f"{what}_{name}" for name in BRAIN.data.classes for what in ("voxels", "share")]
    (tmp_path / "results/brain2_1").mkdir(parents=True)
    (tmp_path / "results/brain2_1/patches.csv").write_text(",".join(counted) + "\n")
    study = replace(BRAIN, shows_images=shows)
    figures = [f for drawn in figures_of(outcome(study), {"brain2_2/skip": "Said."}) for f in drawn]
    figures += samples_figure(study)
    figures += [
        b for b in shown_part(study, study.exercises["brain2_1"]).blocks if isinstance(b, Figure)
    ]
    names = {figure.file.rpartition("/")[2].partition("_")[0] for figure in figures}
    assert {"curves", "trials", "classes", "confusion"} <= names
    assert ({"slices", "samples", "patches"} <= names) == shows
    assert bool({"slices", "samples", "patches"} & names) == shows


@pytest.mark.parametrize(
    ("first", "said"),
    [
        (0, ""),
        (1, " Shortened trainings: segnet 20 of 100 epochs."),
        (2, " Shortened trainings: segnet and transposed 20 of 100 epochs."),
        (99, " Shortened trainings: all variants 20 of 100 epochs."),
    ],
)
def test_the_caption_of_curves_says_once_what_several_variants_have(first, said):
    exercise = BRAIN.exercises["brain2_2"]
    variants = {
        name: replace(variant, asked={"epochs": 100} if place < first else {})
        for place, (name, variant) in enumerate(exercise.variants.items())
    }
    own = {n: v.settings.model_copy(update={"epochs": 20}) for n, v in variants.items()}
    variants = {name: replace(v, settings=own[name]) for name, v in variants.items()}
    study = replace(BRAIN, exercises={"brain2_2": replace(exercise, variants=variants)})
    caption = next(iter(figures_of(outcome(study), {})[0])).caption
    assert "".join(part.text for part in caption).partition("a true class.")[2] == said
