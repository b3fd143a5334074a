"""config.yaml, checked whole and filled in."""

from typing import Any

import pytest
import yaml

from dlia.errors import UserError
from dlia.study.config import Config, keep_settings, load_config, resolve_config, with_texts
from dlia.study.yaml_files import ROOT, load_yaml

REPORT = {"title": "x", "studies": ["mnist"]}


def refusal(**config: Any) -> list[str]:
    with pytest.raises(UserError) as caught:
        resolve_config(config)
    head, *lines = str(caught.value).splitlines()
    assert head == "config.yaml (or --config):"
    return [line.strip() for line in lines]


def test_an_empty_configuration_means_all_defaults():
    assert resolve_config({}).model_dump() == {
        "studies": ["mnist", "warwick", "signs", "lungs", "cifar", "brain", "wildlife", "aquarium"],
        "data_dir": "data",
        "standins": "auto",
        "seed": 2021,
        "trials": None,
        "max_epochs": None,
        "margins": {"accuracy": 0.003, "dice": 0.03, "ap": 0.03},
        "device": "auto",
        "engine": "auto",
        "request_gpu": "auto",
        "everything": False,
        "readings": False,
        "reports": {
            "assignment": {
                "title": "Deep Learning for Image Analysis, rebuilt",
                "course": "",
                "author": "",
                "studies": ["mnist", "warwick"],
            },
            "advanced": {
                "title": "Advanced Deep Learning, rebuilt",
                "course": "",
                "author": "",
                "studies": ["signs", "lungs"],
            },
            "project": {
                "title": "Deep Learning, rebuilt",
                "course": "",
                "author": "",
                "studies": ["cifar", "brain", "wildlife", "aquarium"],
            },
        },
        "formats": ["html", "tex"],
    }


def test_a_partly_given_block_keeps_the_defaults_of_its_other_keys():
    margins = resolve_config({"margins": {"dice": 0.1}}).margins
    assert (margins.dice, margins.accuracy) == (0.1, 0.003)


def test_the_projects_own_config_says_what_is_the_default():
    own = load_yaml(ROOT / "config.yaml")
    defaults = resolve_config({}).model_dump()
    assert {key: defaults[key] for key in own} == own


def test_the_projects_own_config_holds_only_known_keys():
    assert load_config(ROOT)
    assert load_yaml(ROOT / "config.yaml").keys() <= Config.model_fields.keys()


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
        ("max_epochs", "null", None),
        ("max_epochs", "full", "full"),
    ],
)
def test_words_of_the_command_line_are_understood(key, text, value):
    found = getattr(resolve_config({key: text}), key)
    assert (found, type(found)) == (value, type(value))


def test_numbers_within_a_block_of_the_command_line_are_understood():
    assert resolve_config({"margins": {"dice": "0.1"}}).margins.dice == 0.1


@pytest.mark.parametrize("folder", ["none", "true", "null"])
def test_a_folder_may_be_called_like_such_a_word(folder):
    assert resolve_config({"data_dir": folder}).data_dir == folder


@pytest.mark.parametrize(
    ("config", "said"),
    [
        ({"trails": 3}, "trails: unknown key; did you mean trials?"),
        ({"reports": "x"}, "reports: 'x' is text, not a block of keys"),
        ({"reports": {"a": {"title": "x"}}}, "reports.a.studies: is missing"),
        ({"reports": {"a": {"studies": ["mnist"]}}}, "reports.a.title: is missing"),
        ({"reports": {"a": {**REPORT, "title": ""}}}, "reports.a.title: is empty"),
        (
            {"reports": {"a": {**REPORT, "autor": "x"}}},
            "reports.a.autor: unknown key; did you mean author?",
        ),
        (
            {"reports": {"a": {**REPORT, "studies": []}}},
            "reports.a.studies: has 0 entries, at least 1 wanted",
        ),
        (
            {"reports": {"A": REPORT}},
            "reports: 'A': names consist of lower-case letters, digits and _, "
            "and begin with a letter",
        ),
        ({"formats": ["htlm"]}, "formats.0: htlm is not one of html, tex, pdf; did you mean html?"),
        ({"studies": "mnist"}, "studies: 'mnist' is text, not a list: write [mnist]"),
        ({"studies": []}, "studies: has 0 entries, at least 1 wanted"),
        ({"studies": ["mnist", "mnist"]}, "studies: contains an entry twice; remove one"),
        (
            {"studies": ["MNIST"]},
            "studies.0: 'MNIST': names consist of lower-case letters, digits and _, "
            "and begin with a letter",
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
        ({"max_epochs": 0}, "max_epochs: 0 is below 1"),
        ({"max_epochs": "ful"}, "max_epochs: ful is not full; did you mean full?"),
        ({"max_epochs": 1.5}, "max_epochs: 1.5 is not a whole number or full or null"),
    ],
)
def test_a_bad_key_or_value_is_one_line_with_its_path(config, said):
    assert refusal(**config) == [said]


def test_all_faults_of_the_configuration_are_told_at_once():
    assert len(refusal(seed=-1, device="gpu", x=1)) == 3


def test_a_folder_without_a_config_has_the_settings_of_the_project(tmp_path):
    assert load_config(tmp_path) == load_config(ROOT)


def test_a_config_in_the_folder_replaces_that_of_the_project(tmp_path):
    (tmp_path / "config.yaml").write_text("seed: 7\n")
    assert load_config(tmp_path).seed == 7


def test_the_settings_that_an_importing_workflow_gave_replace_its_own_config(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "config.yaml").write_text("samples: [a, b]\n")
    keep_settings(resolve_config({"seed": 7}))
    assert load_config(tmp_path).seed == 7
    keep_settings(None)
    with pytest.raises(UserError, match="samples: unknown key"):
        load_config(tmp_path)


def test_a_key_that_stands_twice_is_named_with_its_line(tmp_path):
    (tmp_path / "config.yaml").write_text("seed: 1\nseed: 2\n")
    with pytest.raises(UserError, match=r"^config\.yaml: line 2: the key 'seed' occurs twice"):
        load_config(tmp_path)


def test_resolving_leaves_the_given_mapping_alone():
    config = {"standins": "true"}
    resolve_config(config)
    assert config == {"standins": "true"}


def test_a_folder_may_be_named_by_the_home_folder_and_by_variables(monkeypatch):
    monkeypatch.setenv("HOME", "/home/me")
    monkeypatch.setenv("WORK", "/scratch/me")
    named = ["~/data", "$HOME/data", "${WORK}/data", "/plain/data", "data/"]
    assert [resolve_config({"data_dir": name}).data_dir for name in named] == [
        *("/home/me/data", "/home/me/data", "/scratch/me/data", "/plain/data", "data"),
    ]


@pytest.mark.parametrize("name", ["~nobody_at_all/data", "$NOT_SET/data", "${NOT_SET}/data"])
def test_a_home_folder_or_variable_that_is_not_there_is_named(name):
    (line,) = refusal(data_dir=name)
    assert line.startswith(f"data_dir: '{name}': ")


def test_what_snakemake_takes_for_a_number_is_the_text_in_the_file():
    read = {"reports": {"a": {"course": 1326, "author": "me"}}, "seed": 2021}
    written = {"reports": {"a": {"course": "02456", "author": "me"}}, "seed": 2021}
    assert with_texts(read, written) == written


def test_a_value_from_the_command_line_replaces_a_text_in_the_file():
    read = {"reports": {"a": {"course": 5}}, "standins": True}
    written = {"reports": {"a": {"course": "02456"}}, "standins": "off"}
    assert with_texts(read, written) == read


def test_the_key_that_reports_replaced_is_told_with_what_to_write_instead():
    old = {"title": "Mine: all", "course": "02456", "author": "me", "formats": ["pdf"]}
    with pytest.raises(UserError) as caught:
        resolve_config({"report": old, "trails": 3})
    head, *lines = str(caught.value).splitlines()
    assert head.startswith("config.yaml (or --config): report: ")
    new = resolve_config(yaml.safe_load("\n".join(lines)))
    assert new.formats == ["pdf"]
    report = new.reports["assignment"]
    assert (report.title, report.course, report.author) == ("Mine: all", "02456", "me")
    assert report.studies == ["mnist", "warwick"]


def test_only_the_given_part_of_the_replaced_key_is_told():
    with pytest.raises(UserError) as caught:
        resolve_config({"report": {"formats": ["html", "pdf"]}})
    assert str(caught.value).splitlines()[1:] == ["formats: [html, pdf]"]
