"""Tables of variants with one trial each: columns that say nothing go, others stay."""

from dlia.reporting.blocks import Cell, Row, Table, table, text
from dlia.reporting.one_trial import without_spreads

HEADS = ["Variant", "#Difference", "#Interval"]


def short(*rows: Row) -> Table:
    return without_spreads(table("a", text("Differences"), HEADS, rows), ("Interval",))


def row(*words: str, span: int = 1) -> Row:
    *first, last = words
    return Row((*(Cell(text(word)) for word in first), Cell(text(last), span=span)))


def test_a_column_goes_if_every_row_says_that_there_is_one_trial():
    made = short(row("a", "0.1", "one trial"), row("b", "0.2", "one trial"))
    assert [column.head for column in made.columns] == ["Variant", "Difference"]


def test_a_column_with_an_interval_stays():
    made = short(row("a", "0.1", "one trial"), row("b", "0.2", "0.1 to 0.3"))
    assert len(made.columns) == 3


def test_a_short_text_that_spans_columns_becomes_narrower():
    made = short(row("a", "0.1", "one trial"), row("majority", "no training", span=2))
    assert [cell.span for cell in made.rows[1].cells] == [1, 1]


def test_a_long_text_keeps_the_columns_that_it_spans():
    failed = row("b", "1 of 1 trials of ex1_3/sigmoid_pool collapsed", span=2)
    made = short(row("a", "0.1", "one trial"), failed)
    assert len(made.columns) == 3
