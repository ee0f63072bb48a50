"""Rounding modes, as QONNX names them."""

from collections.abc import Callable
from fractions import Fraction
from math import floor
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["ROUND", "TIES", "rounded"]

Array = NDArray[Any]

_HALF = Fraction(1, 2)

TIES: dict[str, Callable[[int], tuple[Fraction, bool]]] = {
    "ROUND": lambda k: (k - _HALF, k % 2 != 0),
    "HALF_EVEN": lambda k: (k - _HALF, k % 2 != 0),
    "HALF_UP": lambda k: (k - _HALF, k <= 0),
    "HALF_DOWN": lambda k: (k - _HALF, k > 0),
    "FLOOR": lambda k: (Fraction(k), False),
    "CEIL": lambda k: (Fraction(k - 1), True),
    "ROUND_TO_ZERO": lambda k: (Fraction(k), False) if k > 0 else (Fraction(k - 1), True),
    "DOWN": lambda k: (Fraction(k), False) if k > 0 else (Fraction(k - 1), True),
    "UP": lambda k: (Fraction(k - 1), True) if k > 0 else (Fraction(k), False),
}
"""Of each rounding mode, from where on a number is rounded to k or more, and whether strictly."""

ROUND: dict[str, Callable[[Array], Array]] = {
    "ROUND": np.rint,
    "HALF_EVEN": np.rint,
    "HALF_UP": lambda x: np.sign(x) * np.floor(np.abs(x) + 0.5),
    "HALF_DOWN": lambda x: np.sign(x) * np.ceil(np.abs(x) - 0.5),
    "FLOOR": np.floor,
    "CEIL": np.ceil,
    "ROUND_TO_ZERO": np.trunc,
    "DOWN": np.trunc,
    "UP": lambda x: np.sign(x) * np.ceil(np.abs(x)),
}
"""Of each rounding mode, what it makes of an array, in the array's own numbers."""


def rounded(mode: str, number: Fraction) -> int:
    """What a rational is rounded to."""
    below = floor(number)
    cut, strict = TIES[mode](below + 1)
    return below + (number > cut if strict else number >= cut)
