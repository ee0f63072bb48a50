"""Commands of an SPI flash, and what is sent to it before reads begin."""

from dataclasses import dataclass

from amaranth.hdl import C, Cat, Signal, Value
from amaranth.utils import bits_for

__all__ = [
    "CONTINUE",
    "FAST_READ",
    "QUAD_DUMMY_CLOCKS",
    "QUAD_ENABLE",
    "QUAD_READ",
    "Step",
    "start_steps",
]

LEAVE, WAKE = 0xFF, 0xAB
"""End a continuous read that a reset interrupted (all lines high where its mode bits are read);
leave deep power-down, where the part's configuration may have put the flash."""
READ_STATUS_1, READ_STATUS_2, WRITE_STATUS_2, WRITE_STATUS = 0x05, 0x35, 0x31, 0x01
VOLATILE = 0x50
"""What is written to a status register next is forgotten when the power goes."""
FAST_READ, QUAD_READ = 0x0B, 0xEB
QUAD_ENABLE = 0x02
"""In the second status register: two lines are data, and neither write protection nor hold."""
CONTINUE = 0xA0
"""Mode bits: the next read begins with its address."""
QUAD_DUMMY_CLOCKS = 4


@dataclass(frozen=True, eq=False)
class Step:
    """A command ahead of all reads.

    Parameters
    ----------
    sent : Value
        Its bytes, the first uppermost.
    answered : bool
        Whether a byte comes back.
    judged : bool
        Whether that is the second status register.
    wakes : bool
        Whether the flash needs time behind it.
    """

    sent: Value
    answered: bool = False
    judged: bool = False
    wakes: bool = False

    def bit(self, at: Signal) -> Value:
        """The bit that is sent when so many are still to come."""
        return self.sent.bit_select(at[: bits_for(len(self.sent) - 1)], 1)


def start_steps(*, quad: bool, status_1: Signal, status_2: Signal) -> list[Step]:
    """What is sent before reads begin; with ``quad``, until quad enable is seen in an answer.

    Parameters
    ----------
    status_1, status_2 : Signal
        The last answer, and the last of the second status register.
    """
    enabled = status_2 | QUAD_ENABLE
    begin = [Step(C(LEAVE, 8)), Step(C(WAKE, 8), wakes=True)]
    if not quad:
        return begin
    look = Step(C(READ_STATUS_2, 8), answered=True, judged=True)
    return [
        *begin,
        look,
        Step(C(VOLATILE, 8)),
        Step(Cat(enabled, C(WRITE_STATUS_2, 8))),
        look,
        Step(C(READ_STATUS_1, 8), answered=True),
        Step(C(VOLATILE, 8)),
        Step(Cat(enabled, status_1, C(WRITE_STATUS, 8))),
        look,
    ]
