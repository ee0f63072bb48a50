"""Pictures for a network from files, folders, patterns, archives and tables."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from math import prod
from pathlib import Path

import numpy as np

from hwgen.errors import ModelError, describe, located
from hwgen.model.layers import Input, Model
from hwgen.readers import picture
from hwgen.readers.picture import Fit, Wanted, read_picture
from hwgen.readers.picture_files import Found, find_files
from sim.images import Pixels, as_frames, check_unsized, picture_check, picture_shape
from sim.pictures.arrays import Place, Sought, is_array_file, place_of, read_array
from sim.pictures.tables import listed_pictures

__all__ = [
    "Piece",
    "batches",
    "find_pictures",
    "load_images",
    "load_pieces",
    "load_unsized",
    "places",
]

Note = Callable[[str], object]
Sources = Path | str | Sequence[Path | str]

SUFFIXES = (".npy", *picture.SUFFIXES)
"""Of the files of a folder, those that are taken."""

KEYS = ("images", "x_test", "test_x", "X_test", "test_images", "X", "x", "data")
"""By which an archive's pictures go."""

MAX_BYTES = 1 << 28
"""Of all pictures that are in memory at once."""


@dataclass(frozen=True, eq=False)
class Piece:
    """The pictures of one file.

    Parameters
    ----------
    place : Place
        The file, and the key of its array.
    pixels : array, optional
        (N, H, W, C) of the input's type; None where the file is a picture, and read when its turn
        comes.
    label : str, optional
        What its folder, or its row in a table, says that it shows.
    """

    place: Place
    pixels: Pixels | None = None
    label: str | None = None

    @property
    def count(self) -> int:
        """How many pictures it has."""
        return 1 if self.pixels is None else len(self.pixels)


@dataclass
class _Notes:
    """Notes on pictures: each kind once, with the first file and how many more there are."""

    first: dict[str, Path] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)

    def of(self, path: Path) -> Note:
        def keep(text: str) -> None:
            self.first.setdefault(text, path)
            self.counts[text] = self.counts.get(text, 0) + 1

        return keep

    def tell(self, note: Note) -> None:
        for text, path in self.first.items():
            more = self.counts[text] - 1
            note(f"{path}{f' and {more:,} more' if more else ''}: {text}")


def load_images(
    sources: Sources,
    model: Model,
    note: Note = lambda text: None,
    fit: Fit | str | None = None,
    frames: int | None = None,
) -> Pixels:
    """Read pictures of the size that a network reads, source after source.

    Parameters
    ----------
    sources : path or sequence of paths
        As for `find_pictures`.
    model : Model
    note : callable
        Told what was done to pictures to make them fit.
    fit : Fit or str, optional
        What is done with a picture of another size: "crop", "pad" or "stretch"; by default it is
        refused.
    frames : int, optional
        How many to read at most.

    Returns
    -------
    array (N, H, W, C) of the input's type, C-contiguous, N >= 1

    Raises
    ------
    ModelError
        Names the file and why it cannot be used.
    """
    pieces = find_pictures(sources, model, note)
    if frames is not None:
        before = np.cumsum([0] + [piece.count for piece in pieces])
        pieces = pieces[: int(np.searchsorted(before, frames))]
    return load_pieces(pieces, model, note, fit)[:frames]


def load_pieces(pieces: Sequence[Piece], model: Model, note: Note, fit: Fit | str | None) -> Pixels:
    """Read pictures that `find_pictures` found; as `load_images`."""
    _check_bytes(pieces, model.input)
    (found,) = batches(pieces, model, note, fit, MAX_BYTES)
    return found


def find_pictures(sources: Sources, model: Model, note: Note = lambda text: None) -> list[Piece]:
    """Find pictures, and read those that are arrays.

    Parameters
    ----------
    sources : path or sequence of paths
        Each a file, a folder, or a pattern (`hwgen.readers.picture_files.find_files`). Files are
        pictures of the endings that `hwgen.readers.picture` knows; arrays, in ``.npy``, ``.npz``
        and IDX files, integers (N, H, W, C), or (H, W, C) for one picture, where the network reads
        one channel also (N, H, W) or (H, W); and ``.csv`` tables of files, and of what they show.
        ``FILE.npz:KEY`` names an array of an archive.
    model : Model
    note : callable
        Told what was left out or chosen.

    Returns
    -------
    list of Piece
        At least one, in the order of the sources.

    Raises
    ------
    ModelError
        Names the file and why it cannot be used.
    """
    pieces: list[Piece] = []
    held = 0
    for source in [sources] if isinstance(sources, Path | str) else sources:
        for place, label in places(str(source), note):
            with located(str(place.path)):
                pieces.append(_piece(place, label, model.input, note))
                pixels = pieces[-1].pixels
                held += 0 if pixels is None else pixels.nbytes
                if held > MAX_BYTES:
                    raise _too_many()
    return pieces


def batches(
    pieces: Sequence[Piece],
    model: Model,
    note: Note,
    fit: Fit | str | None,
    most_bytes: int,
) -> Iterator[Pixels]:
    """Give the pictures in order, in arrays of at most so many bytes but of at least one picture.

    Raises
    ------
    ModelError
        For a picture that cannot be read or does not fit; names it.
    """
    height, width, channels = picture_shape(model.input)
    wanted = Wanted(width, height, channels, _fit_of(fit))
    most = max(1, most_bytes // (height * width * channels))
    notes, waiting, count = _Notes(), [], 0
    for piece in pieces:
        pixels = piece.pixels
        if pixels is None:
            path = piece.place.path
            with located(str(path)):
                read = read_picture(path, wanted, notes.of(path))
                pixels = as_frames(read, model.input)
        while len(pixels):
            waiting.append(pixels[: most - count])
            count, pixels = count + len(waiting[-1]), pixels[most - count :]
            if count == most:
                yield _joined(waiting)
                waiting, count = [], 0
    if waiting:
        yield _joined(waiting)
    notes.tell(note)


def load_unsized(
    sources: Sequence[Path | str], note: Note = lambda text: None
) -> list[tuple[Path, Pixels]]:
    """Read pictures of whatever size they have, uint8 (N, H, W, C), and the files they are from.

    Raises
    ------
    ModelError
        Names the file and why it cannot be used.
    """
    sought = Sought("pictures", check_unsized, KEYS)
    notes, found, held = _Notes(), [], 0
    for source in sources:
        for place, _ in places(str(source), note):
            with located(str(place.path)):
                if is_array_file(place.path):
                    pixels = np.ascontiguousarray(read_array(place, sought, note)[0])
                else:
                    pixels = read_picture(place.path, None, notes.of(place.path))[np.newaxis]
                held += pixels.nbytes
                if held > MAX_BYTES:
                    raise _too_many()
            found.append((place.path, pixels))
    notes.tell(note)
    return found


def places(source: str, note: Note) -> Iterator[tuple[Place, str | None]]:
    """Each file that a source stands for, and what it shows if that is known."""
    named = place_of(source)
    if named.key is not None:
        yield named, None
        return
    with located(source):
        found, others = find_files(source, SUFFIXES)
    if others:
        files = "1 file of another kind" if others == 1 else f"{others:,} files of other kinds"
        note(f"{source}: {files} left out")
    for file in found:
        with located(str(file.path)):
            yield from _file(file)


def _file(file: Found) -> Iterator[tuple[Place, str | None]]:
    if file.path.suffix.lower() == ".csv":
        yield from ((Place(path), label) for path, label in listed_pictures(file.path))
    elif is_array_file(file.path) or file.path.suffix.lower() in SUFFIXES:
        yield Place(file.path), file.folder
    else:
        raise ModelError(
            f"pictures are folders, patterns, or {', '.join(SUFFIXES)}, .npz, .csv or IDX files"
        )


def _piece(place: Place, label: str | None, input_: Input, note: Note) -> Piece:
    if not is_array_file(place.path):
        return Piece(place, None, label)
    sought = Sought("pictures", picture_check(input_), KEYS)
    array, key = read_array(place, sought, note)
    return Piece(Place(place.path, key), as_frames(array, input_), label)


def _check_bytes(pieces: Sequence[Piece], input_: Input) -> None:
    """Refuse more pictures than may be in memory at once, before they are read."""
    held = 0
    for piece in pieces:
        held += piece.count * prod(picture_shape(input_))
        if held > MAX_BYTES:
            with located(str(piece.place.path)):
                raise _too_many()


def _too_many() -> ModelError:
    return ModelError(f"brings the pictures to more than {MAX_BYTES:,} bytes")


def _fit_of(fit: Fit | str | None) -> Fit | None:
    if fit is not None and fit not in list(Fit):
        raise ModelError(f"fit must be one of {', '.join(Fit)}, not {describe(fit)}")
    return None if fit is None else Fit(fit)


def _joined(parts: list[Pixels]) -> Pixels:
    return parts[0] if len(parts) == 1 else np.concatenate(parts)
