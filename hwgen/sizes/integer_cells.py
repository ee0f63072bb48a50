"""What elements that multiply with two's complement weights consist of."""

from math import ceil

from hwgen.families.fabric import MultiplierName
from hwgen.sizes.element_sizes import ElementSizes
from hwgen.sizes.features import Features
from hwgen.sizes.multipliers import MULTIPLIERS
from hwgen.sizes.row_cells import number_row, product_rows, sum_cells

__all__ = ["integer_features"]


def integer_features(
    sizes: ElementSizes, *, simd: int, pipeline: int, ones: float | None, accumulates: bool
) -> Features:
    """Counts of one element of so many input lanes, in logic or with multiplier cells.

    Products whose sum no register parts from them are one sum of all their rows.

    Parameters
    ----------
    ones : float or None
        Bits of a constant weight that are 1, in the mean; by default weights change.
    accumulates : bool
        Whether an adder keeps a sum of several patches.
    """
    found: Features = {"accumulators": sizes.limit_bits * (2 if accumulates else 1)}
    weight_bits = sizes.weight_bits
    if sizes.multiplier is not None:
        return found | _cell_terms(sizes, sizes.multiplier, simd)
    if sizes.bipolar:
        # A weight or its negative, which a carry chain makes.
        found["signs"] = simd * (weight_bits + 1)
        return found | _terms(weight_bits + 1, simd)
    width = sizes.bits + weight_bits
    used = weight_bits if ones is None else round(ones)
    rows = product_rows(sizes.bits, weight_bits, signed=sizes.signed_input, ones=used)
    # A constant chooses nothing.
    found["product bits"] = simd * sum(row.bits for row in rows) * (ones is None)
    if pipeline < 2:
        return found | sum_cells(rows, width, simd)
    apart, together = sum_cells(rows, width), _terms(width, simd)
    return found | {key: simd * apart[key] + together[key] for key in apart}


def _cell_terms(sizes: ElementSizes, multiplier: MultiplierName, simd: int) -> Features:
    """The sum of what multiplier cells give."""
    cell, widths = MULTIPLIERS[multiplier], (sizes.bits, sizes.weight_bits)
    each = min(cell.summed(*widths), simd)
    field, count = cell.field_bits(*widths, each), ceil(simd / each)
    # What a sum below zero took from the field above, and what signed numbers take.
    fields = count * (field + (each - 1) * sizes.weight_bits) if each > 1 else 0
    return _terms(field, count) | {"fields": fields}


def _terms(bits: int, count: int) -> Features:
    """The sum of so many numbers."""
    return sum_cells([number_row(bits)], bits, count)
