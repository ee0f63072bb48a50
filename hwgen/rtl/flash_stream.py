"""Flash stream: the words of a weight image from an SPI flash, the packet again and again."""

from typing import Any

from amaranth.hdl import Cat, Module, Mux, ResetInserter, Signal, Value, unsigned
from amaranth.lib import memory, stream, wiring
from amaranth.lib.crc import catalog
from amaranth.lib.wiring import In, Out

from hwgen.rtl.byte_core import WEIGHT_WORD
from hwgen.rtl.flash_access import FlashAccess

__all__ = ["FlashStream"]

HEADER, LOAD, PACKET = range(3)


class FlashStream(wiring.Component):
    """The words of a weight image (docs/contracts.md): boot words once, then its packet for ever.

    First all of the image is read and checked: header, boot words, packet. Then ``done`` rises and
    the words leave: the boot words, and the packet again and again, by one address each. Every
    block is checked by its CRC on each of these reads too. The last word of the packet leaves only
    when the CRC of its block was right, so that no packet ends that held a wrong word: then, and
    where the check of the image fails, ``error`` rises for good and no more words leave.

    The SPI clock stands still while two words wait.

    Order: as in the image. Latency: about ``(42 + 16 * divisor) + wake_cycles`` and the time of a
    read of the whole image from reset to ``done``; see `FlashAccess`. Interval: ``4 * divisor``
    cycles a word, four times that on one line, and 8 times ``divisor`` more a block; between two
    packets, and before the first, those of an address.

    Parameters
    ----------
    access : FlashAccess
        The flash's lines; its ``latency`` is at most 3 for words at the interval above.
    offset : int
        Byte address of the image.
    header_words, block_words : int
        Words of a header ahead of its CRC, and of a block; the latter a power of two.
    load_words, packet_words : int
        Boot words and words of a packet.
    identity : int
        CRC-32 of the header that the image of this design has.

    Members
    -------
    o : Out(stream.Signature({data: 16, last: 1}))
    restart : In(1)
        Once boot words have left: begin with the first word of a packet again, as soon as this
        falls. It is the taker's reset: a word that waits is taken back. Ignored until then.
    cs, sck, dq_o, dq_oe, dq_i : see `FlashAccess`
    done : Out(1)
        The whole image is that of this design, and right.
    error : Out(1)
        It is not, or a block was wrong when it was read again.
    foreign : Out(1)
        With ``error``: the header is whole, and that of another design.
    """

    o: stream.Interface
    restart: Signal
    cs: Signal
    sck: Signal
    dq_o: Signal
    dq_oe: Signal
    dq_i: Signal
    done: Signal
    error: Signal
    foreign: Signal

    def __init__(
        self,
        *,
        access: FlashAccess,
        offset: int,
        header_words: int,
        block_words: int,
        load_words: int,
        packet_words: int,
        identity: int,
    ):
        if block_words < 2 or block_words & (block_words - 1):
            raise ValueError(f"block_words must be a power of two, not {block_words!r}")
        if not 0 < header_words <= block_words:
            raise ValueError(f"header_words must be from 1 to {block_words}, not {header_words!r}")
        if load_words < 0:
            raise ValueError(f"load_words must be zero or more, not {load_words!r}")
        if packet_words < 1:
            raise ValueError(f"packet_words must be positive, not {packet_words!r}")
        if not 0 <= identity < 1 << 32:
            raise ValueError(f"identity must be from 0 and below 2**32, not {identity!r}")
        self.access = access
        self.block_words = block_words
        self.identity = identity
        self.sizes = (header_words, load_words, packet_words)
        starts = [offset]
        for words in self.sizes:
            starts.append(starts[-1] + 2 * words + 4 * -(-words // block_words))
        if offset < 0 or starts[-1] > 1 << 24:
            raise ValueError(f"offset must be such that all lies in 2**24 bytes, not {offset!r}")
        self.starts = starts[:3]
        super().__init__(
            {
                "o": Out(stream.Signature(WEIGHT_WORD)),
                "restart": In(1),
                "cs": Out(1),
                "sck": Out(2),
                "dq_o": Out(4),
                "dq_oe": Out(4),
                "dq_i": In(4),
                "done": Out(1),
                "error": Out(1),
                "foreign": Out(1),
            }
        )

    def packet_cycles(self, lines: int) -> int:
        """Cycles from packet to packet on so many lines, where every word is taken at once."""
        divisor, words = self.access.divisor, self.sizes[PACKET]
        checked = words + 2 * -(-words // self.block_words)
        # Address, mode bits and dummy clocks; and the command, on one line.
        ahead = 12 if lines == 4 else 40
        return divisor * (16 // lines * checked + ahead) + (11 if divisor == 1 else 13)

    def elaborate(self, platform: object) -> Module:
        """Build the order of reads, and the way of a word."""
        m = Module()
        m.submodules.access = access = self.access
        m.d.comb += [
            self.cs.eq(access.cs),
            self.sck.eq(access.sck),
            self.dq_o.eq(access.dq_o),
            self.dq_oe.eq(access.dq_oe),
            access.dq_i.eq(self.dq_i),
        ]
        section = Signal(range(3))
        left = Signal(range(max(2, *self.sizes)))  # words of the section after this one
        tail = Signal(2)  # which word of a block's CRC comes: 1, 2, or none
        judged = Signal()  # a block is over
        proven = Signal()  # and it was the section's last, and right
        differs = Signal()  # the header is of another image
        with m.Switch(section):
            for k, start in enumerate(self.starts):
                with m.Case(k):
                    m.d.comb += access.address.eq(start)
        arriving, whole = self._assemble(m)
        right = self._check(m)
        own = self._own(m, tail)
        again = self.restart & self.done & (section == PACKET)
        stop = Signal()  # nothing is offered
        empty = self._offer(m, section, left, tail, arriving, whole, proven, stop)

        m.d.sync += judged.eq(0)
        with m.FSM():
            with m.State("NEXT"):
                m.d.comb += stop.eq(1)
                m.d.sync += [tail.eq(0), proven.eq(0)]
                with m.Switch(section):
                    for k, words in enumerate(self.sizes):
                        with m.Case(k):
                            m.d.sync += left.eq(max(0, words - 1))
                with m.If(access.idle & ~again):
                    m.next = "READ"
            with m.State("READ"):
                m.d.comb += [access.read.eq(1), stop.eq(again)]
                with m.If(whole & (tail == 0)):
                    # The first block is the short one, so that ends are those of the low bits.
                    with m.If(left[: self.block_words.bit_length() - 1] == 0):
                        m.d.sync += tail.eq(1)
                    with m.Else():
                        m.d.sync += left.eq(left - 1)
                with m.Elif(whole):
                    m.d.sync += [tail.eq(Mux(tail == 1, 2, 0)), judged.eq(tail == 2)]
                    m.d.sync += differs.eq(differs | (arriving != own))
                with m.If(judged):
                    with m.If(~right):
                        m.next = "FAULT"
                    with m.Elif((section == HEADER) & differs):
                        m.d.sync += self.foreign.eq(1)
                        m.next = "FAULT"
                    with m.Elif(left == 0):
                        m.d.sync += proven.eq(1)
                        m.next = "ADVANCE"
                    with m.Else():
                        m.d.sync += left.eq(left - 1)
                with m.If(again):
                    m.next = "NEXT"
            with m.State("ADVANCE"):
                m.d.comb += stop.eq(again)
                with m.If(empty):
                    m.d.sync += [section.eq(PACKET), self.done.eq(self.done | (section == PACKET))]
                    if self.sizes[LOAD]:
                        with m.If((section == HEADER) | (section == PACKET) & ~self.done):
                            m.d.sync += section.eq(LOAD)
                with m.If(empty | again):
                    m.next = "NEXT"
            with m.State("FAULT"):
                m.d.comb += stop.eq(1)
                m.d.sync += self.error.eq(1)
        return m

    def _assemble(self, m: Module) -> tuple[Value, Value]:
        """The word that comes, its first nibble uppermost, and whether it is whole."""
        access = self.access
        self._word = word = Signal(16)
        nibbles = Signal(2)
        arriving = Cat(access.nibble, word[:12])
        with m.If(access.strobe):
            m.d.sync += [word.eq(arriving), nibbles.eq(nibbles + 1)]
        with m.If(access.idle):
            m.d.sync += nibbles.eq(0)
        return arriving, access.strobe & (nibbles == 3)

    def _check(self, m: Module) -> Value:
        """Whether a block that is over was right, and all of the section before it."""
        access = self.access
        crc: Any = catalog.CRC32_BZIP2(4).create()  # unknown to the stubs
        # Its own `start` would take a cell for each bit.
        m.submodules.crc = ResetInserter(access.idle)(crc)
        m.d.comb += [crc.data.eq(access.nibble), crc.valid.eq(access.strobe)]
        return crc.match_detected

    def _own(self, m: Module, tail: Signal) -> Value:
        """The word of the header's CRC that this design's image has."""
        # A table, so that it can be filled anew in a placed design.
        halves = [self.identity >> 16, self.identity & 0xFFFF]
        m.submodules.own = own = memory.Memory(shape=unsigned(16), depth=2, init=halves)
        port = own.read_port(domain="comb")
        m.d.comb += port.addr.eq(tail == 2)
        return port.data

    def _offer(self, m: Module, section, left, tail, arriving, whole, proven, stop) -> Value:
        """Offer words while more come, two at most; tells when none is left."""
        access, o = self.access, self.o
        full, waiting, final = Signal(), Signal(), Signal()
        shown = whole & self.done & (tail == 0)
        taken = o.valid & o.ready
        free = ~full | taken
        m.d.comb += o.valid.eq(full & (~final | proven))
        with m.If(taken):
            m.d.sync += full.eq(0)
        with m.If((shown | waiting) & free):
            chosen = Mux(waiting, self._word, arriving)
            m.d.sync += [
                # The byte that came first is the low one.
                o.payload.data.eq(Cat(chosen[8:], chosen[:8])),
                o.payload.last.eq((section == PACKET) & (left == 0) & (~waiting | (tail != 0))),
                final.eq((left == 0) & (~waiting | (tail != 0))),
                full.eq(1),
                waiting.eq(0),
            ]
        with m.Elif(shown):
            m.d.sync += waiting.eq(1)
        # Words that were asked for and are still somewhere.
        asked, held = Signal(2), Signal(2)
        begins = access.begun & (asked == 0)
        with m.If(access.begun):
            m.d.sync += asked.eq(asked + 1)
        m.d.sync += held.eq(held + begins - taken - (whole & ~shown))
        m.d.comb += access.go.eq((asked != 0) | (held != 2))
        with m.If(stop):
            m.d.sync += [full.eq(0), waiting.eq(0), asked.eq(0), held.eq(0)]
        return ~full & ~waiting
