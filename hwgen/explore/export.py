"""Rows of a store as CSV, JSON or Parquet."""

import csv
import io
import json
from collections.abc import Callable, Sequence
from pathlib import Path

from hwgen.errors import ModelError, ToolError
from hwgen.explore.row import COLUMNS, Row
from hwgen.files import check_writable, write_whole

__all__ = ["KINDS", "check_export", "export"]


def check_export(path: Path) -> None:
    """Refuse a file that cannot be written, before any work is done for it.

    Raises
    ------
    ModelError
        For a kind of file that there is not, or a path that cannot be written.
    ToolError
        If Parquet is asked for and pyarrow is missing.
    """
    if path.suffix.lower() not in KINDS:
        raise ModelError(f"{path}: results are exported as {', '.join(KINDS)}")
    check_writable(path)
    KINDS[path.suffix.lower()]([])


def export(path: Path, rows: Sequence[Row]) -> None:
    """Write rows, whole or not at all; figures that are not known are empty.

    Raises
    ------
    ModelError, ToolError
        As `check_export`.
    """
    check_export(path)
    write_whole(path, KINDS[path.suffix.lower()](rows))


def _csv(rows: Sequence[Row]) -> bytes:
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(row.as_json() for row in rows)
    return text.getvalue().encode()


def _json(rows: Sequence[Row]) -> bytes:
    return (json.dumps([row.as_json() for row in rows], indent=1) + "\n").encode()


def _parquet(rows: Sequence[Row]) -> bytes:
    # Imported here: only this needs it, and it is large.
    try:
        import pyarrow
        from pyarrow import parquet
    except ImportError as error:
        raise ToolError(
            "Parquet: pyarrow is missing; install it with `pip install 'hwgen[explore]'`"
        ) from error
    table = pyarrow.table({name: [getattr(row, name) for row in rows] for name in COLUMNS})
    file = io.BytesIO()
    parquet.write_table(table, file)
    return file.getvalue()


KINDS: dict[str, Callable[[Sequence[Row]], bytes]] = {
    ".csv": _csv,
    ".json": _json,
    ".parquet": _parquet,
}
"""By the ends of names."""
