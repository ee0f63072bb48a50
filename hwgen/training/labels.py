"""What pictures for training show, as indices of classes."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hwgen.errors import ModelError, describe

__all__ = ["check_counts", "class_indices"]

MAX_CLASSES = 1 << 16
_PARTS = {"train": "training", "valid": "validation", "test": "the test"}


def class_indices(
    columns: Mapping[str, NDArray[Any]], names: NDArray[Any] | None
) -> tuple[dict[str, NDArray[np.int64]], tuple[str, ...]]:
    """Read labels as indices of classes, all columns in the same way.

    Parameters
    ----------
    columns : mapping of arrays (N,) or (N, K)
        By their names. Integers from 0, text, or rows of zeros and a one. The first column's
        pictures train: it decides which classes there are.
    names : array (K,) of text, optional
        Of the classes.

    Returns
    -------
    dict of int64 arrays (N,)
    tuple of str
        Names of the classes: those given, or the texts in their order, or the numbers.

    Raises
    ------
    ModelError
        For labels of another kind, negative ones, ones beyond the classes, one class alone.
    """
    flat = {key: _flat(key, column) for key, column in columns.items()}
    classes = _names(names)
    first, labels = next(iter(flat.items()))
    for key, column in flat.items():
        if (column.dtype.kind == "U") != (labels.dtype.kind == "U"):
            raise ModelError(
                f"labels of {key} are {column.dtype}, but those of {first} {labels.dtype}"
            )
    if labels.dtype.kind == "U":
        classes = classes or tuple(np.unique(labels).tolist())
        found = {key: _by_name(key, column, classes) for key, column in flat.items()}
    else:
        if not classes:
            classes = _numbered(first, columns[first], labels)
        found = {key: _in_range(key, column, len(classes)) for key, column in flat.items()}
    seen = np.unique(found[first])
    if len(seen) < 2:
        raise ModelError(
            f"all pictures show the same class, {describe(classes[seen[0]])}; training takes two"
        )
    return found, classes


def check_counts(labels: NDArray[np.int64], classes: tuple[str, ...], part: str) -> None:
    """Refuse a part, "train", "valid" or "test", that lacks pictures of a class."""
    empty = np.flatnonzero(np.bincount(labels, minlength=len(classes)) == 0)
    if len(empty):
        raise ModelError(
            f"has no picture of class {describe(classes[empty[0]])} for {_PARTS[part]}"
        )


def _flat(key: str, column: NDArray[Any]) -> NDArray[Any]:
    """The same as (N,) of integers or text."""
    if column.ndim == 2 and column.shape[1] == 1:
        column = column[:, 0]
    if column.ndim == 2 and column.dtype.kind in "biu":
        if not np.isin(column, (0, 1)).all() or not (column.sum(axis=1) == 1).all():
            raise ModelError(f"labels of {key} in rows must be zeros and a one each")
        return column.argmax(axis=1)
    if column.ndim == 1 and column.dtype.kind == "O" and all(type(v) is str for v in column):
        column = column.astype(np.str_)
    if column.ndim != 1 or column.dtype.kind not in "biuU":
        raise ModelError(
            f"labels of {key} must be integers or text (N,), not {column.dtype} {column.shape}"
        )
    return column


def _names(names: NDArray[Any] | None) -> tuple[str, ...]:
    if names is None:
        return ()
    texts = tuple(map(str, names.tolist())) if names.ndim == 1 else ()
    if not texts or names.dtype.kind not in "UO" or len(set(texts)) != len(texts):
        raise ModelError("classes must be different texts, one a class")
    return texts


def _numbered(key: str, column: NDArray[Any], labels: NDArray[Any]) -> tuple[str, ...]:
    """Names of classes that have none."""
    if column.ndim == 2 and column.shape[1] > 1:
        return tuple(map(str, range(column.shape[1])))
    top = int(labels.max())
    if top >= MAX_CLASSES:
        raise ModelError(f"labels of {key} must be below {MAX_CLASSES:,}, not {top}")
    return tuple(map(str, range(top + 1)))


def _by_name(key: str, column: NDArray[Any], classes: tuple[str, ...]) -> NDArray[np.int64]:
    index = {name: k for k, name in enumerate(classes)}
    for text in np.unique(column).tolist():
        if text not in index:
            raise ModelError(f"label {describe(text)} of {key} is none of the classes")
    return np.array([index[text] for text in column.tolist()], np.int64)


def _in_range(key: str, column: NDArray[Any], classes: int) -> NDArray[np.int64]:
    wrong = np.flatnonzero((column < 0) | (column >= classes))
    if len(wrong):
        raise ModelError(
            f"label {column[wrong[0]]} of {key}, picture {wrong[0]}, is none of the classes 0 to "
            f"{classes - 1}"
        )
    return column.astype(np.int64)
