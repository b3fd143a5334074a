"""config.yaml, checked whole and filled in; and the schemas that config and studies follow."""

from collections.abc import Iterator
from typing import Any

import jsonschema
import pytest
from dlia.study.schema import ROOT, check, load_schema, load_yaml

from dlia.errors import UserError
from dlia.study.config import load_config, resolve_config

SCHEMAS = ("config", "study", "variant")


def refusal(**config: Any) -> list[str]:
    with pytest.raises(UserError) as caught:
        resolve_config(config)
    head, *lines = str(caught.value).splitlines()
    assert head == "config.yaml (or --config):"
    return [line.strip() for line in lines]


def test_an_empty_configuration_means_all_defaults():
    assert resolve_config({}) == {
        "studies": ["mnist", "warwick"],
        "data_dir": "data",
        "standins": "auto",
        "seed": 2021,
        "trials": None,
        "margins": {"accuracy": 0.003, "dice": 0.03},
        "device": "auto",
        "engine": "auto",
        "request_gpu": "auto",
        "report": {
            "title": "Deep Learning for Image Analysis, rebuilt",
            "course": "",
            "author": "",
            "formats": ["html", "tex"],
        },
    }


def test_a_partly_given_block_keeps_the_defaults_of_its_other_keys():
    report = resolve_config({"report": {"course": "DLIA"}})["report"]
    assert (report["course"], report["formats"]) == ("DLIA", ["html", "tex"])


def test_the_projects_own_config_says_what_the_schema_has_as_default():
    own = load_yaml(ROOT / "config.yaml")
    defaults = resolve_config({})
    assert {key: defaults[key] for key in own} == own


def test_the_projects_own_config_holds_only_known_keys():
    assert load_config(ROOT).keys() == load_schema("config")["properties"].keys()


@pytest.mark.parametrize(
    ("key", "text", "value"),
    [
        ("standins", "true", True),
        ("standins", "True", True),
        ("standins", "FALSE", False),
        ("standins", "auto", "auto"),
        ("request_gpu", "false", False),
        ("trials", "null", None),
        ("trials", "none", None),
    ],
)
def test_words_of_the_command_line_are_understood(key, text, value):
    assert resolve_config({key: text})[key] is value or resolve_config({key: text})[key] == value


def test_numbers_within_a_block_of_the_command_line_are_understood():
    assert resolve_config({"margins": {"dice": "0.1"}})["margins"]["dice"] == 0.1


@pytest.mark.parametrize("folder", ["none", "true", "null"])
def test_a_folder_may_be_called_like_such_a_word(folder):
    assert resolve_config({"data_dir": folder})["data_dir"] == folder


@pytest.mark.parametrize(
    ("config", "said"),
    [
        ({"trails": 3}, "trails: unknown key; did you mean trials?"),
        ({"report": {"titel": "x"}}, "report.titel: unknown key; did you mean title?"),
        ({"report": "x"}, "report: 'x' is text, not a block of keys"),
        ({"report": {"title": ""}}, "report.title: is empty"),
        (
            {"report": {"formats": ["htlm"]}},
            "report.formats.0: htlm is not one of html, tex, pdf; did you mean html?",
        ),
        ({"studies": "mnist"}, "studies: 'mnist' is text, not a list"),
        ({"studies": []}, "studies: has 0 entries, at least 1 wanted"),
        ({"studies": ["mnist", "mnist"]}, "studies: holds an entry twice"),
        (
            {"studies": ["MNIST"]},
            "studies.0: 'MNIST': names are lower-case letters, digits and _, a letter first",
        ),
        ({"margins": {"dice": "some"}}, "margins.dice: 'some' is text, not a number"),
        ({"margins": {"dice": "nan"}}, "margins.dice: nan is not a number"),
        ({"data_dir": ""}, "data_dir: is empty"),
        ({"data_dir": 3}, "data_dir: 3 is not text: put it in quotes"),
        ({"standins": "maybe"}, "standins: maybe is not one of auto, true, false"),
        ({"standins": 1}, "standins: 1 is not one of auto, true, false"),
        ({"device": "cdua"}, "device: cdua is not one of auto, cpu, cuda; did you mean cuda?"),
        ({"seed": -1}, "seed: -1 is below 0"),
        ({"seed": 2021.0}, "seed: 2021.0 is not a whole number"),
        ({"trials": 0}, "trials: 0 is below 1"),
        ({"trials": 101}, "trials: 101 is above 100"),
        ({"trials": "many"}, "trials: 'many' is text, not a whole number or null"),
    ],
)
def test_a_bad_key_or_value_is_one_line_with_its_path(config, said):
    assert refusal(**config) == [said]


def test_all_faults_of_the_configuration_are_told_at_once():
    assert len(refusal(seed=-1, device="gpu", x=1)) == 3


def test_a_missing_config_is_named(tmp_path):
    with pytest.raises(UserError, match=r"^config\.yaml: not in .*; run this in the folder"):
        load_config(tmp_path)


def test_a_key_that_stands_twice_is_named_with_its_line(tmp_path):
    (tmp_path / "config.yaml").write_text("seed: 1\nseed: 2\n")
    with pytest.raises(UserError, match=r"^config\.yaml: line 2: the key 'seed' stands twice"):
        load_config(tmp_path)


def test_resolving_leaves_the_given_mapping_alone():
    config = {"standins": "true"}
    resolve_config(config)
    assert config == {"standins": "true"}


def properties(schema: dict[str, Any], path: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Walk all properties of a schema, also those that are nested or kept in $defs."""
    for group in ("properties", "x-record"):
        for key, item in schema.get(group, {}).items():
            yield f"{path}{key}", item
            yield from properties(item, f"{path}{key}.")
    for key, item in schema.get("$defs", {}).items():
        yield from properties(item, f"{path}$defs.{key}.")


def resolved(item: dict[str, Any], root: dict[str, Any]) -> dict[str, Any]:
    reference = item.get("$ref", "").removeprefix("#/$defs/")
    return root["$defs"][reference] | item if reference else item


@pytest.mark.parametrize("name", SCHEMAS)
def test_a_schema_is_a_valid_schema(name):
    jsonschema.Draft202012Validator.check_schema(load_schema(name))


@pytest.mark.parametrize("name", SCHEMAS)
def test_every_property_has_a_description(name):
    root = load_schema(name)
    silent = [
        path
        for path, item in properties(root)
        if "const" not in item and not resolved(item, root).get("description", "").strip()
    ]
    assert silent == []


@pytest.mark.parametrize("name", SCHEMAS)
def test_every_number_has_a_lower_bound(name):
    unbounded = [
        path
        for path, item in properties(load_schema(name))
        if item.get("type") in ("integer", "number")
        and not {"minimum", "exclusiveMinimum"} & item.keys()
    ]
    assert unbounded == []


@pytest.mark.parametrize("name", SCHEMAS)
def test_every_default_is_valid_under_its_own_schema(name):
    root = load_schema(name)
    refused = [
        (path, problem)
        for path, item in properties(root)
        if "default" in (whole := resolved(item, root))
        for problem in check(whole["default"], {**whole, "$defs": root.get("$defs", {})})
    ]
    assert refused == []


def test_the_number_that_randomness_derives_from_has_one_default():
    data = load_schema("study")["properties"]["data"]["properties"]
    seeds = (load_schema("config")["properties"]["seed"], data["split_seed"])
    assert {seed["default"] for seed in seeds} == {2021}


def test_config_offers_by_default_exactly_the_studies_that_there_are():
    files = sorted(path.stem for path in (ROOT / "studies").glob("*.yaml"))
    assert load_schema("config")["properties"]["studies"]["default"] == files


def test_studies_exercises_and_variants_are_named_by_one_rule():
    study = load_schema("study")
    named = (
        load_schema("config")["properties"]["studies"]["items"],
        study["properties"]["exercises"]["propertyNames"],
        study["$defs"]["exercise"]["properties"]["variants"]["propertyNames"],
    )
    assert len({item["pattern"] for item in named}) == 1
