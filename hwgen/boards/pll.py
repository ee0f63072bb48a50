"""Settings of the PLLs, exact for the clock asked for, or a refusal with the nearest clocks."""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

from hwgen.errors import DeviceError

__all__ = ["Ecp5Pll", "Ice40Pll", "Pll", "choose_pll", "ecp5_settings", "exact", "ice40_settings"]

# iCE40 LP/HX data sheet FPGA-DS-02029 and UltraPlus data sheet FPGA-DS-02008, sysCLOCK PLL timing.
ICE40_IN = (10, 133)
ICE40_OUT = (16, 275)
ICE40_VCO = (533, 1066)
ICE40_PFD = (10, 133)
ICE40_FILTERS = ((17, 1), (26, 2), (44, 3), (66, 4), (101, 5), (134, 6))
"""Comparison frequency below which each FILTER_RANGE is used: those of icepll."""

# ECP5 data sheet FPGA-DS-02012, sysCLOCK PLL timing. Project Trellis' ecppll takes the same limits
# for input and oscillator, and comparison from 3.125 MHz; from 10 is the stricter one, and what
# Lattice's own tool kept to in the settings that ecppll.cpp lists.
ECP5_IN = (8, 400)
ECP5_OUT = (Fraction(25, 8), 400)
ECP5_VCO = (400, 800)
ECP5_PFD = (10, 400)
ECP5_DIVIDERS = 128


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
        return next(value for limit, value in ICE40_FILTERS if self.pfd_mhz < limit)

    def parameters(self) -> dict[str, int | str]:
        """Parameters of the primitive."""
        return {
            "FEEDBACK_PATH": "SIMPLE",
            "DIVR": self.divr,
            "DIVF": self.divf,
            "DIVQ": self.divq,
            "FILTER_RANGE": self.filter_range,
        }


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


Pll = Ice40Pll | Ecp5Pll


def exact(mhz: float) -> Fraction:
    """The number that was written: 33.3 is 333/10."""
    return Fraction(str(mhz))


def ice40_settings(in_mhz: Fraction) -> Iterator[Ice40Pll]:
    """All settings of an iCE40 PLL within its limits, the fastest comparison first."""
    if not _within(in_mhz, ICE40_IN):
        return
    for divr in range(16):
        if not _within(in_mhz / (divr + 1), ICE40_PFD):
            continue
        for divf in range(128):
            if not _within(in_mhz / (divr + 1) * (divf + 1), ICE40_VCO):
                continue
            for divq in range(1, 7):
                pll = Ice40Pll(in_mhz, divr, divf, divq)
                if _within(pll.out_mhz, ICE40_OUT):
                    yield pll


def ecp5_settings(in_mhz: Fraction) -> Iterator[Ecp5Pll]:
    """All settings of an ECP5 PLL within its limits, the fastest comparison first.

    One way to reach each oscillator frequency is given, that with the slowest feedback.
    """
    if not _within(in_mhz, ECP5_IN):
        return
    dividers = range(1, ECP5_DIVIDERS + 1)
    for clki in dividers:
        if not _within(in_mhz / clki, ECP5_PFD):
            continue
        for product in range(1, int(ECP5_VCO[1] * clki / in_mhz) + 1):
            if not _within(in_mhz / clki * product, ECP5_VCO):
                continue
            for clkfb in dividers:
                clkop, rest = divmod(product, clkfb)
                fed_back = in_mhz / clki * clkfb
                if not rest and clkop in dividers and _within(fed_back, ECP5_OUT):
                    break
            else:
                continue
            for clkos in dividers:
                pll = Ecp5Pll(in_mhz, clki, clkfb, clkop, clkos)
                if _within(pll.out_mhz, ECP5_OUT):
                    yield pll


def choose_pll(family: str, in_mhz: float, out_mhz: float, where: str) -> Pll | None:
    """Settings that make exactly the clock asked for.

    Parameters
    ----------
    family : "ice40" or "ecp5"
    in_mhz : float
        The board's clock.
    out_mhz : float
        The clock asked for.
    where : str
        The board, for messages.

    Returns
    -------
    Ice40Pll, Ecp5Pll or None
        None where the board's clock is already the one asked for.

    Raises
    ------
    DeviceError
        If the PLL cannot make that clock; names the nearest ones that it can.
    """
    source, asked = exact(in_mhz), exact(out_mhz)
    if source == asked:
        return None
    settings = list(ice40_settings(source) if family == "ice40" else ecp5_settings(source))
    for pll in settings:
        if pll.out_mhz == asked:
            return pll
    # Only such as can be written, so that they can be asked for.
    made = {f for f in (*(pll.out_mhz for pll in settings), source) if (f * 10**6).denominator == 1}
    below = max((f for f in made if f < asked), default=None)
    above = min((f for f in made if f > asked), default=None)
    nearest = " or ".join(f"{float(f):.10g}" for f in (below, above) if f is not None)
    raise DeviceError(
        f"{where}: its PLL cannot make {out_mhz:g} MHz from {in_mhz:g} MHz; "
        f"the nearest that it can is {nearest} MHz"
    )


def _within(value: Fraction, limits: tuple[Fraction | int, Fraction | int]) -> bool:
    return limits[0] <= value <= limits[1]
