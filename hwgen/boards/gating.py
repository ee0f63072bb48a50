"""How a board's clocks are stopped between pictures."""

from dataclasses import dataclass

from hwgen.boards.link_rate import UART_BITS, link_bytes
from hwgen.design import Design
from hwgen.errors import DeviceError
from hwgen.rtl.spi_slave import LEAST_HALF_CYCLES
from hwgen.rtl.wake_up import WakeUp

__all__ = [
    "GATED_BYTE_CYCLES", "GATED_FRAME_CYCLES", "Gating", "check_gating", "find_gating",
    "gated_cycles",
]  # fmt: skip

ROOM = 2
"""So much faster the network's clock is than a picture needs that comes as fast as it can: what
comes while a window is computed still finds room."""

GATED_BYTE_CYCLES = 12
"""From one byte of a camera to the next: by then a byte was handed over to a clock that stood."""

GATED_FRAME_CYCLES = 16
"""From the beginning of its frame to the first line: by then the link is awake."""

LEAST_HOLD_CYCLES = 64
"""By then a link whose first line has moved is busy."""


@dataclass(frozen=True)
class Gating:
    """Cycles for one of the network while a picture comes in, and how the link is woken up.

    ``hold_cycles`` are those that the link stays awake for behind an edge of the line; ``rest`` is
    the line's level at rest.
    """

    pace: int
    hold_cycles: int
    rest: int

    def wake_up(self) -> WakeUp:
        """What wakes it up."""
        return WakeUp(rest=self.rest, hold_cycles=self.hold_cycles)


def gated_cycles(design: Design, link: str, divisor: int, interval: int) -> tuple[float, float]:
    """Cycles of a frame in which the network gets its clock without any work, and of the link's.

    Pictures come as fast as the link can bring them, and answers go by the serial line or as fast.
    """
    gating = find_gating(design, link, divisor)
    picture, answer = link_bytes(design)
    comes = picture * _byte_cycles(link, divisor)
    goes = answer * _byte_cycles("uart" if link == "camera" else link, divisor)
    return max(0.0, comes / gating.pace - interval), comes + goes + gating.hold_cycles


def _byte_cycles(link: str, divisor: int) -> int:
    """Cycles of a byte on a link that brings them as fast as it can with clocks that stop."""
    if link == "uart":
        return UART_BITS * divisor
    return GATED_BYTE_CYCLES if link == "camera" else 8 * 2 * LEAST_HALF_CYCLES


def find_gating(design: Design, link: str, divisor: int) -> Gating:
    """How the clocks of a design stop.

    Parameters
    ----------
    design : Design
    link : str
        Where pictures come in.
    divisor : int
        Cycles of a bit on the serial line.

    Raises
    ------
    DeviceError
        See `check_gating`.
    """
    check_gating(design)
    plan = design.plan
    cycles = _byte_cycles(link, divisor) * link_bytes(design)[0]
    slowest = max(plan.bottleneck_cycles, *(layer.cycles for layer in plan.layers))
    pace = max(1, cycles // (ROOM * slowest))
    hold = max(LEAST_HOLD_CYCLES, 2 * UART_BITS * divisor if link == "uart" else 0)
    return Gating(pace, hold, rest=int(link == "uart"))


def check_gating(design: Design) -> None:
    """Refuse a design whose clock cannot stop.

    Raises
    ------
    DeviceError
        If weights come in for each frame: what brings them cannot wait.
    """
    if design.plan.weights is not None:
        raise DeviceError(
            f"{design.plan.name}: its weights come in with each frame, and what brings them cannot "
            "wait, so its clock cannot stop; leave --gate-clock out"
        )
