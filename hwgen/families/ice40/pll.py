"""PLLs of iCE40."""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

from hwgen.families.pll import PllCell, within

__all__ = ["Ice40Pll", "ice40_plls"]

# iCE40 LP/HX data sheet FPGA-DS-02029 and UltraPlus data sheet FPGA-DS-02008, sysCLOCK PLL timing.
IN = (10, 133)
OUT = (16, 275)
VCO = (533, 1066)
PFD = (10, 133)
FILTERS = ((17, 1), (26, 2), (44, 3), (66, 4), (101, 5), (134, 6))
"""Comparison frequency below which each FILTER_RANGE is used: those of icepll."""


@dataclass(frozen=True)
class Ice40Pll:
    """SB_PLL40 with simple feedback: ``VCO = in / (divr + 1) * (divf + 1)``, out = VCO / 2^divq."""

    in_mhz: Fraction
    divr: int
    divf: int
    divq: int

    @property
    def pfd_mhz(self) -> Fraction:
        """Frequency at which the PLL compares."""
        return self.in_mhz / (self.divr + 1)

    @property
    def vco_mhz(self) -> Fraction:
        """Frequency of the oscillator."""
        return self.pfd_mhz * (self.divf + 1)

    @property
    def out_mhz(self) -> Fraction:
        """The clock made."""
        return self.vco_mhz / 2**self.divq

    @property
    def filter_range(self) -> int:
        """FILTER_RANGE for the comparison frequency."""
        return next(value for limit, value in FILTERS if self.pfd_mhz < limit)

    def parameters(self) -> dict[str, int | str]:
        """Parameters of the primitive."""
        return {
            "FEEDBACK_PATH": "SIMPLE",
            "DIVR": self.divr,
            "DIVF": self.divf,
            "DIVQ": self.divq,
            "FILTER_RANGE": self.filter_range,
        }

    def cell(self, *, pad: bool) -> PllCell:
        """The primitive: on the PLL's own pad there is no way to the input of the other one."""
        return PllCell(
            "SB_PLL40_PAD" if pad else "SB_PLL40_CORE",
            attributes={},
            parameters=self.parameters(),
            inputs={"PACKAGEPIN" if pad else "REFERENCECLK": "source", "RESETB": 1, "BYPASS": 0},
            outputs={"PLLOUTGLOBAL": "clock", "LOCK": "lock"},
        )


def ice40_plls(in_mhz: Fraction) -> Iterator[Ice40Pll]:
    """All settings within the limits, the fastest comparison first."""
    if not within(in_mhz, IN):
        return
    for divr in range(16):
        if not within(in_mhz / (divr + 1), PFD):
            continue
        for divf in range(128):
            if not within(in_mhz / (divr + 1) * (divf + 1), VCO):
                continue
            for divq in range(1, 7):
                pll = Ice40Pll(in_mhz, divr, divf, divq)
                if within(pll.out_mhz, OUT):
                    yield pll
