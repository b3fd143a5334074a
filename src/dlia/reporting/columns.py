"""Widths of the columns of a table on paper, and tables that are too wide for a page, split."""

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace

from dlia.reporting import escaping
from dlia.reporting.blocks import Cell, Row, Span, Table

PAGE_WIDTH = 160.0  # mm
GUTTER = 2.9
SMALL_PRINT = ("settings", "claims", "checklist", "small", "seeds")
# Widths of letters in mm; a name in typewriter letters is wider.
LETTER, TYPEWRITER = 1.4, 1.5
SMALLER = 0.956  # of the letters of small tables
WIDEST_NOTE = 44  # letters
LONGEST = 3  # digits of a number without separators


@dataclass(frozen=True)
class ColumnLayout:
    """How a column is typeset: its LaTeX, and whether its numbers are aligned at their point."""

    latex: str
    is_aligned: bool


def layouts(table: Table) -> list[ColumnLayout]:
    """Return the layout of every column."""
    scale = _scale(table)
    count = len(table.columns)
    natural = [_natural(table, place) * scale for place in range(count)]
    aligned = [column.is_number and _is_aligned(table, n) for n, column in enumerate(table.columns)]
    space = PAGE_WIDTH - GUTTER * (count - 1)
    free = [n for n, column in enumerate(table.columns) if not column.is_number]
    least = [_longest_part(table, place) * scale for place in range(count)]
    widths = _fitted(natural, least, free, space - sum(natural) + sum(natural[n] for n in free))
    found = []
    for place, column in enumerate(table.columns):
        if aligned[place]:
            found.append(ColumnLayout(f"S[table-format={_format(table.texts(place))}]", True))
        elif column.is_number:
            found.append(ColumnLayout("r", False))
        elif widths[place] < natural[place] or _has_notes(table, place):
            found.append(ColumnLayout(f"L{{{math.floor(widths[place])}mm}}", False))
        else:
            found.append(ColumnLayout("l", False))
    return found


def _scale(table: Table) -> float:
    return SMALLER if table.kind in SMALL_PRINT else 1.0


def _natural(table: Table, place: int) -> float:
    """Return the width of a column whose lines do not break, in mm at normal size."""
    widths = [len(table.columns[place].head) * LETTER]
    for cell in _cells(table, place):
        letters = sum(
            len(part.text) * (TYPEWRITER if part.kind == "code" else LETTER) for part in cell.text
        )
        note = min(sum(len(part.text) for part in cell.note), WIDEST_NOTE) * LETTER
        widths.append(max(letters, note))
    return max(widths) + 1


def _longest_part(table: Table, place: int) -> float:
    """Return the width of the longest name or word of a column, within which no line ends."""
    widths = [0.0]
    for cell in _cells(table, place):
        for part in cell.text:
            letter = TYPEWRITER if part.kind == "code" else LETTER
            widths += [letter * len(word) for word in escaping.unbroken(part.text)]
        note = " ".join(part.text for part in cell.note)
        widths += [LETTER * SMALLER * len(word) for word in escaping.unbroken(note)]
    return max(widths) + 1


def _cells(table: Table, place: int) -> Iterator[Cell]:
    for row in table.rows:
        at = 0
        for cell in row.cells:
            if at == place and cell.span == 1:
                yield cell
            at += cell.span


def _has_notes(table: Table, place: int) -> bool:
    return any(cell.note for cell in _cells(table, place))


def _fitted(natural: list[float], least: list[float], free: list[int], space: float) -> list[float]:
    """Shrink the widest of the free columns until all fit, but none below its longest name."""
    widths = dict(enumerate(natural))
    open_ = sorted(free, key=lambda place: natural[place])
    while open_:
        place = open_.pop(0)
        share = space / (len(open_) + 1)
        if natural[place] <= share:
            space -= natural[place]
            continue
        # All that are left are wider than an equal share: by the root of their widths.
        rest = [place, *open_]
        while rest:
            total = sum(natural[n] ** 0.5 for n in rest)
            widths |= {n: space * natural[n] ** 0.5 / total for n in rest}
            narrow = [n for n in rest if widths[n] < least[n]]
            if not narrow:
                break
            widths |= {n: least[n] for n in narrow}
            space -= sum(least[n] for n in narrow)
            rest = [n for n in rest if n not in narrow]
        break
    return [widths[n] for n in range(len(natural))]


def _is_aligned(table: Table, place: int) -> bool:
    texts = table.texts(place)
    numbers = [text for text in texts if escaping.is_number(text)]
    words = [text for text in texts if text[:1].isdigit() and text not in numbers]
    # LaTeX would part the digits of a seed, which is no amount, with commas.
    seeds = [text for text in numbers if text.isdigit() and len(text) > LONGEST]
    return bool(numbers) and not words and not seeds


def _format(texts: list[str]) -> str:
    """Return the numbers of digits before and after the decimal point, for siunitx."""
    parts = [text.replace(",", "").partition(".") for text in texts if escaping.is_number(text)]
    whole = max(len(before.lstrip("+-")) for before, _, _ in parts)
    sign = "-" if any(before.startswith("-") for before, _, _ in parts) else ""
    return f"{sign}{max(whole, 1)}.{max(len(after) for _, _, after in parts)}"


def split_wide(table: Table) -> list[Table]:
    """Split a table whose columns of numbers are too wide; its first column is repeated."""
    scale = _scale(table)
    widths = [_natural(table, place) * scale + GUTTER for place in range(len(table.columns))]
    if sum(widths) <= PAGE_WIDTH or not all(column.is_number for column in table.columns[1:]):
        return [table]
    # As evenly as possible, so that no table of a single column follows a wide one.
    fewest = len(_groups(widths, len(widths)))
    ways = (_groups(widths, most) for most in range(1, len(widths) + 1))
    groups = next(groups for groups in ways if len(groups) == fewest)
    return [
        replace(
            table,
            anchor=table.anchor if not number else f"{table.anchor}-{number}",
            caption=table.caption if not number else (*table.caption, Span(" (continued)")),
            columns=tuple(table.columns[n] for n in (0, *group)),
            rows=tuple(
                Row(tuple(row.cells[n] for n in (0, *group)), row.kind, "", row.volatile)
                for row in table.rows
            ),
        )
        for number, group in enumerate(groups)
    ]


def _groups(widths: list[float], most: int) -> list[list[int]]:
    """Group the columns after the first one, at most so many that fit beside it."""
    groups: list[list[int]] = [[]]
    for place in range(1, len(widths)):
        own = groups[-1]
        too_wide = widths[0] + sum(widths[n] for n in [*own, place]) > PAGE_WIDTH
        if own and (too_wide or len(own) == most):
            groups.append([])
        groups[-1].append(place)
    return groups
