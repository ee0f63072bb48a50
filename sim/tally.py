"""How well a network's values agree with what is known of pictures, counted batch after batch."""

from math import isfinite
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.golden import GoldenResult
from sim.metrics import area_under_roc, confusions, ranks

__all__ = ["Tally", "taken_classes"]

TOP = 5

MAX_CLASSES = 2048
"""Of a confusion matrix, which has the square of it."""


class Tally:
    """Counts of some batches.

    Parameters
    ----------
    scores : int
        Scores of the network. One alone tells two classes apart, by its sign.

    Members
    -------
    correct, top : int
        Pictures whose class has the largest value, or one of the five largest.
    counts : int64 array (classes, classes) or None
        Pictures by what they show, the row, and what they are taken for; None for no picture, or
        too many classes.
    largest : float or None
        Largest difference from known values; None where none is known or it is beyond float64.
    """

    def __init__(self, scores: int):
        self.scores = scores
        self.correct = 0
        self.top = 0
        self.counts: NDArray[np.int64] | None = None
        self.largest: float | None = None
        self._total, self._numbers = 0.0, 0
        self._margins: list[NDArray[Any]] = []

    def count(self, found: GoldenResult, truth: NDArray[np.int64]) -> None:
        """Count what pictures are taken for; ``truth`` is what they show."""
        taken = taken_classes(found)
        values = _in_order(found)
        if self.scores == 1:
            self._margins.append(values[:, 0])
        else:
            self.top += int((ranks(values, truth) < TOP).sum())
        if self.scores == 2:
            self._margins.append(values[:, 1] - values[:, 0])
        self.correct += int((taken == truth).sum())
        classes = max(self.scores, 2)
        if classes <= MAX_CLASSES:
            more = confusions(truth, taken, classes)
            self.counts = more if self.counts is None else self.counts + more

    def compare(self, found: GoldenResult, known: NDArray[np.float64]) -> None:
        """Count how far values are from those that are known, (frames, values a frame)."""
        apart = np.abs(found.float_scores.reshape(known.shape) - known)
        self._total += float(apart.sum())
        self._numbers += apart.size
        largest = max(self.largest or 0.0, float(apart.max()))
        self.largest = largest if isfinite(self._total) else None

    @property
    def mean(self) -> float | None:
        """Mean difference from known values."""
        return None if self.largest is None else self._total / self._numbers

    def area(self, truth: NDArray[np.int64]) -> float | None:
        """Area under the ROC, for the truth of all pictures; None but for two classes."""
        if not self._margins:
            return None
        return area_under_roc(np.concatenate(self._margins), truth == 1)


def taken_classes(found: GoldenResult) -> NDArray[np.int64]:
    """What pictures are taken for: the largest value, or of one alone 1 where it is 0 or more.

    ``found`` has one pixel of output.
    """
    if found.scores.shape[1] > 1:
        assert found.classes is not None
        return found.classes
    levels, place = np.unique(found.scores[:, 0], return_inverse=True)
    scale, offset = found.score_scale[0], found.score_offset[0]
    return np.array([int(scale * k + offset >= 0) for k in levels.tolist()], np.int64)[place]


def _in_order(found: GoldenResult) -> NDArray[Any]:
    """Numbers in the order of the values: integers where all channels have one scale and offset."""
    scale = found.score_scale[0]
    if set(found.score_scale) == {scale} and len(set(found.score_offset)) == 1:
        return found.scores.astype(np.int64) * ((scale > 0) - (scale < 0))
    return found.float_scores
