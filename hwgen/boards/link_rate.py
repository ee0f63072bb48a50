"""How many pictures a second a link to a host allows."""

from hwgen.design import Design
from hwgen.plan.units import Scores
from hwgen.rtl.link_format import CRC_BYTES, HEAD_BYTES, RESULT_HEAD_BYTES, SYNC

__all__ = ["UART_BITS", "link_bytes", "uart_rate"]

UART_BITS = 10
"""Of a byte on a serial line: start, data and stop."""


def link_bytes(design: Design) -> tuple[int, int]:
    """Bytes of a picture's frame, and of that of its answer."""
    around = len(SYNC) + HEAD_BYTES + CRC_BYTES
    picture, unit = design.model.input, design.plan.units[-1]
    assert isinstance(unit, Scores), unit
    place = -(-picture.channels * picture.bits // 8)
    scores = design.plan.exit.transfers_per_frame * unit.data_bits // 8
    return (
        around + picture.height * picture.width * place,
        around + RESULT_HEAD_BYTES + scores,
    )


def uart_rate(design: Design, baud: int) -> float:
    """Pictures a second on a serial line, one after another, however fast the design is.

    The next picture is sent when the answer is there, so both take their time.
    """
    return baud / (UART_BITS * sum(link_bytes(design)))
