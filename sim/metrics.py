"""How well scores agree with what pictures show: ranks, confusions, and the area under the ROC."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["area_under_roc", "confusions", "ranks"]


def ranks(values: NDArray[Any], truth: NDArray[np.int64]) -> NDArray[np.int64]:
    """How many classes come before the right one; of equal values the lower class comes first.

    Parameters
    ----------
    values : array (N, classes)
        The larger, the likelier.
    truth : int64 array (N,)

    Returns
    -------
    int64 array (N,)
    """
    own = np.take_along_axis(values, truth[:, np.newaxis], axis=1)
    lower = np.arange(values.shape[1]) < truth[:, np.newaxis]
    return ((values > own) | ((values == own) & lower)).sum(axis=1, dtype=np.int64)


def confusions(
    truth: NDArray[np.int64], taken: NDArray[np.int64], classes: int
) -> NDArray[np.int64]:
    """Count pictures by what they show, the row, and what they are taken for, the column."""
    counts = np.bincount(truth * classes + taken, minlength=classes * classes)
    return counts.reshape(classes, classes).astype(np.int64)


def area_under_roc(scores: NDArray[Any], positive: NDArray[np.bool_]) -> float | None:
    """The chance that a positive scores more than a negative, equal scores counting half.

    It is the statistic U of Mann and Whitney over the number of pairs, counted in integers, so
    ties are exact.

    Parameters
    ----------
    scores : array (N,) of numbers that can be ordered
    positive : bool array (N,)

    Returns
    -------
    float, or None where there is no pair
    """
    positives = int(positive.sum())
    negatives = len(positive) - positives
    if not positives or not negatives:
        return None
    levels, place = np.unique(scores, return_inverse=True)
    right = np.bincount(place[positive], minlength=len(levels)).tolist()
    wrong = np.bincount(place[~positive], minlength=len(levels)).tolist()
    twice, below = 0, 0
    for good, bad in zip(right, wrong, strict=True):
        twice += good * (2 * below + bad)
        below += bad
    return twice / (2 * positives * negatives)
