"""What elements that multiply with two's complement weights consist of."""

from hwgen.sizes.element_sizes import ElementSizes
from hwgen.sizes.features import Features
from hwgen.sizes.row_cells import product_rows, sum_of

__all__ = ["integer_features"]


def integer_features(
    sizes: ElementSizes, *, simd: int, pipeline: int, ones: float, accumulates: bool
) -> Features:
    """Counts of one element of so many input lanes, in logic or with multiplier cells.

    Products whose sum no register parts from them are one sum of all their rows.

    Parameters
    ----------
    ones : float
        Bits of a weight that are not known to be 0.
    accumulates : bool
        Whether an adder keeps a sum of several patches.
    """
    found: Features = {"accumulators": sizes.limit_bits * (2 if accumulates else 1)}
    weight_bits = sizes.weight_bits
    if sizes.kind == "dsp" or sizes.bipolar:
        # Of signs, a weight or its negative, which a carry chain makes.
        width = weight_bits + (1 if sizes.bipolar else sizes.bits)
        found["signs"] = simd * width if sizes.bipolar else 0
        terms = sum_of([width] * simd, width + (simd - 1).bit_length())
        return found | terms.features()
    # A number without a sign is one of a bit more.
    bits = sizes.bits + (not sizes.signed_input)
    # Of constants, rows are what is left of the weights.
    short = weight_bits if ones < weight_bits else min(bits, weight_bits)
    long = bits + weight_bits - short
    product = product_rows(long, short, min(ones, short))
    found["products"] = simd * product.bits
    if pipeline < 2:
        return found | product.times(simd).features()
    terms = sum_of([product.total] * simd, product.total + (simd - 1).bit_length())
    apart, together = product.features(simd), terms.features()
    return found | {key: apart[key] + together[key] for key in apart}
