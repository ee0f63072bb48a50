"""Layers that read several: sums and concatenations, on one scale for all."""

from collections.abc import Sequence
from fractions import Fraction
from math import gcd, lcm
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hwgen.errors import ModelError, located
from hwgen.model.layers import Add, Concat
from hwgen.model.shapes import output_shape
from sim.golden.derive import derive_once
from sim.golden.forms import LARGEST, Form, integer_dtype
from sim.golden.surd import Surd
from sim.golden.tensor import Tensor

__all__ = ["add", "concat"]

Scales = list[tuple[Fraction, Fraction]]


def add(layer: Add, sources: Sequence[Tensor]) -> Tensor:
    """Return the sum of tensors of one shape, exactly.

    The integers of each are multiplied so that those of all sources and channels stand for
    multiples of one number, the largest that they are all multiples of.

    Raises
    ------
    ModelError
        Where shapes differ, a scale is irrational, or a source is what relu left.
    """
    with located(f"layer {layer.name!r}"):
        output_shape(layer, *(source.shape[1:] for source in sources))
    scales = [_scales(layer, source) for source in sources]
    unit = _common([slope for one in scales for slope, _ in one])
    factors = [_factors(one, unit) for one in scales]
    peak = sum(_peak(s, f) for s, f in zip(sources, factors, strict=True))
    if peak >= LARGEST:
        raise ModelError(f"layer {layer.name!r}: its sums may need more than 62 bits")
    dtype = integer_dtype(peak)
    total = _multiplied(sources[0], factors[0], dtype)
    for source, factor in zip(sources[1:], factors[1:], strict=True):
        total += _multiplied(source, factor, dtype)
    offsets = [sum(offset for _, offset in channel) for channel in zip(*scales, strict=True)]
    return Tensor(total, _form(layer, sources, unit, offsets, peak))


def concat(layer: Concat, sources: Sequence[Tensor]) -> Tensor:
    """Return the channels of all tensors, one tensor after another, on one scale as for `add`."""
    with located(f"layer {layer.name!r}"):
        output_shape(layer, *(source.shape[1:] for source in sources))
    scales = [_scales(layer, source) for source in sources]
    unit = _common([slope for one in scales for slope, _ in one])
    factors = [_factors(one, unit) for one in scales]
    peak = max(_peak(s, f) for s, f in zip(sources, factors, strict=True))
    if peak >= LARGEST:
        raise ModelError(f"layer {layer.name!r}: its integers may need more than 62 bits")
    dtype = integer_dtype(peak)
    parts = [_multiplied(s, f, dtype) for s, f in zip(sources, factors, strict=True)]
    offsets = [offset for one in scales for _, offset in one]
    return Tensor(np.concatenate(parts, axis=-1), _form(layer, sources, unit, offsets, peak))


def _scales(layer: Add | Concat, source: Tensor) -> Scales:
    form = source.form
    result = []
    for slope, intercept in zip(form.slopes, form.intercepts, strict=True):
        scale, offset = slope.rational, intercept.rational
        if scale is None or offset is None or form.rectified:
            raise ModelError(
                f"layer {layer.name!r}: joins values whose scales are not exact; "
                "put a quantise before it"
            )
        result.append((scale, offset))
    return result


def _common(scales: Sequence[Fraction]) -> Fraction:
    """Return the largest number that all scales are whole multiples of; 1 if all are zero."""
    denominator = lcm(*(scale.denominator for scale in scales))
    whole = gcd(*(int(scale * denominator) for scale in scales))
    return Fraction(whole, denominator) if whole else Fraction(1)


def _factors(scales: Scales, unit: Fraction) -> list[int]:
    """Return what integers of each channel are multiplied by to be on the scale ``unit``."""
    return [int(scale / unit) for scale, _ in scales]


def _peak(source: Tensor, factors: list[int]) -> int:
    """Return the largest magnitude of a tensor's integers once they are multiplied."""
    return source.form.peak * max(map(abs, factors))


def _multiplied(
    source: Tensor, factors: list[int], dtype: type[np.signedinteger[Any]]
) -> NDArray[Any]:
    """Return a tensor's integers times the factors; products have to fit the type."""
    return source.ints.astype(dtype) * np.array(factors, dtype)


def _form(
    layer: Add | Concat,
    sources: Sequence[Tensor],
    unit: Fraction,
    offsets: Sequence[Fraction | int],
    peak: int,
) -> Form:
    def make() -> Form:
        return Form((Surd.of(unit),) * len(offsets), tuple(Surd.of(o) for o in offsets), peak)

    return derive_once(layer, tuple(source.form for source in sources), make)
