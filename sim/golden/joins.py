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
    parts = [_multiplied(s, one, unit) for s, one in zip(sources, scales, strict=True)]
    peak = sum(peak for _, peak in parts)
    if peak >= LARGEST:
        raise ModelError(f"layer {layer.name!r}: its sums may need more than 62 bits")
    total = sum((ints for ints, _ in parts[1:]), parts[0][0]).astype(integer_dtype(peak))
    offsets = [sum(offset for _, offset in channel) for channel in zip(*scales, strict=True)]
    return Tensor(total, _form(unit, offsets, peak))


def concat(layer: Concat, sources: Sequence[Tensor]) -> Tensor:
    """Return the channels of all tensors, one tensor after another, on one scale as for `add`."""
    with located(f"layer {layer.name!r}"):
        output_shape(layer, *(source.shape[1:] for source in sources))
    scales = [_scales(layer, source) for source in sources]
    unit = _common([slope for one in scales for slope, _ in one])
    parts = [_multiplied(s, one, unit) for s, one in zip(sources, scales, strict=True)]
    peak = max(peak for _, peak in parts)
    if peak >= LARGEST:
        raise ModelError(f"layer {layer.name!r}: its integers may need more than 62 bits")
    whole = np.concatenate([ints for ints, _ in parts], axis=-1).astype(integer_dtype(peak))
    return Tensor(whole, _form(unit, [offset for one in scales for _, offset in one], peak))


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


def _multiplied(source: Tensor, scales: Scales, unit: Fraction) -> tuple[NDArray[Any], int]:
    """Return a tensor's integers on the scale ``unit``, and their peak."""
    factors = [int(scale / unit) for scale, _ in scales]
    peak = source.form.peak * max(map(abs, factors))
    if peak >= LARGEST:
        return source.ints, peak
    return source.ints.astype(np.int64) * np.array(factors, np.int64), peak


def _form(unit: Fraction, offsets: Sequence[Fraction | int], peak: int) -> Form:
    return Form((Surd.of(unit),) * len(offsets), tuple(Surd.of(o) for o in offsets), peak)
