"""Tables as text: rows of cells parted by commas, semicolons or tabs."""

import csv
import io
from pathlib import Path

from hwgen.errors import ModelError
from hwgen.readers.files import read_text, refusing

__all__ = ["read_rows"]

MAX_BYTES = 1 << 26
MAX_ROWS = 1 << 20


def read_rows(path: Path) -> list[list[str]]:
    """Read the rows of a ``.csv`` file that are not empty, spaces around cells left out.

    What parts the cells is what the first row has most of: commas, semicolons or tabs.

    Raises
    ------
    ModelError
        If the file cannot be read, is no UTF-8 text, holds no row, or too many.
    """
    text = read_text(path, MAX_BYTES).removeprefix("\ufeff")
    if text.count("\n") > MAX_ROWS or text.count("\r") > MAX_ROWS:
        raise ModelError(f"has more than the {MAX_ROWS:,} rows that are read")
    first = text.lstrip().partition("\n")[0]
    with refusing("is no table of comma-separated values"):
        parted = csv.reader(io.StringIO(text, newline=""), delimiter=max(",;\t", key=first.count))
        rows = [[cell.strip() for cell in row] for row in parted]
    rows = [row for row in rows if any(row)]
    if not rows:
        raise ModelError("holds no row")
    return rows
