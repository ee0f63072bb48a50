"""Sums, concatenations and means of values that are there already, as stages."""

from collections.abc import Sequence
from fractions import Fraction
from itertools import chain
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hwgen.errors import ModelError
from hwgen.model.kinds.shape import Shape
from hwgen.model.layers import Add, AveragePool, Concat
from hwgen.network import Combine, Element, SumPool
from hwgen.passes.norms import common_scale
from hwgen.passes.stage_values import MAX_INPUT_BITS, Values, bits_of, check_sums, plain_values

__all__ = ["averaged", "combined"]


def combined(
    layer: Add | Concat, sources: Sequence[Values], shape: Shape
) -> tuple[Combine, dict[str, Any]]:
    """Sum or concatenation, on the largest scale that all sources are multiples of.

    Returns
    -------
    stage, meaning
        The second has what the integers mean that the stage puts out, as fields of `Values`.

    Raises
    ------
    ModelError
        If a scale is not exact, or sums are too wide.
    """
    for name, values in zip(layer.inputs, sources, strict=True):
        _check_exact(name, values)
        if len(set(values.scales)) > 1:
            raise ModelError(
                f"channels of {name!r} have different scales; put a quantise of one scale behind it"
            )
    concat = isinstance(layer, Concat)
    unit = common_scale([values.scale for values in sources])
    factors = [int(values.scale / unit) for values in sources]
    ends = [
        np.sort(np.stack(values.bounds) * factor, axis=0)
        for values, factor in zip(sources, factors, strict=True)
    ]
    low, high = np.concatenate(ends, axis=1) if concat else np.sum(ends, axis=0)
    bits = bits_of(int(low.min()), int(high.max()))
    check_sums(bits)
    names = [values.source for values in sources]
    offsets = [values.offsets for values in sources]
    joined = chain(*offsets) if concat else map(sum, zip(*offsets, strict=True))
    stage = Combine(
        layer.name, names[0], sources[0].shape, shape, Element(bits, signed=True), tuple(names[1:]),
        tuple(values.element for values in sources),
        tuple(values.shape[2] for values in sources), tuple(factors), concat,
    )  # fmt: skip
    return stage, _meaning((unit,) * len(low), tuple(map(Fraction, joined)), low, high)


def averaged(
    layer: AveragePool, sources: Sequence[Values], shape: Shape
) -> tuple[SumPool, dict[str, Any]]:
    """Sum over windows, which stands for the mean; returns and raises as `combined`."""
    (values,) = sources
    _check_exact(layer.inputs[0], values)
    count = layer.window[0] * layer.window[1]
    low, high = (ends * count for ends in values.bounds)
    bits = bits_of(int(low.min()), int(high.max()))
    check_sums(bits)
    stage = SumPool(
        layer.name, values.source, values.shape, shape, Element(bits, signed=True),
        values.element, layer.window, layer.stride,
    )  # fmt: skip
    scales = tuple(scale / count for scale in values.scales)
    return stage, _meaning(scales, values.offsets, low, high)


def _check_exact(name: str, values: Values) -> None:
    if values.norms is not None or values.rectified:
        raise ModelError(f"the scale of {name!r} is not exact; put a quantise behind it")


def _meaning(
    scales: tuple[Fraction, ...],
    offsets: tuple[Fraction, ...],
    low: NDArray[np.int64],
    high: NDArray[np.int64],
) -> dict[str, Any]:
    wide = bits_of(int(low.min()), int(high.max())) > MAX_INPUT_BITS
    return plain_values(len(low), 0, 0) | {
        "scales": scales,
        "offsets": offsets,
        "low": low,
        "high": high,
        "sums": wide,
    }
