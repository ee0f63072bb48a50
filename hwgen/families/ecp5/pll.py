"""PLLs of ECP5."""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

from hwgen.families.pll import PllCell, within

__all__ = ["Ecp5Pll", "ecp5_plls"]

# ECP5 data sheet FPGA-DS-02012, sysCLOCK PLL timing. Project Trellis' ecppll takes the same limits
# for input and oscillator, and comparison from 3.125 MHz; from 10 is the stricter one, and what
# Lattice's own tool kept to in the settings that ecppll.cpp lists.
IN = (8, 400)
OUT = (Fraction(25, 8), 400)
VCO = (400, 800)
PFD = (10, 400)
DIVIDERS = range(1, 129)

# As ecppll sets them.
LOOP = {
    "ICP_CURRENT": "12",
    "LPF_RESISTOR": "8",
    "MFG_ENABLE_FILTEROPAMP": "1",
    "MFG_GMCREF_SEL": "2",
}
LOW = ("RST", "STDBY", "PHASESEL0", "PHASESEL1", "PHASEDIR", "PHASESTEP",
       "PHASELOADREG", "PLLWAKESYNC", "ENCLKOP", "ENCLKOS")  # fmt: skip


@dataclass(frozen=True)
class Ecp5Pll:
    """EHXPLLL that compares CLKOP with its input and gives the clock on CLKOS.

    ``VCO = in / clki_div * clkfb_div * clkop_div``, out = VCO / clkos_div.
    """

    in_mhz: Fraction
    clki_div: int
    clkfb_div: int
    clkop_div: int
    clkos_div: int

    @property
    def pfd_mhz(self) -> Fraction:
        """Frequency at which the PLL compares."""
        return self.in_mhz / self.clki_div

    @property
    def clkop_mhz(self) -> Fraction:
        """Frequency of the output that is fed back."""
        return self.pfd_mhz * self.clkfb_div

    @property
    def vco_mhz(self) -> Fraction:
        """Frequency of the oscillator."""
        return self.clkop_mhz * self.clkop_div

    @property
    def out_mhz(self) -> Fraction:
        """The clock made."""
        return self.vco_mhz / self.clkos_div

    def parameters(self) -> dict[str, int | str]:
        """Parameters of the primitive; CPHASE of DIV - 1 is no delay."""
        return {
            "FEEDBK_PATH": "CLKOP",
            "CLKI_DIV": self.clki_div,
            "CLKFB_DIV": self.clkfb_div,
            "CLKOP_ENABLE": "ENABLED",
            "CLKOP_DIV": self.clkop_div,
            "CLKOP_CPHASE": self.clkop_div - 1,
            "CLKOP_FPHASE": 0,
            "CLKOS_ENABLE": "ENABLED",
            "CLKOS_DIV": self.clkos_div,
            "CLKOS_CPHASE": self.clkos_div - 1,
            "CLKOS_FPHASE": 0,
        }

    def cell(self, *, pad: bool) -> PllCell:
        """The primitive, which has no pad of its own."""
        assert not pad
        return PllCell(
            "EHXPLLL",
            attributes=LOOP,
            parameters=self.parameters(),
            inputs={**dict.fromkeys(LOW, 0), "CLKI": "source", "CLKFB": "feedback"},
            outputs={"CLKOP": "feedback", "CLKOS": "clock", "LOCK": "lock"},
        )


def ecp5_plls(in_mhz: Fraction) -> Iterator[Ecp5Pll]:
    """All settings within the limits, the fastest comparison first.

    One way to reach each oscillator frequency is given, that with the slowest feedback.
    """
    if not within(in_mhz, IN):
        return
    for clki in DIVIDERS:
        if not within(in_mhz / clki, PFD):
            continue
        for product in range(1, int(VCO[1] * clki / in_mhz) + 1):
            if not within(in_mhz / clki * product, VCO):
                continue
            for clkfb in DIVIDERS:
                clkop, rest = divmod(product, clkfb)
                fed_back = in_mhz / clki * clkfb
                if not rest and clkop in DIVIDERS and within(fed_back, OUT):
                    break
            else:
                continue
            for clkos in DIVIDERS:
                pll = Ecp5Pll(in_mhz, clki, clkfb, clkop, clkos)
                if within(pll.out_mhz, OUT):
                    yield pll
