"""Strict YAML and its schemas: every fault has one message with file, key path and remedy."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from dlia.study.schema import Leaf, check, fill, leaves, load_yaml
from hypothesis import given
from hypothesis import strategies as st

from dlia.errors import UserError, listing
from dlia.study.messages import Problem

TOY = {
    "type": "object",
    "additionalProperties": False,
    "required": ["rate"],
    "properties": {
        "rate": {"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 1},
        "count": {"type": "integer", "minimum": 1, "maximum": 9, "default": 3},
        "limit": {"type": ["integer", "null"]},
        "switch": {"type": "boolean"},
        "device": {"enum": ["auto", "cpu", True]},
        "name": {"type": "string", "minLength": 1, "pattern": "^[a-z][a-z0-9_]*$"},
        "sizes": {"type": "array", "minItems": 1, "maxItems": 2, "uniqueItems": True},
        "block": {"$ref": "#/$defs/block"},
    },
    "$defs": {
        "block": {
            "type": "object",
            "additionalProperties": False,
            "description": "A  block\n of keys.",
            "default": {},
            "properties": {
                "depth": {
                    "type": "integer",
                    "minimum": 0,
                    "default": 2,
                    "description": "How\ndeep.",
                }
            },
        }
    },
}


def problems(**keys: Any) -> list[Problem]:
    return check({"rate": 0.5, **keys}, TOY)


def message(path: Path, text: str) -> str:
    path.write_text(text, encoding="utf-8")
    with pytest.raises(UserError) as caught:
        load_yaml(path, shown="studies/toy.yaml")
    return str(caught.value)


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("rate", 0, "0 is not above 0"),
        ("rate", 1, "1 is not below 1"),
        ("rate", "1e-3", "'1e-3' is read as text, not a number: write 1.0e-3, without quotes"),
        ("rate", "1E5", "'1E5' is read as text, not a number: write 1.0e+5, without quotes"),
        ("rate", "fast", "'fast' is text, not a number"),
        ("rate", "nan", "'nan' is text, not a number"),
        ("rate", float("nan"), "nan is not a number"),
        ("rate", float("inf"), "inf is not a number"),
        ("rate", None, "null is not a number"),
        ("rate", True, "true is not a number"),
        ("count", 0, "0 is below 1"),
        ("count", 10, "10 is above 9"),
        ("count", 2.5, "2.5 is not a whole number"),
        ("count", 3.0, "3.0 is not a whole number"),
        ("count", "3", "'3' is read as text, not a whole number: write 3, without quotes"),
        ("limit", "x", "'x' is text, not a whole number or null"),
        ("switch", "yes please", "'yes please' is text, not true or false"),
        ("device", "cpv", "cpv is not one of auto, cpu, true; did you mean cpu?"),
        ("device", False, "false is not one of auto, cpu, true"),
        ("name", 7, "7 is not text: put it in quotes"),
        ("name", "Ex1", "'Ex1': names are lower-case letters, digits and _, a letter first"),
        ("sizes", [], "has 0 entries, at least 1 wanted"),
        ("sizes", [1, 2, 3], "has 3 entries, at most 2 wanted"),
        ("sizes", [1, 1], "holds an entry twice"),
        ("sizes", "28", "'28' is text, not a list"),
        ("block", [1], "[1] is not a block of keys"),
    ],
)
def test_a_wrong_value_is_one_problem_that_says_what_is_wanted(key, value, said):
    assert problems(**{key: value}) == [Problem(key, said)]


def test_an_unknown_key_comes_with_the_key_that_was_probably_meant():
    assert problems(cuont=1) == [Problem("cuont", "unknown key; did you mean count?")]


def test_an_unknown_key_that_resembles_none_comes_with_the_list_of_keys():
    assert problems(block={"xyz": 1}) == [Problem("block.xyz", "unknown key; known here: depth")]


def test_a_missing_key_is_named():
    assert check({}, TOY) == [Problem("rate", "is missing")]


def test_a_key_inside_a_block_is_named_by_its_path():
    assert problems(block={"depth": -1}) == [Problem("block.depth", "-1 is below 0")]


def test_all_faults_are_found_at_once():
    assert {problem.path for problem in problems(rate=2, count=0, x=1)} == {"rate", "count", "x"}


@given(st.floats(1e-30, 1e30))
def test_the_advice_for_a_number_read_as_text_is_read_by_yaml_as_that_number(number):
    said = check({"rate": f"{number!r}"}, TOY)[0].message
    assert yaml.safe_load(said.partition("write ")[2].partition(",")[0]) == number


def test_defaults_are_filled_in_also_in_blocks_that_were_left_out():
    assert fill({"rate": 0.5}, TOY) == {"rate": 0.5, "count": 3, "block": {"depth": 2}}


def test_filling_in_defaults_leaves_the_given_values_and_their_mapping_alone():
    given_value = {"rate": 0.5, "count": 7, "block": {"depth": 0}}
    assert fill(given_value, TOY) == given_value
    fill(shorter := {"rate": 0.5}, TOY)
    assert shorter == {"rate": 0.5}


def test_a_filled_in_default_is_not_shared_with_the_schema():
    fill({"rate": 0.5}, TOY)["block"]["depth"] = 99
    assert fill({"rate": 0.5}, TOY)["block"] == {"depth": 2}


def test_leaves_give_path_value_and_description_of_every_setting():
    assert list(leaves({"rate": 0.5, "block": {"depth": 2}}, TOY)) == [
        Leaf("rate", 0.5, ""),
        Leaf("block.depth", 2, "How deep."),
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "should be a mapping of keys to values"),
        ("# nothing but a comment\n", "should be a mapping of keys to values"),
        ("- a\n- b\n", "should be a mapping of keys to values"),
        ("a: 1\nb: 2\na: 3\n", "line 3: the key 'a' stands twice in one block"),
        ("a: {b: 1}\nc:\n  d: 1\n  d: 2\n", "line 4: the key 'd' stands twice in one block"),
        ("a: [1\n", "not valid YAML"),
        ("a: 1\n\tb: 2\n", "not valid YAML"),
        ("a: !!python/name:os.system x\n", "not valid YAML"),
        ("a: &a [*a]\n", "not valid YAML"),
        ("a: 2021-13-45\n", "not valid YAML"),
        ("[a]: 1\n", "line 1: ['a'] cannot be a key; keys are words"),
        ("null: 1\n", "line 1: None cannot be a key"),
        ("a: 1\n1: 2\n", "line 2: 1 cannot be a key"),
        ("no: 1\n", "line 1: False cannot be a key"),
    ],
)
def test_a_file_that_is_no_plain_mapping_is_refused_by_name(tmp_path, text, said):
    assert message(tmp_path / "toy.yaml", text).startswith(f"studies/toy.yaml: {said}")


def test_equal_keys_in_different_blocks_are_fine(tmp_path):
    (tmp_path / "toy.yaml").write_text("a: {x: 1}\nb: {x: 2}\n")
    assert load_yaml(tmp_path / "toy.yaml") == {"a": {"x": 1}, "b": {"x": 2}}


def test_a_block_may_be_repeated_by_a_yaml_merge(tmp_path):
    (tmp_path / "toy.yaml").write_text("a: &a {x: 1, y: 1}\nb: {<<: *a, y: 2}\n")
    assert load_yaml(tmp_path / "toy.yaml")["b"] == {"x": 1, "y": 2}


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(UserError, match=r"^studies/no\.yaml: no such file$"):
        load_yaml(tmp_path / "no.yaml", shown="studies/no.yaml")


def test_a_file_that_is_no_text_is_named(tmp_path):
    (tmp_path / "toy.yaml").write_bytes(b"a: \xff\xfe")
    with pytest.raises(UserError, match=r"^studies/toy\.yaml: cannot be read as text"):
        load_yaml(tmp_path / "toy.yaml", shown="studies/toy.yaml")


def test_a_long_list_of_faults_is_cut_after_20_and_counted():
    lines = listing([f"fault {number}" for number in range(25)]).splitlines()
    assert (len(lines), lines[19], lines[20]) == (21, "  fault 19", "  ... and 5 more (25 in all)")
