"""Memories that weights come from: when a board's gives words, at the clock of a design."""

import re
from dataclasses import dataclass
from fractions import Fraction
from math import ceil

import numpy as np

from hwgen.errors import ModelError
from hwgen.sizes.sdram_part import BOARD_SDRAMS, SdramPart, SdramTiming
from hwgen.sizes.streamed import WEIGHT_PORT_BITS
from hwgen.weight_image import BLOCK_WORDS
from sim.patterns import Cycles, Pattern

__all__ = ["Memory", "Supply", "parse_memory"]

CHECK_BITS = 32
"""Of the CRC behind each block of a weight image."""

FLASH_MHZ = 133
"""Winbond W25Q128JV, AC characteristics: the highest clock of fast reads."""

QUAD_CLOCKS, SINGLE_CLOCKS = 12 + 11, 40 + 11
"""Clocks ahead of a packet. On four lines 8 of address and mode bits and 4 dummies, for the flash
stays in continuous read mode; on one line 8 of the command, 24 of the address and 8 dummies
(W25Q128JV, instructions EBh and 0Bh). The rest is that between two reads, and registers on the
way."""

BYTE_TIMES = 10
"""Bit times of a byte on a serial line: start, eight bits of data, stop."""

HOST_MBAUD = 100

MOST_CYCLES = 1 << 24
"""Of a pattern, which takes 25 bytes each while it is made."""


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
    sdram : SdramPart or None
        What has to be refreshed.
    """

    name: str
    bits: Fraction
    mhz: Fraction | None = None
    ahead: int = 0
    sdram: SdramPart | None = None

    def cycles_per_word(self, clock_mhz: float) -> Fraction:
        """Cycles of the design for each word of a long packet; at least 1.

        Raises
        ------
        ModelError
            If the memory cannot have that clock.
        """
        if self.sdram is not None:
            every, lost = self._refreshed(self.sdram, clock_mhz)
            return Fraction(every, every - lost)
        clock = _exact(clock_mhz)
        each = WEIGHT_PORT_BITS / self.bits
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
        if self.sdram is not None:
            every, lost = self._refreshed(self.sdram, clock_mhz)
            return Supply(self, Pattern(np.arange(every) >= lost))
        if self.ahead:
            return Supply(self, self._packets(_exact(clock_mhz), words))
        each = self.cycles_per_word(clock_mhz)
        self._check(each.numerator)
        # Words that come one after another, as near to even as whole cycles are.
        ends = np.arange(1, each.denominator + 1, dtype=object) * each.numerator
        return Supply(self, _pattern(-(-ends // each.denominator), each.numerator))

    def _packets(self, clock: Fraction, words: int) -> Pattern:
        """A packet, each word as it is whole; packets begin with a cycle."""
        assert self.mhz is not None
        pace = clock / self.mhz
        check, each = int(CHECK_BITS / self.bits), int(WEIGHT_PORT_BITS / self.bits)
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

    def _refreshed(self, part: SdramPart, clock_mhz: float) -> tuple[int, int]:
        """Cycles from one refresh to the next, and how many of them give no word.

        Beside those of the refresh one for each row that is opened in between.
        """
        try:
            timing = SdramTiming.at(part, clock_mhz)
        except ValueError as error:
            raise ModelError(
                f"--memory: {self.name} has the clock of the design: {error}"
            ) from error
        every, refresh = timing.period + timing.settle + timing.rp, timing.refresh_cycles
        return every, refresh + -(-(every - refresh) // ((1 << part.column_bits) + 1))

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
    if kind == "sdram" and given in BOARD_SDRAMS:
        return Memory(text, Fraction(WEIGHT_PORT_BITS), sdram=BOARD_SDRAMS[given])
    number = re.fullmatch(r"[0-9]{1,6}(\.[0-9]{1,6})?", given)
    if kind not in ("qspi", "spi", "host") or number is None:
        raise ModelError(
            "--memory: must be qspi:MHZ, spi:MHZ, host:MBAUD or sdram:BOARD, of "
            f"{', '.join(BOARD_SDRAMS)}, not {text!r}"
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
