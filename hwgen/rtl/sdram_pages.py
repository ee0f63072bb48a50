"""The order in which an SDRAM is filled and read, page by page."""

from amaranth.hdl import Module, Mux, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

__all__ = ["SdramPages"]


class SdramPages(wiring.Component):
    """Address of the next word, whether it is the last of its page, and the page after that.

    Order: all addresses from 0 to the last, in which the memory is filled; the same again, in which
    it is read; then for ever those from ``restart`` to the last. A page is the row of a bank; pages
    that follow one another lie in different banks, but where the order starts again.

    Interval: 1 within a page and from a page to the next; 2 where a page has one word.

    Parameters
    ----------
    words : int
        Words in all.
    restart : int
        Address that follows the last, once all have been read.
    column_bits, page_bits : int
        Bits of the address within a page, and of the page's own.

    Members
    -------
    advance : In(1)
        The word is taken: go on to the next.
    page, column : Out
    filling : Out(1)
        The word is to be written; low for ever after.
    closing : Out(1)
        It is the last of its page, before another page comes.
    final : Out(1)
        It is the last of all.
    available : Out(1)
        It may be taken. Low for a cycle where a page has a single word.
    settled : Out(1)
        ``next_page`` is right.
    next_page : Out
    """

    advance: Signal
    page: Signal
    column: Signal
    filling: Signal
    closing: Signal
    final: Signal
    available: Signal
    settled: Signal
    next_page: Signal

    def __init__(self, *, words: int, restart: int, column_bits: int, page_bits: int):
        if not 1 <= words <= 1 << column_bits + page_bits:
            raise ValueError(f"words must be positive and fit into the pages, not {words!r}")
        if not 0 <= restart < words:
            raise ValueError(f"restart must be below words, not {restart!r}")
        self.words = words
        self.restart = restart
        self.column_bits = column_bits
        super().__init__(
            {
                "advance": In(1),
                "page": Out(page_bits),
                "column": Out(column_bits),
                "filling": Out(1, init=1),  # pyright: ignore[reportCallIssue]
                "closing": Out(1),
                "final": Out(1),
                "available": Out(1),
                "settled": Out(1),
                "next_page": Out(page_bits),
            }
        )
        self.on_last = Signal(init=words <= 1 << column_bits)
        """The page is the last; ``next_on_last`` is the same of ``next_page``."""
        self.next_on_last = Signal()

    def elaborate(self, platform: object) -> Module:
        """Build the address, and the page that follows beside it."""
        m = Module()
        columns = 1 << self.column_bits
        last_page, last_column = divmod(self.words - 1, columns)
        restart_page, restart_column = divmod(self.restart, columns)
        on_last, next_on_last = self.on_last, self.next_on_last
        end = Signal()  # of the page, or of all
        # The last page is followed by itself where the order starts again within it.
        stays = Signal()
        m.d.comb += [
            end.eq(self.column == Mux(on_last, last_column, columns - 1)),
            stays.eq(on_last & (last_page == Mux(self.filling, 0, restart_page))),
            self.final.eq(on_last & end),
            self.closing.eq(end & ~stays),
            self.available.eq(self.settled | ~end),
        ]
        m.d.sync += [
            self.settled.eq(1),
            self.next_page.eq(Mux(on_last, Mux(self.filling, 0, restart_page), self.page + 1)),
            next_on_last.eq(Mux(on_last, stays, self.page + 1 == last_page)),
        ]
        with m.If(self.advance):
            m.d.sync += self.column.eq(self.column + 1)
            with m.If(end):
                m.d.sync += [
                    self.settled.eq(0),
                    self.page.eq(self.next_page),
                    on_last.eq(next_on_last),
                    self.column.eq(Mux(on_last & ~self.filling, restart_column, 0)),
                ]
                with m.If(on_last):
                    m.d.sync += self.filling.eq(0)
        return m
