"""Whether a network computes what an archive of pictures and scores says that it does."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from hwgen.errors import ModelError, located
from hwgen.jobs.evaluate import KEYS, reference_check
from hwgen.model import Model, infer_shapes
from hwgen.readers.npy import Check, Header
from sim import golden
from sim.golden import GoldenResult
from sim.images import Pixels, as_frames, picture_check
from sim.pictures import KEYS as PICTURE_KEYS
from sim.pictures.arrays import Sought, named_array
from sim.tally import taken_classes

__all__ = ["Comparison", "compare_scores", "read_expected"]

CLASS_KEYS = ("classes", "R", "labels", "y")

RELATIVE = 1e-5
"""Of the largest reference score of a picture: how far scores may lie apart.

References are mostly computed in float32, where each step rounds to 24 bits."""


@dataclass(frozen=True, eq=False)
class Expected:
    """Pictures, and what is said of them: scores or classes, or both."""

    pictures: Pixels
    scores: NDArray[np.float64] | None
    classes: NDArray[np.int64] | None


@dataclass(frozen=True)
class Comparison:
    """How many pictures agree; None where nothing is said of it.

    ``same_classes`` counts those taken for the class that is expected, or for one whose reference
    score is as good. ``max_abs_diff`` is the largest difference of scores.
    """

    images: int
    same_scores: int | None
    same_classes: int | None
    max_abs_diff: float | None

    @property
    def right(self) -> bool:
        """Whether all agree."""
        return all(same in (None, self.images) for same in (self.same_scores, self.same_classes))


def read_expected(path: Path, model: Model) -> Expected:
    """Read an ``.npz`` archive for a network.

    Pictures go by ``images`` or ``X``, scores by ``scores`` or ``R``, classes by ``classes``,
    ``labels`` or, where they are integers, one a picture, ``R``.

    Raises
    ------
    ModelError
        If it cannot be read, or has no pictures of the network's size or neither scores nor
        classes for each; names the file.
    """
    rows, columns, channels = infer_shapes(model)[model.layers[-1].name]
    with located(str(path)):
        if path.suffix.lower() != ".npz":
            raise ModelError("must be an .npz archive of pictures, and of their scores or classes")
        array = named_array(path, Sought("pictures", picture_check(model.input), PICTURE_KEYS))
        if array is None:
            size = f"{model.input.height}x{model.input.width}x{model.input.channels}"
            raise ModelError(f"has no pictures of {size} under {_either(PICTURE_KEYS)}")
        pictures = as_frames(array, model.input)
        sought = Sought("scores", reference_check(len(pictures), rows * columns * channels), KEYS)
        found = named_array(path, sought)
        scores = None if found is None else found.reshape(len(pictures), -1).astype(np.float64)
        classes = None
        if rows * columns == 1 and channels > 1:
            found = named_array(path, Sought("classes", _class_check(len(pictures)), CLASS_KEYS))
            classes = None if found is None else found.reshape(-1).astype(np.int64)
        if scores is None and classes is None:
            raise ModelError(
                f"has neither scores, ({len(pictures)}, {rows * columns * channels}), under "
                f"{_either(KEYS)} nor classes under {_either(CLASS_KEYS)}"
            )
    return Expected(pictures, scores, classes)


def compare_scores(model: Model, expected: Expected) -> Comparison:
    """Compute the pictures with the golden model, and count what agrees."""
    found = golden.run(model, expected.pictures, keep=False)
    images, known = len(expected.pictures), expected.scores
    near, apart, limits = None, None, None
    if known is not None:
        limits = RELATIVE * np.abs(known).max(axis=1)
        distances = np.abs(found.float_scores.reshape(known.shape) - known).max(axis=1)
        near, apart = int((distances <= limits).sum()), float(distances.max())
    return Comparison(images, near, _same_classes(found, expected, limits), apart)


def _same_classes(
    found: GoldenResult, expected: Expected, limits: NDArray[np.float64] | None
) -> int | None:
    known = expected.scores
    if found.classes is None:
        return None
    taken = taken_classes(found)
    if expected.classes is not None:
        return int((taken == expected.classes).sum())
    if known is None or limits is None:
        return None
    if known.shape[1] == 1:
        # What lies within rounding of 0 may be taken for either.
        same = (known[:, 0] >= 0) == (taken == 1)
        return int((same | (np.abs(known[:, 0]) <= limits)).sum())
    own = np.take_along_axis(known, taken[:, np.newaxis], axis=1)[:, 0]
    return int((own >= known.max(axis=1) - limits).sum())


def _class_check(count: int) -> Check:
    def check(header: Header) -> None:
        if header.dtype.kind not in "iu" or header.shape not in ((count,), (count, 1)):
            raise ModelError(f"classes must be {count:,} integers")

    return check


def _either(keys: Sequence[str]) -> str:
    return f"{', '.join(keys[:-1])} or {keys[-1]}"
