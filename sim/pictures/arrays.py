"""Arrays from files: ``.npy``, one of an ``.npz`` archive by its key, and IDX."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from hwgen.errors import ModelError, describe, times
from hwgen.readers.files import is_file, read_bytes
from hwgen.readers.idx import is_idx, read_idx
from hwgen.readers.npy import MAX_FILE_BYTES, Check, Header, read_npy
from hwgen.readers.npz import Archive

__all__ = ["Place", "Sought", "is_array_file", "named_array", "place_of", "read_array"]

MAX_ARCHIVE_BYTES = 1 << 27
_LISTED = 8


@dataclass(frozen=True)
class Place:
    """A file, and the key of an array in it where one was named."""

    path: Path
    key: str | None = None


@dataclass(frozen=True)
class Sought:
    """The array that is sought.

    Parameters
    ----------
    what : str
        In words: "pictures".
    check : callable
        Raises a ModelError for an array that is none.
    usual : sequence of str
        Keys by which it goes, the likeliest first.
    """

    what: str
    check: Check
    usual: Sequence[str] = ()

    def fits(self, header: Header) -> bool:
        """Tell whether an array is one."""
        try:
            self.check(header)
        except ModelError:
            return False
        return True


def place_of(name: str) -> Place:
    """Take ``FILE.npz:KEY`` apart, unless there is a file of that name."""
    file, colon, key = name.rpartition(":")
    if colon and file.lower().endswith(".npz") and not is_file(Path(name)):
        return Place(Path(file), key)
    return Place(Path(name))


def is_array_file(path: Path) -> bool:
    """Tell by its name whether a file holds arrays."""
    return path.suffix.lower() in (".npy", ".npz") or is_idx(path)


def read_array(
    place: Place, sought: Sought, note: Callable[[str], object] = lambda text: None
) -> tuple[NDArray[Any], str | None]:
    """Read the array that is sought, and its key in an archive.

    Without a key an archive's array is the only one that fits, or of several the one with the most
    usual name, which ``note`` is told.

    Raises
    ------
    ModelError
        If the file cannot be read or has no such array, or several without a usual name; does not
        name the file.
    """
    if place.path.suffix.lower() == ".npz":
        archive = _archive(place.path)
        key = _key(archive, place, sought, note)
        return archive.read(f"{key}.npy", _bounded(sought.check)), key
    if is_idx(place.path):
        array = read_idx(place.path)
        sought.check(Header(array.shape, array.dtype, False))
        return array, None
    return read_npy(place.path, sought.check), None


def named_array(path: Path, sought: Sought) -> NDArray[Any] | None:
    """Read the array of an archive that has the first of the usual keys and fits; None for none.

    Raises
    ------
    ModelError
        If the archive cannot be read; does not name it.
    """
    archive = _archive(path)
    for key in sought.usual:
        if f"{key}.npy" in archive.names and sought.fits(archive.header(f"{key}.npy")):
            return archive.read(f"{key}.npy", _bounded(sought.check))
    return None


def _archive(path: Path) -> Archive:
    return Archive(read_bytes(path, MAX_ARCHIVE_BYTES))


def _key(archive: Archive, place: Place, sought: Sought, note: Callable[[str], object]) -> str:
    names = [name.removesuffix(".npy") for name in archive.names if name.endswith(".npy")]
    if place.key is not None:
        if place.key not in names:
            raise ModelError(
                f"has no array {describe(place.key)}, only {', '.join(names[:_LISTED]) or 'none'}"
            )
        return place.key
    headers = {name: archive.header(f"{name}.npy") for name in names}
    fitting = [name for name in names if sought.fits(headers[name])]
    if len(names) == 1:
        return names[0]  # what is wrong with it is said when it is read
    if not fitting:
        listed = "; ".join(
            f"{name}: {times(headers[name].shape) or 'one number'}, {headers[name].dtype}"
            for name in names[:_LISTED]
        )
        raise ModelError(f"has no array of {sought.what} that fits, only {listed or 'none'}")
    if len(fitting) == 1:
        return fitting[0]
    known = [name for name in sought.usual if name in fitting]
    if not known:
        raise ModelError(
            f"has several arrays of {sought.what}: {', '.join(fitting[:_LISTED])}; say which, as "
            f"in {place.path.name}:{fitting[0]}"
        )
    note(f"{place.path}: {known[0]} is taken, of {', '.join(fitting[:_LISTED])}")
    return known[0]


def _bounded(check: Check) -> Check:
    def bounded(header: Header) -> None:
        check(header)
        if header.nbytes > MAX_FILE_BYTES:
            raise ModelError(f"has more than the {MAX_FILE_BYTES:,} bytes that are read")

    return bounded
