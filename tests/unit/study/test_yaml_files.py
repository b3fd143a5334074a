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
        ("a: 2021-13-45\n", "not valid YAML"),
        ("[a]: 1\n", "line 1: the key ['a'] is not text; put it in quotes"),
        ("null: 1\n", "line 1: the key None is not text"),
        ("a: 1\n1: 2\n", "line 2: the key 1 is not text"),
        ("no: 1\n", "line 1: the key False is not text"),
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
