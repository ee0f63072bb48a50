"""Weights that come from outside: how their words lie in those of the port."""

__all__ = ["WEIGHT_PORT_BITS", "streamed_bits"]

WEIGHT_PORT_BITS = 16
"""Of a word of the port that weights come in through, at boot and in each frame."""


def streamed_bits(bits: int, words: int) -> int:
    """Width of each of ``words`` weight words of ``bits`` on their way.

    Several of them fill a word of the port, where none is left over in the last, or else each takes
    whole ones, filled up at the top.
    """
    if WEIGHT_PORT_BITS % bits == 0 and words * bits % WEIGHT_PORT_BITS == 0:
        return bits
    return -(-bits // WEIGHT_PORT_BITS) * WEIGHT_PORT_BITS
