"""What the integers mean that a stage puts out, while a network is lowered."""

from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hwgen.errors import ModelError
from hwgen.model.kinds.shape import Shape
from hwgen.network import Element
from hwgen.passes.fold_threshold import Norm

__all__ = ["MAX_INPUT_BITS", "Values", "bits_of", "check_sums", "plain_values"]

MAX_ACCUMULATOR_BITS = 48
"""Width of the widest accumulator."""

MAX_INPUT_BITS = 16
"""Width of the widest element that a matrix layer reads."""


@dataclass(frozen=True, eq=False)
class Values:
    """Integers ``k`` that a stage puts out: they stand for ``scales[c] * k + offsets[c]``.

    With ``norms``, one a channel, for that batch-normalised; where ``rectified``, for the larger
    of that and zero. ``low`` and ``high`` are the least and the greatest ``k``, one a channel or
    one for all. ``pixels``: nothing but the picture was read; ``sums``: too wide for a matrix
    layer to read.
    """

    source: str
    shape: Shape
    element: Element
    scales: tuple[Fraction, ...]
    offsets: tuple[Fraction, ...]
    low: NDArray[np.int64]
    high: NDArray[np.int64]
    pixels: bool = False
    sums: bool = False
    norms: tuple[Norm, ...] | None = None
    rectified: bool = False

    @property
    def bounds(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Least and greatest integer of each channel; int64 (channels)."""
        channels = self.shape[2]
        return np.resize(self.low, channels), np.resize(self.high, channels)

    @property
    def exact(self) -> bool:
        """Whether scales and offsets are all that there is."""
        return self.norms is None and not self.rectified

    @property
    def scale(self) -> Fraction:
        """Scale of all channels; only where they have one."""
        (scale,) = set(self.scales)
        return scale

    @property
    def offset(self) -> Fraction:
        """Offset of all channels; only where they have one."""
        (offset,) = set(self.offsets)
        return offset

    @property
    def falling(self) -> NDArray[np.bool_]:
        """Of each channel, whether what its integers stand for falls with them."""
        gammas = [norm.gamma for norm in self.norms] if self.norms else [1] * self.shape[2]
        return np.array([g * scale < 0 for g, scale in zip(gammas, self.scales, strict=True)])

    def reshaped(self, shape: Shape) -> "Values":
        """The same integers as a feature map of another shape, channel fastest."""
        times = shape[2] // self.shape[2]
        low, high = self.bounds
        return replace(
            self, shape=shape, scales=self.scales * times, offsets=self.offsets * times,
            low=np.tile(low, times), high=np.tile(high, times),
            norms=self.norms * times if self.norms else None,
        )  # fmt: skip

    def counted(self) -> "Values":
        """The same as numbers that are stored as they are: bits of -1 and +1 as 0 and 1."""
        if not self.element.bipolar:
            return self
        zeros = np.zeros(self.shape[2], np.int64)
        return replace(
            self, element=Element(1, signed=False), scales=tuple(2 * x for x in self.scales),
            offsets=tuple(o - x for o, x in zip(self.offsets, self.scales, strict=True)),
            low=zeros, high=zeros + 1,
        )  # fmt: skip


def plain_values(
    channels: int, low: int, high: int, unit: Fraction = Fraction(1)
) -> dict[str, Any]:
    """What values mean that stand for ``unit * k``, as fields of `Values`."""
    return {
        "scales": (unit,) * channels,
        "offsets": (Fraction(0),) * channels,
        "low": np.full(channels, low),
        "high": np.full(channels, high),
        "pixels": False,
        "sums": False,
        "norms": None,
        "rectified": False,
    }


def bits_of(low: int, high: int) -> int:
    """Bits of two's complement for a range."""
    return max(high.bit_length(), (-low - 1).bit_length() if low < 0 else 0) + 1


def check_sums(bits: int) -> None:
    """Refuse sums of more bits than are built."""
    if bits > MAX_ACCUMULATOR_BITS:
        raise ModelError(
            f"its sums may need {bits} bits, but at most {MAX_ACCUMULATOR_BITS} are built"
        )
