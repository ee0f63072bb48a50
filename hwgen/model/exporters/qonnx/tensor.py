"""What flows through the file that is written, and what it stands for in the description."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from math import gcd, lcm
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hwgen.errors import ModelError
from hwgen.model.importers.qonnx.steps import Linear, Norm, Step, then
from hwgen.model.kinds.shape import Shape

__all__ = ["Tensor", "common_unit", "line", "rationals", "spread"]

Rationals = NDArray[Any]
"""Fractions, one a channel."""


@dataclass(frozen=True, eq=False)
class Tensor:
    """One tensor of the file.

    Its values are integers from ``low`` to ``high`` times ``unit``, and ``steps`` make the
    description's values of them. ``shape`` is (height, width, channels) as in the description; in
    the file it is (1, channels, height, width), or (1, channels) where ``row``. Channel
    ``order[k]`` of the description is channel ``k`` of the file. Where not ``exact`` the values are
    rounded to floats (means), and neighbours still lie half a unit and more apart.
    """

    name: str
    shape: Shape
    unit: Fraction
    low: int
    high: int
    steps: tuple[Step, ...] = ()
    row: bool = False
    order: NDArray[np.intp] | None = None
    exact: bool = True

    @property
    def channels(self) -> int:
        """Channels of both."""
        return self.shape[2]

    @property
    def dims(self) -> tuple[int, ...]:
        """Shape in the file."""
        height, width, channels = self.shape
        return (1, channels) if self.row else (1, channels, height, width)

    @property
    def reach(self) -> int:
        """The largest magnitude of its integers."""
        return max(abs(self.low), abs(self.high))

    def by_channel(self, figures: NDArray[Any]) -> NDArray[Any]:
        """Figures of the description's channels as an array that spreads over the file's."""
        ordered = figures if self.order is None else figures[self.order]
        return ordered.reshape(1, -1) if self.row else ordered.reshape(1, -1, 1, 1)

    def of_integers(self) -> tuple[Step, ...]:
        """Steps from its integers to the description's values."""
        return (*then((), line(self.channels, self.unit)), *self.steps)

    def linear(self) -> Linear:
        """Slope and offset of each channel.

        Raises
        ------
        ModelError
            If a batch normalisation or a relu is between.
        """
        match self.steps:
            case ():
                return line(self.channels)
            case (Linear() as linear,):
                return linear
        raise ModelError("reads numbers that no activation has rounded; QONNX is not written of it")

    def after(self, step: Step) -> "Tensor":
        """The same with one more step."""
        return replace(self, steps=then(self.steps, step))


def line(channels: int, slope: Any = 1, offset: Any = 0) -> Linear:
    """One slope and one offset, or one a channel."""
    return Linear(rationals(channels, slope), rationals(channels, offset))


def rationals(channels: int, values: Any) -> Rationals:
    """Fractions of a number, or of one a channel."""
    given = np.broadcast_to(np.asarray(values), (channels,)).tolist()
    made = np.empty(channels, object)
    made[:] = [Fraction(value) for value in given]
    return made


def common_unit(values: Sequence[Fraction]) -> Fraction:
    """The largest number that all, not all 0, are whole multiples of."""
    below = lcm(*(value.denominator for value in values))
    return Fraction(gcd(*(int(value * below) for value in values)), below)


def spread(steps: tuple[Step, ...], times: int) -> tuple[Step, ...]:
    """Steps of each channel for ``times`` pixels, whose channels follow one another."""
    made: list[Step] = []
    for step in steps:
        match step:
            case Linear():
                made.append(Linear(np.tile(step.slope, times), np.tile(step.offset, times)))
            case Norm():
                figures = (step.gamma, step.beta, step.mean, step.variance)
                made.append(Norm(*(np.tile(figure, times) for figure in figures)))
            case _:
                made.append(step)
    return tuple(made)
