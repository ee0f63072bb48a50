"""Tables of pictures and of what they show, as people write them: with heads or without."""

from pathlib import Path

from hwgen.errors import ModelError
from hwgen.readers.files import is_file
from hwgen.readers.rows import read_rows

__all__ = ["listed_labels", "listed_pictures"]

FILES = ("path", "file", "filename", "file_name", "image", "images", "picture", "name", "id")
LABELS = ("label", "labels", "class", "class_name", "classname", "category", "target", "y")
"""Heads of columns, in small letters."""


def listed_pictures(path: Path) -> list[tuple[Path, str | None]]:
    """Files of a table, from its folder on, and what each shows where there is a second column.

    Raises
    ------
    ModelError
        If the table cannot be read or lists no file; does not name it.
    """
    rows, file, label = _columns(read_rows(path))
    if len(rows) > 1 and not is_file(path.parent / _cell(rows[0], file)):
        # Heads that are not known are no files either.
        rows = rows[is_file(path.parent / _cell(rows[1], file)) :]
    found = []
    for row in rows:
        if not _cell(row, file):
            raise ModelError(f"a row has no file: {', '.join(row)}")
        found.append((path.parent / _cell(row, file), _cell(row, label) or None))
    if not found:
        raise ModelError("lists no file")
    return found


def listed_labels(path: Path) -> tuple[list[str] | None, list[str]]:
    """What a table says that pictures show, row after row.

    Returns
    -------
    list of str, or None
        Names of their files; None where the table has one column, and so goes by order.
    list of str
        Labels.

    Raises
    ------
    ModelError
        If the table cannot be read, or a row has no label; does not name it.
    """
    rows, file, label = _columns(read_rows(path))
    if max(map(len, rows), default=0) == 1:
        file, label = 1, 0
    labels = [_cell(row, label) for row in rows]
    if len(labels) > 1 and not _is_number(labels[0]) and all(map(_is_number, labels[1:])):
        rows, labels = rows[1:], labels[1:]  # a head that is not known
    if not labels or not all(labels):
        raise ModelError("lists no label" if not labels else "a row has no label")
    return None if file > label else [_cell(row, file) for row in rows], labels


def _columns(rows: list[list[str]]) -> tuple[list[list[str]], int, int]:
    """Rows without their heads, and which columns have files and labels."""
    heads = [cell.casefold() for cell in rows[0]]
    files = [k for k, head in enumerate(heads) if head in FILES]
    labels = [k for k, head in enumerate(heads) if head in LABELS]
    if not files and not labels:
        return rows, 0, 1
    label = labels[0] if labels else 1 - min(files[0], 1)
    return rows[1:], files[0] if files else 0 if label else 1, label


def _cell(row: list[str], column: int) -> str:
    return row[column] if column < len(row) else ""


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit()
