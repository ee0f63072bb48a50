"""Checks of an integer network: what every pass that makes or changes one has to keep."""

from collections.abc import Iterator
from math import prod
from typing import assert_never

import numpy as np

from hwgen.errors import ModelError, times
from hwgen.network.integer_network import INPUT, IntegerNetwork
from hwgen.network.stages import (
    BIPOLAR,
    Combine,
    Element,
    Levels,
    Matrix,
    Pool,
    Requantise,
    Stage,
    SumPool,
    Threshold,
)

__all__ = ["verify_network"]

BIT = Element(1, signed=False)

Shape = tuple[int, int, int]


def verify_network(network: IntegerNetwork) -> IntegerNetwork:
    """Give an integer network back that keeps to its contract.

    Names of stages are unique, and each stage reads earlier ones. Shapes chain: a stage reads as
    many elements as its source puts out, and puts out what follows from its windows. Elements are
    read in the format that they are written in (bits also as 0 and 1), constants are one a channel
    and within the range that the stage states.

    Raises
    ------
    ModelError
        Names the stage and the rule; a network of this package never gives one.
    """
    for name, why in _faults(network):
        raise ModelError(f"{network.source}: stage {name!r}: {why}")
    return network


def _faults(network: IntegerNetwork) -> Iterator[tuple[str, str]]:
    shapes: dict[str, Shape] = {INPUT: network.in_shape}
    elements = {INPUT: network.in_element}
    if not network.stages:
        yield INPUT, "no stage reads it"
    for stage in network.stages:
        if stage.name in shapes:
            yield stage.name, "another stage has this name"
        unknown = [name for name in stage.sources if name not in shapes]
        if unknown:
            yield stage.name, f"reads {unknown[0]!r}, which is no earlier stage"
            return
        sources = [(shapes[name], elements[name]) for name in stage.sources]
        for why in (*_reads(stage, sources), *_computes(stage, sources[0][1])):
            yield stage.name, why
        shapes[stage.name], elements[stage.name] = stage.out_shape, stage.element
    last, channels = network.stages[-1], network.out_shape[2]
    if prod(last.out_shape) != prod(network.out_shape):
        yield last.name, f"puts out {times(last.out_shape)}, not {times(network.out_shape)}"
    for what in ("score_scale", "score_offset"):
        figures = getattr(network, what)
        if len(figures) != channels:
            yield last.name, f"{what} has {len(figures)} figures, not {channels}"


def _reads(stage: Stage, sources: list[tuple[Shape, Element]]) -> Iterator[str]:
    """What is wrong about the inputs of a stage."""
    given = [element for _, element in sources]
    counts = [prod(stage.in_shape)]
    match stage:
        case Combine():
            pixels = prod(stage.in_shape[:2])
            counts = [pixels * channels for channels in stage.in_channels]
            wanted = list(stage.in_elements)
            if not len(counts) == len(wanted) == len(stage.factors) == len(sources):
                yield "formats and factors must be one for each of its sources"
                return
        case Matrix() | SumPool() | Threshold() | Requantise():
            wanted = [stage.in_element]
        case Levels() | Pool():
            wanted = given
        case _:
            assert_never(stage)
    for (shape, element), count, format_ in zip(sources, counts, wanted, strict=True):
        if prod(shape) != count:
            yield f"reads {count} elements of the {times(shape)} that its source puts out"
        counted = element == BIPOLAR and format_ == BIT
        if format_ != element and not (counted and isinstance(stage, Threshold | Requantise)):
            yield f"reads {format_} where its source puts out {element}"
    if isinstance(stage, Pool) and stage.element != given[0]:
        yield f"puts out {stage.element}, not the maxima of {given[0]}"


def _computes(stage: Stage, given: Element) -> Iterator[str]:
    """What is wrong about the output and the constants of a stage that reads such elements."""
    shape = _out_shape(stage)
    if shape != stage.out_shape:
        yield f"puts out {times(stage.out_shape)}, where {times(shape)} follow"
    channels = stage.out_shape[2]
    counts: dict[str, int] = {}
    match stage:
        case Matrix():
            yield from _matrix(stage)
        case Threshold():
            counts = {"thresholds": len(stage.thresholds), "invert": len(stage.invert)}
            count = stage.thresholds[0].size
            if stage.thresholds.ndim > 1 and (np.diff(stage.thresholds, axis=1) < 0).any():
                yield "thresholds of a channel must ascend"
            low, high = (0, 1) if stage.element.bipolar else _ends(stage.element)
            if not low <= stage.base <= stage.base + count <= high:
                yield f"counts from {stage.base} to {stage.base + count} must fit {stage.element}"
        case Requantise():
            counts = {"multipliers": len(stage.multipliers), "biases": len(stage.biases)}
            low, high = _ends(stage.element)
            if not low <= stage.low <= stage.high <= high:
                yield f"low and high must lie in [{low}, {high}], not {stage.low} and {stage.high}"
        case Pool():
            counts = {"minimum": len(stage.minimum)}
        case Levels():
            count = 1 << given.bits
            if stage.table.shape not in ((1, count), (channels, count)):
                yield f"table has the shape {stage.table.shape}, not {count} levels a channel"
            elif not _within(stage.table, _ends(stage.element)):
                yield f"levels must fit {stage.element}"
        case Combine() | SumPool():
            pass
        case _:
            assert_never(stage)
    for what, count in counts.items():
        if count != channels:
            yield f"{what} must be one for each of {channels} channels, not {count}"


def _matrix(stage: Matrix) -> Iterator[str]:
    weights, channels = stage.weights, stage.out_shape[2]
    inputs = 1 if stage.depthwise else stage.in_shape[2]
    if weights.ndim != 4 or weights.shape[0] != channels or weights.shape[3] != inputs:
        yield f"weights must be ({channels}, rows, columns, {inputs}), not {weights.shape}"
        return
    bipolar = stage.weight_element.bipolar
    if not _within(weights, (0, 1) if bipolar else _ends(stage.weight_element)):
        yield f"weights must fit {stage.weight_element}"
    if stage.acc_min > stage.acc_max:
        yield f"sums must have a range, not {stage.acc_min} to {stage.acc_max}"
    if stage.thresholds is None:
        low, high = _ends(stage.element)
        if not (stage.element.signed and low <= stage.acc_min <= stage.acc_max <= high):
            yield f"sums from {stage.acc_min} to {stage.acc_max} must fit {stage.element}"
    elif stage.thresholds.shape != (channels,):
        yield f"thresholds must be one for each of {channels} channels"
    elif stage.element != BIPOLAR:
        yield f"puts out bits, not {stage.element}"
    elif not _within(stage.thresholds, (stage.acc_min, stage.acc_max + 1)):
        yield f"thresholds must lie in [{stage.acc_min}, {stage.acc_max + 1}]"
    if stage.pad is None and not stage.in_element.bipolar:
        yield "only bits are padded with a true zero"


def _out_shape(stage: Stage) -> Shape:
    """Shape that follows from what a stage reads."""
    match stage:
        case Combine():
            channels = sum(stage.in_channels) if stage.concat else stage.in_channels[0]
            return (*stage.in_shape[:2], channels)
        case Matrix():
            size = [
                inner + before + after - dilation * (kernel - 1) - 1
                for inner, before, after, dilation, kernel in zip(
                    stage.in_shape[:2], stage.padding[::2], stage.padding[1::2], stage.dilation,
                    stage.weights.shape[1:3], strict=True,
                )
            ]  # fmt: skip
            rows, columns = (a // b + 1 for a, b in zip(size, stage.stride, strict=True))
            return (rows, columns, len(stage.weights))
        case Pool() | SumPool():
            # Windows may overhang the far edges, but begin ahead of them.
            padding = stage.padding if isinstance(stage, Pool) else (0, 0, 0, 0)
            begins = [
                (count - 1) * stride < inner + before
                for count, stride, inner, before in zip(
                    stage.out_shape[:2], stage.stride, stage.in_shape[:2], padding[::2],
                    strict=True,
                )
            ]  # fmt: skip
            shape = stage.out_shape[:2] if all(begins) else stage.in_shape[:2]
            return (*shape, stage.in_shape[2])
        case Levels() | Threshold() | Requantise():
            return stage.in_shape
    assert_never(stage)


def _ends(element: Element) -> tuple[int, int]:
    """Least and greatest number of a format."""
    if element.bipolar:
        return -1, 1
    half = 1 << element.bits - 1
    return (-half, half - 1) if element.signed else (0, 2 * half - 1)


def _within(values: np.ndarray, ends: tuple[int, int]) -> bool:
    return bool(ends[0] <= values.min() and values.max() <= ends[1])
