"""The content of a report as blocks. Each format renders every kind of block in its own way."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from dlia.errors import UserError
from dlia.reporting import escaping


@dataclass(frozen=True)
class Span:
    """A run of words.

    Attributes:
        text: The words; of a formula, its LaTeX.
        kind: How they look: plain, user (typed by a user), code, command, emphasis, strong, soft,
            math, verdict, cite (the label of a reference), file (a link to one), or differs (from
            the base).
        target: The anchor or the file that they lead to, or "".
        numbered: Whether a document on paper adds the number of the target.
        number: Its name in results/numbers.tex, from which a document on paper reads it, or "".
    """

    text: str
    kind: str = "plain"
    target: str = ""
    numbered: bool = False
    number: str = ""


Prose = tuple[Span, ...]
Value = str | int | Span | Prose


@dataclass(frozen=True)
class Paragraph:
    """A paragraph; ``kind`` is plain, question, answer, warning, or place (left to be written)."""

    text: Prose
    kind: str = "plain"


@dataclass(frozen=True)
class Fact:
    """A term and its description."""

    term: str
    text: Prose
    volatile: bool = False
    anchor: str = ""


@dataclass(frozen=True)
class FactList:
    """A list of terms with descriptions; ``kind`` is facts (short), rules (long) or notes."""

    items: tuple[Fact, ...]
    kind: str = "facts"
    title: str = ""


@dataclass(frozen=True)
class Tally:
    """How often each verdict occurs, as a bar with words; ``label`` stands above."""

    label: str
    counts: tuple[tuple[str, int], ...]


@dataclass(frozen=True)
class Figure:
    """A figure of the build; ``file`` is its file in the folder results, without the suffix."""

    anchor: str
    file: str
    caption: Prose


@dataclass(frozen=True)
class Panels:
    """Narrow figures side by side, and ``beside`` a single one, other blocks."""

    figures: tuple[Figure, ...]
    beside: "Blocks" = ()


@dataclass(frozen=True)
class Formula:
    """A displayed formula, in the subset of LaTeX that ``reporting.mathml`` reads."""

    latex: str
    anchor: str


@dataclass(frozen=True)
class Cell:
    """A cell of a table; ``note`` stands below the text in small print."""

    text: Prose
    note: Prose = ()
    span: int = 1

    @property
    def words(self) -> str:
        """The text without its looks."""
        return "".join(part.text for part in self.text)


@dataclass(frozen=True)
class Row:
    """A row; its first cell is its header. ``kind`` is plain, reference, or group (a subtitle)."""

    cells: tuple[Cell, ...]
    kind: str = "plain"
    anchor: str = ""
    volatile: bool = False


@dataclass(frozen=True)
class Column:
    """A column: of numbers, without their unit, or of text."""

    head: str
    is_number: bool = False


@dataclass(frozen=True)
class Table:
    """A table; ``kind`` names its style."""

    anchor: str
    caption: Prose
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    kind: str = "plain"

    @property
    def is_sortable(self) -> bool:
        """Whether every row stands for itself."""
        return all(row.kind == "plain" for row in self.rows) and self.kind != "settings"

    @property
    def is_stacked(self) -> bool:
        """Whether a narrow page shows the cells of a row below each other, with their heads."""
        has_words = any(not column.is_number for column in self.columns[1:])
        return len(self.columns) > 2 and has_words and self.kind != "settings"

    def texts(self, column: int) -> list[str]:
        """Return the texts of a column, without cells that span several."""
        found = []
        for row in self.rows:
            place = 0
            for cell in row.cells:
                if place == column and cell.span == 1:
                    found.append(cell.words)
                place += cell.span
        return found


@dataclass(frozen=True)
class Folded:
    """A part that the page folds, and that a document on paper moves into its appendix.

    Attributes:
        on_paper: Whether it is printed at all.
    """

    anchor: str
    title: str
    blocks: "Blocks"
    on_paper: bool = True


@dataclass(frozen=True)
class Volatile:
    """Blocks that differ from run to run."""

    blocks: "Blocks"


@dataclass(frozen=True)
class Section:
    """A section with a heading; ``short`` is its title in the contents, if another."""

    anchor: str
    title: str
    blocks: "Blocks"
    number: str = ""
    short: str = ""

    @property
    def heading(self) -> str:
        """The title with the number of the exercise."""
        return f"{self.title} (exercise {self.number})" if self.number else self.title


AnyBlock = (
    Paragraph | FactList | Tally | Figure | Panels | Formula | Table | Folded | Volatile | Section
)  # fmt: skip
Blocks = tuple[AnyBlock, ...]

_MARKUP = re.compile(
    r"`(?P<code>[^`]+)`"
    r"|\*(?P<emphasis>[^*]+)\*"
    r"|\$(?P<math>[^$]+)\$"
    r"|\[(?P<link>[^\]]+)\](?P<bracket>[(\[])(?P<target>[^)\]]+)[)\]]"
    r"|\[@(?P<cite>[\w-]+)\]"
    r"|\{(?P<value>\w+)\}"
)


def words(sentences: str, **values: Value) -> Prose:
    """Return marked-up sentences as text; values are never read as markup.

    `code`, *emphasis*, $math$, [words](anchor), [words][anchor] (numbered on paper), [@reference],
    and {value}; a value may also stand within code.

    Raises:
        UserError: A value is missing; the text names it and shows the sentences.
    """
    for name, value in values.items():
        if is_missing(value):
            raise UserError(f"{sentences!r}: the value {name} is missing")
    parts: list[Span] = []
    place = 0
    for match in _MARKUP.finditer(sentences):
        parts += _plain(sentences[place : match.start()])
        place = match.end()
        if match["code"]:
            parts.append(Span(match["code"].format(**values), "code"))
        elif match["link"]:
            parts.append(
                Span(
                    match["link"],
                    target=match["target"].format(**values),
                    numbered=match["bracket"] == "[",
                )
            )
        elif match["value"]:
            parts += text(values[match["value"]])
        else:
            kind = str(match.lastgroup)
            parts.append(
                Span(
                    re.sub(r"\s+", " ", match[kind].format(**values))
                    if kind == "emphasis"
                    else match[kind],
                    kind,
                )
            )
    return (*parts, *_plain(sentences[place:]))


def _plain(text: str) -> Prose:
    return (Span(re.sub(r"\s+", " ", text)),) if text else ()


def text(value: Value) -> Prose:
    """Return a value as text."""
    if isinstance(value, Span):
        return (value,)
    if isinstance(value, tuple):
        return value
    return (Span(f"{value:,}" if isinstance(value, int) else value),)


def is_missing(value: object) -> bool:
    """Tell whether a value is none, empty, or not a number."""
    # Of all values, only "not a number" differs from itself.
    return value is None or value in ("", ()) or value != value


def joined(items: Iterable[Value], between: str = ", ") -> Prose:
    """Return values, one after the other."""
    parts: list[Span] = []
    for item in items:
        parts += [*([Span(between)] if parts else []), *text(item)]
    return tuple(parts)


def listed(items: Iterable[Value]) -> Prose:
    """Return values as they are listed in a sentence: a, b and c."""
    *rest, last = items
    return joined([joined(rest), last], " and ") if rest else text(last)


def listed_words(items: Iterable[str]) -> str:
    """Return words as they are listed in a sentence, see ``listed``; "" if there are none."""
    *rest, last = [*items] or [""]
    return f"{', '.join(rest)} and {last}" if rest else last


def paragraph(sentences: str, kind: str = "plain", **values: Value) -> Paragraph:
    """Return a paragraph of marked-up sentences, see ``words``."""
    return Paragraph(words(sentences, **values), kind)


def code(words: str, target: str = "") -> Span:
    """Return a name as code, which may lead to an anchor."""
    return Span(words, "code", target)


def anchor(key: str) -> str:
    """Return the anchor of a variant."""
    return key.replace("/", "-")


def variant(key: str, name: str = "") -> Span:
    """Return the key of a variant (or another name) as code that leads to its details."""
    return code(name or key, anchor(key))


def table(
    anchor: str,
    caption: Prose,
    heads: Sequence[str],
    rows: Iterable[Row | Sequence[Value | Cell]],
    kind: str = "plain",
) -> Table:
    """Return a table; the units of numbers move into the heads.

    Args:
        anchor: Its anchor.
        caption: Its caption.
        heads: The head of each column; # precedes that of a column of numbers.
        rows: Cells or whole rows.
        kind: Its style.

    Raises:
        UserError: A cell is empty; the text names table, row and column.
    """
    made = [_row(row) for row in rows]
    for number, row in enumerate(made, start=1):
        for place, cell in enumerate(row.cells):
            if is_missing(cell.words) or not cell.text:
                head = heads[place].lstrip("#")
                title = row.cells[0].words or number
                raise UserError(f"{anchor}: row {title}, column {head}: a value is missing")
    columns = [Column(head.removeprefix("#"), head.startswith("#")) for head in heads]
    bare = Table(anchor, caption, tuple(columns), tuple(made), kind)
    moved = set()
    for place, column in enumerate(columns):
        texts = [words for words in bare.texts(place) if escaping.begins_with_number(words)]
        heads_with_unit = {escaping.with_unit(column.head, words) for words in texts}
        # Where rows have different units, they stay beside the numbers.
        if column.is_number and len(heads_with_unit) == 1:
            columns[place] = replace(column, head=heads_with_unit.pop())
            moved.add(place)
    bare_rows = tuple(_without_units(row, moved) for row in made)
    return replace(bare, columns=tuple(columns), rows=bare_rows)


def _row(cells: Row | Sequence[Value | Cell]) -> Row:
    if isinstance(cells, Row):
        return cells
    return Row(tuple(c if isinstance(c, Cell) else Cell(text(c)) for c in cells))


def _without_units(row: Row, columns: set[int]) -> Row:
    cells, place = [], 0
    for cell in row.cells:
        if row.kind != "group" and place in columns:
            bare = tuple(replace(part, text=escaping.without_unit(part.text)) for part in cell.text)
            cell = replace(cell, text=bare)
        cells.append(cell)
        place += cell.span
    return replace(row, cells=tuple(cells))


def group(title: Value, columns: int) -> Row:
    """Return a subtitle within a table."""
    return Row((Cell(text(title), span=columns),), "group")
