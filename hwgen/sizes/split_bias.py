"""A bias of a sum of several counts, of which only the lower bits need an adder of their own."""

from hwgen.sizes.tables import CLEARED_WORDS

__all__ = ["added_bits"]

LEAST_COUNTS = 3
"""Counts of a sum: the lowest bit of a bias is added to the first, half of the others to the
second, and half again to the third."""

LEAST_SAVED = 4
"""Cells of a channel from which on the choice of what is added is worth its own."""


def added_bits(
    *, simd: int, limit_bits: int, synapse_fold: int, neuron_fold: int, pixels: int, pipeline: int
) -> int | None:
    """Bits that are added to a count of ``simd`` products, or None for the whole bias.

    A bias of ``limit_bits`` is then parted: its lowest bit is added to the first count of a sum,
    the next ``k`` bits, taken as a number, to the second and to the third, and what lies above them
    is the upper part of the first count, which has ``k + 1`` bits so far. They are so many that no
    sum of the lower ones reaches the upper part.
    """
    bits = simd.bit_length() if simd & simd - 1 else simd.bit_length() - 1
    if synapse_fold < LEAST_COUNTS or neuron_fold > CLEARED_WORDS or pipeline > 2 or not bits:
        return None
    return bits if (limit_bits - bits - 1) * pixels >= LEAST_SAVED else None
