"""What an integer network computes, stage by stage, in plain NumPy."""

from typing import Any, assert_never

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from hwgen.network import (
    Combine,
    Element,
    IntegerNetwork,
    Levels,
    Matrix,
    Pool,
    Requantise,
    Stage,
    SumPool,
    Threshold,
)

__all__ = ["evaluate"]

Ints = NDArray[np.int64]


def evaluate(network: IntegerNetwork, images: NDArray[np.integer[Any]]) -> dict[str, Ints]:
    """Integers that each stage stores, (frames, H, W, C), bits as 0 and 1, by stage name.

    Raises
    ------
    AssertionError
        Where a value does not fit the element that the stage states, or a shape is another.
    """
    values: dict[str, Ints] = {"input": images.astype(np.int64)}
    for stage in network.stages:
        sources = [values[name] for name in stage.sources]
        found = _apply(stage, sources)
        assert found.shape[1:] == stage.out_shape, stage
        _check_within(found, _ends(stage.element), stage)
        values[stage.name] = found
    return values


def _apply(stage: Stage, sources: list[Ints]) -> Ints:
    shape = (-1, *stage.in_shape)
    match stage:
        case Combine():
            pixels = stage.in_shape[:2]
            parts = [
                _numbers(x.reshape(-1, *pixels, n), e) * factor
                for x, n, e, factor in zip(
                    sources, stage.in_channels, stage.in_elements, stage.factors, strict=True
                )
            ]
            return np.concatenate(parts, axis=3) if stage.concat else np.sum(parts, axis=0)
        case Levels():
            count = stage.table.shape[1]
            rows = np.broadcast_to(stage.table, (stage.in_shape[2], count))
            return rows[np.arange(stage.in_shape[2]), sources[0].reshape(shape) % count]
        case Matrix():
            return _matrix(stage, sources[0].reshape(shape))
        case Pool():
            x = np.where(stage.minimum, -1, 1) * sources[0].reshape(shape)
            fill = np.iinfo(np.int64).min
            windows = _windows(x, stage.window, stage.stride, _reach(stage), fill)
            return np.where(stage.minimum, -1, 1) * windows.max(axis=(4, 5))
        case SumPool():
            x = _numbers(sources[0].reshape(shape), stage.in_element)
            windows = _windows(x, stage.window, stage.stride, (0, 0, 0, 0), 0)
            return windows.sum(axis=(4, 5))
        case Threshold():
            x = sources[0].reshape(shape)
            rows = stage.thresholds.reshape(x.shape[-1], -1)
            return ((x[..., None] >= rows) ^ stage.invert[:, None]).sum(axis=-1) + stage.base
        case Requantise():
            x = sources[0].reshape(shape).astype(object)
            product = x * np.array(stage.multipliers, object) + np.array(stage.biases, object)
            level = product >> stage.shift
            if stage.even:
                level -= (level << stage.shift == product) & (level & 1)
            return np.clip(level, stage.low, stage.high).astype(np.int64)
    assert_never(stage)


def _matrix(stage: Matrix, x: Ints) -> Ints:
    bipolar = stage.weight_element.bipolar
    weights = 2 * stage.weights.astype(np.int64) - 1 if bipolar else stage.weights
    if bipolar:
        assert set(np.unique(stage.weights)) <= {0, 1}
    else:
        _check_within(weights, _ends(stage.weight_element), stage)
    pad = 0 if stage.pad is None else int(_numbers(np.array(stage.pad), stage.in_element))
    _, ky, kx, _ = weights.shape
    span = [(k - 1) * d + 1 for k, d in zip((ky, kx), stage.dilation, strict=True)]
    windows = _windows(
        _numbers(x, stage.in_element), (span[0], span[1]), stage.stride, stage.padding, pad
    )[..., :: stage.dilation[0], :: stage.dilation[1]]
    form = "nhwcyx,cyx->nhwc" if stage.depthwise else "nhwcyx,oyxc->nhwo"
    kernels = weights[..., 0] if stage.depthwise else weights
    acc = np.einsum(form, windows, kernels)
    _check_within(acc, (stage.acc_min, stage.acc_max), stage)
    if stage.thresholds is None:
        return acc
    _check_within(stage.thresholds, (stage.acc_min, stage.acc_max + 1), stage)
    return (acc >= stage.thresholds).astype(np.int64)


def _windows(
    x: Ints,
    window: tuple[int, int],
    stride: tuple[int, int],
    padding: tuple[int, int, int, int],
    fill: int,
) -> NDArray[Any]:
    """(frames, rows, columns, channels, window rows, window columns)"""
    top, bottom, left, right = padding
    padded = np.pad(x, ((0, 0), (top, bottom), (left, right), (0, 0)), constant_values=fill)
    return sliding_window_view(padded, window, (1, 2))[:, :: stride[0], :: stride[1]]


def _reach(stage: Pool) -> tuple[int, int, int, int]:
    """Padding of a pool, at the far edges as far as the last windows go."""
    sides = []
    for axis in (0, 1):
        before, end = stage.padding[2 * axis], stage.in_shape[axis]
        last = (stage.out_shape[axis] - 1) * stage.stride[axis] + stage.window[axis]
        sides.append((before, max(0, last - before - end)))
    return (*sides[0], *sides[1])


def _check_within(values: NDArray[Any], ends: tuple[int, int], stage: Stage) -> None:
    assert ends[0] <= values.min(), stage
    assert values.max() <= ends[1], stage


def _numbers(x: Ints, element: Element) -> Ints:
    return 2 * x - 1 if element.bipolar else x


def _ends(element: Element) -> tuple[int, int]:
    if element.signed:
        return -(1 << element.bits - 1), (1 << element.bits - 1) - 1
    return 0, (1 << element.bits) - 1
