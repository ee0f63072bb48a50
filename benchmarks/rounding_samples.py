"""Units that round to fixed point, in all forms that a multiplication has."""

from typing import Any

import numpy as np

from benchmarks.sample import Sample
from hwgen.families.family import Part
from hwgen.network import Element, Requantise, Threshold
from hwgen.plan.units import RequantisePlan

__all__ = ["rounding_samples"]

# Bits of an input, of a multiplier and of a result, elements of a word, channel groups, bits of a
# digit for serial units, -1 for a product of each digit that a fast clock asks for, 0 for a whole.
FORMS: tuple[tuple[int, int, int, int, int, int], ...] = (
    (12, 17, 8, 2, 4, 0),
    (19, 23, 8, 1, 16, 0),
    (9, 9, 4, 4, 2, 0),
    (12, 25, 16, 1, 64, -1),
    (19, 23, 8, 2, 8, -1),
    (23, 27, 8, 1, 32, -1),
    (19, 23, 8, 1, 16, 2),
    (23, 27, 8, 2, 32, 1),
    (12, 25, 16, 4, 16, 3),
    (27, 39, 16, 1, 64, 4),
    (22, 24, 8, 1, 64, 3),
    (23, 27, 8, 1, 64, 1),
    (16, 20, 8, 2, 32, 2),
)


def rounding_samples(part: Part) -> list[Sample]:
    """The units to measure on a part, the same every time."""
    rng = np.random.default_rng(35)
    return [*(_rounding(rng, part, *form) for form in FORMS), _counting(part)]


def _rounding(
    rng: np.random.Generator,
    part: Part,
    bits: int,
    factor_bits: int,
    out_bits: int,
    elements: int,
    groups: int,
    digit: int,
) -> Sample:
    channels = elements * groups
    shift = bits + factor_bits - out_bits - 2
    stage = Requantise(
        "s", "input", (8, 8, channels), (8, 8, channels), Element(out_bits, signed=False),
        Element(bits, signed=True),
        tuple(int(k) for k in rng.integers(1 << factor_bits - 2, 1 << factor_bits, channels)),
        tuple(int(b) for b in rng.integers(-(1 << shift + 4), 1 << shift + 4, channels)),
        shift, 0, (1 << out_bits) - 1,
    )  # fmt: skip
    return Sample(_unit(part, stage, elements, digit), {"s": stage}, 1)


def _counting(part: Part) -> Sample:
    """Equal steps of all channels: one multiplier, wired in."""
    limits = np.tile(np.arange(-300, 300, 40), (8, 1))
    stage = Threshold(
        "s", "input", (8, 8, 8), (8, 8, 8), Element(4, signed=False), Element(11, signed=True),
        limits, np.zeros(8, np.bool_),
    )  # fmt: skip
    return Sample(_unit(part, stage, 2, 0), {"s": stage}, 1)


def _unit(part: Part, stage: Requantise | Threshold, elements: int, digit: int) -> RequantisePlan:
    _, fast = part.family.pipelines[-1]
    how: dict[str, Any] = {"digit": digit, "serial": digit > 0}
    if digit < 0:
        how = {"digit": fast.digit, "late": fast.late}
    return RequantisePlan.at_full_rate(
        name="u", stage="s", elements=elements, in_bits=elements * stage.in_element.bits,
        out_bits=elements * stage.element.bits, **how,
    )  # fmt: skip
