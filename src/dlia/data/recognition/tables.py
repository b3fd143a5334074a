"""Tables (CSV) in an archive: their header, rows and columns."""

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass

from dlia.data.offences import EntryError
from dlia.data.recognition.survey import Survey

_SUFFIXES = (".csv", ".tsv", ".txt")
_SEPARATORS = (",", ";", "\t")
_MOST_BYTES = 16 * 2**20  # short rows take 50 times as much memory


@dataclass(frozen=True)
class CsvTable:
    """A table.

    Attributes:
        path: Its path in the archive.
        separator: The character between two columns.
        rows: All rows, the header too, as many cells each.
    """

    path: str
    separator: str
    rows: list[list[str]]

    @property
    def header(self) -> list[str]:
        """The first row."""
        return self.rows[0]

    def column(self, name: str) -> list[str]:
        """Return the cells below a name of the header."""
        place = self.header.index(name)
        return [row[place] for row in self.rows[1:]]


def tables_in(survey: Survey, refused: list[str] | None = None) -> Iterator[CsvTable]:
    """Yield the files that are tables of two columns or more.

    Examples of what is to be handed in to a competition have made-up classes, and are passed over.

    Args:
        survey: The archive.
        refused: Gets the files that are no such tables, with the reason.
    """
    refused = [] if refused is None else refused
    for path in survey.ending(*_SUFFIXES):
        if "submission" in path.lower():
            continue
        if survey.files[path].file_size > _MOST_BYTES:
            refused.append(f"{path} has more than {_MOST_BYTES} bytes")
            continue
        try:
            text = survey.read(path).decode("utf-8-sig")
        except EntryError as reason:
            refused.append(f"{path} is {reason}")
            continue
        except UnicodeDecodeError:
            refused.append(f"{path} is no text in UTF-8")
            continue
        for separator in _SEPARATORS:
            try:
                written = list(csv.reader(io.StringIO(text), delimiter=separator))
            except csv.Error:
                continue
            rows = [[cell.strip() for cell in row] for row in written if row]
            if len(rows) > 1 and len(rows[0]) > 1 and len({len(row) for row in rows}) == 1:
                yield CsvTable(path, separator, rows)
                break
        else:
            refused.append(f"{path} has no rows of two or more cells, as many in each")
