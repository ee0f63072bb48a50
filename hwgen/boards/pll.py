"""The settings of a PLL that are exact for the clock asked for, or a refusal with the nearest."""

from fractions import Fraction

from hwgen.errors import DeviceError
from hwgen.families.family import Family
from hwgen.families.pll import Pll

__all__ = ["choose_pll", "clocks_of", "exact"]


def exact(mhz: float) -> Fraction:
    """The number that was written: 33.3 is 333/10."""
    return Fraction(str(mhz))


def clocks_of(family: Family, in_mhz: float) -> list[Fraction]:
    """Clocks in MHz that there are on a board, ascending: its own, and what the PLL makes of it.

    Only such as can be written, so that they can be asked for.
    """
    source = exact(in_mhz)
    made = {source, *(pll.out_mhz for pll in family.plls(source))}
    return sorted(f for f in made if (f * 10**6).denominator == 1)


def choose_pll(family: Family, in_mhz: float, out_mhz: float, where: str) -> Pll | None:
    """Settings that make exactly the clock asked for.

    Parameters
    ----------
    family : Family
    in_mhz : float
        The board's clock.
    out_mhz : float
        The clock asked for.
    where : str
        The board, for messages.

    Returns
    -------
    Pll or None
        None where the board's clock is already the one asked for.

    Raises
    ------
    DeviceError
        If the PLL cannot make that clock; names the nearest ones that it can.
    """
    source, asked = exact(in_mhz), exact(out_mhz)
    if source == asked:
        return None
    for pll in family.plls(source):
        if pll.out_mhz == asked:
            return pll
    made = clocks_of(family, in_mhz)
    below = max((f for f in made if f < asked), default=None)
    above = min((f for f in made if f > asked), default=None)
    nearest = " or ".join(f"{float(f):.10g}" for f in (below, above) if f is not None)
    raise DeviceError(
        f"{where}: its PLL cannot make {out_mhz:g} MHz from {in_mhz:g} MHz; "
        f"the nearest that it can is {nearest} MHz"
    )
