"""How well a network does on pictures whose classes, or whose scores, are known."""

import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from math import prod
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hwgen.boards.baud import DEFAULT_BAUD
from hwgen.boards.frames import pack_picture
from hwgen.boards.host import BoardLink
from hwgen.build_folder import BuildFolder
from hwgen.errors import ModelError, located
from hwgen.model import Model, infer_shapes, load_model
from hwgen.readers.files import is_folder
from hwgen.readers.npy import Check, Header
from hwgen.readers.picture import Fit
from sim import golden
from sim.golden import GoldenResult
from sim.images import Pixels, check_images
from sim.pictures import Piece, batches, find_pictures
from sim.pictures.arrays import Place, Sought, place_of, read_array
from sim.pictures.labels import own_labels, read_labels
from sim.tally import Tally

__all__ = ["KEYS", "Evaluation", "evaluate", "reference_check"]

BATCH_BYTES = 1 << 25
"""Of pictures that are computed at once."""

KEYS = ("R", "scores", "reference", "logits", "outputs")
"""By which an archive's reference scores go."""

Note = Callable[[str], object]


@dataclass(frozen=True, eq=False)
class Evaluation:
    """How well a network does.

    Parameters
    ----------
    images : int
    correct : int or None
        Pictures taken for what they show. The class is that of the largest value, the first of
        equal ones; of a network of one score, 1 where its value is 0 or more, else 0.
    top5 : float or None
        Share of pictures whose class is among the five largest values.
    confusion : int64 array (classes, classes) or None
        Pictures by what they show, the row, and what they are taken for.
    auc : float or None
        Of two classes, or one score: the area under the ROC, equal scores counting half.
    max_abs_diff, mean_abs_diff : float or None
        Between the values and the reference scores.
    seconds : float
    """

    model: Model
    images: int
    correct: int | None
    top5: float | None
    confusion: NDArray[np.int64] | None
    auc: float | None
    max_abs_diff: float | None
    mean_abs_diff: float | None
    seconds: float

    @property
    def accuracy(self) -> float | None:
        """Share of pictures taken for what they show."""
        return None if self.correct is None else self.correct / self.images

    def to_json(self) -> dict[str, Any]:
        """What ``hwgen eval --json`` prints."""
        keys = ("images", "correct", "accuracy", "top5", "confusion", "auc")
        keys += ("max_abs_diff", "mean_abs_diff", "seconds")
        found = {key: getattr(self, key) for key in keys}
        return found | {"confusion": None if self.confusion is None else self.confusion.tolist()}


def evaluate(
    source: Model | Path | str,
    images: Path | str | Sequence[Path | str] | Pixels,
    labels: Path | str | Sequence[Any] | NDArray[Any] | None = None,
    *,
    reference: Path | str | NDArray[Any] | None = None,
    fit: Fit | str | None = None,
    port: str | None = None,
    baud: int = DEFAULT_BAUD,
    timeout: float = 2.0,
    processes: int | None = 1,
    progress: Callable[[str], object] = lambda step: None,
    note: Note = lambda text: None,
) -> Evaluation:
    """Hold a network against pictures whose classes or scores are known, as ``hwgen eval`` does.

    Parameters
    ----------
    source : Model or path
        A description, its file, or the folder of a build.
    images : path, sequence of paths, or uint8 (frames, height, width, channels)
        Pictures: files, folders, patterns, tables.
    labels : path or sequence, optional
        What they show: a file (.npy, .npz, .csv, IDX), or a class each. By default what the
        pictures' folders, table or archive say.
    reference : path or array (frames, scores), optional
        Scores that another program computed.
    fit : Fit or str, optional
        What is done with a picture of another size: "crop", "pad" or "stretch".
    port : str, optional
        Serial port of a board that computes the scores; by default the golden model does.
    baud : int
        Rate of the port.
    timeout : float
        Seconds to wait for an answer.
    processes : int or None
        Processes for the golden model; None for as many as the work is worth, for which the
        program's main module must be one that can be imported.
    progress, note : callable
        Told what begins; told what was done to pictures to make them fit.

    Returns
    -------
    Evaluation

    Raises
    ------
    HwgenError
        For what cannot be read, or is known of no picture; names the file.
    """
    start = time.monotonic()
    model = _model(source, progress)
    progress("reading pictures")
    if isinstance(images, np.ndarray):
        pieces = [Piece(Place(Path("images")), check_images(images, model))]
    else:
        pieces = find_pictures(images, model, note)
    count = sum(piece.count for piece in pieces)
    rows, columns, scores = infer_shapes(model)[model.layers[-1].name]
    truth = None
    if rows * columns == 1:
        classes = max(scores, 2)
        if labels is not None:
            truth = read_labels(labels, pieces, classes, model.classes, note)
        else:
            truth = own_labels(pieces, classes, model.classes, note)
    elif labels is not None:
        raise ModelError(f"{model.source}: has no classes: its output is {rows}x{columns} pixels")
    known = None
    if reference is not None:
        known = _known_scores(reference, count, rows * columns * scores, note)
    if truth is None and known is None:
        raise ModelError(
            f"{pieces[0].place.path}: nothing says what the pictures show; give --labels or "
            "--reference"
        )
    tally, done = Tally(scores), 0
    with ExitStack() as stack:
        link = None
        if port is not None:
            link = stack.enter_context(BoardLink(port, baud=baud, timeout=timeout))
        for pixels in batches(pieces, model, note, fit, BATCH_BYTES):

            def tell(now: int, _: int, before: int = done) -> None:
                progress(f"{before + now:,} of {count:,} pictures done")

            if link is None:
                found = golden.run(model, pixels, tell, keep=False, processes=processes)
            else:
                found = _measured(link, model, pixels, tell)
            part = slice(done, done + len(pixels))
            if truth is not None:
                tally.count(found, truth[part])
            if known is not None:
                tally.compare(found, known[part])
            done = part.stop
    return Evaluation(
        model=model,
        images=count,
        correct=None if truth is None else tally.correct,
        top5=None if truth is None or scores == 1 else tally.top / count,
        confusion=tally.counts,
        auc=None if truth is None else tally.area(truth),
        max_abs_diff=tally.largest,
        mean_abs_diff=tally.mean,
        seconds=round(time.monotonic() - start, 3),
    )


def _known_scores(
    reference: Path | str | NDArray[Any], count: int, scores: int, note: Note
) -> NDArray[np.float64]:
    """Scores of other programs, float64 (count, scores); an archive's go by one of `KEYS`.

    Raises
    ------
    ModelError
        If they are not so many finite numbers; names the file.
    """
    check = reference_check(count, scores)
    named = "reference" if isinstance(reference, np.ndarray) else str(reference)
    with located(named):
        if isinstance(reference, np.ndarray):
            check(Header(reference.shape, reference.dtype, False))
            array = reference
        else:
            array, _ = read_array(place_of(named), Sought("scores", check, KEYS), note)
        values = array.reshape(count, scores).astype(np.float64)
        if not np.isfinite(values).all():
            raise ModelError("scores must be finite")
    return values


def reference_check(count: int, scores: int) -> Check:
    """Make the check of an array of so many scores, for each of so many pictures."""

    def check(header: Header) -> None:
        shape = header.shape
        if header.dtype.kind not in "biuf":
            raise ModelError(f"scores must be numbers, not {header.dtype}")
        if not shape or shape[0] != count or prod(shape[1:]) != scores:
            raise ModelError(f"scores must have shape ({count}, {scores}), not {shape}")

    return check


def _model(source: Model | Path | str, progress: Callable[[str], object]) -> Model:
    if isinstance(source, Model):
        return source
    progress(f"reading {source}")
    path = Path(source)
    return load_model(BuildFolder(path).model if is_folder(path) else path)


def _measured(
    link: BoardLink, model: Model, pixels: Pixels, tell: Callable[[int, int], object]
) -> GoldenResult:
    """What a board computes of pictures, its own classes included."""
    wanted = prod(infer_shapes(model)[model.layers[-1].name])
    scores, best = [], []
    for k, picture in enumerate(pixels):
        answer = link.classify(pack_picture(picture, model.input.bits), wanted)
        scores.append(answer.scores)
        best.append(answer.best)
        tell(k + 1, len(pixels))
    found = golden.read_scores(model, np.array(scores, np.int64))
    if found.classes is None or None in best:
        return found
    return replace(found, classes=np.array(best, np.int64))
