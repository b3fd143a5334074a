"""Strict YAML: what is no plain mapping of words is refused, by the file and its line."""

from pathlib import Path

import pytest

from dlia.errors import UserError
from dlia.study.yaml_files import load_yaml


def message(path: Path, text: str) -> str:
    path.write_text(text, encoding="utf-8")
    with pytest.raises(UserError) as caught:
        load_yaml(path, shown="studies/toy.yaml")
    return str(caught.value)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "is not a mapping of keys to values"),
        ("# nothing but a comment\n", "is not a mapping of keys to values"),
        ("- a\n- b\n", "is not a mapping of keys to values"),
        ("a: 1\nb: 2\na: 3\n", "line 3: the key 'a' occurs twice in one block"),
        ("a: {b: 1}\nc:\n  d: 1\n  d: 2\n", "line 4: the key 'd' occurs twice in one block"),
        ("a: [1\n", "not valid YAML"),
        ("a: 1\n\tb: 2\n", "not valid YAML"),
        ("a: !!python/name:os.system x\n", "not valid YAML"),
        ("a: &a [*a]\n", "not valid YAML"),
        ("[a]: 1\n", "line 1: the key ['a'] is not text; put it in quotes"),
        ("null: 1\n", "line 1: the key None is not text"),
        ("a: 1\n1: 2\n", "line 2: the key 1 is not text"),
        ("true: 1\n", "line 1: the key True is not text"),
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


@pytest.mark.parametrize(
    "written",
    ["02456", "0o17", "0x1F", "1_000", "12:30", "2024-06-14", "2021-13-45", "yes", "no", "On", "y"],
)
def test_what_only_yaml_takes_for_something_else_stays_text_as_written(tmp_path, written):
    (tmp_path / "toy.yaml").write_text(f"{written}: 1\na: {written}\n")
    assert load_yaml(tmp_path / "toy.yaml") == {written: 1, "a": written}


@pytest.mark.parametrize(
    ("written", "value"),
    [("0", 0), ("-12", -12), ("1.10", 1.1), ("1.0e-3", 0.001), ("true", True), ("null", None)],
)
def test_numbers_truth_and_nothing_are_what_they_are(tmp_path, written, value):
    (tmp_path / "toy.yaml").write_text(f"a: {written}\nb:\n")
    assert load_yaml(tmp_path / "toy.yaml") == {"a": value, "b": None}


@pytest.mark.parametrize("ends", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_line_ends_and_the_mark_of_an_editor_change_nothing(tmp_path, ends, mark):
    text = "a: b # ä\nc: |\n  two\n  lines\n".replace("\n", ends)
    (tmp_path / "toy.yaml").write_bytes((mark + text).encode())
    assert load_yaml(tmp_path / "toy.yaml") == {"a": "b", "c": "two\nlines\n"}


@pytest.mark.parametrize(
    ("encoding", "said"),
    [
        ("utf-16", "it is UTF-16 or UTF-32; save it as UTF-8"),
        ("utf-16-le", "it is UTF-16 or UTF-32; save it as UTF-8"),
        ("utf-32", "it is UTF-16 or UTF-32; save it as UTF-8"),
        ("cp1252", "line 2 is not UTF-8; save the file as UTF-8"),
    ],
)
def test_a_file_in_another_encoding_is_named(tmp_path, encoding, said):
    (tmp_path / "toy.yaml").write_bytes("a: 1\nb: ä\n".encode(encoding))
    with pytest.raises(UserError) as caught:
        load_yaml(tmp_path / "toy.yaml", shown="studies/toy.yaml")
    assert str(caught.value) == f"studies/toy.yaml: cannot be read as text: {said}"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a: 1\n\u00a0b: 2\n", "line 2: contains the character U+00A0"),
        ("a:\u00a01\n", "line 1: contains the character U+00A0"),
        ("a:\n\u3000\u3000b: 2\n", "line 2: contains the character U+3000"),
    ],
)
def test_a_character_that_looks_like_a_blank_is_named_with_its_line(tmp_path, text, said):
    assert said in message(tmp_path / "toy.yaml", text)


def test_such_a_character_within_a_text_is_fine(tmp_path):
    (tmp_path / "toy.yaml").write_text("a: 98\u00a0%\n", encoding="utf-8")
    assert load_yaml(tmp_path / "toy.yaml") == {"a": "98\u00a0%"}


@pytest.mark.parametrize(
    ("text", "said"),
    [("a:\n\tb: 2\n", "indent with blanks"), ("a: “b: c”\n", "write straight quotes")],
)
def test_what_is_easily_overlooked_is_named(tmp_path, text, said):
    assert said in message(tmp_path / "toy.yaml", text)
