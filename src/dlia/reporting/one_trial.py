"""Tables of variants with one trial each, without the columns that only say so in every row."""

from collections.abc import Collection, Iterator
from dataclasses import replace

from dlia.reporting.blocks import Cell, Row, Table
from dlia.reporting.results import Outcome

# What such columns say: of a spread, a number of trials, or what follows from an interval.
_SAYS_NOTHING = ("one trial", "1", "no interval", "too few trials")
LONG = 20  # letters


def is_of_one_trial(outcome: Outcome) -> bool:
    """Tell whether every variant of an exercise has one trial."""
    return {len(result.trials) for result in outcome.variants} == {1}


def without_spreads(made: Table, heads: Collection[str]) -> Table:
    """Leave out those columns that say in every row that there is one trial.

    Args:
        made: The table. A cell that also spans other columns becomes narrower.
        heads: The heads of the columns that may go.
    """
    may_go = {place for place, column in enumerate(made.columns) if column.head in heads}
    for row in made.rows:
        for cell, places in _placed(row):
            only = may_go.issuperset(places)
            if (only and (cell.words not in _SAYS_NOTHING or cell.note)) or _is_long(cell):
                may_go -= places
    columns = tuple(own for place, own in enumerate(made.columns) if place not in may_go)
    return replace(made, columns=columns, rows=tuple(_without(row, may_go) for row in made.rows))


def _is_long(cell: Cell) -> bool:
    """Tell whether a text spans columns because it needs their widths."""
    return cell.span > 1 and len(cell.words) > LONG


def _placed(row: Row) -> Iterator[tuple[Cell, set[int]]]:
    """Yield every cell with the numbers of its columns."""
    place = 0
    for cell in row.cells:
        yield cell, set(range(place, place + cell.span))
        place += cell.span


def _without(row: Row, columns: set[int]) -> Row:
    kept = ((cell, len(places - columns)) for cell, places in _placed(row))
    return replace(row, cells=tuple(replace(cell, span=left) for cell, left in kept if left))
