"""Photographs with their boxes in a table (CSV) for each part: path, x1, y1, x2, y2, class.

The header may name other columns. yhenon/pytorch-retinanet and fizyr/keras-retinanet read such
tables.
"""

import csv
import io
from collections import defaultdict
from collections.abc import Iterator, Mapping

from dlia.data.boxes import Annotated, Box
from dlia.data.layouts import Drawing
from dlia.data.layouts.bounds import MAX_TABLE_BYTES, MOST_FAULTS, check_bytes
from dlia.data.layouts.boxed import (
    BoxesByName,
    Key,
    ListedLayout,
    checked_box,
    label_of,
    without_area,
)
from dlia.data.offences import EntryError, printable
from dlia.study.layout_boxes import BoxesTable

COLUMNS = ("path", "x1", "y1", "x2", "y2", "class")
_ROWS = "rows that cannot be used"


class Layout(ListedLayout):
    """The layout of one study; see ``layouts.LayoutModule``."""

    options: BoxesTable

    def records(
        self, data: bytes, part: str, classes: tuple[str, ...]
    ) -> tuple[BoxesByName, list[EntryError]]:
        """Read the table of a part, and what is wrong with its rows."""
        boxes: dict[Key, list[Box]] = defaultdict(list)
        left_out: dict[Key, list[str]] = defaultdict(list)
        faults: list[EntryError] = []
        header: list[str] = []
        chosen: dict[str, int] = {}
        for number, written in enumerate(_rows(data, self.options.separator), start=1):
            if number == 1:
                header, chosen = written, self._chosen(written)
            if len(faults) >= MOST_FAULTS:
                break
            named = self.options.columns is not None or _is_header(written)
            if not any(written) or (number == 1 and named):
                continue
            try:
                if len(written) != len(header if self.options.columns else COLUMNS):
                    expected = header if self.options.columns else chosen
                    count = f"{len(written)} column{'s' * (len(written) > 1)}"
                    names = ", ".join(map(printable, expected))
                    separator = self.options.separator
                    raise EntryError(f"has {count} parted by {separator!r}, and not {names}")
                path, *corners_written, name = (written[place] for place in chosen.values())
                key = self.key_of(part, path)
                boxes[key] += []  # a photograph without a box has a row, too
                if not name and not any(corners_written):
                    continue
                corners = _numbers(corners_written)
                if self.options.box == "corner_and_size":
                    x, y, width, height = corners
                    corners = (x, y, x + width, y + height)
                box = checked_box(corners, label_of(name, classes), printable(path))
                if box is None:
                    left_out[key].append(without_area(corners, name))
                else:
                    boxes[key].append(box)
            except EntryError as fault:
                faults.append(EntryError(f"row {number}: {fault}", _ROWS, fault.advice))
        if not header:  # an empty table
            self._chosen(header)
        return {
            key: Annotated(tuple(found), None, tuple(left_out[key])) for key, found in boxes.items()
        }, faults

    def _chosen(self, header: list[str]) -> dict[str, int]:
        """Give the place of each column that is read, by its name.

        Raises:
            EntryError: The header lacks one.
        """
        columns = self.options.columns
        if columns is None:
            return {name: place for place, name in enumerate(COLUMNS)}
        for name in columns:
            if name not in header:
                raise EntryError(
                    f"has no column {name}; its columns are {printable(', '.join(header))}",
                    "lack a column",
                    "Correct data.layout in the study: columns and separator of the table.",
                )
        return {name: header.index(name) for name in columns}

    def write(
        self,
        part: str,
        drawings: dict[tuple[tuple[str, str], ...], Drawing],
        classes: list[str],
    ) -> Iterator[tuple[str, str]]:
        """Give the table of a part of a stand-in."""
        content = io.StringIO()
        rows = csv.writer(content, delimiter=self.options.separator, lineterminator="\n")
        rows.writerows([self.options.columns] if self.options.columns else [])
        for values, each in drawings.items():
            path = self.forms[part].fill(dict(values))
            for x1, y1, x2, y2, label in each.boxes:
                sized = self.options.box == "corner_and_size"
                corners = (x1, y1, x2 - x1, y2 - y1) if sized else (x1, y1, x2, y2)
                rows.writerow([path, *(f"{value:g}" for value in corners), classes[int(label)]])
            if not each.boxes:
                rows.writerow([path, "", "", "", "", ""])
        yield self.annotations[part].text, content.getvalue()


def _rows(data: bytes, separator: str) -> Iterator[list[str]]:
    """Yield the rows of a table, one after another: as a list they take 40 times its size."""
    check_bytes(data, MAX_TABLE_BYTES)
    try:
        for row in csv.reader(io.StringIO(data.decode("utf-8-sig")), delimiter=separator):
            yield [cell.strip() for cell in row]
    except (UnicodeDecodeError, csv.Error):
        raise EntryError("is no table of UTF-8 text", "are no tables") from None


def _is_header(row: list[str]) -> bool:
    """Tell whether a first row has names where the others have numbers."""
    return len(row) == len(COLUMNS) and all(cell and not tells_number(cell) for cell in row[1:5])


def tells_number(text: str) -> bool:
    """Return whether a cell is a number."""
    try:
        float(text)
    except ValueError:
        return False
    return True


def _numbers(written: list[str]) -> tuple[float, float, float, float]:
    for cell in written:
        if not tells_number(cell):
            raise EntryError(f"{printable(cell)!r} is no number")
    x1, y1, x2, y2 = map(float, written)
    return x1, y1, x2, y2


def layout_of(options: Mapping[str, object]) -> Layout:
    """Give the layout of a study, from the plain values of its ``layout`` block."""
    return Layout(BoxesTable.model_validate(options))
