"""Files appear whole or not at all, and with the same bytes every time."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from dlia.runtime.files import write_csv, write_json, write_npy, write_text


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def csv_text(folder: Path, **columns: list) -> str:
    write_csv(folder / "table.csv", pd.DataFrame(columns))
    return (folder / "table.csv").read_bytes().decode()


def limited(tmp_path, size: int) -> str:
    """Write a file in a process that may write no larger ones than ``size``; give its error."""
    code = (
        "import resource, sys\nfrom dlia.runtime.files import write_bytes\n"
        f"resource.setrlimit(resource.RLIMIT_FSIZE, ({size}, {size}))\n"
        f"write_bytes({str(tmp_path / 'a.csv')!r}, b'x' * 100_000)"
    )
    command = [sys.executable, "-c", code]
    return subprocess.run(command, capture_output=True, text=True, check=False).stderr


def test_a_file_that_finds_no_room_leaves_nothing(tmp_path):
    error = limited(tmp_path, 1000)
    assert "File too large" in error
    assert str(tmp_path / "a.csv") in error
    assert names(tmp_path) == []


def test_the_old_file_stays_when_the_new_one_finds_no_room(tmp_path):
    (tmp_path / "a.csv").write_text("old")
    limited(tmp_path, 1000)
    assert (names(tmp_path), (tmp_path / "a.csv").read_text()) == (["a.csv"], "old")


def test_the_old_file_is_replaced_whole(tmp_path):
    (tmp_path / "a.csv").write_text("a much longer old text")
    write_text(tmp_path / "a.csv", "new")
    assert (names(tmp_path), (tmp_path / "a.csv").read_text()) == (["a.csv"], "new")


def test_it_can_be_written_where_files_cannot_be_nameless(tmp_path, monkeypatch):
    monkeypatch.delattr(os, "O_TMPFILE")
    write_text(tmp_path / "a.csv", "new")
    assert (names(tmp_path), (tmp_path / "a.csv").read_text()) == (["a.csv"], "new")


WRITER = """
import sys
from dlia.runtime.files import write_bytes
while True:
    write_bytes(sys.argv[1], b"x" * 30_000_000)
    print("written", flush=True)
"""


@pytest.mark.skipif(not hasattr(os, "O_TMPFILE"), reason="needs Linux")
def test_a_writer_that_is_killed_leaves_no_part_of_a_file(tmp_path):
    for number in range(5):
        command = [sys.executable, "-c", WRITER, str(tmp_path / "a.bin")]
        writer = subprocess.Popen(command, stdout=subprocess.PIPE)
        writer.stdout.readline()
        time.sleep(0.005 * number)
        writer.kill()
        writer.wait()
        assert {path.stat().st_size for path in tmp_path.iterdir()} == {30_000_000}


def test_a_new_file_has_the_permissions_that_the_user_asks_for(tmp_path):
    before = os.umask(0o027)
    write_text(tmp_path / "a.csv", "new")
    os.umask(before)
    assert (tmp_path / "a.csv").stat().st_mode & 0o777 == 0o640


def test_missing_folders_are_made(tmp_path):
    write_text(str(tmp_path / "x" / "y" / "a.csv"), "")
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
