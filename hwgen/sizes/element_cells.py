"""Cells of an element of bipolar weights, but for a counter's accumulator and what follows it."""

from math import ceil

from hwgen.sizes.count_cells import carry_slots, counter_cells
from hwgen.sizes.element_sizes import ElementSizes

__all__ = ["element_cells", "end_cells"]


def element_cells(sizes: ElementSizes, *, simd: int, pipeline: int, constant: bool) -> int:
    """Cells of one element of so many input lanes.

    Parameters
    ----------
    constant : bool
        Whether weights are a single word, and so no choice.
    """
    if sizes.kind == "counter":
        return counter_cells(simd, pipeline, biased=sizes.biased)
    if sizes.kind == "carry":
        slots = carry_slots(simd, pipeline) + 1 + sizes.limit_bits
        return slots + slots % 2 + (0 if sizes.thresholds else end_cells(sizes))
    if sizes.kind == "binary":
        return 2 * simd + sizes.acc_bits + end_cells(sizes)
    bits, terms, cells = sizes.bits, ceil(simd / 2), 0
    widths = [bits + 1] * (simd // 2) + [bits] * (simd % 2)
    if not constant:
        # Which of a pair is picked, and its complement.
        cells += sum(widths)
    while terms > 1:
        sums = [max(a, b) + 1 for a, b in zip(widths[::2], widths[1::2], strict=False)]
        cells += sum(sums)
        widths = sums + widths[terms & ~1 :]
        terms = len(widths)
    return cells + sizes.limit_bits * (2 if sizes.products > simd else 1)


def end_cells(sizes: ElementSizes) -> int:
    """Cells that compare an accumulator with its threshold, or subtract K from it."""
    return 1 + (sizes.limit_bits if sizes.thresholds else sizes.acc_bits)
