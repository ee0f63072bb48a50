"""Register slice: a word held between two units, so that neither's logic adds to the other's."""

from amaranth.hdl import Const, Module, Signal, Value, unsigned
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

__all__ = ["RegisterSlice", "kept_word"]


class RegisterSlice(wiring.Component):
    """Puts a register into payload and ``valid``; ``ready`` passes through combinationally.

    Order: first in, first out. Latency: 1 cycle from the input transfer to ``o.valid``.
    Interval: 1.

    Parameters
    ----------
    width : int
        Bits of a word.
    kept : bool
        The unit before keeps the word itself, before its last logic: only ``valid`` has its
        register here.

    Members
    -------
    i : In(stream.Signature(width))
    o : Out(stream.Signature(width))
    kept : In(width)
        Only where the word is kept before: payload of ``i`` at the last clock at which that was
        ready (`kept_word`).
    """

    i: stream.Interface
    o: stream.Interface
    kept: Signal

    def __init__(self, *, width: int, kept: bool = False):
        if width < 1:
            raise ValueError(f"width must be positive, not {width!r}")
        self.width = width
        self.takes_kept = kept
        super().__init__(
            {
                "i": In(stream.Signature(unsigned(width))),
                "o": Out(stream.Signature(unsigned(width))),
                **({"kept": In(width)} if kept else {}),
            }
        )

    def elaborate(self, platform: object) -> Module:
        """Build the register."""
        m = Module()
        m.d.comb += self.i.ready.eq(~self.o.valid | self.o.ready)
        with m.If(self.i.ready):
            m.d.sync += self.o.valid.eq(self.i.valid)
            if not self.takes_kept:
                m.d.sync += self.o.payload.eq(self.i.payload)
        if self.takes_kept:
            m.d.comb += self.o.payload.eq(self.kept)
        return m


def kept_word(m: Module, ready: Value, word: Value, name: str) -> Value:
    """Word at the last clock at which ``ready`` was high; constants stay what they are."""
    if isinstance(word, Const):
        return word
    kept = Signal(len(word), name=name, reset_less=True)
    with m.If(ready):
        m.d.sync += kept.eq(word)
    return kept
