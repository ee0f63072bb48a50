"""Memories that weights come from: when a board's gives words, at the clock of a design."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from math import ceil, floor

import numpy as np

from hwgen.errors import ModelError
from sim.patterns import Cycles, Pattern

__all__ = ["Memory", "Supply", "parse_memory"]

WORD_BITS = 16

BLOCK_WORDS, CHECK_BITS = 1024, 32
"""Words of a weight image that share a CRC, and what that takes behind them."""

FLASH_MHZ = 133
"""Winbond W25Q128JV, AC characteristics: the highest clock of fast reads."""

QUAD_CLOCKS, SINGLE_CLOCKS = 20, 48
"""Clocks ahead of a packet. On four lines 8 of address and mode bits and 4 dummies, for the flash
stays in continuous read mode; on one line 8 of the command, 24 of the address and 8 dummies
(W25Q128JV, instructions EBh and 0Bh). Eight more are the rest between two reads, and registers on
the way."""

BYTE_TIMES = 10
"""Bit times of a byte on a serial line: start, eight bits of data, stop."""

HOST_MBAUD = 100

MOST_CYCLES = 1 << 24
"""Of a pattern, which takes 25 bytes each while it is made."""


@dataclass(frozen=True)
class Sdram:
    """Figures of the slowest of the parts that a board carries; times are nanoseconds.

    ``refresh`` is the time between two refreshes on the average, ``row`` the words of a row; other
    names are those of data sheets.
    """

    most_mhz: float
    refresh: float
    trp: float
    trfc: float
    trcd: float
    row: int

    def lost(self, mhz: Fraction) -> tuple[int, int]:
        """Clocks from one refresh to the next, and how many of them give no word.

        All rows are closed, refreshed, and one is opened again, with three commands and two clocks
        for the turn; and a clock goes to the opening of each row that follows.
        """
        every = floor(Fraction(str(self.refresh)) * mhz / 1000)
        times = (self.trp, self.trfc, self.trcd)
        refresh = 2 + sum(ceil(Fraction(str(t)) * mhz / 1000) for t in times)
        return every, refresh + ceil(Fraction(max(0, every - refresh), self.row + 1))


SDRAMS: Mapping[str, Sdram] = {
    # ULX3S: Micron MT48LC16M16A2-75, Winbond W9825G6KH-6 or ISSI IS42S16160G-7.
    "ulx3s": Sdram(most_mhz=133, refresh=64e6 / 8192, trp=20, trfc=70, trcd=20, row=512),
    # Colorlight 5A-75B 7.0: ESMT M12L16161A-7 or Winbond W9816G6JH-6, two side by side.
    "colorlight": Sdram(most_mhz=142, refresh=32e6 / 2048, trp=20, trfc=63, trcd=20, row=256),
}


@dataclass(frozen=True, eq=False)
class Supply:
    """A memory at the clock of a design, for packets of so many words.

    Parameters
    ----------
    memory : Memory
    pattern : Pattern
        When it offers words: its period is that of a packet, where each begins with an address.
    """

    memory: "Memory"
    pattern: Pattern


@dataclass(frozen=True)
class Memory:
    """A memory, or a line that words come on.

    Parameters
    ----------
    name : str
        As it was asked for.
    bits : Fraction
        Of words that come with each of its clocks.
    mhz : Fraction or None
        Its clock; None is that of the design.
    ahead : int
        Clocks ahead of each packet, which begins with an address; 0 where it does not.
    sdram : Sdram or None
        What has to be refreshed.
    """

    name: str
    bits: Fraction
    mhz: Fraction | None = None
    ahead: int = 0
    sdram: Sdram | None = None

    def cycles_per_word(self, clock_mhz: float) -> Fraction:
        """Cycles of the design for each word of a long packet; at least 1.

        Raises
        ------
        ModelError
            If the memory cannot have that clock.
        """
        clock = _exact(clock_mhz)
        if self.sdram is not None:
            every, lost = self._refreshed(self.sdram, clock)
            return Fraction(every, every - lost)
        each = WORD_BITS / self.bits
        if self.ahead:
            each += CHECK_BITS / self.bits / BLOCK_WORDS
        assert self.mhz is not None
        return max(each * clock / self.mhz, Fraction(1))

    def at(self, clock_mhz: float, words: int) -> Supply:
        """Words as they come at the clock of a design, of packets of ``words``.

        Raises
        ------
        ModelError
            If the memory cannot have that clock, or is too slow to be simulated.
        """
        clock = _exact(clock_mhz)
        if self.sdram is not None:
            every, lost = self._refreshed(self.sdram, clock)
            return Supply(self, Pattern(np.arange(every) >= lost))
        if self.ahead:
            return Supply(self, self._packets(clock, words))
        each = self.cycles_per_word(clock_mhz)
        self._check(each.numerator)
        # Words that come one after another, as near to even as whole cycles are.
        ends = np.arange(1, each.denominator + 1, dtype=object) * each.numerator
        return Supply(self, _pattern(-(-ends // each.denominator), each.numerator))

    def _packets(self, clock: Fraction, words: int) -> Pattern:
        """A packet, each word as it is whole; packets begin with a cycle."""
        assert self.mhz is not None
        pace = clock / self.mhz
        check, each = int(CHECK_BITS / self.bits), int(WORD_BITS / self.bits)
        # The first block has what is over; all behind it are whole.
        first = (words - 1) % BLOCK_WORDS + 1
        blocks = -(-words // BLOCK_WORDS)
        cycles = ceil((self.ahead + words * each + blocks * check) * pace)
        self._check(cycles)
        word = np.arange(words, dtype=np.int64)
        before = np.maximum(0, word - first + BLOCK_WORDS) // BLOCK_WORDS
        clocks = self.ahead + (word + 1) * each + before * check
        ends = -(-clocks * pace.numerator // pace.denominator)
        # At most one a cycle.
        ends = word + np.maximum.accumulate(ends - word)
        return _pattern(ends, max(cycles, int(ends[-1])))

    def _refreshed(self, sdram: Sdram, clock: Fraction) -> tuple[int, int]:
        if clock > sdram.most_mhz:
            raise ModelError(
                f"--memory: {self.name} has the clock of the design, at most {sdram.most_mhz:g} "
                f"MHz, not {float(clock):g}"
            )
        every, lost = sdram.lost(clock)
        if lost >= every // 2:
            raise ModelError(
                f"--memory: {self.name} has the clock of the design, and {float(clock):g} MHz are "
                "too few to refresh it and read it too"
            )
        return every, lost

    def _check(self, cycles: int) -> None:
        if cycles > MOST_CYCLES:
            raise ModelError(
                f"--memory: words of {self.name} come in steps of {cycles:,} cycles, more than the "
                f"{MOST_CYCLES:,} that are simulated"
            )


def parse_memory(text: str) -> Memory:
    """Read a memory from text such as ``qspi:24``.

    Raises
    ------
    ModelError
        If there is none of that name, or it is none of its clocks.
    """
    kind, _, given = text.partition(":")
    if kind == "sdram" and given in SDRAMS:
        return Memory(text, Fraction(WORD_BITS), sdram=SDRAMS[given])
    number = re.fullmatch(r"[0-9]{1,6}(\.[0-9]{1,6})?", given)
    if kind not in ("qspi", "spi", "host") or number is None:
        raise ModelError(
            "--memory: must be qspi:MHZ, spi:MHZ, host:MBAUD, or sdram: with "
            f"{' or '.join(SDRAMS)}, not {text!r}"
        )
    rate, most = Fraction(given), HOST_MBAUD if kind == "host" else FLASH_MHZ
    if not 0 < rate <= most:
        unit = "Mbaud" if kind == "host" else "MHz"
        raise ModelError(f"--memory: {kind} must be above 0 and at most {most} {unit}, not {given}")
    if kind == "host":
        return Memory(text, Fraction(8, BYTE_TIMES), rate)
    if kind == "spi":
        return Memory(text, Fraction(1), rate, SINGLE_CLOCKS)
    return Memory(text, Fraction(4), rate, QUAD_CLOCKS)


def _exact(clock_mhz: float) -> Fraction:
    """A clock as it was written, not as a float has it."""
    return Fraction(str(clock_mhz))


def _pattern(ends: Cycles, cycles: int) -> Pattern:
    """Words that are offered in the last cycle of the time that each takes."""
    bits = np.zeros(cycles, np.bool_)
    bits[ends.astype(np.int64) - 1] = True
    return Pattern(bits)
