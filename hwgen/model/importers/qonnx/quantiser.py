"""What quantisers mean: the levels that they give, and from where on they give each."""

from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hwgen.errors import ModelError, describe
from hwgen.model.importers.qonnx.rounding import ROUND, TIES
from hwgen.model.importers.qonnx.tensor import Tensor, rationals
from hwgen.readers.onnx_file import Node

__all__ = [
    "BIPOLAR",
    "MAX_COUNT",
    "Format",
    "Levels",
    "flag",
    "keeps",
    "quant_format",
    "quant_levels",
    "rounding_mode",
]

Array = NDArray[Any]

MAX_COUNT = 255
"""Levels above the least one."""

_MOST_ZERO = 1 << 16


@dataclass(frozen=True, eq=False)
class Levels:
    """A quantiser on a tensor: ``scale * (low + step * k - zero)`` where k thresholds are reached.

    ``cuts`` are rationals (channels or 1, count), ascending; ``strict`` (count) is where equal is
    not enough. ``scale`` and ``zero`` are rationals (channels) or ().
    """

    cuts: Array
    strict: NDArray[np.bool_]
    low: int
    step: int
    scale: Array
    zero: Array = field(default_factory=lambda: np.array(Fraction(0), object))

    @property
    def high(self) -> int:
        """The greatest level."""
        return self.low + self.step * self.cuts.shape[1]

    @property
    def bipolar(self) -> bool:
        """Whether the levels are -1 and +1."""
        return (self.low, self.high, self.step) == (-1, 1, 2) and not self.zero.any()

    @property
    def ternary(self) -> bool:
        """Whether the levels are -1, 0 and +1 themselves, with the zero of a sign."""
        return (
            (self.low, self.step, self.cuts.shape) == (-1, 1, (1, 2))
            and not self.cuts.any()
            and not self.zero.any()
        )

    def reached(self, values: Array) -> NDArray[np.int64]:
        """How many thresholds rationals (channels) reach."""
        wide = values.reshape(-1, 1)
        return np.where(self.strict, wide > self.cuts, wide >= self.cuts).sum(axis=1)


BIPOLAR = Levels(rationals([[0]]), np.array([False]), -1, 2, np.array(Fraction(1), object))
"""Those of a sign."""


@dataclass(frozen=True, eq=False)
class Format:
    """What a ``Quant``, ``IntQuant`` or ``BipolarQuant`` rounds to: ``scale`` times integers.

    The integers are counted from ``zero``, a number each or one; ``bipolar`` are -1 and +1 alone,
    by the sign.
    """

    low: int
    high: int
    scale: Array
    mode: str
    bipolar: bool
    zero: Array

    def integers(self, values: Array) -> Array:
        """Integers of an array, computed in its own number format, as an executor does."""
        if self.bipolar:
            return np.where(values >= 0, 1, -1)
        if (self.zero != np.rint(self.zero)).any():
            raise ModelError("must have whole numbers as the zero points of weights")
        rounded = ROUND[self.mode](values / self.scale + self.zero)
        if not np.isfinite(rounded).all():
            raise ModelError("must have finite numbers")
        return (np.clip(rounded, self.low, self.high) - self.zero).astype(np.int64)


def quant_format(node: Node, parameters: list[Array]) -> Format:
    """Format of a quantiser, given its inputs but the first.

    A signed ``Quant`` of one bit is -1 and +1: by its definition it would be -1 and 0, but what
    exports it means the sign, and the reference executor computes that.
    """
    wanted = 1 if node.op == "BipolarQuant" else 3
    if len(parameters) != wanted:
        raise ModelError(f"must have {wanted + 1} inputs, not {len(parameters) + 1}")
    scale = parameters[0]
    zero = parameters[1] if wanted == 3 else np.zeros(())
    if not zero.size or not (np.abs(zero) < _MOST_ZERO).all():
        raise ModelError(f"must have numbers below {_MOST_ZERO:,} as its zero point")
    if not scale.size or not np.isfinite(scale).all() or not (scale > 0).all():
        raise ModelError("must have positive numbers as its scale")
    if wanted == 1:
        return Format(-1, 1, scale, "", True, zero)
    bits, signed = _bits(parameters[2]), flag(node, "signed", 1)
    if signed and bits == 1:
        if zero.any():
            raise ModelError("has -1 and +1 as its levels, and must have 0 as its zero point")
        return Format(-1, 1, scale, "", True, zero)
    narrow = flag(node, "narrow", 0)
    if signed:
        low, high = narrow - (1 << bits - 1), (1 << bits - 1) - 1
    else:
        low, high = 0, (1 << bits) - 1 - narrow
    if high <= low:
        raise ModelError("has one level alone, because it is narrow and of 1 bit")
    return Format(low, high, scale, rounding_mode(node, "ROUND"), False, zero)


def flag(node: Node, name: str, default: int) -> bool:
    """An attribute that is 0 or 1."""
    given = node.attributes.get(name, default)
    if given not in (0, 1):
        raise ModelError(f"must have 0 or 1 as {name}, not {describe(given)}")
    return bool(given)


def rounding_mode(node: Node, default: str) -> str:
    """Name of the rounding, one that is known here."""
    given = node.attributes.get("rounding_mode", default)
    mode = given.decode("ascii", "replace") if isinstance(given, bytes) else str(given)
    if mode.upper() not in TIES:
        raise ModelError(f"has the unknown rounding mode {describe(mode)}")
    return mode.upper()


def quant_levels(format_: Format, tensor: Tensor) -> Levels:
    """Levels of a quantiser that reads ``tensor``; refuses more than 8 bits.

    A zero point that is one whole number is in the levels, which are integers then.
    """
    scale = rationals(tensor.by_channel(format_.scale))
    if format_.bipolar:
        return replace(BIPOLAR, scale=scale)
    count = format_.high - format_.low
    if count > MAX_COUNT:
        raise ModelError(
            f"has {count + 1:,} levels; values have at most 8 bits between layers; "
            "quantise to 8 bits or fewer"
        )
    zero = rationals(tensor.by_channel(format_.zero))
    ties = [TIES[format_.mode](k) for k in range(format_.low + 1, format_.high + 1)]
    units = np.empty(count, object)
    units[:] = [cut for cut, _ in ties]
    cuts = scale.reshape(-1, 1) * (units - zero.reshape(-1, 1))
    low, first = format_.low, zero.reshape(-1)[0]
    if first.denominator == 1 and (zero == first).all():
        low, zero = low - int(first), np.array(Fraction(0), object)
    return Levels(cuts, np.array([strict for _, strict in ties]), low, 1, scale, zero)


def keeps(format_: Format, tensor: Tensor) -> bool:
    """Whether a quantiser changes nothing: the tensor's values are levels of it already."""
    if format_.bipolar or tensor.pixel or len(tensor.steps) > 1 or tensor.margin is not None:
        return False
    try:
        line = tensor.linear()
    except ModelError:
        return False
    scale = rationals(tensor.by_channel(format_.scale))
    zero = rationals(tensor.by_channel(format_.zero))
    slope, offset = line.slope / scale, line.offset / scale + zero
    ends = np.sort([slope * tensor.low + offset, slope * tensor.high + offset], axis=0)
    whole = all(number.denominator == 1 for number in (*slope, *offset))
    return whole and bool((ends[0] >= format_.low).all() and (ends[1] <= format_.high).all())


def _bits(given: Array) -> int:
    if given.size != 1 or not np.isfinite(given).all() or given.item() != int(given.item()):
        raise ModelError("must have one whole number of bits")
    bits = int(given.item())
    if not 1 <= bits <= 32:
        raise ModelError(f"must have 1 to 32 bits, not {bits}")
    return bits
