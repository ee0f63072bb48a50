"""What layers do to a number of one channel: monotone steps, in exact arithmetic."""

from bisect import bisect_left
from dataclasses import dataclass
from fractions import Fraction

from hwgen.compress.surds import Number, Surd, reaches, root_times
from hwgen.model import BatchNorm, MaxPool, MultiThreshold, Quantise, Relu, Sign

__all__ = [
    "Counted",
    "Norm",
    "Pool",
    "Rectify",
    "Rounded",
    "Shift",
    "Smooth",
    "Stairs",
    "pool_step",
    "smooth_step",
    "stairs_of",
]

HALF = Fraction(1, 2)


@dataclass(frozen=True)
class Shift:
    """A bias."""

    bias: Fraction
    direction = 1

    def of(self, x: Number) -> Number | None:
        """The number behind it; None where this version has no form for it."""
        if isinstance(x, Surd):
            return Surd(x.rational + self.bias, x.factor, x.radicand)
        return x + self.bias


@dataclass(frozen=True)
class Norm:
    """Batch normalisation of one channel; ``spread`` is variance + epsilon."""

    gamma: Fraction
    beta: Fraction
    mean: Fraction
    spread: Fraction

    @property
    def direction(self) -> int:
        """1 where the result rises with the number, -1 where it falls, 0 where it is constant."""
        return (self.gamma > 0) - (self.gamma < 0)

    def of(self, x: Number) -> Number | None:
        """As of `Shift`: None for one that has a square root already."""
        if not self.gamma:
            return self.beta
        if isinstance(x, Surd):
            return None
        return root_times(self.beta, self.gamma * (x - self.mean), 1 / self.spread)


@dataclass(frozen=True)
class Rectify:
    """The larger of a number and zero."""

    direction = 1

    def of(self, x: Number) -> Number | None:
        """As of `Shift`."""
        return x if reaches(x, Fraction(0)) else Fraction(0)


@dataclass(frozen=True)
class Pool:
    """Maximum over windows of a map; ``windows`` is all that says which."""

    windows: tuple[object, ...]


Smooth = Shift | Norm | Rectify
"""Steps that do not make levels of numbers."""


@dataclass(frozen=True)
class Counted:
    """``scale * k + bias``, k of the thresholds being reached."""

    thresholds: tuple[Fraction, ...]
    scale: Fraction
    bias: Fraction

    @property
    def ends(self) -> tuple[Fraction, Fraction]:
        """The least and the greatest number that it gives."""
        return self.bias, self.bias + self.scale * len(self.thresholds)

    def of(self, x: Number) -> Fraction:
        """The level of a number."""
        k = bisect_left(self.thresholds, True, key=lambda limit: not reaches(x, limit))
        return self.bias + self.scale * k


@dataclass(frozen=True)
class Rounded:
    """The nearest ``k * scale``, k from ``low`` to ``high``; halves go up, or to the even k."""

    scale: Fraction
    low: int
    high: int
    even: bool

    @property
    def bias(self) -> Fraction:
        """What an integer of 0 stands for."""
        return Fraction(0)

    @property
    def ends(self) -> tuple[Fraction, Fraction]:
        """The least and the greatest number that it gives."""
        return self.scale * self.low, self.scale * self.high

    def of(self, x: Number) -> Fraction:
        """The level of a number."""

        def misses(k: int) -> bool:
            return not reaches(x, (k - HALF) * self.scale, self.even and k % 2 == 1)

        levels = range(self.low + 1, self.high + 1)
        return self.scale * (self.low + bisect_left(levels, True, key=misses))


Stairs = Counted | Rounded
"""Steps that make numbers of few bits."""


def smooth_step(layer: BatchNorm | Relu, channel: int) -> Norm | Rectify:
    """What such a layer does to a channel."""
    if isinstance(layer, Relu):
        return Rectify()
    gamma, beta, mean, variance = (
        Fraction(figures[channel])
        for figures in (layer.gamma, layer.beta, layer.mean, layer.variance)
    )
    return Norm(gamma, beta, mean, variance + Fraction(layer.epsilon))


def stairs_of(layer: Sign | Quantise | MultiThreshold, channel: int) -> Stairs:
    """What an activation does to a channel."""
    if isinstance(layer, Sign):
        return Counted((Fraction(0),), Fraction(2), Fraction(-1))
    if isinstance(layer, Quantise):
        scale = layer.scales[channel if layer.by_channel else 0]
        return Rounded(scale, *layer.levels, layer.rounding == "half_even")
    row = layer.thresholds[channel if layer.by_channel else 0]
    return Counted(tuple(map(Fraction, row.tolist())), layer.out_scale, layer.out_bias)


def pool_step(layer: MaxPool, in_shape: tuple[int, int, int]) -> Pool:
    """The windows of a maximum over maps of a shape."""
    margin = layer.padding.counts(layer.reach, layer.stride, in_shape)
    return Pool((layer.window, layer.stride, layer.ceil, margin, in_shape[:2]))
