"""What a family tells of the cell that stops a clock."""

from dataclasses import dataclass

__all__ = ["ClockGate"]


@dataclass(frozen=True)
class ClockGate:
    """A clock buffer as Verilog places it, ports by name.

    ``enable`` is high while the clock runs, and may change while it is high; None where the buffer
    has no such input, and is given a clock that is held high instead.
    """

    primitive: str
    source: str
    clock: str
    enable: str | None
