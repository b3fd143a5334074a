"""Labels in Snakemake's own report."""

import pytest

from dlia.reporting.labels import category, data_of, result_label


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
    assert data_of([table]) == expected


@pytest.mark.parametrize(
    ("epochs", "label"),
    [("12 of 40", "curves (figure, real, shortened)"), ("40", "curves (figure, real)")],
)
def test_a_label_says_that_a_training_was_shortened(tmp_path, epochs, label):
    summary = tmp_path / "summary.csv"
    summary.write_text(f"data,epochs\nreal,4\nreal,{epochs}\nreal,no training\n")
    assert result_label("curves", "all", "figure", [summary], [summary]) == label


def test_a_summary_of_an_older_version_counts_as_not_shortened(tmp_path):
    summary = tmp_path / "summary.csv"
    summary.write_text("data,variant\nreal,sgd\n")
    assert result_label("curves", "all", "figure", [summary], [summary]) == "curves (figure, real)"


def test_braces_of_a_title_are_no_wildcards():
    assert category("Set {A}") == "Set (A)"
