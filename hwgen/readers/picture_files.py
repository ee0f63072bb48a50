"""Which files a name stands for: a file, the files of a folder, or a pattern."""

import glob
import os
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from hwgen.errors import ModelError
from hwgen.readers.files import is_file, is_folder

__all__ = ["Found", "files_in", "find_files", "folders_in"]

MAX_FILES = 1 << 20


@dataclass(frozen=True)
class Found:
    """A file, and the folder within that which was named, if it lies in one: its class."""

    path: Path
    folder: str | None = None


def find_files(name: str, suffixes: Collection[str]) -> tuple[list[Found], int]:
    """Find the files that a name stands for, in the order of their names.

    Parameters
    ----------
    name : str
        A file; a folder, for the files in it and in the folders within, one level deep; or a
        pattern of ``*``, ``?`` and ``[]``. Files that begin with a dot are left out.
    suffixes : collection of str
        Small letters; a folder's other files are left out.

    Returns
    -------
    list of Found
        At least one. A name that nothing has is a file, for its reader to miss.
    int
        How many of a folder's files were left out for their suffix.

    Raises
    ------
    ModelError
        If nothing is found, too much, or a folder cannot be read; does not name it.
    """
    if is_folder(Path(name)):
        found, others = _in_folder(Path(name), suffixes)
        if not found:
            raise ModelError(f"the folder holds no {_either(suffixes)} file")
        return found, others
    if is_file(Path(name)) or not glob.has_magic(name) or "\0" in name:
        return [Found(Path(name))], 0
    folders = glob.has_magic(os.path.dirname(name))
    paths = (Path(path) for path in glob.iglob(name))
    files = sorted(_counted(path for path in paths if not is_folder(path)))
    if not files:
        raise ModelError("no file matches")
    return [Found(path, path.parent.name if folders else None) for path in files], 0


def files_in(folder: Path) -> list[Path]:
    """The files of a folder in the order of their names, but for those that begin with a dot.

    Raises
    ------
    ModelError
        If it cannot be read, or holds too much; does not name it.
    """
    return [path for path in _entries(folder) if not is_folder(path)]


def folders_in(folder: Path) -> list[Path]:
    """The folders in a folder; as `files_in`."""
    return [path for path in _entries(folder) if is_folder(path)]


def _entries(folder: Path) -> list[Path]:
    try:
        return sorted(path for path in _counted(folder.iterdir()) if path.name[0] != ".")
    except OSError as error:
        raise ModelError(f"cannot be read: {error.strerror or error}") from error


def _in_folder(folder: Path, suffixes: Collection[str]) -> tuple[list[Found], int]:
    entries = _entries(folder)
    try:
        files = [Found(path) for path in entries if not is_folder(path)]
        for within in filter(is_folder, entries):
            files += [
                Found(path, within.name)
                for path in sorted(_counted(within.iterdir(), len(files)))
                if path.name[0] != "." and not is_folder(path)
            ]
    except OSError as error:
        raise ModelError(f"cannot be read: {error.strerror or error}") from error
    taken = [file for file in files if file.path.suffix.lower() in suffixes]
    return taken, len(files) - len(taken)


def _counted(paths: Iterator[Path], before: int = 0) -> list[Path]:
    found = list(islice(paths, MAX_FILES + 1 - before))
    if len(found) + before > MAX_FILES:
        raise ModelError(f"has more than {MAX_FILES:,} files")
    return found


def _either(suffixes: Collection[str]) -> str:
    *most, last = suffixes
    return f"{', '.join(most)} or {last}"
