"""Values against a model: every fault has one message with key path and remedy."""

from typing import Annotated, Any, Literal

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from pydantic import Field

from dlia.errors import UserError, listing
from dlia.study.block import EXACT, KEPT, NAME, UNIQUE, Block, Leaf
from dlia.study.document import Document
from dlia.study.messages import Problem
from dlia.study.validate import FaultyError, parse, refuse
from dlia.study.yaml_files import ROOT, load_yaml


class Deep(Block):
    depth: int = Field(2, ge=0, description="How deep.")


class Flat(Block):
    name: Literal["flat"]


class Steep(Block):
    name: Literal["steep", "sheer"]
    slope: float = Field(gt=0)


class Toy(Block):
    rate: Annotated[float, Field(gt=0, lt=1), KEPT]
    count: int = Field(3, ge=1, le=9)
    limit: int | None = None
    switch: bool | None = None
    device: Annotated[Literal["auto", "cpu", True], EXACT] = "auto"
    name: Annotated[str, Field(min_length=1, pattern=NAME)] | None = None
    sizes: Annotated[list[int], Field(min_length=1, max_length=2), UNIQUE] | None = None
    block: Deep = Deep()
    shape: Flat | Steep = Field(Flat(name="flat"), discriminator="name")
    bits: Annotated[Literal[1, 8], EXACT] = 8
    words: dict[Literal["first", "second"], Annotated[str, Field(min_length=1)]] = Field({})


def problems(**keys: Any) -> list[Problem]:
    return faults({"rate": 0.5, **keys})


def faults(plain: dict[str, Any]) -> list[Problem]:
    with pytest.raises(FaultyError) as caught:
        parse(Toy, plain, nullable=("limit",))
    return caught.value.problems


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("rate", 0, "0 is not above 0"),
        ("rate", 1, "1 is not below 1"),
        ("rate", "1e-3", "'1e-3' is read as text, not a number: write 1.0e-3, without quotes"),
        ("rate", "1E5", "'1E5' is read as text, not a number: write 1.0e+5, without quotes"),
        ("rate", "0,01", "'0,01' is read as text, not a number: write 0.01"),
        ("rate", "-12,5", "'-12,5' is read as text, not a number: write -12.5"),
        ("count", "60,000", "'60,000' is read as text, not a whole number: write 60000"),
        ("rate", "60,000", "'60,000' is read as text, not a number: write 60000 or 60.000"),
        ("rate", "0,001", "'0,001' is read as text, not a number: write 0.001"),
        ("count", "3,5", "'3,5' is text, not a whole number"),
        ("count", "0,500", "'0,500' is text, not a whole number"),  # 0500 is octal in YAML
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
        ("device", 1, "1 is not one of auto, cpu, true"),
        ("bits", True, "true is not one of 1, 8"),
        ("bits", 1.0, "1.0 is not one of 1, 8"),
        ("device", False, "false is not one of auto, cpu, true"),
        ("name", 7, "7 is not text: put it in quotes"),
        (
            "name",
            "Ex1",
            "'Ex1': names consist of lower-case letters, digits and _, and begin with a letter",
        ),
        ("sizes", [], "has 0 entries, at least 1 wanted"),
        ("sizes", [1, 2, 3], "has 3 entries, at most 2 wanted"),
        ("sizes", [1, 1], "contains an entry twice; remove one"),
        ("sizes", "28", "'28' is text, not a list: write [28]"),
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
    assert faults({}) == [Problem("rate", "is missing")]


def test_a_key_inside_a_block_is_named_by_its_path():
    assert problems(block={"depth": -1}) == [Problem("block.depth", "-1 is below 0")]


@pytest.mark.parametrize("value", ["x" * 10_000, {"deep": "x" * 10_000}, ["x"] * 10_000])
def test_of_a_long_value_only_the_start_is_shown(value):
    (problem,) = problems(rate=value)
    assert len(problem.message) < 300


def test_all_faults_are_found_at_once():
    assert {problem.path for problem in problems(rate=2, count=0, x=1)} == {"rate", "count", "x"}


@pytest.mark.parametrize(
    ("shape", "path", "said"),
    [
        ({}, "shape.name", "is missing"),
        ({"slope": 1.0}, "shape.name", "is missing"),
        (
            {"name": "stepe", "slope": 1.0},
            "shape.name",
            "stepe is not one of flat, steep, sheer; did you mean steep?",
        ),
        ({"name": 3}, "shape.name", "3 is not one of flat, steep, sheer"),
        ({"name": "steep"}, "shape.slope", "is missing"),
        ({"name": "sheer", "slope": 0.0}, "shape.slope", "0.0 is not above 0"),
        ({"name": "flat", "slope": 1.0}, "shape.slope", "unknown key; known here: name"),
        ("steep", "shape", "'steep' is text, not a block of keys"),
        ([1], "shape", "[1] is not a block of keys"),
        (None, "shape", "null is not a block of keys"),
    ],
)
def test_a_block_that_is_chosen_by_its_name_is_checked_as_that_block(shape, path, said):
    assert problems(shape=shape) == [Problem(path, said)]


def test_faults_within_a_block_of_any_name_are_all_found():
    assert problems(shape={"name": "sheer", "slope": -1.0, "slop": 1}) == [
        Problem("shape.slop", "unknown key; did you mean slope?"),
        Problem("shape.slope", "-1.0 is not above 0"),
    ]


@pytest.mark.parametrize(
    ("words", "path", "said"),
    [
        ({"frist": "x"}, "words", "frist is not one of first, second; did you mean first?"),
        ({"first": ""}, "words.first", "is empty"),
        ({"first": 1}, "words.first", "1 is not text: put it in quotes"),
    ],
)
def test_keys_that_are_words_of_a_list_are_checked_too(words, path, said):
    assert problems(words=words) == [Problem(path, said)]


@pytest.mark.parametrize(
    ("plain", "path"),
    [({"switch": None}, "switch"), ({"name": None}, "name"), ({"sizes": None}, "sizes")],
)
def test_a_null_where_nothing_may_be_null_is_a_fault(plain, path):
    said = "null is not allowed here; give a value or remove the key"
    assert problems(**plain) == [Problem(path, said)]


def test_a_null_within_a_value_that_is_refused_is_no_fault_of_its_own():
    assert problems(switch={"on": None}) == [Problem("switch", "{'on': None} is not true or false")]


def test_a_null_where_one_is_meant_is_taken():
    assert parse(Toy, {"rate": 0.5, "limit": None}, nullable=("limit",)).limit is None


@given(st.floats(1e-30, 1e30))
def test_the_advice_for_a_number_read_as_text_is_read_by_yaml_as_that_number(number):
    said = faults({"rate": f"{number!r}"})[0].message
    assert yaml.safe_load(said.partition("write ")[2].partition(",")[0]) == number


def test_defaults_are_filled_in_also_in_blocks_that_were_left_out():
    assert parse(Toy, {"rate": 0.5}).plain() == {
        "rate": 0.5,
        "count": 3,
        "device": "auto",
        "bits": 8,
        "block": {"depth": 2},
        "shape": {"name": "flat"},
        "words": {},
    }


def test_filling_in_defaults_leaves_the_given_values_and_their_mapping_alone():
    given_value = {"rate": 0.5, "count": 7, "block": {"depth": 0}}
    assert parse(Toy, given_value).plain().items() >= given_value.items()
    parse(Toy, shorter := {"rate": 0.5})
    assert shorter == {"rate": 0.5}


def test_a_filled_in_default_is_not_shared_with_the_model():
    parse(Toy, {"rate": 0.5}).plain()["block"]["depth"] = 99
    parse(Toy, {"rate": 0.5}).words["first"] = "changed"
    assert parse(Toy, {"rate": 0.5}).plain()["block"] == {"depth": 2}
    assert parse(Toy, {"rate": 0.5}).words == {}


@pytest.mark.parametrize("value", [1, 0.5, 1e-8])
def test_a_number_is_kept_as_it_was_written(value):
    class Kept(Block):
        number: Annotated[float, KEPT]

    kept = parse(Kept, {"number": value}).number
    assert (kept, type(kept)) == (value, type(value))


def test_leaves_give_path_value_and_description_of_every_setting():
    assert list(parse(Toy, {"rate": 0.5}).leaves())[:3] == [
        Leaf("rate", 0.5, ""),
        Leaf("count", 3, ""),
        Leaf("device", "auto", ""),
    ]
    assert Leaf("block.depth", 2, "How deep.") in parse(Toy, {"rate": 0.5}).leaves()


def test_one_fault_of_a_file_is_one_line():
    with pytest.raises(UserError, match=r"^studies/toy\.yaml: rate: is missing$"):
        refuse("studies/toy.yaml", [Problem("rate", "is missing")])


def test_a_file_without_a_fault_is_not_refused():
    refuse("studies/toy.yaml", [])


def test_a_long_list_of_faults_is_cut_after_20_and_counted():
    lines = listing([f"fault {number}" for number in range(25)]).splitlines()
    assert (len(lines), lines[19], lines[20]) == (21, "  fault 19", "  ... and 5 more (25 in all)")


def test_an_unknown_key_in_one_of_several_kinds_of_blocks_is_named():
    study = load_yaml(ROOT / "studies/mnist.yaml")
    study["claims"]["own_code_97"]["of"] = {"each": {"some": 1}, "other": 2}
    with pytest.raises(FaultyError) as refusal:
        parse(Document, study)
    assert any("unknown key" in problem.message for problem in refusal.value.problems)


def test_an_error_never_sends_commands_to_a_terminal():
    said = str(UserError("a.yaml: \x1b[2J and \u202e are not known\nremove them"))
    assert said == "a.yaml: \\x1b[2J and \\u202e are not known\nremove them"
