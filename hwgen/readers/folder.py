"""Folders of many small files, read as one thing."""

import os
from pathlib import Path

from hwgen.errors import ModelError
from hwgen.readers.files import read_bytes

__all__ = ["read_folder"]

_MAX_ENTRIES = 10_000


def read_folder(path: Path, endings: tuple[str, ...], limit: int) -> dict[str, bytes]:
    """Read the plain files of a folder that have one of these endings, by name, in order.

    Folders in it are left alone. All files together have at most ``limit`` bytes.

    Raises
    ------
    ModelError
        If it or a file cannot be read, or it has more entries or bytes than are read.
    """
    try:
        with os.scandir(path) as entries:
            names = [entry.name for entry, _ in zip(entries, range(_MAX_ENTRIES + 1), strict=False)]
    except OSError as error:
        raise ModelError(f"cannot be read: {error.strerror or error}") from error
    if len(names) > _MAX_ENTRIES:
        raise ModelError(f"has more than {_MAX_ENTRIES:,} files")
    found: dict[str, bytes] = {}
    left = limit
    for name in sorted(names):
        if not name.endswith(endings):
            continue
        try:
            found[name] = read_bytes(path / name, left)
        except ModelError as error:
            raise ModelError(f"its file {name!r} {error}") from error
        left -= len(found[name])
    return found
