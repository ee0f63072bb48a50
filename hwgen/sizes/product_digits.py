"""Products a digit of one operand at a time: how many there are, and the cycles that they take."""

__all__ = ["digits", "pipelined_latency", "serial_latency"]


def digits(bits: int, digit: int) -> int:
    """Digits of a number of ``bits`` bits; all of them are one where ``digit`` is 0."""
    return -(-bits // digit) if digit else 1


def pipelined_latency(bits: int, digit: int, *, late: bool = False) -> int:
    """Cycles of a requantise unit whose product of each digit has registers of its own.

    They are those of operands, products, sums of two at a time (the bias is one more), result and
    output FIFO; of all digits at once the bias is added on the way to the result. Where ``late``
    the operands have one more.
    """
    return 4 + late + (digits(bits, digit).bit_length() if digit else 0)


def serial_latency(bits: int, digit: int, *, late: bool = False) -> int:
    """Cycles of one that adds up a digit's product a cycle.

    They are those of operands, bias, digits, the last sum and the result; likewise.
    """
    return digits(bits, digit) + 4 + late
