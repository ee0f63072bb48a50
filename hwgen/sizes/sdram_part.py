"""SDR SDRAM: geometry and timing of the parts that boards carry, and what a clock makes of them."""

from dataclasses import dataclass, fields
from fractions import Fraction
from math import ceil, floor

__all__ = ["BOARD_SDRAMS", "SDRAMS", "SDRAM_PARTS", "SdramPart", "SdramTiming", "slowest"]


@dataclass(frozen=True)
class SdramPart:
    """An SDRAM, or several side by side that get the same commands. Times are nanoseconds.

    Where a data sheet gives a number of clocks, ``..._clocks`` has it; where it gives both, the
    later of them counts.

    Parameters
    ----------
    name : str
    data_bits : int
        Bits of the data bus, a multiple of 16.
    bank_bits, row_bits, column_bits : int
        Bits of the addresses; at least 11 address pins are needed, for A10.
    trcd, trp, tras, trc, trrd, trfc, twr, tmrd : float
        Least times: activate to read or write, precharge to activate, activate to precharge,
        activate to activate of a bank, of two banks, refresh to the next command, last word written
        to precharge, mode register to the next command.
    trefi : float
        Longest time between refreshes: the refresh period over the number of rows.
    power_up : float
        Least time from power to the first command.
    tck2, tck3 : float
        Least clock period for a CAS latency of 2 and of 3.
    init_refreshes : int
        Refreshes ahead of the first access.
    """

    name: str
    data_bits: int
    bank_bits: int
    row_bits: int
    column_bits: int
    trcd: float
    trp: float
    tras: float
    trc: float
    trrd: float
    trfc: float
    twr: float
    tmrd: float
    trefi: float
    tck2: float
    tck3: float
    power_up: float = 200_000
    init_refreshes: int = 8
    trrd_clocks: int = 1
    twr_clocks: int = 1
    tmrd_clocks: int = 2

    def __post_init__(self) -> None:
        if self.data_bits < 16 or self.data_bits % 16:
            raise ValueError(f"data_bits must be a multiple of 16, not {self.data_bits!r}")
        for name in ("bank_bits", "row_bits", "column_bits"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} must be positive, not {getattr(self, name)!r}")
        if self.column_bits > 10:
            raise ValueError(f"column_bits must be 10 or less, not {self.column_bits!r}")

    @property
    def words(self) -> int:
        """Addresses, of which each holds ``data_bits`` bits."""
        return 1 << self.bank_bits + self.row_bits + self.column_bits

    @property
    def address_pins(self) -> int:
        """Pins of the address bus: rows, and A10 at the least."""
        return max(11, self.row_bits)


@dataclass(frozen=True)
class SdramTiming:
    """What a part asks for at a clock, in cycles: all least ones but ``interval``, the most.

    ``cas`` is the CAS latency; names are otherwise those of `SdramPart`.
    """

    power_up: int
    rcd: int
    rp: int
    ras: int
    rc: int
    rrd: int
    rfc: int
    wr: int
    mrd: int
    interval: int
    cas: int
    init_refreshes: int

    @classmethod
    def at(cls, part: SdramPart, clock_mhz: float) -> "SdramTiming":
        """Timing of a part at a clock.

        Raises
        ------
        ValueError
            If the clock is faster than the part, or too slow to refresh it.
        """
        mhz = Fraction(str(clock_mhz))
        if mhz <= 0 or 1000 / mhz < Fraction(str(part.tck3)):
            most = float(1000 / Fraction(str(part.tck3)))
            raise ValueError(f"clock_mhz must be above 0 and at most {most:.4g}, not {clock_mhz!r}")

        def cycles(nanoseconds: float, clocks: int = 1) -> int:
            return max(clocks, ceil(Fraction(str(nanoseconds)) * mhz / 1000))

        timing = cls(
            power_up=cycles(part.power_up),
            rcd=cycles(part.trcd),
            rp=cycles(part.trp),
            ras=cycles(part.tras),
            rc=cycles(part.trc),
            rrd=cycles(part.trrd, part.trrd_clocks),
            rfc=cycles(part.trfc),
            wr=cycles(part.twr, part.twr_clocks),
            mrd=cycles(part.tmrd, part.tmrd_clocks),
            interval=floor(Fraction(str(part.trefi)) * mhz / 1000),
            cas=2 if 1000 / mhz >= Fraction(str(part.tck2)) else 3,
            init_refreshes=part.init_refreshes,
        )
        if timing.interval < 4 * timing.longest_gap:
            raise ValueError(
                f"clock_mhz must be higher to refresh {part.name} in time, not {clock_mhz!r}"
            )
        return timing

    @property
    def settle(self) -> int:
        """Cycles from the last command before a refresh is due to the precharge, at the most."""
        return max(self.ras, self.rc - self.rp, self.wr + self.rp, 1 + self.rp, 2)

    @property
    def period(self) -> int:
        """Cycles from a refresh to the time when the next is due; it comes within `interval`."""
        return self.interval + 1 - self.settle - self.rp

    @property
    def longest_gap(self) -> int:
        """Cycles from a read to the next across a refresh, at the most."""
        return self.settle + self.rp + self.rfc + max(self.rcd, self.rrd + 1)

    @property
    def refresh_cycles(self) -> int:
        """Cycles that a refresh takes from reads, where nothing has to settle before it."""
        return 2 + self.rp + self.rfc + max(self.rcd, self.rrd + 1) - 1

    def words_per_cycle(self, part: SdramPart) -> Fraction:
        """Reads a cycle over many rows, refreshes and the activation of each row taken off."""
        columns = 1 << part.column_bits
        busy = self.period + self.settle + self.rp
        return (1 - Fraction(self.refresh_cycles, busy)) * Fraction(columns, columns + 1)


def slowest(name: str, *parts: SdramPart) -> SdramPart:
    """A part that meets the figures of all of them, for boards that carry one or the other.

    Raises
    ------
    ValueError
        If their geometry differs.
    """
    geometry = ("data_bits", "bank_bits", "row_bits", "column_bits")
    if len({tuple(getattr(p, g) for g in geometry) for p in parts}) != 1:
        raise ValueError("parts must be of one geometry, not " + ", ".join(p.name for p in parts))
    figures = {
        f.name: (min if f.name == "trefi" else max)(getattr(p, f.name) for p in parts)
        for f in fields(SdramPart)
        if f.name != "name"
    }
    return SdramPart(name, **figures)


_256M = {"data_bits": 16, "bank_bits": 2, "row_bits": 13, "column_bits": 9, "trefi": 64e6 / 8192}
_64M = {"data_bits": 32, "bank_bits": 2, "row_bits": 11, "column_bits": 8, "trefi": 64e6 / 4096}
_16M = {"data_bits": 32, "bank_bits": 1, "row_bits": 11, "column_bits": 8, "trefi": 32e6 / 2048}

SDRAM_PARTS = {
    p.name: p
    for p in (
        # Micron, "256Mb: x4, x8, x16 SDRAM", AC operating conditions.
        SdramPart("mt48lc16m16a2-75", **_256M, trcd=20, trp=20, tras=44, trc=66, trrd=15,
                  trfc=66, twr=15, twr_clocks=2, tmrd=0, tck2=10, tck3=7.5),
        # Winbond, W9825G6JH and W9825G6KH, 9.5 AC characteristics; tRC stands for tRFC too.
        SdramPart("w9825g6kh-6", **_256M, trcd=15, trp=15, tras=42, trc=60, trrd=0, trrd_clocks=2,
                  trfc=60, twr=0, twr_clocks=2, tmrd=0, tck2=7.5, tck3=6),
        # ISSI, IS42S16160: rounded up to what serves all its revisions, as LiteDRAM has them.
        SdramPart("is42s16160g-7", **_256M, trcd=20, trp=20, tras=45, trc=67.5, trrd=14,
                  trfc=70, twr=20, twr_clocks=2, tmrd=15, tck2=10, tck3=7),
        # ESMT, M12L16161A, operating AC parameter, grade -7; two of 16 bits side by side.
        SdramPart("m12l16161a-7", **_16M, trcd=20, trp=20, tras=42, trc=63, trrd=14,
                  trfc=63, twr=0, twr_clocks=2, tmrd=0, tck2=10, tck3=7),
        # Winbond, W9816G6JH, grade -6, with figures rounded up; two side by side.
        SdramPart("w9816g6jh-6", **_16M, trcd=18, trp=18, tras=42, trc=60, trrd=0, trrd_clocks=2,
                  trfc=60, twr=0, twr_clocks=2, tmrd=0, tck2=10, tck3=6),
        # ESMT, M12L64322A, and Etron, EM638325: one of 32 bits, grades -6 and -7.
        SdramPart("m12l64322a-7", **_64M, trcd=20, trp=20, tras=49, trc=70, trrd=14,
                  trfc=70, twr=14, twr_clocks=2, tmrd=0, tck2=10, tck3=7),
    )
}  # fmt: skip
"""Parts by name. Figures are those of the data sheets named, or slower ones: some are rounded up
from summaries, and are to be held against the sheet of the part that a board really has."""

BOARD_SDRAMS = {
    "ulx3s": slowest("ulx3s", *(
        SDRAM_PARTS[n] for n in ("mt48lc16m16a2-75", "w9825g6kh-6", "is42s16160g-7")
    )),
    "colorlight": slowest("colorlight", *(
        SDRAM_PARTS[n] for n in ("m12l16161a-7", "w9816g6jh-6")
    )),
    "colorlight_v8": SDRAM_PARTS["m12l64322a-7"],
}  # fmt: skip
"""Memories of boards, good for any part that a board may carry: ULX3S has 32 MB of 16 bits,
Colorlight 5A-75B 7.0 two of 2 MB side by side, 8.0 one of 8 MB and 32 bits."""

SDRAMS = {**BOARD_SDRAMS, **SDRAM_PARTS}
"""What the memory of a board can be: one of those, or a part alone."""
