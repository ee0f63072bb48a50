"""One axis of the patch position: padded coordinate, and the same split over the banks."""

from collections.abc import Sequence

from amaranth.hdl import Const, Module, Mux, Signal, Value

from hwgen.rtl.loops import advance_modulo, index_bits
from hwgen.sizes.bank_axis import BankAxis

__all__ = ["Axis"]


class Axis:
    """Padded coordinate ``pos`` of a patch's first pixel; ``pos = q * banks + r``.

    A plain helper of `SlidingWindow` that adds its registers to the caller's module.

    Parameters
    ----------
    m : Module
    name : str
        Prefix of the signals.
    banks : int
        Memory banks along this axis.
    modulus : int or None
        ``q`` counts modulo this (rows lie in a ring), or without limit.
    tap_step, tap_groups : int
        Coordinate step from one tap group to the next, and their number.
    block_step, blocks : int
        Coordinate step from one block to the next, and their number.
    tap_next, tap_end, block_next, frame_end : Value
        This step leads to the next tap group; back to the block's first; to the next block; to
        the first block again. Later ones take precedence.
    restart : int
        Added to ``q`` of the last block at ``frame_end``; without modulus ``q`` restarts at 0.
    """

    def __init__(
        self,
        m: Module,
        *,
        name: str,
        banks: int,
        modulus: int | None,
        tap_step: int,
        tap_groups: int,
        block_step: int,
        blocks: int,
        tap_next: Value,
        tap_end: Value,
        block_next: Value,
        frame_end: Value,
        restart: int,
    ):
        self.name = name
        self.banks = banks
        self.modulus = modulus
        sizes = BankAxis(banks, tap_step, tap_groups, block_step, blocks)
        self.starts, self.bank_groups, last = sizes.starts, sizes.groups, sizes.last
        q_bits = index_bits(modulus or last // banks + 1)

        def position(kind: str) -> tuple[Signal, Signal, Signal]:
            return (
                Signal(index_bits(last + 1), name=f"{name}_{kind}"),
                Signal(q_bits, name=f"{name}_{kind}_q"),
                Signal(index_bits(banks), name=f"{name}_{kind}_r"),
            )

        base = position("base")
        # With one tap group the position within a block never moves.
        now = position("tap") if tap_groups > 1 else base
        self.pos, self.q, self.r = now

        def go(register: Sequence[Signal], target: Sequence[Value]) -> None:
            m.d.sync += [r.eq(t) for r, t in zip(register, target, strict=True)]

        zero = Const(0, 1)
        ring = advance_modulo(base[1], restart % modulus, modulus) if modulus else zero
        with m.If(frame_end):
            go(base, (zero, ring, zero))
            go(now, (zero, ring, zero))
        with m.Elif(block_next):
            go(base, self._advanced(base, block_step))
            go(now, self._advanced(base, block_step))
        if tap_groups > 1:
            with m.Elif(tap_end):
                go(now, base)
            with m.Elif(tap_next):
                go(now, self._advanced(now, tap_step))

    def _advanced(self, position: Sequence[Signal], step: int) -> tuple[Value, Value, Value]:
        pos, q, r = position
        r_sum = r + step % self.banks
        carry = r_sum >= self.banks
        r_next = Mux(carry, r_sum - self.banks, r_sum)
        if self.modulus is None:
            return pos + step, q + step // self.banks + carry, r_next
        q_step = step // self.banks % self.modulus
        return pos + step, advance_modulo(q, q_step + carry, self.modulus), r_next

    def bank_address(self, bank: int) -> Value:
        """``q`` of the patch's pixel that lies in ``bank``."""
        if self.banks == 1:
            return self.q
        above = self.r > bank
        if self.modulus is None:
            return self.q + above
        return Mux(above, advance_modulo(self.q, 1, self.modulus), self.q)

    def registered_start(self, m: Module, step: Value) -> Value:
        """``r`` as it was at the last ``step``."""
        if len(self.starts) == 1:
            return Const(self.starts[0])
        start = Signal(index_bits(self.banks), name=f"{self.name}_start")
        with m.If(step):
            m.d.sync += start.eq(self.r)
        return start

    def registered_outside(self, m: Module, step: Value, *, first: int, size: int) -> list[Value]:
        """For each pixel of the patch: was it outside of ``[first, first + size)``."""
        flags: list[Value] = []
        for k in range(self.banks):
            flag = Signal(name=f"{self.name}_outside{k}")
            with m.If(step):
                m.d.sync += flag.eq((self.pos + k < first) | (self.pos + k >= first + size))
            flags.append(flag)
        return flags
