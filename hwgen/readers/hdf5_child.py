"""Reads an HDF5 file in a process of its own, because the library crashes on damaged ones.

Started by `hwgen.readers.hdf5` as a script, with names at the root to leave out as arguments: the
file on its input, on its output an ``.npz`` of all arrays by path and, as UTF-8 under ``texts``, of
all texts by path and attribute. What it refuses is a sentence on its error output, and exit code 2.

Only what lies in the file itself is followed: no links to elsewhere, no arrays kept in other files.
"""

import io
import json
import sys
from math import prod
from typing import Any

import h5py
import numpy as np

MAX_NUMBERS = 1 << 24
"""Numbers of one array, and of all together."""

_MAX_TEXT = 1 << 24
_MAX_NAMES = 10_000
_MAX_DEPTH = 32
_MAX_CHUNK_BYTES = 1 << 26
_MAX_MEMORY = 400 << 20
_MAX_SECONDS = 5


class _RefusedError(Exception):
    """A sentence for the user."""


class _Reading:
    """Texts and arrays found so far, and how many names and numbers may still be read."""

    def __init__(self) -> None:
        self.texts: dict[str, dict[str, str | list[str]]] = {}
        self.arrays: dict[str, Any] = {}
        self._names = _MAX_NAMES
        self._numbers = MAX_NUMBERS
        self._letters = _MAX_TEXT

    def group(self, group: Any, path: str, skipped: list[str]) -> None:
        """Take all of a group; links may lead back to it, so depth and names are counted."""
        if path.count("/") > _MAX_DEPTH:
            raise _RefusedError("is nested too deeply")
        self._count(len(group) + len(group.attrs))
        self.texts[path] = {
            str(name): found
            for name in group.attrs
            if (found := self._attribute(group.attrs, name)) is not None
        }
        for name in group:
            if name in skipped or not isinstance(group.get(name, getlink=True), h5py.HardLink):
                continue
            inner, where = group[name], f"{path}/{name}"
            if isinstance(inner, h5py.Group):
                self.group(inner, where, [])
            elif isinstance(inner, h5py.Dataset):
                self._dataset(inner, where)

    def _count(self, names: int) -> None:
        self._names -= names
        if self._names < 0:
            raise _RefusedError(f"has more than {_MAX_NAMES:,} names")

    def _attribute(self, attributes: Any, name: str) -> str | list[str] | None:
        """Text, or a list of texts; of all else None."""
        stored = attributes.get_id(name)
        count = prod(stored.shape or ())
        if not count:
            return []
        self._count(count)
        self._letters -= stored.get_storage_size()
        if self._letters < 0:
            raise _RefusedError("has texts of more than 16 MiB")
        value = attributes[name]
        if isinstance(value, str | bytes):
            return _decoded(value)
        if isinstance(value, np.ndarray) and value.ndim == 1 and value.dtype.kind in "OSU":
            return [_decoded(one) for one in value.tolist()]
        return None

    def _dataset(self, found: Any, path: str) -> None:
        """Refuse what would be too large, or come from elsewhere, before any of it is read."""
        name = repr(path[:60])
        if found.shape is None or found.dtype.kind not in "biuf" or found.dtype.itemsize > 8:
            raise _RefusedError(f"its array {name} must hold plain numbers, not {found.dtype}")
        self._numbers -= found.size
        if self._numbers < 0:
            raise _RefusedError(f"its arrays have more than {MAX_NUMBERS:,} numbers")
        if found.external or found.is_virtual:
            raise _RefusedError(f"its array {name} lies in another file, which is not read")
        # A chunk is unpacked whole, and can be larger than what it holds a part of.
        if found.chunks and prod(found.chunks) * found.dtype.itemsize > _MAX_CHUNK_BYTES:
            raise _RefusedError(f"its array {name} has chunks of more than 64 MiB")
        self.arrays[path] = found[()]


def _decoded(value: Any) -> str:
    text = value.decode("utf-8") if isinstance(value, bytes) else value
    if not isinstance(text, str):
        raise _RefusedError("has an attribute that is no text")
    # h5py writes what is no UTF-8 as lone surrogates.
    text.encode("utf-8")
    return text


def _limit() -> None:
    """Bound memory and time, where the system can."""
    try:
        import resource
    except ImportError:
        return
    for what, most in ((resource.RLIMIT_DATA, _MAX_MEMORY), (resource.RLIMIT_CPU, _MAX_SECONDS)):
        _, hard = resource.getrlimit(what)
        within = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(what, (within, hard))


def main(skipped: list[str]) -> int:
    """Read from input to output; gives the exit code."""
    _limit()
    reading = _Reading()
    try:
        with h5py.File(io.BytesIO(sys.stdin.buffer.read()), "r") as file:
            reading.group(file, "", skipped)
    except _RefusedError as error:
        sys.stderr.buffer.write(str(error).encode("utf-8", "backslashreplace"))
        return 2
    except Exception:
        # Damaged files raise nearly anything, and all of it says the same.
        return 1
    texts = np.frombuffer(json.dumps(reading.texts).encode(), np.uint8)
    np.savez(sys.stdout.buffer, texts=texts, **{f"array{p}": a for p, a in reading.arrays.items()})
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
