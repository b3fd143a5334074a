"""Labels in Snakemake's own report."""

import pytest

from dlia.reporting.labels import category, data_of


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ("stand-in,0.5\nstand-in,0.6\n", "stand-in"),
        ("real,0.5\n", "real"),
        ("stand-in,0.5\nreal,0.6\n", "real and stand-in"),
        ("", "no rows"),
    ],
)
def test_a_table_tells_what_its_rows_rest_on(tmp_path, rows, expected):
    table = tmp_path / "accuracy.csv"
    table.write_text("data,accuracy\n" + rows)
    assert data_of(table) == expected


def test_braces_of_a_title_are_no_wildcards():
    assert category("Set {A}") == "Set (A)"
