"""Readings of assumed settings: a training of each, with the variant's own parts of the data."""

from typing import Any

import pytest
import yaml
from test_candidates import STUDY

from dlia.errors import UserError
from dlia.study.leave_out import without
from dlia.study.load import all_variants
from dlia.study.model import Variant
from dlia.study.shorten import Limits, shortened
from dlia.tasks.studies import load_studies

RATE = "optimizer.learning_rate"
SILENT = "The source is silent."
SAME = [{"hidden": [9]}, {"hidden": [9], "activation": "relu"}]


def assumed(path: str, *readings: Any) -> dict[str, Any]:
    return {"assumed": {path: {"because": SILENT, "readings": list(readings)}}}


@pytest.fixture
def load(tmp_path):
    def load_study(**variants: dict[str, Any]) -> dict[str, Variant]:
        exercise = {"title": "T", "question": "Q?", "variants": variants}
        (tmp_path / "studies").mkdir(exist_ok=True)
        text = yaml.safe_dump({**STUDY, "exercises": {"e": exercise}})
        (tmp_path / "studies" / "x.yaml").write_text(text)
        return all_variants(load_studies(["x"], tmp_path))

    return load_study


def only(load, path: str, reading: Any) -> Variant:
    (found,) = load(a=assumed(path, reading))["e/a"].readings
    return found.variant


def test_a_reading_differs_in_one_setting_alone(load):
    own = load(a={})["e/a"].settings.plain()
    expected = {**own, "optimizer": {**own["optimizer"], "learning_rate": 0.01}}
    assert only(load, RATE, 0.01).settings.plain() == expected


@pytest.mark.parametrize(
    ("path", "reading", "name"),
    [
        (RATE, 0.01, "a__learning_rate_0_01"),
        ("model", {"hidden": [10, 20]}, "a__model_hidden_10_20"),
        ("initialization", {"name": "he_normal"}, "a__initialization_he_normal"),
        (
            "optimizer.name",
            {"name": "adam", "learning_rate": 1},
            "a__optimizer_adam_learning_rate_1",
        ),
    ],
    ids=["setting", "keys of a block", "block", "another block by its name"],
)
def test_a_reading_is_named_after_its_setting_and_value(load, path, reading, name):
    assert only(load, path, reading).name == name


def test_the_name_of_a_reading_is_short_enough_for_a_folder(load):
    changes = {"shift": 2, "rotation": 15, "scale": 0.1, "brightness": 0.1, "contrast": 0.1}
    readings = [{"name": "random", **changes, "border": edge} for edge in ("zeros", "reflection")]
    names = [r.variant.name for r in load(a=assumed("augmentation", *readings))["e/a"].readings]
    assert len(set(names)) == 2
    for name in names:
        assert name.startswith("a__augmentation_random_")
        assert len(name) <= len("a__") + 60


def test_readings_whose_values_read_the_same_have_names_of_their_own(load):
    first, second = load(a=assumed(RATE, 1e-16, 1e16))["e/a"].readings
    assert first.variant.name == "a__learning_rate_1e_16"
    assert second.variant.name.startswith("a__learning_rate_1e_16_")


def test_keys_of_a_block_leave_its_others(load):
    settings = only(load, "model", {"hidden": [10]}).settings
    assert settings.model.plain() == {"name": "mlp", "hidden": [10], "activation": "relu"}


def test_a_block_given_for_its_name_replaces_the_block(load):
    other = {"name": "adam", "learning_rate": 0.5}
    settings = only(load, "optimizer.name", other).settings
    assert (settings.optimizer.name, settings.optimizer.learning_rate) == ("adam", 0.5)


def test_the_reason_stays_the_text_of_the_assumption(load):
    assert load(a=assumed(RATE, 0.01))["e/a"].assumed == {RATE: SILENT}


def test_a_reading_does_not_assume_what_it_replaces(load):
    own = assumed(RATE, 0.01)
    own["assumed"]["epochs"] = SILENT
    (reading,) = load(a=own)["e/a"].readings
    assert reading.variant.assumed == {"epochs": SILENT}


def test_settings_of_a_reading_come_from_its_variant_but_for_the_one_that_is_read(load):
    origins = only(load, RATE, 0.01).origins
    assert str(origins[RATE]) == "reading"
    assert {str(o) for path, o in origins.items() if path != RATE} == {"base e/a"}


def test_what_is_built_on_a_variant_has_no_readings_of_its_own(load):
    variants = load(a=assumed(RATE, 0.01), b={"base": "e/a", "epochs": 3})
    assert variants["e/b"].readings == ()
    assert variants["e/b"].unread == (RATE,)


def test_the_same_training_under_another_name_has_the_same_readings(load):
    variants = load(a=assumed(RATE, 0.01), b={"same_as": "e/a"})
    assert variants["e/b"].readings == variants["e/a"].readings


def test_what_the_same_training_assumes_under_another_name_has_no_readings(load):
    own = {"assumed": {RATE: SILENT, "epochs": SILENT}}
    assert load(a=assumed(RATE, 0.01), b={"same_as": "e/a", **own})["e/b"].unread == ("epochs",)


def test_an_empty_list_says_that_no_other_value_matters(load):
    variant = load(a=assumed(RATE))["e/a"]
    assert (variant.readings, variant.unread) == ((), ())


def test_an_assumption_that_is_a_text_has_no_readings(load):
    assert load(a={"assumed": {RATE: SILENT}})["e/a"].unread == (RATE,)


def test_a_value_can_be_candidate_and_reading_alike(load):
    chosen = {"chosen_from": {RATE: [0.01, 0.1]}}
    variant = load(a={**assumed(RATE, 0.01), **chosen})["e/a"]
    assert variant.candidates[0].variant.settings.fit == "train"
    assert variant.readings[0].variant.settings.fit == "train+validation"


@pytest.mark.parametrize(
    ("path", "readings", "key", "words"),
    [
        (RATE, [0.1], f"assumed.{RATE}.readings", "0.1 is what the variant takes"),
        ("model", [{"hidden": [100]}], "assumed.model.readings", "what the variant takes"),
        (RATE, [0], f"assumed.{RATE}.readings", "0: optimizer.learning_rate 0 is not above 0"),
        (RATE, [0.2, 0.2], f"assumed.{RATE}.readings", "twice"),
        ("model", SAME, "assumed.model.readings", "is the same training as model.hidden [9]"),
        ("loss", [{"name": "soft_dice"}], "assumed.loss.readings", "two classes of pixels"),
        ("fit", ["train"], "assumed.fit.readings", "has no readings"),
        ("trials", [5], "assumed.trials.readings", "has no readings"),
        ("optimizer.rate", [0.1], "assumed.optimizer.rate", "is no setting"),
        (RATE, 0.2, f"assumed.{RATE}.readings", "is not a list"),
    ],
    ids=[
        "taken",
        "block",
        "invalid",
        "twice",
        "same",
        "impossible",
        "fit",
        "trials",
        "unknown",
        "number",
    ],
)
def test_a_reading_that_cannot_be_trained_is_refused_by_its_key(load, path, readings, key, words):
    stated = {"assumed": {path: {"because": SILENT, "readings": readings}}}
    with pytest.raises(UserError) as refused:
        load(a=stated)
    assert f"exercises.e.variants.a.{key}: " in str(refused.value)
    assert words in str(refused.value)


def test_readings_without_a_reason_are_refused(load):
    with pytest.raises(UserError, match="because: is missing"):
        load(a={"assumed": {RATE: {"readings": [0.2]}}})


def test_readings_belong_to_the_variant_that_is_trained(load):
    with pytest.raises(UserError, match=f"assumed.{RATE}.readings: belongs to e/a"):
        load(a={}, b={"same_as": "e/a", **assumed(RATE, 0.01)})


@pytest.mark.parametrize("own", [{}, {"weights_of": "e/b", "prediction": {"views": "flips"}}])
def test_a_prediction_is_read_by_a_variant_with_the_weights_of_another(load, own):
    path = "prediction.views"
    with pytest.raises(UserError, match=f"assumed.{path}.readings: .* with weights_of"):
        load(a={**own, **assumed(path, "shifts")}, b={})
    assert load(a={**own, **assumed(path)}, b={})["e/a"].unread == ()


def test_a_reading_that_would_be_trained_by_the_rule_of_a_variant_is_refused(load):
    with pytest.raises(UserError, match=r"variants\.a__learning_rate_0_01: .*rename the variant"):
        load(a=assumed(RATE, 0.01), a__learning_rate_0_01={"epochs": 3})


def test_readings_are_shortened_with_their_variant(tmp_path, load):
    load(a=assumed(RATE, 0.01))
    study = shortened(load_studies(["x"], tmp_path)["x"], Limits(epochs=2, trials=1))
    (reading,) = study.variant("e/a").readings
    assert (reading.variant.settings.epochs, reading.variant.settings.trials) == (2, 1)
    assert reading.variant.is_shortened


def test_readings_that_need_a_gpu_are_left_out_without_one(tmp_path, load):
    stated = {"because": SILENT, "readings": [0.01], "needs_gpu": [0.02]}
    both = load(a={"assumed": {RATE: stated}}, b={"same_as": "e/a"})["e/a"].readings
    study = without(
        load_studies(["x"], tmp_path)["x"], [r.variant.key for r in both if r.variant.needs_gpu]
    )
    for name in ("e/a", "e/b"):
        assert [reading.value for reading in study.variant(name).readings] == [0.01]
        assert study.variant(name).unread == (f"{RATE} 0.02 (needs a GPU)",)


def test_a_fault_of_a_reading_that_needs_a_gpu_is_named_there(load):
    stated = {"because": SILENT, "readings": [], "needs_gpu": [0.1]}
    with pytest.raises(UserError, match=f"assumed.{RATE}.needs_gpu: 0.1 is what the variant takes"):
        load(a={"assumed": {RATE: stated}})
