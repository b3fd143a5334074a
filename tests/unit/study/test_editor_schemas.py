"""The schemas for editors are those of the models, and take the project's own files."""

import copy
import json
import re
from typing import Any

import jsonschema
import pytest

from dlia.study.document import Record
from dlia.study.editor_schemas import FOLDER, editor_schemas, file_text
from dlia.study.settings import Settings
from dlia.study.yaml_files import ROOT, load_yaml

SCHEMAS = editor_schemas()
DESCRIBED = {
    "config.yaml": "config.schema.json",
    "studies/cifar.yaml": "study.schema.json",
    "studies/mnist.yaml": "study.schema.json",
    "studies/signs.yaml": "study.schema.json",
    "studies/warwick.yaml": "study.schema.json",
    "studies/lungs.yaml": "study.schema.json",
    "studies/brain.yaml": "study.schema.json",
    "studies/wildlife.yaml": "study.schema.json",
    "studies/aquarium.yaml": "study.schema.json",
    "studies/raccoon.yaml": "study.schema.json",
}


def faults(file: str, document: dict[str, Any]) -> list[str]:
    schema = json.loads((FOLDER / DESCRIBED[file]).read_text(encoding="utf-8"))
    errors = jsonschema.Draft202012Validator(schema).iter_errors(document)
    return [error.json_path for error in errors]


@pytest.mark.parametrize("name", SCHEMAS)
def test_a_schema_is_the_one_of_the_models(name):
    written = (FOLDER / name).read_text(encoding="utf-8")
    assert written == file_text(SCHEMAS[name]), "run python -m dlia.study.editor_schemas"


def test_there_are_no_other_schemas():
    assert {path.name for path in FOLDER.iterdir()} == SCHEMAS.keys()


@pytest.mark.parametrize("name", SCHEMAS)
def test_a_schema_is_a_valid_schema(name):
    jsonschema.Draft202012Validator.check_schema(SCHEMAS[name])


def test_every_study_is_described():
    studies = {f"studies/{path.name}" for path in (ROOT / "studies").glob("*.yaml")}
    assert studies == DESCRIBED.keys() - {"config.yaml"}


@pytest.mark.parametrize("file", DESCRIBED)
def test_a_file_holds_under_the_schema_that_its_first_line_names(file):
    first = (ROOT / file).read_text(encoding="utf-8").splitlines()[0]
    named = re.fullmatch(r"# yaml-language-server: \$schema=(\S+)", first)[1]
    assert ((ROOT / file).parent / named).resolve() == FOLDER / DESCRIBED[file]
    assert faults(file, load_yaml(ROOT / file)) == []


def test_a_variant_may_state_every_setting_and_all_that_accompanies_it():
    known = SCHEMAS["study.schema.json"]["$defs"]["Variant"]["properties"].keys()
    assert known == Settings.model_fields.keys() | Record.model_fields.keys()


def test_an_exercise_states_settings_for_its_variants_and_nothing_else():
    known = SCHEMAS["study.schema.json"]["$defs"]["Settings"]["properties"].keys()
    assert known == Settings.model_fields.keys()


LAYERS = [
    {"optimizer": {"learning_rate": 0.1}},
    {"optimizer": {"name": "rprop", "etas": [0.5, 1.2]}},
    {"model": {"activation": "tanh"}},
    {"initialization": {"layers": {"linear": {"std": 0.1}}}},
    {"prediction": {"threshold": 0.5}},
]
WRONG = [
    {"optimiser": {"name": "sgd"}},
    {"optimizer": {"name": "sgd", "eps": 0.1}},
    {"optimizer": {"lerning_rate": 0.1}},
    {"optimizer": {"learning_rate": "1e-3"}},
    {"model": {"name": "cn"}},
    {"model": {"channels": [0]}},
    {"epochs": None},
    {"add_copies": ["half_turn", "half_turn"]},
]


def with_layer(place: str, layer: dict[str, Any]) -> dict[str, Any]:
    study = copy.deepcopy(load_yaml(ROOT / "studies/mnist.yaml"))
    exercise = study["exercises"]["ex1_2"]
    layers = {"study": study, "exercise": exercise}
    if place == "variant":
        exercise["variants"]["own"] = {"base": "ex1_2/sgd", **layer}
    else:
        layers[place]["defaults"] = layer
    return study


@pytest.mark.parametrize("place", ["study", "exercise", "variant"])
@pytest.mark.parametrize("layer", LAYERS, ids=str)
def test_a_layer_states_a_part_of_the_settings(layer, place):
    assert faults("studies/mnist.yaml", with_layer(place, layer)) == []


@pytest.mark.parametrize("place", ["study", "exercise", "variant"])
@pytest.mark.parametrize("layer", WRONG, ids=str)
def test_a_fault_in_a_layer_is_seen(layer, place):
    assert len(faults("studies/mnist.yaml", with_layer(place, layer))) == 1


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"trails": 3}, "$"),
        ({"seed": None}, "$.seed"),
        ({"standins": "maybe"}, "$.standins"),
        ({"studies": ["mnist", "mnist"]}, "$.studies"),
        ({"report": {"title": "x"}}, "$"),
        ({"reports": {"a": {"title": "x"}}}, "$.reports.a"),
        ({"max_epochs": "ful"}, "$.max_epochs"),
        ({"max_epochs": 0}, "$.max_epochs"),
    ],
)
def test_a_fault_in_the_configuration_is_seen(change, path):
    assert faults("config.yaml", load_yaml(ROOT / "config.yaml") | change) == [path]


@pytest.mark.parametrize(
    "config", [{"trials": None}, {"max_epochs": None}, {"max_epochs": 5}, {"max_epochs": "full"}]
)
def test_numbers_may_be_left_open_in_the_configuration(config):
    assert faults("config.yaml", config) == []
