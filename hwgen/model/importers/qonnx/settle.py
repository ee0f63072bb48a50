"""Graphs that round by themselves: what a chain of functions rounds to becomes a layer."""

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction

import numpy as np

from hwgen.errors import ModelError
from hwgen.model.importers.qonnx.activate import quantise
from hwgen.model.importers.qonnx.curves import ENDS
from hwgen.model.importers.qonnx.layers import Layers
from hwgen.model.importers.qonnx.quantiser import MAX_COUNT, Levels
from hwgen.model.importers.qonnx.rounding import TIES
from hwgen.model.importers.qonnx.steps import Bow, Clip, Linear, Norm, Round, Steps, moved, then
from hwgen.model.importers.qonnx.tensor import Tensor, rationals

__all__ = ["rounds", "settled"]

_HALF = Fraction(1, 2)

Ends = tuple[Fraction | None, Fraction | None]


def rounds(tensor: Tensor) -> bool:
    """Whether anything is rounded between the tensor's integers and the graph's values."""
    return any(isinstance(step, Round) for step in tensor.steps)


def settled(layers: Layers, tensor: Tensor) -> Tensor:
    """The same with whole numbers of few bits as the integers of a layer.

    They are those of the last rounding; clips ahead of it and right behind it say which.
    """
    at = max(k for k, step in enumerate(tensor.steps) if isinstance(step, Round))
    head, rest = tensor.steps[:at], tensor.steps[at + 1 :]
    last = tensor.steps[at]
    assert isinstance(last, Round)
    ends, line, rest = _clipped(_reached(layers, tensor, (*head, last)), rest, tensor.channels)
    low, high = ends
    if low is None or high is None or high - low > MAX_COUNT:
        raise ModelError(
            "reads whole numbers of more than 8 bits, or without an end",
            remedy="put a Clip before or behind what rounds them",
        )
    if low.denominator != 1 or high.denominator != 1 or low >= high:
        raise ModelError("clips between whole numbers", remedy="clip to whole ones")
    ties = [TIES[last.mode](k) for k in range(int(low) + 1, int(high) + 1)]
    cuts = np.empty((1, len(ties)), object)
    cuts[0] = [cut for cut, _ in ties]
    strict = np.array([above for _, above in ties])
    one = np.array(Fraction(1), object)
    chain = replace(tensor, steps=head, margin=None)
    if len(ties) == 1:
        # Two levels are bits of -1 and +1, between which zero may lie.
        made = quantise(layers, chain, Levels(cuts, strict, -1, 2, one), last=False)
        made = made.scaled(_HALF, low + _HALF)
    else:
        levels = Levels(cuts, strict, int(low), 1, one)
        made = quantise(layers, chain, levels, last=False)
    steps = then(made.steps, line)
    for step in rest:
        steps = then(steps, step)
    return replace(made, steps=steps, margin=tensor.margin)


def _reached(layers: Layers, tensor: Tensor, head: Steps) -> Ends:
    """The least and the greatest number that a chain gives; None where that is not known."""
    if tensor.pixel:
        head = layers.pixels(replace(tensor, steps=head)).steps
    hard = [k for k, step in enumerate(head) if isinstance(step, Norm | Bow)]
    start = hard[-1] + 1 if hard else 0
    ends = (Fraction(tensor.low), Fraction(tensor.high))
    if hard and isinstance(bow := head[hard[-1]], Bow):
        ends = ENDS[bow.curve]
    elif hard:
        clips = [k for k, step in enumerate(head) if isinstance(step, Clip) and k >= start
                 and step.low is not None and step.high is not None]  # fmt: skip
        if not clips:
            return None, None
        clip = head[clips[-1]]
        assert isinstance(clip, Clip)
        assert clip.low is not None
        assert clip.high is not None
        start, ends = clips[-1] + 1, (clip.low, clip.high)
    found = []
    for end in ends:
        values = rationals(np.zeros(tensor.channels, np.int64)) + end
        for step in head[start:]:
            values = moved(step, values)
        found += list(values)
    return min(found), max(found)


def _clipped(ends: Ends, rest: Steps, channels: int) -> tuple[Ends, Linear, Steps]:
    """Take in what only scales and clips: the ends that are left, and the line that is."""
    ones = rationals(np.ones(channels, np.int64))
    line = Linear(ones, ones * 0)
    for k, step in enumerate(rest):
        if isinstance(step, Linear):
            line = Linear(line.slope * step.slope, line.offset * step.slope + step.offset)
        elif isinstance(step, Clip) and (line.slope != 0).all():
            bounds = []
            for end in (step.low, step.high):
                at = None if end is None else (end - line.offset) / line.slope
                if at is not None and (at != at[0]).any():
                    raise ModelError("clips each channel at another level")
                bounds.append(None if at is None else at[0])
            low, high = bounds if line.slope[0] > 0 else bounds[::-1]
            if ((line.slope > 0) != (line.slope[0] > 0)).any():
                raise ModelError("clips channels that rise with others that fall")
            ends = (_of(max, ends[0], low), _of(min, ends[1], high))
        else:
            return ends, line, rest[k:]
    return ends, line, ()


def _of(
    which: Callable[..., Fraction], one: Fraction | None, other: Fraction | None
) -> Fraction | None:
    known = [end for end in (one, other) if end is not None]
    return which(known) if known else None
