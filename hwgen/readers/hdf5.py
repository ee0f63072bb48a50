"""HDF5 files: text of attributes, and arrays; the one place that knows the package ``h5py``.

Only what lies in the file itself is followed: no links to elsewhere, no arrays kept in other files.
"""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hwgen.errors import ModelError, ToolError, describe
from hwgen.readers.files import refusing

__all__ = ["MAX_NUMBERS", "Group", "is_hdf5", "opened_hdf5"]

MAX_NUMBERS = 1 << 24
"""Numbers of one array, and of all that are read of a file."""

_MAX_TEXT = 1 << 24
_MAX_NAMES = 10_000
_MAX_CHUNK_BYTES = 1 << 26
_SIGNATURE = b"\x89HDF\r\n\x1a\n"
_DAMAGED = "is a damaged HDF5 file, or one cut short"


def is_hdf5(data: bytes) -> bool:
    """Tell whether the bytes begin as an HDF5 file does."""
    return data.startswith(_SIGNATURE)


@contextmanager
def opened_hdf5(data: bytes, what: str) -> Iterator["Group"]:
    """Open a file's bytes; gives its root.

    Parameters
    ----------
    data : bytes
        Contents of the file.
    what : str
        What the file is, for the message that the package is missing.

    Raises
    ------
    ModelError
        If the file is damaged.
    ToolError
        If the package ``h5py`` is not installed.
    """
    # Imported where it is used, because it is optional and slow to import.
    try:
        import h5py
    except ImportError as error:
        raise ToolError(
            f"{what}, which is read with the package h5py: pip install 'hwgen[import]'"
        ) from error
    with refusing(_DAMAGED):
        file = h5py.File(io.BytesIO(data), "r")
    try:
        yield Group(file, [MAX_NUMBERS])
    finally:
        file.close()


class Group:
    """A group of a file: attributes, names of what is in it, and arrays.

    ``left`` is how many numbers may still be read of the file, one for all of its groups.
    """

    def __init__(self, group: Any, left: list[int]):
        self._group = group
        self._left = left

    @property
    def names(self) -> tuple[str, ...]:
        """Names of what is in it.

        Raises
        ------
        ModelError
            If they are more than 10,000.
        """
        with refusing(_DAMAGED):
            _check_count(len(self._group))
            return tuple(self._group)

    def group(self, *path: str) -> "Group | None":
        """The group at a path, each name of which may have slashes; None where there is none."""
        import h5py

        with refusing(_DAMAGED):
            found = self._follow(path)
            return Group(found, self._left) if isinstance(found, h5py.Group) else None

    def text(self, attribute: str) -> str | None:
        """An attribute that is one text; None where there is no such attribute."""
        with refusing(_DAMAGED):
            found = self._attribute(attribute)
        if found is None:
            return None
        if not isinstance(found, str):
            raise ModelError(f"its attribute {attribute!r} must be text")
        return found

    def texts(self, attribute: str) -> list[str] | None:
        """An attribute that is a list of texts; None where there is no such attribute."""
        with refusing(_DAMAGED):
            found = self._attribute(attribute)
        if found is None:
            return None
        if not isinstance(found, list):
            raise ModelError(f"its attribute {attribute!r} must be a list of names")
        return found

    def array(self, *path: str) -> NDArray[Any] | None:
        """The array of numbers at a path; None where there is none.

        Raises
        ------
        ModelError
            If it is larger than `MAX_NUMBERS`, or no array of plain numbers within the file.
        """
        import h5py

        with refusing(_DAMAGED):
            found = self._follow(path)
            if not isinstance(found, h5py.Dataset):
                return None
            _check_dataset(found)
            self._left[0] -= found.size
            if self._left[0] < 0:
                raise ModelError(f"its arrays have more than {MAX_NUMBERS:,} numbers")
            return np.asarray(found[()])

    def _follow(self, path: tuple[str, ...]) -> Any:
        """What hard links lead to, which never leave the file."""
        import h5py

        found = self._group
        for name in "/".join(path).split("/"):
            if not name or not isinstance(found, h5py.Group) or name not in found:
                return None
            if not isinstance(found.get(name, getlink=True), h5py.HardLink):
                raise ModelError(f"has a link {describe(name)} to elsewhere, which is not followed")
            found = found[name]
        return found

    def _attribute(self, name: str) -> str | list[str] | None:
        """Text, or a list of texts; an empty list may have any type."""
        if name not in self._group.attrs:
            return None
        stored = self._group.attrs.get_id(name)
        count = prod(stored.shape)
        _check_count(count)
        if stored.get_storage_size() > _MAX_TEXT:
            raise ModelError(f"its attribute {name!r} is too long")
        if not count:
            return []
        value = self._group.attrs[name]
        if isinstance(value, str | bytes | np.bytes_):
            return _decoded(value)
        if isinstance(value, np.ndarray) and value.ndim == 1 and value.dtype.kind in "OSU":
            return [_decoded(one) for one in value.tolist()]
        raise ModelError(f"its attribute {name!r} must be text")


def _decoded(value: Any) -> str:
    if isinstance(value, bytes):
        return value.decode("utf-8")
    if not isinstance(value, str):
        raise ModelError("has an attribute that is no text")
    return value


def _check_count(count: int) -> None:
    if count > _MAX_NAMES:
        raise ModelError(f"has more than {_MAX_NAMES:,} names in one place")


def _check_dataset(found: Any) -> None:
    """Refuse what would be too large, or come from elsewhere, before any of it is read."""
    name = describe(found.name)
    if found.shape is None or found.dtype.kind not in "biuf" or found.dtype.itemsize > 8:
        raise ModelError(f"its array {name} must hold plain numbers, not {found.dtype}")
    if found.size > MAX_NUMBERS:
        raise ModelError(f"its array {name} has more than {MAX_NUMBERS:,} numbers")
    if found.external or found.is_virtual:
        raise ModelError(f"its array {name} lies in another file, which is not read")
    # A chunk is unpacked whole, and can be larger than what it holds a part of.
    if found.chunks and prod(found.chunks) * found.dtype.itemsize > _MAX_CHUNK_BYTES:
        raise ModelError(f"its array {name} has chunks of more than 64 MiB")
