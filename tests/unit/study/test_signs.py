"""The study of traffic signs: what its report states, and what is left open."""

import pandas as pd
import pytest
import torch
from own_studies import own_study

from dlia.models import build
from dlia.reporting.outline import read_outline, write_outline
from dlia.runtime.files import write_csv, write_json
from dlia.study.load import all_tested
from dlia.training.introspection import layers_of

STUDY = own_study("signs")


@pytest.mark.parametrize(
    ("key", "parameters"), [("signs1_2/baseline", 87_403), ("signs1_2/batch_norm", 87_659)]
)
def test_the_networks_have_as_many_parameters_as_the_report_implies(key, parameters):
    settings = STUDY.variant(key).settings
    network = build(settings.model, (3, *settings.input.crop), len(STUDY.data.classes))
    assert sum(weights.numel() for weights in network.parameters()) == parameters


def test_the_eight_trainings_of_the_report_are_shown_with_their_values():
    exercise = STUDY.exercises["signs1_4"].variants
    printed = {name: len(v.reported["accuracy"].numbers) for name, v in exercise.items()}
    assert printed.pop("batch_norm_batch_statistics") == printed["batch_norm"]
    assert sum(printed.values()) == 8
    assert not any(variant.trains for variant in exercise.values())


def test_both_readings_of_batch_normalisation_have_the_same_networks():
    exercise = STUDY.exercises["signs1_2"].variants
    assert exercise["batch_norm_batch_statistics"].trained_as == "signs1_2/batch_norm"


def test_each_reading_of_batch_normalisation_has_its_own_claims():
    claims = STUDY.claims_of_values()
    for name in ("batch_norm", "batch_norm_batch_statistics"):
        claim = STUDY.claims[claims[f"signs1_4/{name}"]]
        assert claim.of == (STUDY.variant(f"signs1_4/{name}").predicted_as,)


def test_another_prediction_of_the_same_networks_is_no_training(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write_json(
        "results/data/signs/source.json", {"data": "real", "archive": "GTSRB.zip", "layout": {}}
    )
    columns = ["study", "claim", "source", "says", "of", "claimed"]
    write_csv("results/signs/claims.csv", pd.DataFrame(columns=columns))
    write_csv("results/claims.csv", pd.DataFrame(columns=columns))
    report = {"title": "T", "course": "C", "author": "A"}
    asked = {"report": report, "trials": 2, "readings": True}
    write_outline({"signs": STUDY}, asked, [], "outline.json")
    trained = [v for e in STUDY.exercises.values() for v in e.variants.values() if v.trains]
    (outline,) = read_outline("outline.json")["studies"]
    readings = f"{len(STUDY.readings)} readings"
    counts = [f"{len(trained)} networks", f"{2 * len(trained)} trainings"]
    assert outline["trainings"].split(", ") == [*counts, readings]


def test_what_takes_a_cpu_days_is_left_to_gpus():
    trained = [v for exercise in STUDY.exercises.values() for v in all_tested(exercise)]
    assert {v.settings.epochs for v in trained if v.needs_gpu} == {200}
    assert {v.settings.epochs for v in trained if not v.needs_gpu} == {10, 20, 40}


def test_what_the_report_says_of_its_networks_is_claimed():
    reported = {
        key
        for exercise in STUDY.exercises.values()
        for key, variant in ((v.key, v) for v in exercise.variants.values())
        if variant.reported and variant.predicted_as == key
    }
    claimed = {c.of[0] for c in STUDY.claims.values() if c.kind == "value" and c.part == "test"}
    assert claimed == reported


def test_the_sizes_of_its_table_of_layers_are_claimed():
    claim = STUDY.claims["sizes_of_convolutions"]
    assert claim.claimed == f"{24 * 24 * 64 + 20 * 20 * 32 + 8 * 8 * 32:,}"
    settings = STUDY.variant(*claim.of).settings
    network = build(settings.model, (3, *settings.input.crop), len(STUDY.data.classes))
    layers, _ = layers_of(network, torch.zeros(1, 3, *settings.input.crop))
    sizes = [layer["output"] for layer in layers if layer["layer"] == "ELU"]
    assert [tuple(size) for size in sizes] == [(64, 24, 24), (32, 20, 20), (32, 8, 8)]


def test_the_number_of_epochs_is_chosen_on_tracks_that_no_candidate_trains_on():
    variant = STUDY.variant("signs1_2/baseline")
    assert [(c.path, c.value) for c in variant.candidates] == [
        ("epochs", 10),
        ("epochs", 20),
        ("epochs", 40),
    ]
    for candidate in variant.candidates:
        assert candidate.variant.settings.fit == "train"
        assert candidate.variant.settings.monitor == ["train", "validation"]
