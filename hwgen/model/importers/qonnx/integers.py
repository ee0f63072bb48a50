"""Integers that a graph's input is: by its type, by a note beside it, or by the first quantiser."""

import re
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hwgen.errors import ModelError
from hwgen.model.importers.qonnx.steps import Linear
from hwgen.model.importers.qonnx.tensor import rationals
from hwgen.model.layers import Input
from hwgen.readers.onnx_file import Graph

__all__ = ["Integers", "quantised_integers", "stated_integers"]

Rationals = NDArray[Any]
"""One, or one a channel."""

_MOST_BITS = 16

_TYPE = re.compile(r"(U?)INT([1-9][0-9]?)")


@dataclass(frozen=True, eq=False)
class Integers:
    """The input as integers of ``bits`` bits; the graph reads ``slope * u + offset`` for each.

    ``said`` is what a person is told of them. ``typed`` is whether they are the input's own
    number type, which no other meaning fits; ``quantiser`` whether the first quantiser makes them.
    """

    bits: int
    signed: bool
    slope: Rationals
    offset: Rationals
    said: str
    typed: bool = False
    quantiser: bool = False

    @property
    def ends(self) -> tuple[int, int]:
        """The least and the greatest."""
        form = Input(1, 1, 1, bits=self.bits, signed=self.signed)
        return form.low, form.high

    def same(self, other: "Integers") -> bool:
        """Whether both are the same integers and stand for the same."""
        return (
            (self.bits, self.signed) == (other.bits, other.signed)
            and np.array_equal(self.slope, other.slope)
            and np.array_equal(self.offset, other.offset)
        )

    def linear(self, channels: int) -> Linear:
        """What one stands for in each channel."""
        every = np.empty(channels, object)
        every[:] = Fraction(1)
        return Linear(every * self.slope, every * 0 + self.offset)


def stated_integers(graph: Graph) -> Integers | None:
    """Those that the file states of its input; None where it states none of 1 to 16 bits."""
    note = graph.input_datatype
    if note is not None and (found := _named(note)):
        return _plain(*found, f"its input is noted as {note}")
    if graph.input_type not in ("uint8", "float") and (found := _named(graph.input_type.upper())):
        return _plain(*found, f"its input is {graph.input_type}", typed=True)
    return None


def quantised_integers(low: int, high: int, scale: Rationals, *, bipolar: bool) -> Integers:
    """Those that a quantiser makes, whatever lies ahead of it.

    Raises
    ------
    ModelError
        If they have more than 16 bits.
    """
    if bipolar:
        said = "uint1, 0 for -1 and 1 for +1 of the first quantiser"
        return Integers(1, False, 2 * scale, -scale, said, quantiser=True)
    signed = low < 0
    bits = max((-low - 1).bit_length() if signed else 0, high.bit_length()) + signed
    if bits > _MOST_BITS:
        raise ModelError(f"makes {bits} bits of the input, which has at most {_MOST_BITS}")
    form = Input(1, 1, 1, bits=bits, signed=signed).number_type
    said = f"{form}, integers of the first quantiser"
    return Integers(bits, signed, scale, scale * 0, said, quantiser=True)


def _named(name: str) -> tuple[int, bool, int, int] | None:
    """Bits, sign, slope and offset of a type."""
    if name == "BIPOLAR":
        return 1, False, 2, -1
    if name in ("BINARY", "BOOL"):
        return 1, False, 1, 0
    if name == "TERNARY":
        return 2, True, 1, 0
    match = _TYPE.fullmatch(name)
    if match is None:
        return None
    bits, signed = int(match[2]), not match[1]
    return (bits, signed, 1, 0) if signed < bits <= _MOST_BITS else None


def _plain(
    bits: int, signed: bool, slope: int, offset: int, why: str, typed: bool = False
) -> Integers:
    form = Input(1, 1, 1, bits=bits, signed=signed).number_type
    means = ", 0 for -1 and 1 for +1" if offset else ""
    said = f"{form}{means}; {why}"
    return Integers(bits, signed, rationals(slope), rationals(offset), said, typed)
