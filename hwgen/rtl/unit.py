"""What every unit of a design has, for the type checker."""

from typing import Protocol

from amaranth.hdl import Module
from amaranth.lib import stream, wiring

__all__ = ["Unit", "port"]


class Unit(Protocol):
    """A component with streams, called ``i`` and ``o``, or ``i_0``, ``o_0`` and so on.

    Which it has depends on its kind; `port` finds one by name.
    """

    @property
    def signature(self) -> wiring.Signature:
        """The members."""
        ...

    def elaborate(self, platform: object) -> Module:
        """Build the hardware."""
        ...


def port(unit: Unit, name: str) -> stream.Interface:
    """Stream of a unit.

    Raises
    ------
    AttributeError
        If it has none of that name.
    """
    return getattr(unit, name)
