"""Studies: layers of settings, where each comes from, and what is refused."""

from collections.abc import Callable
from typing import Any

import pytest
import yaml

from dlia.errors import UserError
from dlia.study.load import all_variants
from dlia.study.model import Exercise, Variant
from dlia.study.yaml_files import ROOT
from dlia.tasks.studies import load_studies

DIGITS = """
title: Digits
task: classification
data: {archive: A.zip, layout: class_folders, size: [28, 28], channels: 1, classes: [a, b],
       validation: 0.1, standin: {kind: digits, train: 100, test: 10, size: 28}}
defaults:
  model: {name: cnn, channels: [4, 8]}
  loss: {name: cross_entropy}
  optimizer: {name: sgd, learning_rate: 0.1, momentum: 0.9}
  batch_size: 32
  epochs: 10
"""
GLANDS = (
    DIGITS.replace("classification", "segmentation")
    .replace("class_folders", "image_mask_pairs")
    .replace("kind: digits", "kind: glands")
    .replace("cnn, channels: [4, 8]}", "fcn}\n  prediction: {threshold: 0.5}")
)
OWN = "exercises.e.variants.a"
Edit = Callable[[dict[str, Any]], Any]


@pytest.fixture
def load(tmp_path):
    """Give what writes and loads a study: exercises as {id: {variant: own keys}}."""

    def load_study(
        exercises: dict[str, Any], text: str = DIGITS, edit: Edit = dict, name: str = "x"
    ) -> dict[str, Variant]:
        document = yaml.safe_load(text)
        document["exercises"] = {
            id_: {"title": "T", "question": "Q?", "variants": variants}
            for id_, variants in exercises.items()
        }
        edit(document)
        (tmp_path / "studies").mkdir(exist_ok=True)
        (tmp_path / "studies" / f"{name}.yaml").write_text(yaml.safe_dump(document))
        return all_variants(load_studies([name], tmp_path))

    return load_study


def refusal(load: Callable[..., Any], *arguments: Any, **named: Any) -> str:
    with pytest.raises(UserError) as caught:
        load(*arguments, **named)
    return str(caught.value)


def exercise_defaults(**settings: Any) -> Edit:
    return lambda document: document["exercises"]["e"].update(defaults=settings)


def study_defaults(**settings: Any) -> Edit:
    return lambda document: document["defaults"].update(settings)


@pytest.mark.parametrize(
    ("exercise", "own", "epochs", "origin"),
    [
        ({}, {}, 10, "study"),
        ({"epochs": 20}, {}, 20, "exercise"),
        ({"epochs": 20}, {"epochs": 30}, 30, "own"),
        ({"epochs": 20}, {"base": "d/base"}, 5, "base d/base"),
        ({"epochs": 20}, {"base": "d/base", "epochs": 30}, 30, "own"),
    ],
)
def test_a_later_layer_overrides_an_earlier_one(load, exercise, own, epochs, origin):
    exercises = {"d": {"base": {"epochs": 5}}, "e": {"a": own}}
    variant = load(exercises, edit=exercise_defaults(**exercise))["e/a"]
    assert (variant.settings.epochs, str(variant.origins["epochs"])) == (epochs, origin)


def test_a_base_replaces_all_defaults_of_study_and_exercise(load):
    exercises = {"d": {"base": {"epochs": 5}}, "e": {"a": {"base": "d/base"}}}
    variants = load(exercises, edit=exercise_defaults(batch_size=1, select="best_validation"))
    assert variants["e/a"].settings == variants["d/base"].settings


def test_a_base_may_be_stated_after_what_is_built_on_it(load):
    chain = {"c": {"base": "e/b"}, "b": {"base": "e/a"}, "a": {"epochs": 7}}
    assert load({"e": chain})["e/c"].settings.epochs == 7


SGD = {"name": "sgd", "learning_rate": 1}


@pytest.mark.parametrize(
    ("own", "path", "value"),
    [
        pytest.param({"optimizer": {"learning_rate": 1}}, "optimizer.momentum", 0.9, id="block"),
        pytest.param({"optimizer": SGD}, "optimizer.momentum", 0, id="block with a name"),
        pytest.param({"model": {"channels": [16]}}, "model.channels", [16], id="list"),
    ],
)
def test_blocks_are_merged_but_named_blocks_and_lists_are_replaced_whole(load, own, path, value):
    block, key = path.split(".")
    assert load({"e": {"a": own}})["e/a"].settings.plain()[block][key] == value


def test_variants_share_no_settings_that_one_could_change_for_the_other(load):
    variants = load({"e": {"a": {}, "b": {"base": "e/a", "model": {"activation": "tanh"}}}})
    variants["e/b"].settings.model.channels.append(99)
    assert variants["e/a"].settings.model.activation == "relu"
    assert variants["e/a"].settings.model.channels == [4, 8]


def test_every_setting_has_an_origin(load):
    own = {"optimizer": {"learning_rate": 1}, "assumed": {"model.channels": "silent"}}
    variant = load({"e": {"a": own}})["e/a"]
    assert variant.origins.keys() == {leaf.path for leaf in variant.settings.leaves()}
    origins = {path: str(origin) for path, origin in variant.origins.items()}
    assert origins["optimizer.learning_rate"] == "own"
    assert origins["optimizer.momentum"] == "study"
    assert origins["optimizer.nesterov"] == "default"
    assert origins["model.channels"] == "assumed"


BASE = {"optimizer": {"momentum": 0.5}, "assumed": {"optimizer.momentum": "r", "model": "m"}}


@pytest.mark.parametrize(
    ("own", "path", "origin"),
    [
        ({}, "optimizer.nesterov", "base e/base"),
        ({}, "optimizer.momentum", "base e/base (assumed)"),
        ({}, "model.channels", "base e/base (assumed)"),
        ({"optimizer": {"momentum": 0.7}}, "optimizer.momentum", "own"),
        ({"optimizer": SGD}, "optimizer.momentum", "default"),
        ({"assumed": {"optimizer.momentum": "s"}}, "optimizer.momentum", "assumed"),
        ({"assumed": {"model.channels": "s"}}, "model.channels", "assumed"),
    ],
)
def test_an_assumption_of_a_base_holds_until_it_is_overridden(load, own, path, origin):
    variants = load({"e": {"base": BASE, "a": {"base": "e/base", **own}}})
    assert str(variants["e/a"].origins[path]) == origin


def test_an_inherited_assumption_keeps_its_reason(load):
    variants = load({"e": {"base": BASE, "b": {"base": "e/base"}, "c": {"base": "e/b"}}})
    assert variants["e/c"].assumed == BASE["assumed"]


def test_an_assumption_inside_an_assumed_block_is_marked_once(load):
    base = {"assumed": {"model": "m", "model.channels": "c"}}
    origins = load({"e": {"base": base, "a": {"base": "e/base"}}})["e/a"].origins
    assert str(origins["model.channels"]) == "base e/base (assumed)"


def test_same_as_leads_to_the_variant_that_is_trained(load):
    names = {"a": {}, "b": {"same_as": "e/a"}, "c": {"same_as": "e/b"}, "d": {"base": "e/b"}}
    variants = load({"e": names})
    trained = [variants[f"e/{name}"].trained_as for name in names]
    assert trained == ["e/a", "e/a", "e/a", "e/d"]
    assert str(variants["e/b"].origins["epochs"]) == "same as e/a"


BATCHED = {"prediction": {"batch_statistics": {"size": 8, "order": "class"}}}
NORMALISED = {"model": {"batch_norm": True}}


def test_a_variant_with_the_weights_of_another_has_its_settings_and_its_own_predictions(load):
    names = {"a": NORMALISED, "b": {"weights_of": "e/a", **BATCHED}, "c": {"same_as": "e/b"}}
    variants = load({"e": names})
    assert [variants[f"e/{name}"].trained_as for name in names] == ["e/a"] * 3
    assert [variants[f"e/{name}"].predicted_as for name in names] == ["e/a", "e/b", "e/b"]
    assert [variants[f"e/{name}"].trains for name in names] == [True, False, False]
    plain = [variants[f"e/{name}"].settings.of_training() for name in names]
    assert plain[1:] == plain[:1] * 2


def test_a_variant_with_the_weights_of_another_is_compared_with_it(load):
    variants = load({"e": {"a": NORMALISED, "b": {"weights_of": "e/a", **BATCHED}}})
    assert variants["e/b"].compare_with == "e/a"


def test_settings_of_a_variant_with_the_weights_of_another_are_stated_against_that(load):
    names = {"a": NORMALISED, "b": {"weights_of": "e/a", **BATCHED}, "c": {"same_as": "e/b"}}
    variants = load({"e": names})
    assert [variants[f"e/{name}"].differs_from for name in names] == ["", "e/a", ""]
    assert str(variants["e/b"].origins["model.batch_norm"]) == "weights of e/a"


def test_validation_images_say_nothing_of_another_prediction_of_the_same_networks(load):
    names = {"a": NORMALISED, "b": {"weights_of": "e/a", **BATCHED}, "c": {"same_as": "e/b"}}
    variants = load({"e": names})
    assert [variants[f"e/{name}"].is_validated for name in names] == [True, False, False]


def test_what_is_built_on_a_variant_with_the_weights_of_another_is_trained_itself(load):
    names = {"a": NORMALISED, "b": {"weights_of": "e/a", **BATCHED}, "c": {"base": "e/b"}}
    variants = load({"e": names})
    assert variants["e/c"].trains
    assert variants["e/c"].base_trained_as == "e/a"


def test_a_base_that_is_the_same_as_another_leads_to_the_variant_that_is_trained(load):
    variants = load({"e": {"a": {}, "b": {"same_as": "e/a"}, "c": {"base": "e/b"}}})
    assert [v.base_trained_as for v in variants.values()] == ["", "", "e/a"]


def test_variants_race_each_other_and_what_they_are_built_on_elsewhere(load):
    variants = load({"d": {"a": {}}, "e": {"b": {"base": "d/a"}, "c": {"base": "d/a"}}})
    exercise = Exercise("e", "T", "Q?", {name: variants[f"e/{name}"] for name in ("b", "c")})
    assert [runner["name"] for runner in exercise.raced(variants.__getitem__)] == ["d/a", "b", "c"]


def test_only_variants_with_validation_images_race_each_other():
    study = load_studies(["mnist"], ROOT)["mnist"]
    raced = study.exercises["ex1_4"].raced(study.variant)
    assert [runner["name"] for runner in raced] == ["sgd", "adam_pytorch", "adam_sheet"]


@pytest.mark.parametrize(
    ("own", "said"),
    [
        ({"optimizer": {"lerning_rate": 1}}, ".optimizer.lerning_rate: unknown key; did you mean"),
        ({"optimizer": {"name": "adam"}}, ".optimizer.learning_rate: is missing"),
        ({"schedule": {"gamma": 0.5}}, ".schedule.name: is missing"),
        ({"base": "e/bb"}, ": there is no variant e/bb to build on; did you mean e/b?"),
        ({"base": "e/a"}, ": is built on itself: e/a -> e/a; break the circle"),
        ({"base": "e/b", "same_as": "e/b"}, ".same_as: cannot be combined with base"),
        ({"same_as": "e/b", "epochs": 3}, ".epochs: cannot be combined with same_as"),
        ({"weights_of": "e/b", "epochs": 3}, ".epochs: cannot be combined with weights_of"),
        ({"weights_of": "e/b"}, ".weights_of: needs a prediction block of its own"),
        (
            {"base": "e/b", "weights_of": "e/b", "prediction": {"views": "shifts"}},
            ".weights_of: cannot be combined with base",
        ),
        (
            {"assumed": {"epoch": "r"}},
            ".assumed.epoch: is no setting of this variant; did",
        ),
        (
            {"reported": {"acuracy": "1"}},
            ".reported.acuracy: is no metric of a classific",
        ),
        ({"reported": {"accuracy": "99%"}}, ".reported.accuracy: '99%'"),
        ({"reported": {"accuracy": "500 %"}}, ".reported.accuracy: '500 %' is more than a share"),
        (
            {"reported": {"accuracy": ["98 %", "about 99 %"]}},
            ".reported.accuracy.1: 'about 99 %': write each run as printed",
        ),
        ({"reported": {"accuracy": ["98 %"]}}, ".reported.accuracy: has 1 entries, at least 2"),
        (
            {"reported": {"accuracy": ["98 %", "500 %"]}},
            ".reported.accuracy: '500 %' is more than a share",
        ),
        ({"source": " R2024"}, ".source:  is none of the study's sources"),
        ({"model": {"name": "fcn"}}, ".model.name: fcn is no network for a classification"),
        ({"loss": {"name": "binary_cross_entropy"}}, ".loss.name: binary_cross_entropy needs two"),
        ({"prediction": {"threshold": 0.5}}, ".prediction.threshold: is for segmentations only"),
        (
            {"fit": "train+validation", "monitor": ["train"], "select": "best_validation"},
            ".select: best_validation needs validation images in monitor",
        ),
        (
            {"fit": "train+validation"},
            ".monitor: fit: train+validation leaves no validation images; write [train], or [tra",
        ),
        ({"monitor": ["test"]}, ".monitor: lacks train"),
        ({"monitor": ["train", "tset"]}, ".monitor.1: tset is not one of train, validation, test"),
    ],
)
def test_a_bad_key_or_value_is_one_line_with_file_path_and_remedy(load, own, said):
    text = refusal(load, {"e": {"a": own, "b": {}}})
    assert text.startswith(f"studies/x.yaml: {OWN}{said}")
    assert "\n" not in text


ZEROS = {"name": "zeros"}
RPROP = {"name": "rprop", "learning_rate": 0.01}
PLAIN_SGD = {"optimizer": {"name": "sgd", "learning_rate": 1}}
BY_HAND = {"gradients": "by_hand", "model": {"name": "mlp"}, **PLAIN_SGD}


@pytest.mark.parametrize(
    ("text", "own", "said"),
    [
        (DIGITS, {"model": {"residual": True, "channels": [8, 4]}}, ".model.residual: channels [8"),
        (
            DIGITS,
            {**PLAIN_SGD, "schedule": {"name": "one_cycle"}},
            ".schedule.cycle_momentum: sgd has no momentum here; write cycle_momentum: false",
        ),
        (DIGITS, {"optimizer": {"momentum": 0, "nesterov": True}}, ".optimizer.nesterov: Nest"),
        (DIGITS, {**BY_HAND, "model": {"name": "cnn"}}, ".model.name: gradients: by_hand can only"),
        (DIGITS, {**BY_HAND, "optimizer": {"momentum": 0.5}}, ".optimizer: gradients: by_hand can"),
        (
            DIGITS,
            {"optimizer": RPROP, "schedule": {"name": "cosine"}},
            ".schedule.name: rprop finds its own step sizes",
        ),
        (
            DIGITS,
            {"optimizer": {**RPROP, "step_sizes": [2, 1]}},
            ".optimizer.step_sizes: the smallest, 2, is above the largest, 1",
        ),
        (
            DIGITS,
            {"optimizer": {**RPROP, "etas": [1.2, 1.5]}},
            ".optimizer.etas.0: 1.2 is not below 1",
        ),
        (
            DIGITS,
            {"schedule": {"name": "one_cycle", "base_momentum": 0.96}},
            ".schedule.base_momentum: 0.96 is above max_momentum, 0.95",
        ),
        (
            DIGITS,
            {"schedule": {"name": "one_cycle", "three_phase": True, "pct_start": 0.6}},
            ".schedule.pct_start: three phases of which two",
        ),
        (
            DIGITS,
            {"initialization": {"name": "zeros", "layers": {"transposed_convolution": ZEROS}}},
            ".initialization.layers.transposed_convolution: cnn has no such layers; it has conv",
        ),
        (DIGITS, {"augmentation": {"name": "random"}}, ".augmentation: changes nothing"),
        (DIGITS, {**BY_HAND, "gradient_norms": True}, ".gradient_norms: gradients: by_hand can"),
        (
            DIGITS,
            {
                "initialization": {
                    "name": "zeros",
                    "layers": {"linear": {"name": "zeros", "layers": {}}},
                }
            },
            ".initialization.layers.linear.layers: unknown key; known here: biases, name",
        ),
        (
            DIGITS,
            {"initialization": {"name": "glorot_uniform", "std": 1}},
            ".initialization.std: unknown key",
        ),
        (GLANDS, {"prediction": {"views": "shifts"}}, ".prediction.views: shifts are for class"),
        (
            GLANDS,
            {"augmentation": {"name": "random", "quarter_turns": True}},
            ".augmentation.quarter_turns: images of 28x32 pixels do not fit a quarter turn",
        ),
        (
            DIGITS,
            {"model": {"filter_sizes": [5]}},
            ".model.filter_sizes: has 1 entries for 2 levels (model.channels)",
        ),
        (
            DIGITS,
            {"model": {"pooled_levels": [1, 3]}},
            ".model.pooled_levels: there is no level 3: model.channels has 2",
        ),
        (
            DIGITS,
            {"model": {"dropout": {"rate": 0.3, "place": "everywhere"}}},
            ".model.dropout.place: everywhere needs hidden fully connected layers; state",
        ),
        (
            DIGITS,
            {"model": {"hidden": [9], "dropout": {"of": "channels", "place": "hidden"}}},
            ".model.dropout.of: channels: fully connected layers have none; write units",
        ),
        (
            DIGITS,
            {"add_copies": ["rotation"]},
            ".add_copies: rotation needs its measure; state copies: {rotation: ...}",
        ),
        (
            DIGITS,
            {"add_copies": ["half_turn"], "copies": {"noise": 10}},
            ".copies.noise: add_copies has no noise; add it, or remove this",
        ),
        (
            DIGITS,
            {"model": {"residual": True, "padding": "none"}},
            ".model.residual: what bridges a block needs padding: same",
        ),
        (
            DIGITS,
            {"model": {"filter_sizes": [11, 11], "padding": "none"}},
            ".model.padding: none, and 1 times pooling leaves nothing of images with sides of 28",
        ),
        (
            DIGITS,
            {"prediction": {"batch_statistics": {"size": 8}}},
            ".prediction.batch_statistics: needs a network with batch normalisation",
        ),
        (
            DIGITS,
            {
                "model": {"batch_norm": True},
                "prediction": {"views": "flips", "batch_statistics": {"size": 8}},
            },
            ".prediction.views: does not go with batch_statistics",
        ),
        (
            GLANDS,
            {
                "model": {"batch_norm": True},
                "prediction": {"batch_statistics": {"size": 8, "order": "class"}},
            },
            ".prediction.batch_statistics.order: class: images with masks have no class",
        ),
        (DIGITS, {"input": {"crop": [28, 29]}}, ".input.crop: 28x29 is more than the images have"),
        (GLANDS, {"input": {"crop": [8, 8]}}, ".input.crop: would cut the masks of a segmentation"),
        (
            DIGITS,
            {"augmentation": {"name": "random", "jitter": {"contrast": 0.4}}},
            ".augmentation.jitter: is for images with three channels (RGB)",
        ),
        (
            DIGITS,
            {"augmentation": {"name": "random", "shift": 1, "flip_classes": [1]}},
            ".augmentation.flip_classes: goes with horizontal_flip: true",
        ),
        (
            DIGITS,
            {"augmentation": {"name": "random", "horizontal_flip": True, "flip_classes": [0, 2]}},
            ".augmentation.flip_classes: there is no class 2: the last of data.classes is number 1",
        ),
        (
            DIGITS,
            {"augmentation": {"name": "random", "horizontal_flip": True, "flip_classes": []}},
            ".augmentation.flip_classes: ",
        ),
        (
            DIGITS.replace("channels: 1", "channels: 3"),
            {"augmentation": {"name": "random", "jitter": {"contrast": 0}}},
            ".augmentation: changes nothing",
        ),
    ],
)
def test_settings_that_do_not_go_together_are_refused(load, text, own, said):
    text = text.replace("[28, 28]", "[28, 32]") if text is GLANDS else text
    assert refusal(load, {"e": {"a": own}}, text).startswith(f"studies/x.yaml: {OWN}{said}")


def test_a_speed_of_learning_needs_images_that_are_not_trained_on(load):
    def ask(study: dict[str, Any]) -> Any:
        study["exercises"]["e"]["learning_speed"] = {"level": 0.9}

    blind = {"fit": "train+validation", "monitor": ["train"]}
    said = refusal(load, {"e": {"a": blind, "b": {}}}, DIGITS, ask)
    text = "needs two variants with curves of validation images (monitor)"
    assert said == f"studies/x.yaml: exercises.e.learning_speed: {text}"


def test_a_source_can_only_call_a_variant_of_the_study_its_best(load):
    def call(study: dict[str, Any]) -> Any:
        study["sources"] = {"R2024": {"citation": "A report", "best": "e/aa"}}

    said = refusal(load, {"e": {"a": {}}}, DIGITS, call)
    assert said == "studies/x.yaml: sources.R2024.best: there is no variant e/aa; did you mean e/a?"


def test_a_speed_of_learning_needs_the_level_that_is_waited_for(load):
    def ask(study: dict[str, Any]) -> Any:
        study["exercises"]["e"]["learning_speed"] = {}

    said = refusal(load, {"e": {"a": {}}}, DIGITS, ask)
    assert said == "studies/x.yaml: exercises.e.learning_speed.level: is missing"


def test_faults_of_a_named_block_are_told_where_it_stands(load):
    own = {"optimizer": {"name": "sgd", "lerning_rate": 1}}
    head, *lines = refusal(load, {"e": {"a": own}}).splitlines()
    assert head == "studies/x.yaml:"
    assert lines == [
        f"  studies/x.yaml: {OWN}.optimizer.lerning_rate: unknown key; did you mean learning_rate?",
        f"  studies/x.yaml: {OWN}.optimizer.learning_rate: is missing",
    ]


@pytest.mark.parametrize(
    ("text", "edit", "said"),
    [
        (DIGITS, study_defaults(optimiser={"name": "sgd"}), "defaults.optimiser: unknown key"),
        (DIGITS, study_defaults(model={"name": "cnn", "channels": [0]}), "defaults.model.channels"),
        (DIGITS, study_defaults(loss={}), "defaults.loss.name: is missing"),
        (DIGITS, exercise_defaults(epochs=-1), "exercises.e.defaults.epochs: -1 is below 0"),
        (DIGITS, exercise_defaults(reported={"accuracy": "1"}), "exercises.e.defaults.reported"),
        (GLANDS, study_defaults(model={"name": "cnn"}), "defaults.model.name: cnn is no network"),
        (
            GLANDS,
            study_defaults(prediction={}, loss={"name": "soft_dice"}),
            "defaults.prediction.threshold: is missing",
        ),
    ],
)
def test_a_fault_is_named_where_it_stands_not_where_it_is_used(load, text, edit, said):
    assert refusal(load, {"e": {"a": {}}}, text, edit).startswith(f"studies/x.yaml: {said}")


def test_a_circle_of_two_names_both(load):
    text = refusal(load, {"e": {"a": {"base": "e/b"}, "b": {"same_as": "e/a"}}})
    assert text.endswith("is built on itself: e/a -> e/b -> e/a; break the circle")


@pytest.mark.parametrize(
    ("exercises", "said"),
    [
        (
            {"data": {"a": {}}},
            "exercises.data: is the name of a folder in results/; choose another name",
        ),
        ({"benchmarks": {"a": {}}}, "exercises.benchmarks: is the name of a folder in results/"),
        ({"e": {"data": {}}}, "exercises.e.variants.data: is a folder of results"),
        ({"e": {"a": None}}, f"{OWN}: null is not a block of keys"),
        ({}, "exercises: is empty"),
        ({"e": {"a_b": {}}, "e_a": {"b": {}}}, "e_a/b and e/a_b would both be trained by a rule"),
    ],
)
def test_a_name_that_cannot_be_a_rule_and_a_folder_is_refused(load, exercises, said):
    assert refusal(load, exercises).startswith(f"studies/x.yaml: {said}")


def test_an_exercise_belongs_to_one_study(load, tmp_path):
    load({"e": {"a": {}}}, name="x")
    load({"e": {"b": {}}}, GLANDS, name="y")
    with pytest.raises(UserError, match=r"^studies/y\.yaml: exercises\.e: studies/x\.yaml has an"):
        load_studies(["x", "y"], tmp_path)


def test_a_study_without_a_file_is_told_with_the_one_that_was_meant(load, tmp_path):
    load({"e": {"a": {}}}, name="mnist")
    with pytest.raises(UserError, match=r"there is no studies/mnits\.yaml; did you mean mnist\?"):
        load_studies(["mnits"], tmp_path)


def test_a_study_of_the_folder_comes_before_that_of_the_project(load, tmp_path):
    assert "ex1_2/sgd" in all_variants(load_studies(["mnist"], tmp_path))
    assert list(load({"e": {"a": {}}}, name="mnist")) == ["e/a"]


def test_a_fault_in_a_study_of_the_project_names_its_whole_path(tmp_path, monkeypatch):
    monkeypatch.setattr("dlia.study.yaml_files.ROOT", tmp_path / "project")
    (tmp_path / "project/studies").mkdir(parents=True)
    (tmp_path / "project/studies/x.yaml").write_text("titel: X\n")
    with pytest.raises(UserError, match=rf"^{tmp_path}/project/studies/x\.yaml:"):
        load_studies(["x"], tmp_path)


def test_more_classes_of_pixels_than_a_mask_can_hold_are_refused(load):
    def many(document: dict[str, Any]) -> None:
        document["data"]["classes"] = [f"c{number}" for number in range(300)]

    said = refusal(load, {"e": {"a": {}}}, text=GLANDS, edit=many)
    assert "data.classes: 300 classes are more than the 255 that a mask can hold" in said


def test_the_name_of_a_class_can_be_printed(load):
    def odd(document: dict[str, Any]) -> None:
        document["data"]["classes"] = ["a\x1b[2J", "b"]

    said = refusal(load, {"e": {"a": {}}}, text=GLANDS, edit=odd)
    assert "data.classes.0: has a character that cannot be printed" in said
