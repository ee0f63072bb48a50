"""What pictures show, as the index of a class each."""

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hwgen.errors import ModelError, describe, located
from hwgen.readers.npy import Header
from sim.pictures.arrays import Place, Sought, is_array_file, named_array, place_of, read_array
from sim.pictures.sources import Piece
from sim.pictures.tables import listed_labels

__all__ = ["own_labels", "read_labels"]

Note = Callable[[str], object]

KEYS = ("labels", "y_test", "test_y", "Y_test", "test_labels", "y", "Y", "label", "classes")
"""By which an archive's labels go."""

_LISTED = 8


def read_labels(
    labels: Path | str | Sequence[Any] | NDArray[Any],
    pieces: Sequence[Piece],
    classes: int,
    names: Sequence[str] | None,
    note: Note,
) -> NDArray[np.int64]:
    """Read what pictures show from a file or an array.

    Parameters
    ----------
    labels : path, or sequence
        An array of N integers, or of N rows of zeros and a one, in ``.npy``, ``.npz`` or IDX; or a
        ``.csv`` table of N labels, or of files and labels. Or such an array itself, or texts.
    pieces : sequence of Piece
        The N pictures.
    classes : int
        How many there are.
    names : sequence of str, optional
        Theirs.

    Returns
    -------
    int64 array (N,), 0 to ``classes - 1``

    Raises
    ------
    ModelError
        If there is no label for each picture, or one of no class; names the file.
    """
    count = sum(piece.count for piece in pieces)
    if not isinstance(labels, Path | str):
        return _indices(np.asarray(labels), count, classes, names, note)
    with located(str(labels)):
        place = place_of(str(labels))
        if place.path.suffix.lower() == ".csv":
            return _listed(place.path, pieces, count, classes, names, note)
        if not is_array_file(place.path):
            raise ModelError("labels are .npy, .npz, .csv or IDX files")
        return _of_array(place, count, classes, names, note)


def own_labels(
    pieces: Sequence[Piece], classes: int, names: Sequence[str] | None, note: Note
) -> NDArray[np.int64] | None:
    """What pictures show by their folders, tables and archives; None where nothing says it.

    Raises
    ------
    ModelError
        If it is said of some pictures only, or names no class.
    """
    if all(piece.label is None and piece.place.key is None for piece in pieces):
        return None
    texts: list[str] = []
    found: list[NDArray[np.int64]] = []
    for piece in pieces:
        with located(str(piece.place.path)):
            if piece.label is not None:
                texts += [piece.label] * piece.count
            elif piece.place.key is not None:
                array = _beside(piece.place.path, piece.place.key, piece.count)
                if array is None:
                    return None
                found.append(_indices(array, piece.count, classes, names, note))
            else:
                raise ModelError("nothing says what it shows, as of other pictures")
    if texts and found:
        raise ModelError(f"{pieces[0].place.path}: archives and folders cannot be mixed")
    if texts:
        return _indices(np.array(texts, object), len(texts), classes, names, note)
    return np.concatenate(found)


def _beside(path: Path, key: str, count: int) -> NDArray[Any] | None:
    """The labels in the archive of pictures: those named like them first of all."""
    twins = [key.replace("x", "y"), key.replace("X", "y"), key.replace("X", "Y")]
    twins += [key.replace("images", "labels"), key.replace("image", "label")]
    usual = [*(twin for twin in twins if twin != key), *KEYS]
    return named_array(path, Sought("labels", _check(count), usual))


def _of_array(
    place: Place, count: int, classes: int, names: Sequence[str] | None, note: Note
) -> NDArray[np.int64]:
    array, _ = read_array(place, Sought("labels", _check(count), KEYS), note)
    return _indices(array, count, classes, names, note)


def _check(count: int) -> Callable[[Header], None]:
    def check(header: Header) -> None:
        shape = header.shape
        if header.dtype.kind not in "biuU":
            raise ModelError(f"labels must be integers or text, not {header.dtype}")
        if len(shape) not in (1, 2) or shape[:1] != (count,):
            raise ModelError(f"must have a label for each of {count:,} pictures, not shape {shape}")

    return check


def _listed(
    path: Path,
    pieces: Sequence[Piece],
    count: int,
    classes: int,
    names: Sequence[str] | None,
    note: Note,
) -> NDArray[np.int64]:
    files, labels = listed_labels(path)
    if files is not None and all(piece.pixels is None for piece in pieces):
        by_name: dict[str, str] = {}
        for file, label in zip(files, labels, strict=True):
            if by_name.setdefault(file, label) != label:
                raise ModelError(f"has two labels for {describe(file)}")
        labels = [_label_of(piece.place.path, by_name) for piece in pieces]
    return _indices(np.array(labels, object), count, classes, names, note)


def _label_of(path: Path, by_name: dict[str, str]) -> str:
    for name in (str(path), f"{path.parent.name}/{path.name}", path.name, path.stem):
        if name in by_name:
            return by_name[name]
    raise ModelError(f"has no label for {path}")


def _indices(
    array: NDArray[Any], count: int, classes: int, names: Sequence[str] | None, note: Note
) -> NDArray[np.int64]:
    """Indices of classes, from indices, rows of zeros and a one, or texts."""
    if array.ndim == 2 and array.shape[1] == 1:
        array = array[:, 0]
    elif array.ndim == 2 and array.dtype.kind in "biu":
        if not ((array == 0) | (array == 1)).all() or not (array.sum(axis=1) == 1).all():
            raise ModelError("labels in rows must be zeros and a one each")
        array = array.argmax(axis=1)
    if array.shape != (count,):
        raise ModelError(f"must have a label for each of {count:,} pictures, not {len(array):,}")
    if array.dtype.kind in "UO":
        array = _by_name([str(label) for label in array.tolist()], classes, names, note)
    elif array.dtype.kind not in "biu":
        raise ModelError(f"labels must be integers or text, not {array.dtype}")
    wrong = np.flatnonzero((array < 0) | (array >= classes))
    if len(wrong):
        raise ModelError(
            f"label {array[wrong[0]]} of picture {wrong[0]} is none of the network's classes, "
            f"0 to {classes - 1}"
        )
    return array.astype(np.int64)


def _by_name(
    labels: Sequence[str], classes: int, names: Sequence[str] | None, note: Note
) -> NDArray[np.int64]:
    """Indices of texts: names of the description, numbers, or places in the order of all texts."""
    seen = sorted(set(labels))
    if names and len(names) < classes:
        # One score has one name, that of class 1.
        if names[0] in seen and len(seen) <= classes:
            return _mapped(labels, {label: int(label == names[0]) for label in seen})
        names = None
    if names and set(seen) <= set(names):
        return _mapped(labels, {name: k for k, name in reversed(list(enumerate(names)))})
    if all(label.isascii() and label.isdigit() and len(label) < 10 for label in seen):
        return _mapped(labels, {label: int(label) for label in seen})
    if names:
        unknown = next(label for label in seen if label not in names)
        raise ModelError(
            f"label {describe(unknown)} is none of the network's classes: {_some(names)}"
        )
    if len(seen) != classes:
        raise ModelError(
            f"{len(seen)} labels for a network of {classes} classes without names: {_some(seen)}; "
            "give the description its classes, or number the labels"
        )
    note("classes are taken in the order of their names: " + _some(seen))
    return _mapped(labels, {label: k for k, label in enumerate(seen)})


def _mapped(labels: Iterable[str], index: dict[str, int]) -> NDArray[np.int64]:
    return np.array([index[label] for label in labels], np.int64)


def _some(names: Sequence[str]) -> str:
    more = len(names) - _LISTED
    return ", ".join(names[:_LISTED]) + (f" and {more:,} more" if more > 0 else "")
