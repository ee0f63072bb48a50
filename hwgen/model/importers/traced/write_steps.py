"""Step functions as quantisers of a graph."""

import numpy as np

from hwgen.errors import ModelError
from hwgen.model.importers.traced.step_functions import StepFunction
from hwgen.model.importers.traced.writer import CUSTOM, Writer

__all__ = ["write_steps"]


def write_steps(writer: Writer, step: StepFunction, label: str, zero: int | None) -> str:
    """Add what computes a step function; gives the name of what it makes.

    A number at which it steps may be on either side, or have a level between them alone, as 0 has
    in a sign; ``zero``, 1 or -1, puts those on one side.

    Raises
    ------
    ModelError
        If it goes up and down, or has steps of different heights.
    """
    name = writer.name(step.source)
    breaks = np.array(step.breaks)
    levels = step.levels.double().numpy()
    moving = [k for k in range(len(breaks)) if len(set(levels[2 * k : 2 * k + 3])) > 1]
    if not moving:
        raise ModelError("gives the same whatever it reads")
    breaks = breaks[moving]
    levels = levels[[0, *(2 * k + j for k in moving for j in (1, 2))]]
    if levels[-1] < levels[0]:
        # f(x) = g(-x), and g rises.
        name = writer.add("Neg", label, name)
        breaks, levels = -breaks[::-1], levels[::-1]
    if (np.diff(levels) < 0).any():
        raise ModelError("goes up and down; steps that only rise, or only fall, are imported")
    thresholds, strict, made = [], [], [levels[0]]
    for number, at, above in zip(breaks, levels[1::2], levels[2::2], strict=True):
        if at not in (made[-1], above) and zero is not None:
            at = above if zero > 0 else made[-1]
        if at != made[-1]:
            thresholds.append(number)
            strict.append(0)
            made.append(at)
        if at != above:
            thresholds.append(number)
            strict.append(1)
            made.append(above)
    heights = np.diff(made)
    height, start = float(heights[0]), float(made[0])
    if not np.allclose(heights, height, rtol=1e-6, atol=0):
        raise ModelError("has steps of different heights; those of one height are imported")
    # Levels are integers times half a step, or shifted by what is added.
    halves = float(2 * start / height).is_integer()
    name = writer.add(
        "MultiThreshold",
        label,
        name,
        np.array([thresholds]),
        domain=CUSTOM,
        out_scale=height,
        out_bias=start if halves else 0.0,
        strict=strict,
    )
    return name if halves else writer.add("Add", label, name, start)
