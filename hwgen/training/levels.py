"""What a layer gives: integers and the step that they count, or plain numbers."""

from dataclasses import dataclass
from fractions import Fraction
from math import gcd, inf

import torch
from torch import Tensor

__all__ = ["Levels", "common_step", "exact_product"]

ONE = Fraction(1)


@dataclass(frozen=True)
class Levels:
    """``x * step``, ``x`` being (frames, channels, rows, columns).

    ``top`` is the largest magnitude that an integer of ``x`` can have, and infinite where ``x``
    holds no integers, whose ``step`` is then 1.
    """

    x: Tensor
    step: Fraction = ONE
    top: float = inf

    @property
    def whole(self) -> bool:
        """Whether ``x`` are integers."""
        return self.top < inf

    def real(self, dtype: torch.dtype | None = None) -> Tensor:
        """What it stands for."""
        x = self.x if dtype is None else self.x.to(dtype)
        return x if self.step == 1 else x * float(self.step)

    def on(self, step: Fraction) -> "Levels":
        """The same on a finer step, of which its own is a whole multiple."""
        factor = self.step / step
        assert factor.denominator == 1
        top = self.top * factor.numerator
        wide = self.x.double() if self.x.dtype == torch.float32 and top >= 1 << 24 else self.x
        return self if factor == 1 else Levels(wide * factor.numerator, step, top)


def common_step(*steps: Fraction) -> Fraction:
    """The largest number that all are whole multiples of; 0 counts as a multiple."""
    found = Fraction(0)
    for step in steps:
        numerator = gcd(found.numerator * step.denominator, step.numerator * found.denominator)
        found = Fraction(numerator, found.denominator * step.denominator)
    return found


def exact_product(x: Tensor, factor: Fraction) -> Tensor:
    """``x * factor`` of integers, rounded once."""
    return x.double() * factor.numerator / factor.denominator
