"""What flows through a graph: integers of a layer, and what the graph makes of them."""

from dataclasses import dataclass, replace
from fractions import Fraction
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hwgen.errors import ModelError
from hwgen.model.importers.qonnx.steps import Linear, Step, Steps, moved, then

__all__ = ["Margin", "Tensor", "fits", "raster", "rationals"]

Shape = tuple[int, int, int]

_WIDEST = 1 << 15
"""Layers with weights read numbers of 16 bits."""


@dataclass(frozen=True, eq=False)
class Margin:
    """Rows and columns (top, bottom, left, right) that a ``Pad`` put around.

    ``value`` is one rational a channel. No layer has them yet: what reads the tensor next takes
    them as its own padding.
    """

    sides: tuple[int, int, int, int]
    value: NDArray[Any]


@dataclass(frozen=True, eq=False)
class Tensor:
    """One tensor of the graph.

    ``source`` is the layer of the description whose integers it is made of, "input" for pixels.
    ``place`` has the graph's shape, with a batch of 1: of each element, where it lies in raster
    order, channel fastest, in what that layer puts out, which has the shape ``shape``. The layer's
    integers reach from ``low`` to ``high``; its values in the description are those over ``over``
    (a mean's sum over its window). ``steps`` make the graph's values of the integers.
    ``narrow`` is whether they are numbers that a layer with weights can read. ``place`` may leave
    channels out, which nothing reads.
    """

    source: str
    shape: Shape
    place: NDArray[np.int32]
    low: int
    high: int
    narrow: bool
    steps: Steps = ()
    over: int = 1
    bias: int = 0
    """The ``out_bias`` that they were counted from; channels can be joined only with one."""
    pixel: bool = False
    """Whether they are pixels, of which nobody has settled yet what they stand for."""
    straight: bool = False
    """Whether a batch normalisation has been added already, to turn channels that fall around."""
    margin: Margin | None = None
    step: int = 1
    """From one integer to the next."""

    @property
    def channels(self) -> int:
        """Channels of the layer."""
        return self.shape[2]

    @property
    def sizes(self) -> tuple[int, ...]:
        """The graph's shape, what a ``Pad`` put around included."""
        if self.margin is None:
            return self.place.shape
        top, bottom, left, right = self.margin.sides
        around = (0, 0, top + bottom, left + right)
        axes = self.place.ndim - 2
        return (*self.place.shape[:2], *(n + m for n, m in zip(
            self.place.shape[2:], around[4 - axes :], strict=True)))  # fmt: skip

    def linear(self) -> Linear:
        """Slope and offset of each channel.

        Raises
        ------
        ModelError
            If more than those is between the layer's integers and the graph's values.
        """
        match self.steps:
            case ():
                ones = rationals(np.ones(self.channels, np.int64))
                return Linear(ones, ones * 0)
            case (Linear() as linear,):
                return linear
        raise ModelError("must read quantised values; put a quantiser before it")

    def scaled(self, slope: Any, offset: Any) -> "Tensor":
        """The same with ``slope * x + offset`` of each channel, rationals (channels) or one."""
        every = np.empty(self.channels, object)
        every[:] = Fraction(1)
        return self.after(Linear(every * slope, every * 0 + offset))

    def after(self, step: Step) -> "Tensor":
        """The same with one more step."""
        margin = self.margin
        if margin is not None:
            margin = replace(margin, value=moved(step, margin.value))
        return replace(self, steps=then(self.steps, step), margin=margin)

    def placed(self, place: NDArray[Any]) -> "Tensor":
        """The same numbers in another shape or order."""
        return replace(self, place=place)

    def by_channel(self, array: NDArray[Any]) -> NDArray[Any]:
        """Figures for the graph's elements as one a channel of the layer.

        Raises
        ------
        ModelError
            If the array does not spread over the graph's shape, or differs within a channel.
        """
        if array.size == 1:
            return array.reshape(())
        try:
            wide = np.broadcast_to(array, self.place.shape)
        except ValueError as error:
            raise ModelError(
                f"has an array of the shape {array.shape}, which does not spread over "
                f"the {self.place.shape} that it meets"
            ) from error
        flat = self.place.reshape(-1)
        # Channels that nothing reads have the figure of one that something does.
        figures = np.full(self.channels, wide.reshape(-1)[0], array.dtype)
        figures[flat % self.channels] = wide.reshape(-1)
        if (figures[flat % self.channels] != wide.reshape(-1)).any():
            raise ModelError("must have one number, or one for each channel")
        return figures

    def order(self) -> NDArray[np.int32] | None:
        """Of the graph's channels, each one's number in the layer.

        None where the graph has it in another form than (1, channels, rows, columns), or (1,
        channels, columns) of one row.
        """
        rows, columns, channels = self.shape
        dims = self.place.shape
        wanted = [(rows, columns), (columns,)] if rows == 1 else [(rows, columns)]
        if len(dims) < 3 or dims[0] != 1 or dims[2:] not in wanted:
            return None
        planes = self.place.reshape(dims[1], -1)
        first = planes[:, :1]
        pixels = np.arange(rows * columns, dtype=np.int32) * channels
        return (
            first[:, 0] if (planes == first + pixels).all() and (first < channels).all() else None
        )

    def is_map(self) -> bool:
        """Whether it is as `order` says, and of all channels as the layer has them."""
        order = self.order()
        return order is not None and np.array_equal(order, np.arange(self.channels))


def fits(low: int, high: int) -> bool:
    """Whether a layer with weights can read integers of that range."""
    return low >= -_WIDEST and high < _WIDEST


def raster(shape: Shape) -> NDArray[np.int32]:
    """Places of (channels, rows, columns) in a raster of that shape, channel fastest."""
    return np.arange(prod(shape), dtype=np.int32).reshape(shape).transpose(2, 0, 1)


def rationals(values: Any) -> NDArray[Any]:
    """Rationals that numbers are, as an object array of the same shape."""
    array = np.asarray(values)
    if array.dtype.kind not in "biuf" or not np.isfinite(array).all():
        raise ModelError("must have finite numbers")
    flat = [Fraction(number) for number in array.reshape(-1).tolist()]
    made = np.empty(len(flat), object)
    made[:] = flat
    return made.reshape(array.shape)
