"""HDF5 files: text of attributes, and arrays, by path.

`hdf5_child` reads them, in a process of its own: the library crashes on some damaged files.
"""

import importlib.util
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hwgen.errors import ModelError, ToolError, one_line
from hwgen.readers.json_object import parse_json
from hwgen.readers.npz import Archive

__all__ = ["Hdf5", "is_hdf5", "read_hdf5"]

_CHILD = Path(__file__).with_name("hdf5_child.py")
_SIGNATURE = b"\x89HDF\r\n\x1a\n"
_DAMAGED = "is a damaged HDF5 file, or one cut short"
_REFUSED = 2
_MOST_SECONDS = 30
_MOST_LETTERS = 300

Texts = dict[str, str | list[str]]


def is_hdf5(data: bytes) -> bool:
    """Tell whether the bytes begin as an HDF5 file does."""
    return data.startswith(_SIGNATURE)


class Hdf5:
    """Texts of each group by its path, "" for the root, and arrays by path, as in "/a/b"."""

    def __init__(self, groups: dict[str, Texts], arrays: Archive):
        self._groups = groups
        self._arrays = arrays

    def has(self, path: str) -> bool:
        """Whether there is such a group."""
        return path in self._groups

    def text(self, path: str, attribute: str) -> str | None:
        """A group's attribute; None where there is none that is one text."""
        found = self._groups.get(path, {}).get(attribute)
        return found if isinstance(found, str) else None

    def texts(self, path: str, attribute: str) -> list[str] | None:
        """A group's attribute; None where there is none that is a list of texts."""
        found = self._groups.get(path, {}).get(attribute)
        return found if isinstance(found, list) else None

    def array(self, path: str) -> NDArray[Any] | None:
        """The numbers at a path; None where there are none."""
        name = f"array{path}.npy"
        return self._arrays.read(name, lambda header: None) if name in self._arrays.names else None

    def arrays_in(self, path: str) -> int:
        """How many arrays lie in a group itself."""
        begin = f"array{path}/"
        names = (name for name in self._arrays.names if name.startswith(begin))
        return sum("/" not in name.removeprefix(begin) for name in names)


def read_hdf5(data: bytes, what: str, skipped: tuple[str, ...] = ()) -> Hdf5:
    """Read all texts and arrays of a file, of at most 2**24 numbers.

    Parameters
    ----------
    data : bytes
        Contents of the file.
    what : str
        What the file is, for the message that the package is missing.
    skipped : tuple of str
        Names at the root that are left out.

    Raises
    ------
    ModelError
        If the file is damaged, too large when unpacked, or holds other arrays than of numbers.
    ToolError
        If the package ``h5py`` is not installed.
    """
    if importlib.util.find_spec("h5py") is None:
        raise ToolError(f"{what}, which is read with the package h5py: pip install 'hwgen[import]'")
    try:
        # One thread each for what numpy would start many for; -P keeps this folder out of imports.
        made = subprocess.run(
            [sys.executable, "-P", str(_CHILD), *skipped],
            input=data,
            capture_output=True,
            timeout=_MOST_SECONDS,
            env={**os.environ, "OPENBLAS_NUM_THREADS": "1"},
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise ModelError(_DAMAGED) from error
    except OSError as error:
        raise ToolError(f"{what}, and python cannot be started: {error.strerror}") from error
    if made.returncode == _REFUSED:
        raise ModelError(one_line(made.stderr.decode("utf-8", "replace")[:_MOST_LETTERS]))
    if made.returncode:
        raise ModelError(_DAMAGED)
    arrays = Archive(made.stdout)
    texts = arrays.read("texts.npy", lambda header: None)
    return Hdf5(_groups(parse_json(np.asarray(texts, np.uint8).tobytes(), "it")), arrays)


def _groups(found: dict[str, Any]) -> dict[str, Texts]:
    return found
