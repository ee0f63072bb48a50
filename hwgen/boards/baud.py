"""The rate of a serial line: which ones a clock can make."""

from hwgen.errors import DeviceError

__all__ = ["DEFAULT_BAUD", "baud_divisor", "can_make_baud"]

DEFAULT_BAUD = 1_000_000

MOST_BAUD_ERROR = 0.02
"""Of the 5 % that a byte's ten bits allow, the other end may take as much again."""


def can_make_baud(clock_mhz: float, baud: int) -> bool:
    """Whether some whole number of cycles, four or more, comes near enough to a rate."""
    exact = clock_mhz * 1e6 / baud
    divisor = round(exact)
    return divisor >= 4 and abs(divisor - exact) <= MOST_BAUD_ERROR * exact


def baud_divisor(clock_mhz: float, baud: int, where: str) -> int:
    """Cycles of a bit.

    Raises
    ------
    DeviceError
        If no whole number of cycles comes within `MOST_BAUD_ERROR` of the rate, or if it is below
        the four that the receiver needs.
    """
    if baud < 1:
        raise DeviceError(f"{where}: baud rate must be positive, not {baud}")
    exact = clock_mhz * 1e6 / baud
    divisor = round(exact)
    if not can_make_baud(clock_mhz, baud):
        slower = int(clock_mhz * 1e6 / max(4, divisor + (divisor < exact)))
        raise DeviceError(
            f"{where}: a clock of {clock_mhz:g} MHz cannot make {baud:,} baud; "
            f"{slower:,} baud is the next below that it can"
        )
    return divisor
