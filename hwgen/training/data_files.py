"""Arrays for training by their plain names, from archives, folders, tables and IDX files."""

import re
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hwgen.errors import ModelError, located, times
from hwgen.readers.files import is_folder, read_bytes
from hwgen.readers.idx import is_idx, read_idx
from hwgen.readers.npy import MAX_FILE_BYTES, Header
from hwgen.readers.npz import Archive
from hwgen.readers.picture import decode_picture, read_picture
from hwgen.readers.picture_files import files_in, folders_in
from sim.pictures.arrays import Place
from sim.pictures.sources import places

__all__ = ["plain_name", "read_named"]

Note = Callable[[str], object]

_PARTS = {
    "train": ("train", "training"),
    "valid": ("valid", "val", "validation", "dev"),
    "test": ("test", "testing", "t10k"),
}
_KINDS = {
    "x": ("x", "image", "images", "data", "pictures"),
    "y": ("y", "label", "labels", "target", "targets"),
    "group": ("group", "groups", "source", "sources"),
}
_WHOLE = {
    "is_test": ("is_test",),
    "classes": ("classes", "class_names"),
    "jpeg": ("jpeg", "png"),
    "offset": ("offset", "offsets"),
}


def plain_name(name: str) -> str | None:
    """``train_x`` for ``x_train`` or ``training-images``, and so on; None for what is no such name.

    Plain names are ``x``, ``y`` and ``group``, alone and after ``train_``, ``valid_`` and
    ``test_``, and ``is_test``, ``classes``, ``jpeg`` and ``offset``.
    """
    text = name.casefold()
    for plain, names in _WHOLE.items():
        if text in names:
            return plain
    words = re.split(r"[_\-.]", text)
    parts = [part for word in words for part, names in _PARTS.items() if word in names]
    kinds = [kind for word in words for kind, names in _KINDS.items() if word in names]
    if len(kinds) != 1 or len(parts) > 1 or len(words) != len(parts) + 1:
        return None
    return "_".join([*parts, *kinds])


def read_named(source: Path | Mapping[str, Any], note: Note) -> dict[str, NDArray[Any]]:
    """Read what a source of `hwgen.training.data.load_data` holds.

    Returns
    -------
    dict of arrays
        By their plain names, without ``jpeg`` and ``offset``; nothing is checked but that they can
        be read.

    Raises
    ------
    ModelError
        Does not name ``source``.
    """
    if isinstance(source, Mapping):
        arrays = source
        found = {plain: _array(arrays[key], key) for plain, key in _chosen(arrays, note).items()}
        return _unpacked(found)
    if source.suffix.lower() == ".npz":
        archive = Archive(read_bytes(source, MAX_FILE_BYTES))
        names = [n.removesuffix(".npy") for n in archive.names if n.endswith(".npy")]
        chosen = _chosen(names, note)
        if not chosen:
            keys = ", ".join(names[:8]) or "none"
            raise ModelError(f"has no array of pictures x or train_x, only {keys}")
        return _unpacked({plain: _of_archive(archive, key, plain) for plain, key in chosen.items()})
    if is_folder(source):
        idx = [path for path in files_in(source) if is_idx(path)]
        return _of_idx(idx, note) if idx else _of_folders(source, note)
    if source.suffix.lower() == ".csv":
        return _stacked("", places(str(source), note), note)
    raise ModelError("data are .npz or .csv files, or folders of class folders or IDX files")


def _chosen(names: Iterable[str], note: Note) -> dict[str, str]:
    """Names by their plain names."""
    chosen: dict[str, str] = {}
    others = []
    for name in names:
        plain = plain_name(name)
        if plain is None:
            others.append(name)
        elif plain in chosen:
            raise ModelError(f"has {plain} twice: {chosen[plain]} and {name}")
        else:
            chosen[plain] = name
    if others and chosen:
        note(f"left out: {', '.join(others[:8])}")
    return chosen


def _array(value: Any, key: str) -> NDArray[Any]:
    try:
        return np.asarray(value)
    except ValueError as error:  # rows of several lengths
        raise ModelError(f"{key} must be an array, of pictures of one size") from error


def _of_archive(archive: Archive, key: str, plain: str) -> NDArray[Any]:
    def check(header: Header) -> None:
        if plain.endswith("x") and header.dtype != np.uint8:
            raise ModelError(f"pictures of {key} must be uint8, 0 to 255, not {header.dtype}")
        if header.nbytes > MAX_FILE_BYTES:
            raise ModelError(f"{key} has more than the {MAX_FILE_BYTES:,} bytes that are read")

    return archive.read(f"{key}.npy", check)


def _unpacked(found: dict[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
    """The same with pictures that are files end to end as arrays."""
    packed, offset = found.pop("jpeg", None), found.pop("offset", None)
    if packed is None or "x" in found:
        return found
    ends = np.zeros(0, np.int64) if offset is None else offset
    good = ends.ndim == 1 and ends.dtype.kind in "iu" and len(ends) > 1 and packed.ndim == 1
    if not good or packed.dtype != np.uint8 or ends[0] < 0 or ends[-1] > len(packed):
        raise ModelError("pictures end to end must be bytes, and offset where each begins and ends")
    first = None
    pictures = []
    for k, (begin, end) in enumerate(zip(ends[:-1].tolist(), ends[1:].tolist(), strict=True)):
        with located(f"picture {k}"):
            pictures.append(decode_picture(packed[begin:end].tobytes()))
            first = pictures[0].shape if first is None else first
            _check_shape(pictures[-1].shape, first, "picture 0")
    return found | {"x": np.stack(pictures)}


def _of_idx(paths: list[Path], note: Note) -> dict[str, NDArray[Any]]:
    names = {re.sub(r"([-.]idx\d*)?[-.](ubyte|idx\d*)(\.gz)?$", "", p.name): p for p in paths}
    if len(names) < len(paths):
        raise ModelError("has an IDX file twice, packed and not")
    found = {}
    for plain, name in _chosen(names, note).items():
        with located(names[name].name):
            found[plain] = read_idx(names[name])
    return found


def _of_folders(folder: Path, note: Note) -> dict[str, NDArray[Any]]:
    """Pictures of class folders, in folders of the parts or not."""
    below = {path.name: path for path in folders_in(folder)}
    parts = {name: part for part, names in _PARTS.items() for name in names if name in below}
    if not parts:
        return _stacked("", _class_folders(folder, note), note)
    found: dict[str, NDArray[Any]] = {}
    for name, part in parts.items():
        if f"{part}_x" in found:
            raise ModelError(f"has two folders for {part}")
        with located(name):
            found |= _stacked(f"{part}_", _class_folders(below[name], note), note)
    return found


def _class_folders(folder: Path, note: Note) -> list[tuple[Place, str | None]]:
    found = list(places(str(folder), note))
    filled = {label for _, label in found}
    for within in folders_in(folder):
        if within.name not in filled:
            raise ModelError(f"the folder of class {within.name!r} holds no picture")
    return found


def _stacked(
    prefix: str, found: Iterable[tuple[Place, str | None]], note: Note
) -> dict[str, NDArray[Any]]:
    pictures: list[NDArray[np.uint8]] = []
    labels = []
    first = None
    told: set[str] = set()

    def once(text: str) -> None:
        if text not in told:
            told.add(text)
            note(text)

    for place, label in found:
        with located(str(place.path)):
            if label is None:
                raise ModelError("nothing says what it shows: it lies in no class folder")
            picture = read_picture(place.path, None, once)
            first = first or (picture.shape, place.path.name)
            _check_shape(picture.shape, first[0], first[1])
        pictures.append(picture)
        labels.append(label)
    return {f"{prefix}x": np.stack(pictures), f"{prefix}y": np.array(labels, np.str_)}


def _check_shape(shape: tuple[int, ...], first: tuple[int, ...], of: str) -> None:
    if shape != first:
        raise ModelError(f"is {times(shape)}, but {of} is {times(first)}")
