"""Files appear whole or not at all, and with the same bytes every time."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from dlia.files import atomic, write_csv, write_json, write_npy


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def write_half(path: Path, error: type[BaseException]) -> None:
    with atomic(path) as partial:
        partial.write_text("half a ta")
        raise error


def csv_text(folder: Path, **columns: list) -> str:
    write_csv(folder / "table.csv", pd.DataFrame(columns))
    return (folder / "table.csv").read_bytes().decode()


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt, SystemExit])
def test_nothing_is_left_when_the_block_raises(tmp_path, error):
    with pytest.raises(error):
        write_half(tmp_path / "a.csv", error)
    assert names(tmp_path) == []


def test_the_old_file_stays_when_the_block_raises(tmp_path):
    (tmp_path / "a.csv").write_text("old")
    with pytest.raises(KeyboardInterrupt):
        write_half(tmp_path / "a.csv", KeyboardInterrupt)
    assert (tmp_path / "a.csv").read_text() == "old"


def test_nothing_has_the_final_name_while_the_block_runs(tmp_path):
    with atomic(tmp_path / "a.csv") as partial:
        partial.write_text("new")
        assert not (tmp_path / "a.csv").exists()


def test_the_old_file_is_replaced_whole(tmp_path):
    (tmp_path / "a.csv").write_text("a much longer old text")
    with atomic(tmp_path / "a.csv") as partial:
        partial.write_text("new")
    assert (names(tmp_path), (tmp_path / "a.csv").read_text()) == (["a.csv"], "new")


def test_the_temporary_name_stands_beside_the_final_one_and_keeps_its_suffix(tmp_path):
    with atomic(tmp_path / "a.svg") as partial:
        partial.touch()
    assert (partial.parent, partial.suffix) == (tmp_path, ".svg")


def test_missing_folders_are_made(tmp_path):
    with atomic(str(tmp_path / "x" / "y" / "a.csv")) as partial:
        partial.touch()
    assert (tmp_path / "x" / "y" / "a.csv").is_file()


def test_a_table_is_written_without_index_and_with_unix_line_ends(tmp_path):
    assert csv_text(tmp_path, id=["a", "b"], n=[1, 2]) == "id,n\na,1\nb,2\n"


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (1 / 3, "0.33333333"),
        (0.1 + 0.2, "0.3"),
        (1e-12, "1e-12"),
        (2.0, "2"),
        (float("nan"), "nan"),
        (float("inf"), "inf"),
    ],
)
def test_floats_have_one_format(tmp_path, value, written):
    assert csv_text(tmp_path, x=[value, 0.5]) == f"x\n{written}\n0.5\n"


def test_a_number_beside_a_reason_in_words_has_the_same_format(tmp_path):
    assert csv_text(tmp_path, sd=[1 / 3, "one trial"]) == "sd\n0.33333333\none trial\n"


def test_a_missing_text_is_written_as_nan(tmp_path):
    assert csv_text(tmp_path, word=["a", None]) == "word\na\nnan\n"


def test_an_empty_text_stays_empty(tmp_path):
    assert csv_text(tmp_path, word=["a", ""], n=[1, 2]) == "word,n\na,1\n,2\n"


def test_a_table_without_rows_keeps_its_header(tmp_path):
    assert csv_text(tmp_path, id=[], part=[]) == "id,part\n"


def test_a_table_read_back_and_written_again_has_the_same_bytes(tmp_path):
    table = pd.DataFrame({"x": np.random.default_rng(0).normal(size=200), "n": range(200)})
    write_csv(tmp_path / "a.csv", table)
    write_csv(tmp_path / "b.csv", pd.read_csv(tmp_path / "a.csv"))
    assert (tmp_path / "a.csv").read_bytes() == (tmp_path / "b.csv").read_bytes()


def test_json_has_sorted_keys_and_readable_letters(tmp_path):
    write_json(tmp_path / "a.json", {"b": "±", "a": [1]})
    text = (tmp_path / "a.json").read_text(encoding="utf-8")
    assert text == '{\n  "a": [\n    1\n  ],\n  "b": "±"\n}\n'


def test_json_that_cannot_be_written_leaves_the_old_record(tmp_path):
    write_json(tmp_path / "a.json", {"a": 1})
    with pytest.raises(TypeError):
        write_json(tmp_path / "a.json", {"a": object()})
    assert json.loads((tmp_path / "a.json").read_text()) == {"a": 1}


def test_an_array_is_read_back_as_it_was(tmp_path):
    array = np.arange(6, dtype=np.uint8).reshape(2, 3)
    write_npy(tmp_path / "a.npy", array)
    read = np.load(tmp_path / "a.npy", allow_pickle=False)
    np.testing.assert_array_equal(read, array, strict=True)


def test_an_array_of_objects_is_refused_and_leaves_nothing(tmp_path):
    with pytest.raises(ValueError, match="only be pickled"):
        write_npy(tmp_path / "a.npy", np.array([{}], dtype=object))
    assert names(tmp_path) == []
