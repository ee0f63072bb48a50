"""The layers of the description so far, and the picture, which begins with what first reads it."""

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from math import prod

import numpy as np

from hwgen.errors import ModelError
from hwgen.model.builder import Builder
from hwgen.model.importers.options import Pixels
from hwgen.model.importers.qonnx.frames import Frame, meaning_of, pixels_as
from hwgen.model.importers.qonnx.integers import Integers
from hwgen.model.importers.qonnx.steps import Linear, Rationals, falls, then
from hwgen.model.importers.qonnx.tensor import Tensor
from hwgen.model.layers import INPUT_NAME, Affine, Table

__all__ = ["Layers"]

_MOST_COUNTED = 255
"""Thresholds of a channel."""

_MOST_DENOMINATOR = 256
_MOST_NUMERATOR = 65536


class Layers:
    """A builder that begins when the transform of the pixels is known, and names for layers.

    ``meaning`` is what a pixel stands for in the graph, None until it is settled. ``spend`` counts
    numbers that are about to be computed, and refuses too many.
    """

    def __init__(
        self,
        name: str,
        frame: Frame,
        meaning: Pixels | None,
        spend: Callable[[int], None],
        integers: Integers | None = None,
    ):
        self.frame = frame
        self.asked = meaning is not None
        if meaning is None and integers is not None and integers.typed:
            meaning = Pixels.QUANTISED
        self.meaning = meaning
        self.integers = integers if meaning == Pixels.QUANTISED else None
        """What the input is where it is no picture; None while the first quantiser is ahead."""
        self.weighted = 0
        self.spend = spend
        self._name = name
        self._names: set[str] = set()
        self._begun: tuple[Builder, Affine | Table] | None = None

    @property
    def builder(self) -> Builder:
        """The layers; the picture has to be settled by then."""
        if self._begun is None:
            raise ModelError("reads pixels; put a quantiser before it")
        return self._begun[0]

    @property
    def first(self) -> Tensor:
        """What the graph begins with."""
        tensor = self.frame.tensor
        if self.integers is None:
            return tensor
        low, high = self.integers.ends
        return replace(tensor, low=low, high=high)

    def started(self, tensor: Tensor) -> Tensor:
        """What the graph begins with, begun already where pixels are taken as bits."""
        if self.meaning != Pixels.BITS:
            return tensor
        self.begin(Table(np.repeat(np.array([[0, 1]], np.int64), 128, axis=1)))
        return Tensor(INPUT_NAME, tensor.shape, tensor.place, 0, 1, narrow=True)

    def takes(self, tensor: Tensor) -> bool:
        """Whether what a quantiser makes of ``tensor`` is what comes in."""
        ahead = self.integers is None or self.integers.quantiser
        return tensor.pixel and self.meaning == Pixels.QUANTISED and ahead

    def take(self, integers: Integers) -> None:
        """Begin with the integers of the first quantiser; refuses others than those before."""
        if self.integers is None:
            self.integers = integers
        elif not self.integers.same(integers):
            raise ModelError("quantises the input in another way than the quantiser before it")
        self.begin(Affine(Fraction(2), Fraction(-1)) if integers.bits == 1 else Affine())

    @property
    def last_weighted(self) -> int:
        """Number of the last layer with weights, 0 ahead of the first."""
        return max(self.weighted - 1, 0)

    def name(self, kind: str) -> str:
        """A name that no layer has."""
        name, count = kind, 1
        while name in self._names:
            count += 1
            name = f"{kind}_{count}"
        self._names.add(name)
        return name

    def shape(self, name: str) -> tuple[int, int, int]:
        """Rows, columns and channels of a layer that has been added."""
        return self.builder.shape(name)

    def begin(self, transform: Affine | Table) -> None:
        """Settle what a pixel stands for; refuses a second answer."""
        if self._begun is None:
            frame = self.frame
            builder = Builder(
                self._name,
                height=frame.height,
                width=frame.width,
                channels=frame.channels,
                transform=transform,
                bits=self.integers.bits if self.integers else 8,
                signed=self.integers.signed if self.integers else False,
            )
            self._begun = builder, transform
        elif not _same(self._begun[1], transform):
            raise ModelError("reads the picture in another way than what reads it before")

    def pixel_of(self, levels: Rationals) -> int:
        """The pixel that the picture's table has these levels for, one in each channel."""
        assert self._begun is not None
        transform = self._begun[1]
        if isinstance(transform, Table):
            same = (transform.values == levels[:, None]).all(axis=0)
            if same.any():
                return int(np.argmax(same)) + (self.integers.ends[0] if self.integers else 0)
        raise ModelError("pads with what no pixel stands for")

    def pixels(self, tensor: Tensor) -> Tensor:
        """A tensor of pixels with what a pixel means ahead of the graph's own steps."""
        first = tensor.steps[0] if tensor.steps and isinstance(tensor.steps[0], Linear) else None
        if first is not None and (first.slope == 0).any():
            raise ModelError("reads pixels multiplied by 0")
        if self.meaning is None:
            seen = first or Tensor.linear(replace(tensor, steps=()))
            self.meaning = meaning_of(seen)
        return self.meaning_as(self.meaning, tensor)

    def meaning_as(self, meaning: Pixels, tensor: Tensor) -> Tensor:
        """The same where a pixel would mean that."""
        if meaning != Pixels.QUANTISED:
            base = pixels_as(meaning, tensor.channels)
        elif self.integers is not None:
            base = self.integers.linear(tensor.channels)
        else:
            raise ModelError(
                "reads the input ahead of any quantiser, and the file does not say what integers "
                "it is",
                remedy="leave --input quantised out, or quantise the input",
            )
        steps = then((), base)
        for step in tensor.steps:
            steps = then(steps, step)
        return replace(tensor, steps=steps)

    def read(self, tensor: Tensor, *, padded: bool) -> Tensor:
        """A tensor that a layer with weights can read; pixels become integers.

        Where the layer pads pixels with zeros, one of the integers stands for zero.
        """
        if not tensor.narrow:
            raise ModelError("must read quantised values; put a quantiser before it")
        if tensor.pixel:
            tensor = self._affine(self.pixels(tensor), padded)
        tensor.linear()
        return tensor

    def _affine(self, tensor: Tensor, padded: bool) -> Tensor:
        linear, start = tensor.linear(), Affine()
        if tensor.high - tensor.low == 1:
            # Of one bit the integers are -1 and +1.
            start, half = Affine(Fraction(2), Fraction(-1)), linear.slope / 2
            linear = Linear(half, linear.offset + half)
            tensor = replace(tensor, low=-1, steps=then((), linear))
        zero = linear.offset / linear.slope
        if not padded or not zero.any():
            self.begin(start)
            return replace(tensor, pixel=False)
        ratio = zero[0]
        if (zero != ratio).any():
            raise ModelError("pads pixels with zeros that lie elsewhere for each channel")
        if ratio.denominator > _MOST_DENOMINATOR or abs(ratio.numerator) > _MOST_NUMERATOR:
            raise ModelError("pads pixels with a zero that is no fraction of up to 1/256 of them")
        times, more = ratio.denominator, ratio.numerator
        self.begin(Affine(start.scale * times, start.offset * times + more))
        ends = (more + tensor.low * times, more + tensor.high * times)
        every = Linear(linear.slope / times, linear.offset * 0)
        return replace(tensor, low=min(ends), high=max(ends), steps=then((), every), pixel=False)

    def flat(self, tensor: Tensor) -> Tensor:
        """The same with each of its numbers as a channel of its own."""
        inputs = prod(tensor.shape)
        if tensor.shape == (1, 1, inputs):
            return tensor
        name = self.name("flatten")
        self.builder.flatten(name, inputs=tensor.source)
        linear = tensor.linear()
        times = inputs // tensor.channels
        wide = Linear(np.tile(linear.slope, times), np.tile(linear.offset, times))
        steps = then((), wide)
        return replace(tensor, source=name, shape=(1, 1, inputs), steps=steps)

    def risen(self, tensor: Tensor) -> Tensor:
        """The same with integers that rise with the values, in all channels."""
        falling = falls(tensor.steps, tensor.channels)
        if not falling.any():
            return tensor
        if tensor.straight:
            tensor = self._counted(tensor)
        name = self.name(f"turn{self.last_weighted}")
        turn = np.where(falling, -1, 1)
        self.builder.batch_norm(turn.astype(float), 0.0, 0.0, 1.0, 0.0, name, inputs=tensor.source)
        sign = np.array([Fraction(int(number)) for number in turn], object)
        steps = then((), Linear(sign, sign * 0))
        for step in tensor.steps:
            steps = then(steps, step)
        reach = max(abs(tensor.low), abs(tensor.high))
        return replace(
            tensor, source=name, low=-reach, high=reach, steps=steps, straight=True, step=1, bias=0
        )

    def _counted(self, tensor: Tensor) -> Tensor:
        """The same integers as counts, behind which channels can be turned around once more."""
        count = tensor.high - tensor.low
        if count > _MOST_COUNTED or tensor.over > 1:
            raise ModelError(
                "falls where its input rises, behind a maximum of what falls too; not imported",
                remedy="put a quantiser of up to 8 bits ahead of the maximum",
            )
        name = self.name(f"kept{self.last_weighted}")
        levels = np.arange(tensor.low + 1, tensor.high + 1, dtype=float)
        self.builder.multi_threshold(
            levels[None], count.bit_length(), name, out_bias=tensor.low, inputs=tensor.source
        )
        return replace(tensor, source=name, straight=False)


def _same(one: Affine | Table, other: Affine | Table) -> bool:
    if isinstance(one, Table) and isinstance(other, Table):
        return one.scale == other.scale and np.array_equal(one.values, other.values)
    return one == other
