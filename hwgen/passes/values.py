"""What the integers mean that a stage puts out, while a network is lowered."""

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hwgen.errors import ModelError
from hwgen.model.integer import Element
from hwgen.model.shapes import Shape

__all__ = ["BIT_VALUES", "MAX_INPUT_BITS", "Values", "bits_of", "check_sums"]

MAX_ACCUMULATOR_BITS = 48
"""Width of the widest accumulator."""

MAX_INPUT_BITS = 16
"""Width of the widest element that a matrix layer reads."""


@dataclass(frozen=True, eq=False)
class Values:
    """Integers ``k`` that a stage puts out: they stand for ``scale * k + offset``.

    ``low`` and ``high`` are the least and the greatest, one a channel or one for all. ``pixels``:
    nothing but the picture was read; ``sums``: too wide for a matrix layer to read; ``exact``:
    scale and offset are all that there is, with no batch normalisation left to apply.
    """

    source: str
    shape: Shape
    element: Element
    scale: Fraction
    offset: Fraction
    low: NDArray[np.int64]
    high: NDArray[np.int64]
    pixels: bool = False
    sums: bool = False
    exact: bool = True

    @property
    def bounds(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Least and greatest integer of each channel; int64 (channels)."""
        channels = self.shape[2]
        return np.resize(self.low, channels), np.resize(self.high, channels)


BIT_VALUES: dict[str, Any] = {
    "scale": Fraction(1),
    "offset": Fraction(0),
    "low": np.array([-1]),
    "high": np.array([1]),
    "pixels": False,
    "sums": False,
    "exact": True,
}
"""What bipolar values mean."""


def bits_of(low: int, high: int) -> int:
    """Bits of two's complement for a range."""
    return max(high.bit_length(), (-low - 1).bit_length() if low < 0 else 0) + 1


def check_sums(bits: int) -> None:
    """Refuse sums of more bits than are built."""
    if bits > MAX_ACCUMULATOR_BITS:
        raise ModelError(
            f"its sums may need {bits} bits, but at most {MAX_ACCUMULATOR_BITS} are built"
        )
