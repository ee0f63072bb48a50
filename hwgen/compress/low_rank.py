"""Low rank: a layer of weights of several bits as two, with few channels between them."""

from dataclasses import dataclass, replace
from fractions import Fraction
from math import ceil, frexp, log2
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hwgen.compress.ranges import largest_read
from hwgen.compress.weighted import free_name, placed, wide_layer
from hwgen.errors import ModelError
from hwgen.model import Conv2d, Dense, DepthwiseConv2d, Model, Quantise

__all__ = ["BETWEEN_BITS", "LowRank", "factorise"]

Floats = NDArray[np.float64]

BETWEEN_BITS = 16
"""Of the numbers between both layers."""

MOST_FRACTION_BITS = 15
HEADROOM = 1.5
"""By how much numbers between both layers may be larger than any that was seen."""
RIDGE = 1e-6
"""Part of the mean power of an input that each has at least, so that none is taken for nothing."""


@dataclass(frozen=True)
class LowRank:
    """What a layer was parted into.

    Parameters
    ----------
    layer, first : str
        The layer, now the second of the two, and the one ahead of it.
    rank : int
        Channels between them.
    weights, weights_before : int
        Of both layers, and of the one that there was.
    relative_error : float
        Root of the mean square of what the sums differ by, over that of the sums: over pictures,
        where there were any, else over inputs of equal power.
    measured : bool
        Whether there were.
    """

    layer: str
    first: str
    rank: int
    weights: int
    weights_before: int
    relative_error: float
    measured: bool

    @property
    def line(self) -> str:
        """What it is, and what sums differ by."""
        return (
            f"{self.layer}: {self.first} and {self.layer} of rank {self.rank}, "
            f"{self.weights:,} weights for {self.weights_before:,}\n"
            f"  sums differ by {self.relative_error:.2%}"
        )

    def to_json(self) -> dict[str, Any]:
        """The same as JSON."""
        return {
            "pass": "svd",
            "layer": self.layer,
            "first": self.first,
            "rank": self.rank,
            "weights": self.weights,
            "weights_before": self.weights_before,
            "relative_error": self.relative_error,
            "measured": self.measured,
        }


def factorise(
    model: Model, name: str, rank: int, read: Floats | None = None
) -> tuple[Model, LowRank]:
    """Part a dense layer, or a convolution of one tap, into two of at most ``rank`` channels.

    The weights of both have the bits of the layer's; a rounding to `BETWEEN_BITS` bits stands
    between them. The sums are the nearest that there are of this rank, by the power that inputs
    have in ``read``: those of `numpy.linalg.svd` where all have the same.

    Parameters
    ----------
    read : float64 (n, inputs), optional
        What the layer reads of some pictures. Without it numbers between both layers are as coarse
        as the largest possible input asks for.

    Raises
    ------
    ModelError
        If there is no such layer, its weights have one bit, it is no layer of one tap, or the rank
        makes no sense.
    """
    layer = wide_layer(model, name, "a factorisation")
    about = f"{model.source}: layer {name!r}: "
    taps = layer.weights.shape[1:3] if isinstance(layer, Conv2d) else (1, 1)
    if isinstance(layer, DepthwiseConv2d) or taps != (1, 1):
        raise ModelError(f"{about}only a dense layer or a 1 x 1 convolution is factorised")
    outputs, inputs = layer.weights.shape[0], layer.weights.shape[-1]
    most = min(outputs, inputs)
    if not 1 <= rank <= most:
        raise ModelError(
            f"{about}the rank of {outputs:,} x {inputs:,} weights is 1 to {most:,}, not {rank}"
        )
    whole = layer.weights.reshape(outputs, inputs).astype(np.float64)
    whole *= 2.0**-layer.weight_fraction_bits
    power = np.eye(inputs)
    if read is not None:
        power = read.T @ read / len(read)
        power += np.eye(inputs) * (RIDGE * np.trace(power) / inputs)
    first, second = _factors(whole, power, rank)
    levels = (1 << layer.weight_bits - 1) - 1
    ahead, ahead_bits = _rows_to_integers(first, levels, layer.weight_bits)
    between = ahead * 2.0**-ahead_bits
    # What the rounding of the first factor moved the second makes good, as far as it can.
    seen = between @ power
    fitted, *_ = np.linalg.lstsq(seen @ between.T, seen @ whole.T, rcond=None)
    second = np.asarray(fitted.T, np.float64)
    exponent = _fraction_bits(second, levels)
    # Both factors share what binary points can move.
    shift = min(0, exponent) + max(0, min(exponent, 2 * MOST_FRACTION_BITS) - MOST_FRACTION_BITS)
    shift = min(shift, MOST_FRACTION_BITS - ahead_bits)
    if ahead_bits + shift < 0:
        raise ModelError(f"{about}its factors are too large for {layer.weight_bits} bits")
    ahead_bits, exponent = ahead_bits + shift, min(exponent - shift, MOST_FRACTION_BITS)
    between, second = between * 2.0**-shift, second * 2.0**shift
    behind = np.clip(np.rint(second * 2.0**exponent), -levels - 1, levels)

    if read is None:
        largest = largest_read(model, layer.inputs[0])
        if largest is None:
            raise ModelError(f"{about}{layer.inputs[0]!r} gives sums, not numbers to multiply")
        peak = float(np.abs(between).sum(axis=1).max()) * float(largest)
    else:
        peak = float(np.abs(read @ between.T).max()) * HEADROOM
    step = Fraction(2) ** (ceil(log2(peak)) - (BETWEEN_BITS - 1)) if peak else Fraction(1)

    names = free_name(model, f"{name}_rank"), free_name(model, f"{name}_level")
    kind = layer.weights.dtype
    one = replace(
        layer, name=names[0], weights=_shaped(ahead, layer, kind), bias=(Fraction(0),),
        weight_fraction_bits=ahead_bits,
    )  # fmt: skip
    level = Quantise(names[1], (names[0],), BETWEEN_BITS, signed=True, scales=(step,))
    two = Dense(name, (names[1],), _shaped(behind, layer, kind), layer.weight_bits, exponent,
                layer.bias)  # fmt: skip
    if isinstance(layer, Conv2d):
        two = Conv2d(name, (names[1],), two.weights, weight_bits=layer.weight_bits,
                     weight_fraction_bits=exponent, bias=layer.bias)  # fmt: skip
    missed = whole - behind * 2.0**-exponent @ between
    size = float(np.sum(whole @ power * whole))
    error = float(np.sum(missed @ power * missed)) / size if size else 0.0
    report = LowRank(
        name, names[0], rank, rank * (outputs + inputs), whole.size, max(error, 0.0) ** 0.5,
        read is not None,
    )  # fmt: skip
    return placed(model, name, [one, level, two]), report


def _factors(whole: Floats, power: Floats, rank: int) -> tuple[Floats, Floats]:
    """Factors (rank, inputs), (outputs, rank): outputs in the directions that they vary in most."""
    _, directions = np.linalg.eigh(whole @ power @ whole.T)
    second = directions[:, ::-1][:, :rank]
    # Which way a direction points is a library's whim.
    second = second * np.sign(second[np.abs(second).argmax(axis=0), np.arange(rank)])
    return second.T @ whole, second


def _rows_to_integers(rows: Floats, levels: int, bits: int) -> tuple[Floats, int]:
    """Rows, each with a factor of its own that uses all levels, and their fraction bits."""
    largest = np.abs(rows).max(axis=1, keepdims=True)
    return np.rint(rows / np.where(largest, largest, 1) * levels), min(bits - 1, MOST_FRACTION_BITS)


def _fraction_bits(weights: Floats, levels: int) -> int:
    """Most bits behind the binary point with which the weights keep within the levels."""
    largest = float(np.abs(weights).max())
    if not largest:
        return 0
    return frexp(levels / largest)[1] - 1


def _shaped(weights: Floats, layer: Conv2d | Dense, kind: Any) -> Any:
    """Integers in the form of the layer's weights."""
    ones = (1, 1) if isinstance(layer, Conv2d) else ()
    return weights.astype(kind).reshape(len(weights), *ones, weights.shape[1])
