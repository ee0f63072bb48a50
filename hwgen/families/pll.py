"""What a family tells of its PLLs."""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Protocol

__all__ = ["Limits", "Pll", "PllCell", "within"]

Limits = tuple[Fraction | int, Fraction | int]
"""The least and the most, in MHz."""


@dataclass(frozen=True)
class PllCell:
    """A PLL as Verilog places it.

    Attributes and parameters are by name. Inputs and outputs are by port: a number is a constant,
    "source" the clock that comes in, "clock" the one that is made, "lock" is high while it is
    steady, and "feedback" joins an output with an input.
    """

    primitive: str
    attributes: Mapping[str, str]
    parameters: Mapping[str, int | str]
    inputs: Mapping[str, int | str]
    outputs: Mapping[str, str]


class Pll(Protocol):
    """Settings of a PLL, exact."""

    @property
    def out_mhz(self) -> Fraction:
        """The clock made."""
        ...

    @property
    def vco_mhz(self) -> Fraction:
        """Frequency of the oscillator."""
        ...

    def parameters(self) -> dict[str, int | str]:
        """Parameters of the primitive that these settings are."""
        ...

    def cell(self, *, pad: bool) -> PllCell:
        """The primitive; with ``pad`` the one whose source is a pin of the device itself.

        Only a board whose clock comes in on a PLL's own pin asks for that.
        """
        ...


def within(value: Fraction, limits: Limits) -> bool:
    """Whether a frequency is neither below nor above some limits."""
    return limits[0] <= value <= limits[1]
