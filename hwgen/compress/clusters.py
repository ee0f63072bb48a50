"""Numbers in a few groups of neighbours, each as near to its mean as can be: k-means on a line."""

from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["clustered"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


def clustered(values: NDArray[np.integer[Any]], count: int) -> NDArray[np.integer[Any]]:
    """Integers, each in the place of the mean of its group, of at most ``count``, rounded half up.

    The groups are those of the least sum of squares, not what an iteration happens to end in: on a
    line they are neighbours, so that a table of sums over all ways to end the groups finds them.
    Different groups keep different values.
    """
    distinct, place, times = np.unique(values, return_inverse=True, return_counts=True)
    if len(distinct) <= count:
        return values
    means = np.empty_like(distinct)
    for first, last in pairwise(_ends(distinct.astype(np.float64), times.astype(float), count)):
        weight = int(times[first:last].sum())
        total = int((distinct[first:last].astype(np.int64) * times[first:last]).sum())
        means[first:last] = (2 * total + weight) // (2 * weight)
    return means[place].reshape(values.shape)


def _ends(values: Floats, times: Floats, count: int) -> list[int]:
    """Where each of the groups of sorted values begins, and the end of the last."""
    values = values - np.average(values, weights=times)
    sums = [np.concatenate([[0.0], np.cumsum(times * values**power)]) for power in range(3)]

    def cost(first: Ints, last: Ints) -> Floats:
        number, total, squares = (s[last] - s[first] for s in sums)
        return squares - total**2 / number

    size = len(values)
    every = np.arange(size + 1)
    best = np.full(size + 1, np.inf)
    best[1:] = cost(np.zeros(size, np.int64), every[1:])
    starts: list[Ints] = []
    for groups in range(2, count + 1):
        best, start = _one_more(best, cost, groups, size)
        starts.append(start)
    ends = [size]
    for start in reversed(starts):
        ends.append(int(start[ends[-1]]))
    return [0, *reversed(ends)]


def _one_more(before: Floats, cost: Any, groups: int, size: int) -> tuple[Floats, Ints]:
    """Least sums up to each end with one group more, and where that group begins.

    A later end has no earlier beginning, so those of every second end bound those between them.
    """
    best, start = np.full(size + 1, np.inf), np.full(size + 1, groups - 1)
    step = 1 << (size - groups + 1).bit_length()
    while step:
        ends = np.arange(groups - 1 + step, size + 1, 2 * step)
        if len(ends):
            behind = np.minimum(ends + step, size)
            low = start[ends - step]
            high = np.where(ends + step <= size, np.minimum(start[behind], ends - 1), ends - 1)
            lengths = high - low + 1
            heads = np.concatenate([[0], np.cumsum(lengths)[:-1]])
            owner = np.repeat(np.arange(len(ends)), lengths)
            tried = np.arange(lengths.sum()) - heads[owner] + low[owner]
            sums = before[tried] + cost(tried, ends[owner])
            best[ends] = np.minimum.reduceat(sums, heads)
            found = np.flatnonzero(sums == best[ends][owner])
            start[ends] = tried[found[np.unique(owner[found], return_index=True)[1]]]
        step >>= 1
    return best, start
