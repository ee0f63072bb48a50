"""Cells of a processing element, but for a counter's accumulator and what follows it."""

from math import ceil

from hwgen.sizes.count_cells import carry_slots, counter_cells
from hwgen.sizes.element_sizes import ElementSizes
from hwgen.sizes.multipliers import MULTIPLIERS

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
    if sizes.kind == "integer":
        return _integer_cells(sizes, simd) + end_cells(sizes)
    if sizes.kind == "dsp":
        return _sum_cells(sizes, simd) + end_cells(sizes)
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


def _integer_cells(sizes: ElementSizes, simd: int) -> int:
    """Products, their sum and the accumulator, as adders a bit at a time; never measured."""
    bits, weights = sizes.bits, sizes.weight_bits
    product = weights + 1 if sizes.bipolar else bits + weights
    rows = 1 if sizes.bipolar else min(bits, weights)
    return simd * product * (rows + 1) + 2 * sizes.limit_bits


def _sum_cells(sizes: ElementSizes, simd: int) -> int:
    """The sum of what multiplier cells give, and the accumulator."""
    assert sizes.multiplier is not None
    cell, widths = MULTIPLIERS[sizes.multiplier], (sizes.bits, sizes.weight_bits)
    each = min(cell.summed(*widths), simd)
    field = cell.field_bits(*widths, each)
    terms, cells = [field] * ceil(simd / each), 2 * sizes.limit_bits
    if each > 1:
        # What a sum below zero took from the field above, and what signed numbers take.
        cells += len(terms) * (field + (each - 1) * sizes.weight_bits)
    while len(terms) > 1:
        sums = [max(a, b) + 1 for a, b in zip(terms[::2], terms[1::2], strict=False)]
        cells += sum(sums)
        terms = sums + terms[len(terms) & ~1 :]
    return cells
