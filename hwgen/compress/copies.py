"""Several channels of one value as fewer of them, with other weights."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

__all__ = ["deal", "least_copies"]


def least_copies(totals: NDArray[np.int64], given: int, largest: int, *, bits: int) -> int:
    """How few channels can have the sums of weights that ``given`` of them have.

    Never more than are given, even where weights up to ``largest`` do not suffice. Weights of 1
    bit are -1 and +1: then it is even where ``given`` is, and odd where that is.
    """
    most = int(np.abs(totals).max(initial=0))
    if bits == 1:
        return most + (most - given) % 2
    if most > given * largest:
        return given
    return -(-most // max(largest, 1))


def deal(
    totals: NDArray[np.int64], signs: Sequence[int], largest: int, *, bits: int
) -> list[NDArray[np.int64]]:
    """Weights of channels that are ``signs`` times one value, which sum up to ``totals`` of it.

    There are at least as many as `least_copies` says, and of 1 bit as even or odd as that.
    """
    found, rest = [], totals
    for k, sign in enumerate(signs):
        if bits == 1:
            found.append(sign * np.where(2 * k < len(signs) + totals, 1, -1))
            continue
        part = np.clip(rest, -largest, largest)
        rest = rest - part
        found.append(sign * part)
    return found
