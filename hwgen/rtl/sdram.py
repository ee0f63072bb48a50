"""SDRAM reader: filled once with a boot image and a packet, and read over and over."""

from amaranth.hdl import Cat, Module, Mux, Signal, unsigned
from amaranth.lib import data, stream, wiring
from amaranth.lib.wiring import In, Out

from hwgen.rtl.sdram_commands import SdramCommands
from hwgen.rtl.stream_fifo import StreamFIFO
from hwgen.sizes.sdram_part import SdramPart, SdramTiming

__all__ = ["SdramReader"]

WORD = data.StructLayout({"data": unsigned(16), "last": 1})


class SdramReader(wiring.Component):
    """Words from an SDRAM: the first ``load_words`` once, then a packet of the others for ever.

    The part is initialised, and all words are taken from ``i`` and written; only then ``o`` begins.
    All starts over with a reset. Of a part of more than 16 data bits the lowest 16 are used.

    Order: as on ``i``; ``last`` is high with the last word of each packet. Latency: to the first
    word ``timing.power_up`` cycles, a few hundred more, and as many as there are words to write.

    Interval: 1. Each word is a read of its own; the last one of a row closes it, and the next row,
    in another bank, has been opened before. What is lost: a cycle a row for its opening; and at
    each refresh, one every ``timing.period`` cycles or a few more, ``timing.refresh_cycles``, at
    the most ``timing.longest_gap`` from a read to the next. Where a packet starts again in the bank
    in which it ends, that takes some cycles too, but no more than a refresh does. In all
    ``timing.words_per_cycle(part)``: at 50 MHz, from the memory of an ULX3S, 0.975 words a cycle.
    A consumer that takes fewer does not see refreshes, if ``depth`` is ``timing.longest_gap + 8``
    or more: then the queue behind the memory is full when one comes. Reads are begun only where the
    queue has room for all that are on their way.

    Commands, addresses and data to the part come from registers. Data from it is taken into one,
    ``capture_cycles`` edges of the clock after that at which its command left. With a CAS latency
    of C that is C where the part's clock is the inverse of this one: half a period is left for the
    part's access time and the ways there and back, which is enough up to some 50 MHz. For a faster
    clock it is C + 1, and the part's clock trails by three quarters of a period.

    Parameters
    ----------
    part : SdramPart
    clock_mhz : float
        Of both this and the part.
    load_words, packet_words : int
        Words that are given once, none or more; and of a packet, one or more.
    depth : int
        Words that the queue behind the memory holds.
    capture_cycles : int, optional
        By default the CAS latency: 2 up to the clock that the part allows for it, else 3.
    timing : SdramTiming, optional
        By default `SdramTiming.at` of part and clock.

    Members
    -------
    i : In(stream.Signature(16))
    o : Out(stream.Signature(StructLayout({"data": 16, "last": 1})))
    filled : Out(1)
        All words have been written; stays until reset.
    cke, cs, ras, cas, we : Out(1)
        High where the pin is active, which is low on all but ``cke``. ``cs`` may be left out.
    ba, a, dqm : Out
        ``dqm`` may be left out and tied low.
    dq_o, dq_oe, dq_i
        Data to the part, whether it is driven, and data from it.
    """

    i: stream.Interface
    o: stream.Interface
    filled: Signal
    cke: Signal
    cs: Signal
    ras: Signal
    cas: Signal
    we: Signal
    ba: Signal
    a: Signal
    dqm: Signal
    dq_o: Signal
    dq_oe: Signal
    dq_i: Signal

    def __init__(
        self,
        *,
        part: SdramPart,
        clock_mhz: float,
        load_words: int,
        packet_words: int,
        depth: int = 32,
        capture_cycles: int | None = None,
        timing: SdramTiming | None = None,
    ):
        if load_words < 0:
            raise ValueError(f"load_words must be 0 or more, not {load_words!r}")
        if packet_words < 1:
            raise ValueError(f"packet_words must be positive, not {packet_words!r}")
        if load_words + packet_words > part.words:
            raise ValueError(
                f"load_words and packet_words must be at most {part.words} together, "
                f"not {load_words + packet_words}"
            )
        if depth < 3:
            raise ValueError(f"depth must be 3 or more, not {depth!r}")
        self.part = part
        self.timing = timing or SdramTiming.at(part, clock_mhz)
        self.load_words = load_words
        self.packet_words = packet_words
        self.depth = depth
        self.capture_cycles = self.timing.cas if capture_cycles is None else capture_cycles
        if self.capture_cycles < 1:
            raise ValueError(f"capture_cycles must be positive, not {capture_cycles!r}")
        super().__init__(
            {
                "i": In(stream.Signature(unsigned(16))),
                "o": Out(stream.Signature(WORD)),
                "filled": Out(1),
                **{pin: Out(1) for pin in ("cke", "cs", "ras", "cas", "we")},
                "ba": Out(part.bank_bits),
                "a": Out(part.address_pins),
                "dqm": Out(part.data_bits // 8, init=-1),  # pyright: ignore[reportCallIssue]
                "dq_o": Out(part.data_bits),
                "dq_oe": Out(1),
                "dq_i": In(part.data_bits),
            }
        )
        self.commands = SdramCommands(
            part=part, timing=self.timing, words=load_words + packet_words, restart=load_words
        )
        self.queue = StreamFIFO(width=17, depth=depth)
        self.room = Signal(range(depth + 1), init=depth)
        """Words that the queue has room for beyond those in it and on their way to it."""
        self.coming = Signal(self.capture_cycles + 1)
        """Whether a word comes from the part: as of the command register, and of each edge from
        there to the register that takes the word."""

    def elaborate(self, platform: object) -> Module:
        """Build the registers of the pins, and the way of the data back into the queue."""
        m = Module()
        m.submodules.commands = commands = self.commands
        m.submodules.queue = queue = self.queue
        m.d.comb += [
            commands.may_write.eq(self.i.valid),
            commands.may_read.eq(self.room != 0),
            self.i.ready.eq(commands.takes),
            self.filled.eq(~commands.filling),
            self.cke.eq(1),
        ]
        c = commands
        m.d.sync += [
            self.cs.eq(c.activate | c.precharge | c.refresh | c.set_mode | c.read | c.write),
            self.ras.eq(c.activate | c.precharge | c.refresh | c.set_mode),
            self.cas.eq(c.read | c.write | c.refresh | c.set_mode),
            self.we.eq(c.write | c.precharge | c.set_mode),
            self.ba.eq(c.ba),
            self.a.eq(c.a),
            # Of wide parts the upper bytes stay as they are.
            self.dqm.eq(Mux(c.ready, ~0b11, -1)),
            self.dq_o.eq(self.i.payload),
            self.dq_oe.eq(c.write),
        ]
        coming = self.coming
        ending = Signal(len(coming), reset_less=True)  # whether it is the last
        captured = Signal(16, reset_less=True)
        m.d.sync += [
            coming.eq(Cat(c.read, coming)),
            ending.eq(Cat(c.last, ending)),
            captured.eq(self.dq_i),
        ]
        m.d.sync += self.room.eq(self.room - c.read + (self.o.valid & self.o.ready))
        m.d.comb += [
            queue.i.payload.eq(Cat(captured, ending[-1])),
            queue.i.valid.eq(coming[-1]),
            self.o.payload.eq(queue.o.payload),
            self.o.valid.eq(queue.o.valid),
            queue.o.ready.eq(self.o.ready),
        ]
        return m
