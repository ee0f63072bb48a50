"""The stages of an integer network, with all the constants that the hardware needs."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "BIPOLAR",
    "PIXEL",
    "Combine",
    "Element",
    "Levels",
    "Matrix",
    "Pool",
    "Requantise",
    "Stage",
    "StageBase",
    "SumPool",
    "Threshold",
]


@dataclass(frozen=True)
class Element:
    """Number format of one channel of one pixel.

    Bipolar elements are one bit (0 is -1, 1 is +1); the others are two's complement or plain
    binary integers of ``bits`` bits.
    """

    bits: int
    signed: bool
    bipolar: bool = False


BIPOLAR = Element(1, signed=False, bipolar=True)
PIXEL = Element(8, signed=False)
"""What most pictures have."""


@dataclass(frozen=True, eq=False)
class StageBase:
    """One step of the network; ``source`` names the stage (or ``"input"``) that it reads.

    ``in_shape`` and ``out_shape`` are (height, width, channels).
    """

    name: str
    source: str
    in_shape: tuple[int, int, int]
    out_shape: tuple[int, int, int]
    element: Element
    """Format of what the stage puts out."""

    @property
    def sources(self) -> tuple[str, ...]:
        """All stages that it reads."""
        return (self.source,)


@dataclass(frozen=True, eq=False)
class Combine(StageBase):
    """Several stages, each multiplied by its factor: their sum, or their channels in a row.

    ``others`` are the stages that it reads besides ``source``; elements, channels and factors are
    those of each source in order. Bipolar elements count -1 and +1.
    """

    others: tuple[str, ...]
    in_elements: tuple[Element, ...]
    in_channels: tuple[int, ...]
    factors: tuple[int, ...]
    concat: bool

    @property
    def sources(self) -> tuple[str, ...]:
        """All stages that it reads."""
        return (self.source, *self.others)


@dataclass(frozen=True, eq=False)
class SumPool(StageBase):
    """Sum over windows; bipolar elements count -1 and +1."""

    in_element: Element
    window: tuple[int, int]
    stride: tuple[int, int]


@dataclass(frozen=True, eq=False)
class Levels(StageBase):
    """Pixels to integer levels, through ``table`` int64 (channels or 1, 2 ** bits of a pixel).

    Levels are in the order of the pixels' bits: with two's complement, those of 0 and above first.
    """

    table: NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Matrix(StageBase):
    """Convolution (dense layers are 1x1 ones over one pixel), then thresholds if there are any.

    ``weights`` has the shape (out, ky, kx, in), in the format ``weight_element``: uint8 {0, 1}
    standing for {-1, +1} where that is bipolar, else int64 that fit its two's complement.
    ``pad`` is the padding's element value as stored (bit or level); None means true zero.
    ``thresholds`` int64 (out): the output bit is ``acc >= threshold`` with ``acc`` the signed dot
    product; None lets the signed ``acc`` itself leave. Thresholds lie in
    ``[acc_min, acc_max + 1]``, the ends being "always" and "never".
    """

    in_element: Element
    stride: tuple[int, int]
    padding: tuple[int, int, int, int]
    """top, bottom, left, right"""
    pad: int | None
    weights: NDArray[np.integer[Any]]
    thresholds: NDArray[np.int64] | None
    acc_min: int
    acc_max: int
    weight_element: Element = BIPOLAR
    dilation: tuple[int, int] = (1, 1)
    layer_kind: str = "conv2d"
    """Kind of the layer that it was made of: over one pixel the shapes do not tell."""

    @property
    def weight_bits(self) -> int:
        """Width of a weight; it says nothing of what the bits mean."""
        return self.weight_element.bits

    @property
    def counts(self) -> bool:
        """Whether inputs and weights are bipolar, so that products are counted."""
        return self.in_element.bipolar and self.weight_element.bipolar

    @property
    def depthwise(self) -> bool:
        """Whether each channel has a kernel of its own: ``weights`` (channels, ky, kx, 1)."""
        return self.weights.shape[3] != self.in_shape[2]


@dataclass(frozen=True, eq=False)
class Pool(StageBase):
    """Maximum over windows; none of what ``padding`` (top, bottom, left, right) adds.

    ``minimum`` bool (channels): these channels take the minimum instead, because a threshold that
    falls with the accumulator was moved ahead of the maximum.
    """

    window: tuple[int, int]
    stride: tuple[int, int]
    minimum: NDArray[np.bool_]
    padding: tuple[int, int, int, int] = (0, 0, 0, 0)


@dataclass(frozen=True, eq=False)
class Threshold(StageBase):
    """``bit = (x >= thresholds[c]) ^ invert[c]`` on a stage that is no matrix (the picture).

    With ``thresholds`` int64 (channels, count), ascending along a row, it is how many of a
    channel's are ``<= x``, or, where ``invert``, how many are not; and ``base`` more.
    """

    in_element: Element
    thresholds: NDArray[np.int64]
    invert: NDArray[np.bool_]
    base: int = 0
    layer_kind: str = "multi_threshold"
    """Kind of the layer that it was made of."""


@dataclass(frozen=True, eq=False)
class Requantise(StageBase):
    """``min(max((multipliers[c] * x + biases[c]) >> shift, low), high)``.

    Where ``even`` a result whose shifted out bits are all 0 is rounded down to an even one ahead of
    the limits: halves go to the even number.
    """

    in_element: Element
    multipliers: tuple[int, ...]
    biases: tuple[int, ...]
    shift: int
    low: int
    high: int
    even: bool = False


Stage = Combine | Levels | Matrix | Pool | Requantise | SumPool | Threshold
"""All kinds: what tells them apart ends in `assert_never`, so that a new one is missed nowhere."""
