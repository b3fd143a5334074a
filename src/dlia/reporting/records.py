"""Reads the files of the build for the report."""

import json
from pathlib import Path
from typing import Any

import pandas as pd

from dlia.runtime.files import write_csv

RESULTS = Path("results")


def read_json(path: Path) -> dict[str, Any]:
    """Read a record of the build."""
    record: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return record


def read_table(path: Path) -> list[dict[str, str]]:
    """Read a table of the build as text, row by row."""
    table = pd.read_csv(path, keep_default_na=False, dtype=str)
    return [{str(key): text for key, text in row.items()} for row in table.to_dict("records")]


def collect(tables: list[str], path: str) -> None:
    """Write the rows of ``tables`` into one table; a column that one of them lacks is empty there.

    Args:
        tables: The same table of several studies; earlier builds may have written some.
        path: Where the whole table goes.
    """
    read = [pd.read_csv(table, keep_default_na=False, dtype=str) for table in tables]
    write_csv(path, pd.concat(read, ignore_index=True).fillna(""))
