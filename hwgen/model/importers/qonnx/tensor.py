"""What flows through a graph: integers of a layer, and what the graph makes of them."""

from dataclasses import dataclass, replace
from fractions import Fraction
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hwgen.errors import ModelError
from hwgen.model.importers.qonnx.steps import Linear, Step, then

__all__ = ["Tensor", "raster", "rationals"]

Shape = tuple[int, int, int]


@dataclass(frozen=True, eq=False)
class Tensor:
    """One tensor of the graph.

    ``source`` is the layer of the description whose integers it is made of, "input" for pixels.
    ``place`` has the graph's shape, with a batch of 1: of each element, where it lies in raster
    order, channel fastest, in what that layer puts out, which has the shape ``shape``. The layer's
    integers reach from ``low`` to ``high``; its values in the description are those over ``over``
    (a mean's sum over its window). ``steps`` make the graph's values of the integers.
    ``narrow`` is whether they are numbers that a layer with weights can read.
    """

    source: str
    shape: Shape
    place: NDArray[np.int32]
    low: int
    high: int
    narrow: bool
    steps: tuple[Step, ...] = ()
    over: int = 1
    bias: int = 0
    """The ``out_bias`` that they were counted from; channels can be joined only with one."""
    pixel: bool = False
    """Whether they are pixels, of which nobody has settled yet what they stand for."""
    odd: bool = False
    """Whether they are odd, all of them: bits, and sums of an odd number of those."""
    straight: bool = False
    """Whether a batch normalisation has been added already, to turn channels that fall around."""

    @property
    def channels(self) -> int:
        """Channels of the layer."""
        return self.shape[2]

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
        return replace(self, steps=then(self.steps, step))

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
        laid = np.empty(self.place.size, array.dtype)
        laid[self.place.reshape(-1)] = wide.reshape(-1)
        rows = laid.reshape(-1, self.channels)
        if (rows != rows[0]).any():
            raise ModelError("must have one number, or one for each channel")
        return rows[0]

    def is_map(self) -> bool:
        """Whether the graph has it as (1, channels, rows, columns), or (1, channels, columns)."""
        rows, columns, channels = self.shape
        wanted: list[tuple[int, ...]] = [(1, channels, rows, columns)]
        if rows == 1:
            wanted.append((1, channels, columns))
        if self.place.shape not in wanted:
            return False
        return bool((self.place.reshape(-1) == raster(self.shape).reshape(-1)).all())


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
