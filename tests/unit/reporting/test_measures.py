"""The other measures of an exercise, read from its table of trials."""

from types import SimpleNamespace

import pandas as pd
import pytest
from own_studies import own_study

from dlia.reporting import exercises, measures


@pytest.fixture
def rows(tmp_path, monkeypatch) -> list[dict[str, str]]:
    study = own_study("brain")
    exercise = study.exercises["brain2_2"]
    values = {
        "dice": [0.5, 0.6],
        "dice_brain": [0.3, 0.4],
        "hd95": [7.0, "WM not predicted"],
        "voxels_class_1/IBSR_01": [14555, 14555],
    }
    table = [
        {"variant": variant, "metric": name, "mean": value, "sd": sd, "p10": 0.25}
        for variant in exercise.variants
        for name, own in values.items()
        for value, sd in zip(own, (0.012, 0.016), strict=True)
    ]
    (tmp_path / "brain2_2").mkdir()
    pd.DataFrame(table).to_csv(tmp_path / "brain2_2" / "metrics.csv", index=False)
    monkeypatch.setattr(measures, "RESULTS", tmp_path)
    return measures.measures(study, exercise)


def test_measures_are_means_over_the_trials_or_the_reason_why_there_is_none(rows):
    assert [rows[0][name] for name in ("dice_brain", "hd95")] == ["0.350", "WM not predicted"]
    assert rows[0]["dice_p10"] == "0.250"


def test_they_include_how_far_the_images_of_a_trial_differ(rows):
    assert rows[0]["dice_sd"] == "0.014"
    named = measures.names_of_measures(own_study("lungs"))
    assert named["dice_sd"] == "Dice, sd over the images"


def test_an_average_precision_is_one_of_all_images_and_has_no_spread_over_them():
    assert "ap50_sd" not in measures.names_of_measures(own_study("raccoon"))


def test_what_is_counted_in_one_volume_is_no_measure(rows):
    assert {*rows[0]} == {"variant", "dice_brain", "hd95", "dice_sd", "dice_p10"}


def test_a_fit_on_chosen_patches_has_the_gap_on_like_patches_beside_it(tmp_path, monkeypatch):
    monkeypatch.setattr("dlia.reporting.measures.RESULTS", tmp_path)
    (tmp_path / "brain2_2").mkdir()
    rows = [
        f"{variant},{trial},{name},{value}"
        for trial in (0, 1)
        for variant, *values in (("segnet", 0.9, 0.86), ("segnet_40", 0.99, "no such patch"))
        for name, value in zip(("training_dice", "balanced_dice"), values, strict=True)
    ]
    table = "\n".join(["variant,trial,metric,mean", *rows])
    (tmp_path / "brain2_2" / "metrics.csv").write_text(table)
    study = own_study("brain")
    outcome = SimpleNamespace(study=study, exercise=study.exercises["brain2_2"])
    said = {
        name: "".join(span.text for span in exercises._like_for_like(outcome, name))
        for name in ("segnet", "segnet_40", "whole_slice")
    }
    assert said == {
        "segnet": "0.040 less on like patches",
        "segnet_40": "like patches: no such patch",
        "whole_slice": "",
    }
