"""What the report says and shows of photographs with boxes, and of detectors."""

from types import SimpleNamespace
from typing import Any

import pandas as pd
import pytest
from own_studies import own_studies, own_study

from dlia.reporting import data_sets, exercise_figures, exercises, shown
from dlia.reporting.blocks import Figure, Folded, Section, Table, text
from dlia.study.leave_out import without

STUDIES = own_studies("wildlife", "aquarium")


@pytest.fixture(autouse=True)
def on_a_standin(tmp_path, monkeypatch):
    """Build in a folder whose photographs are drawn."""
    source = tmp_path / "results/data/wildlife/source.json"
    source.parent.mkdir(parents=True)
    source.write_text('{"data": "stand-in", "layout": {}}', encoding="utf-8")
    monkeypatch.chdir(tmp_path)


def remarks(study: str, **pairs: int) -> list[str]:
    data: Any = SimpleNamespace(study=STUDIES[study], left_out=(), similar=pairs, is_real=True)
    return data_sets._of_photographs(data)


def test_pairs_that_look_alike_are_told_of_each_division_and_so_is_that_there_are_none():
    file = "(results/data/wildlife/similar_images.csv)"
    assert remarks("wildlife", random=76) == [
        "No pair of images of different parts looks almost alike.",
        "Divided at random, groups or not, 76 pairs of images of different parts look almost alike "
        f"{file}.",
    ]
    (main, random) = remarks("wildlife", main=1)
    assert main == f"1 pair of images of different parts looks almost alike {file}."
    assert random == (
        "Divided at random, groups or not, no pair of images of different parts looks almost alike."
    )
    assert len(remarks("aquarium")) == 1  # it divides nothing at random


def outcome_of(study: str, exercise: str) -> Any:
    own = STUDIES[study].exercises[exercise]
    names = list(own.variants)
    rows = [SimpleNamespace(name=n, validation="none", trials=("0.5",), mean="0.5") for n in names]
    return SimpleNamespace(
        study=STUDIES[study],
        exercise=own,
        variants=rows,
        metric="AP50",
        number="3.4",
        shown={},
        margin=0.0,
        table=pd.DataFrame(),
    )


def files(blocks: list[Any]) -> list[str]:
    return [block.file.split("/")[-1] for block in blocks if isinstance(block, Figure)]


def test_an_exercise_that_borrows_its_network_answers_with_what_this_predicts():
    curves, answer, folded = exercise_figures.figures_of(outcome_of("wildlife", "wildlife3_4"), {})
    assert curves == []
    assert files(answer) == ["detections_shown", "precision_shown", "confusion_shown"]
    assert files(folded) == ["curves", "losses", "trials"]


def test_an_exercise_that_trains_begins_with_its_curves():
    curves, answer, folded = exercise_figures.figures_of(
        outcome_of("wildlife", "wildlife3_3"), {"wildlife3_3/fine_tuned": "It is."}
    )
    assert files(curves) == ["curves"]
    assert files(answer)[:2] == ["losses", "detections_fine_tuned"]
    assert files(folded) == ["trials"]


def test_other_measures_are_said_to_be_of_detections_and_name_files_that_there_are(monkeypatch):
    study = STUDIES["wildlife"]
    row = {"variant": "before", **dict.fromkeys(study.task.measures, "0.1")}
    monkeypatch.setattr(exercises, "measures", lambda *_: [row])
    (found,) = exercises._measures(outcome_of("wildlife", "wildlife3_2"))
    said = "".join(part.text for part in found.caption)
    assert "of the detections" in said
    assert said.count("results/wildlife3_2/") == 1
    assert "results/wildlife3_2/metrics.csv" in said
    assert "metrics" in study.task.tables


def test_the_command_for_new_photographs_names_the_model():
    exercise = STUDIES["wildlife"].exercises["wildlife3_5"]
    said = "".join(
        part.text
        for block in shown.shown_part(STUDIES["wildlife"], exercise).blocks
        for part in block.text
    )
    model = "results/wildlife3_3/fine_tuned/model.safetensors"
    assert f"dlia detect {model} FOLDER" in said
    assert "--annotations" in said


def test_the_command_of_a_network_that_is_not_trained_is_left_out():
    kept = without(STUDIES["wildlife"], ["wildlife3_3/fine_tuned", "wildlife3_4/shown"])
    exercise = kept.exercises["wildlife3_5"]
    assert exercise.shows == ()
    assert exercise.left_out == {"wildlife3_3/fine_tuned": "not trained: needs a GPU"}


def test_of_a_variant_that_is_not_trained_it_is_said_what_it_is():
    study = own_study("brain")
    kept = without(study, ["brain2_2/segnet_full"])
    comment = study.variant("brain2_2/segnet_full").comment.removesuffix(".")
    assert comment
    left_out = {"segnet_full": f"not trained: needs a GPU. {comment}"}
    assert kept.exercises["brain2_2"].left_out == left_out


@pytest.mark.parametrize(("left_out", "tables"), [([], 0), (["fine_tuned"], 1)])
def test_layers_that_the_details_list_are_not_listed_twice(left_out, tables, monkeypatch):
    study = without(STUDIES["wildlife"], [f"wildlife3_3/{name}" for name in left_out])
    row = {"name": "a", "layer": "Conv2d", "output": "1", "parameters": "2"}
    monkeypatch.setattr(shown, "read_table", lambda _: [row])
    told = Section("wildlife3_3", "After", (text("answer"), Folded("details", "Details", ())))
    found = shown.with_shown(told, study, study.exercises["wildlife3_3"])
    assert sum(isinstance(block, Table) for block in found.blocks) == tables
    assert isinstance(found.blocks[-1], Folded)
