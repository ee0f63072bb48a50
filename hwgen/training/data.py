"""Pictures for training: read, checked, and parted into those that train, choose and test."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hwgen.errors import ModelError, located, times
from hwgen.training.data_files import read_named
from hwgen.training.labels import check_counts, class_indices
from hwgen.training.split import hold_out, refuse_shared_groups

__all__ = ["TrainingData", "load_data"]

PARTS = ("train", "valid", "test")
MAX_BYTES = 1 << 30
"""Of all pictures."""


@dataclass(frozen=True, eq=False)
class TrainingData:
    """Pictures that train, choose between epochs, and test; each class has some in each part.

    Parameters
    ----------
    train_x, valid_x, test_x : uint8 array (N, H, W, C), C-contiguous
        ``valid_x`` and ``test_x`` may be empty, where a share of 0 was asked for.
    train_y, valid_y, test_y : int64 array (N,)
        What they show: 0 to K - 1.
    classes : tuple of K str, K >= 2
        Names; the numbers as text where there are none.
    """

    train_x: NDArray[np.uint8]
    train_y: NDArray[np.int64]
    valid_x: NDArray[np.uint8]
    valid_y: NDArray[np.int64]
    test_x: NDArray[np.uint8]
    test_y: NDArray[np.int64]
    classes: tuple[str, ...]

    @property
    def shape(self) -> tuple[int, int, int]:
        """Rows, columns and channels of a picture."""
        _, height, width, channels = self.train_x.shape
        return height, width, channels


def load_data(
    source: Path | str | Mapping[str, Any],
    *,
    seed: int,
    valid: float = 0.1,
    test: float = 0.2,
    note: Callable[[str], object] = lambda text: None,
) -> TrainingData:
    """Read pictures and what they show, and part them.

    Parameters
    ----------
    source : path, or mapping of arrays
        An ``.npz`` archive, or a mapping with the same keys: pictures ``x``, uint8 (N, H, W, C),
        (N, H, W) or vectors (N, C), and labels ``y``, integers from 0, text, or rows of zeros and
        a one. With ``is_test``, booleans (N,), it says itself which ones test; with ``group``,
        integers or text (N,), pictures of one group stay on one side of every split. Or pictures
        that are parted already, ``train_x``, ``train_y``, ``test_x``, ``test_y`` and as well
        ``valid_x``, ``valid_y``. ``x_train``, ``images``, ``train_labels`` and the like are as
        good. ``classes`` names the classes. ``jpeg`` or ``png`` with ``offset`` in place of ``x``
        are files end to end, and where each begins.
        A folder of class folders; one with ``train``, ``test`` and as well ``valid`` folders of
        such; one of IDX files (``train-images-idx3-ubyte`` and so on). A ``.csv`` table of files
        and labels.
    seed : int
        Of the splits that the source does not make itself.
    valid, test : float
        Shares of each class that choose between epochs and that test, of what trains and of
        everything, where the source has no such part; 0 for none.
    note : callable
        Told what was left out, chosen, or done to pictures.

    Raises
    ------
    ModelError
        For what cannot train; names the file.
    """
    for name, share in (("valid", valid), ("test", test)):
        if not 0 <= share <= 0.9:
            raise ModelError(f"the share for {name} must be 0 to 0.9, not {share}")
    if isinstance(source, Mapping):
        return _data(read_named(source, note), seed, valid, test)
    with located(str(source)):
        return _data(read_named(Path(source), note), seed, valid, test)


@dataclass(frozen=True, eq=False)
class _Part:
    x: NDArray[np.uint8]
    y: NDArray[np.int64]
    group: NDArray[Any] | None

    def take(self, rows: NDArray[np.bool_]) -> "_Part":
        group = None if self.group is None else self.group[rows]
        return _Part(np.ascontiguousarray(self.x[rows]), self.y[rows], group)


def _data(named: Mapping[str, NDArray[Any]], seed: int, valid: float, test: float) -> TrainingData:
    """The parts of arrays by their plain names (`data_files.read_named`)."""
    parts, classes = _given(named)
    if len(parts) == 1 and "is_test" in named:
        _part_off(parts, "test", _flags(named["is_test"], len(parts["train"].y)))
    # Test pictures first: which they are does not depend on the share for validation.
    for name, share in (("test", test), ("valid", valid)):
        if name not in parts:
            rows, rng = parts["train"], np.random.default_rng([seed, PARTS.index(name)])
            _part_off(parts, name, hold_out(rows.y, rows.group, share, rng))
    refuse_shared_groups({name: part.group for name, part in parts.items()})
    for name, share in (("train", 1.0), ("valid", valid), ("test", test)):
        if share or len(parts[name].y):
            check_counts(parts[name].y, classes, name)
    of, choice, trial = (parts[name] for name in PARTS)
    return TrainingData(of.x, of.y, choice.x, choice.y, trial.x, trial.y, classes)


def _part_off(parts: dict[str, _Part], name: str, rows: NDArray[np.bool_]) -> None:
    parts[name] = parts["train"].take(rows)
    parts["train"] = parts["train"].take(~rows)


def _given(named: Mapping[str, NDArray[Any]]) -> tuple[dict[str, _Part], tuple[str, ...]]:
    """What the source parts itself, all of it "train" where it parts nothing, and the classes."""
    keys = {part: f"{part}_" for part in PARTS if f"{part}_x" in named or f"{part}_y" in named}
    if keys and ("x" in named or "y" in named):
        raise ModelError("has pictures that are parted, and others: both x or y and train_x")
    keys = keys or {"train": ""}
    if "train" not in keys:
        raise ModelError(f"has no pictures that train, only {' and '.join(keys)}")
    x = {part: _pictures(named, f"{key}x") for part, key in keys.items()}
    for part, key in keys.items():
        if x[part].shape[1:] != x["train"].shape[1:]:
            raise ModelError(
                f"pictures of {key}x are {times(x[part].shape[1:])}, but those that train "
                f"{times(x['train'].shape[1:])}"
            )
    if sum(pictures.nbytes for pictures in x.values()) > MAX_BYTES:
        raise ModelError(f"has more than the {MAX_BYTES:,} bytes of pictures that are taken")
    raw = {key: _column(named, f"{key}y", "label", len(x[part])) for part, key in keys.items()}
    names = named.get("classes")
    y, classes = class_indices({f"{key}y": array for key, array in raw.items()}, names)
    parts = {}
    for part, key in keys.items():
        group = None
        if f"{key}group" in named:
            group = _column(named, f"{key}group", "group", len(x[part]))
        parts[part] = _Part(x[part], y[f"{key}y"], group)
    return parts, classes


def _pictures(named: Mapping[str, NDArray[Any]], key: str) -> NDArray[np.uint8]:
    """Pictures as (N, H, W, C)."""
    if key not in named:
        raise ModelError(f"has no pictures: {key}")
    array = named[key]
    if array.dtype != np.uint8:
        raise ModelError(f"pictures of {key} must be uint8, 0 to 255, not {array.dtype}")
    if array.ndim not in (2, 3, 4):
        raise ModelError(
            f"pictures of {key} must have shape (N, H, W, C), (N, H, W) or (N, C), not "
            f"{array.shape}"
        )
    if not array.size:
        raise ModelError(f"{key} holds no picture")
    if array.ndim == 2:
        return np.ascontiguousarray(array[:, np.newaxis, np.newaxis])
    return np.ascontiguousarray(array.reshape(*array.shape[:3], -1))


def _column(named: Mapping[str, NDArray[Any]], key: str, what: str, count: int) -> NDArray[Any]:
    """An array with a row for each picture."""
    if key not in named:
        raise ModelError(f"has no {what}s: {key}")
    if named[key].shape[:1] != (count,):
        raise ModelError(
            f"{key} must have a {what} for each of {count:,} pictures, not shape {named[key].shape}"
        )
    return named[key]


def _flags(array: NDArray[Any], count: int) -> NDArray[np.bool_]:
    if array.shape != (count,) or array.dtype.kind not in "biu" or not np.isin(array, (0, 1)).all():
        raise ModelError(f"is_test must have a 0 or 1 for each of {count:,} pictures")
    return array.astype(np.bool_)
