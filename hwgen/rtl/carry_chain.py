"""Carry chains whose cells are placed by hand."""

from amaranth.hdl import Const, Instance, Module, Signal, Value

from hwgen.families.primitives import CARRY

__all__ = ["CarryChain"]

IDLE = (Const(0), Const(0), Const(0), Const(1))
"""Inputs of a slot that only brings out the carry so far, if its table has no carry of its own."""

LONGEST = 64
"""Slots after which a chain ends where a number does. Timing analysis follows the carry through the
places that cut it: it would find ways that no signal takes, and needs a stack as deep as the chain
is long."""


class CarryChain:
    """Slots of one carry chain, two in each cell, in the order in which they are added.

    A slot has four inputs. With p the LUT of all four and g that of ``a`` and ``b`` where ``c``
    and ``d`` are 0, its sum is ``p ^ carry`` and the next carry is ``carry`` where p, else g. So
    one slot adds any function of ``a`` and ``b`` to any function of ``c`` and ``d`` that is 0
    where both are.

    Parameters
    ----------
    model : bool
        Describe the cells instead of placing them, for simulation in Python.
    """

    def __init__(self, *, model: bool = False):
        self.model = model
        self._slots: list[tuple[int, tuple[Value, ...], Signal]] = []
        self._carry: Signal | None = None
        self._starts: set[int] = set()

    def add(self, table: int, a: Value, b: Value, c: Value, d: Value) -> Signal:
        """Add a slot whose LUT has the given table (``a`` is the lowest index bit); its sum."""
        total = self._carry if self._carry is not None else Signal(name=f"sum{len(self._slots)}")
        self._carry = None
        self._slots.append((table, (a, b, c, d), total))
        return total

    def cut(self, table: int, a: Value, b: Value) -> None:
        """End a number and begin the next, with a carry from ``a`` and ``b``.

        ``table`` has the new carry, ``a`` the lowest index bit. With ``d`` at 1 the LUT of four
        inputs is 0: the slot's sum is the carry so far, and the next one does not depend on it.
        """
        if len(self._slots) - max(self._starts, default=0) >= LONGEST:
            self.end()
        self.add(table, a, b, *IDLE[2:])

    def carry_out(self) -> Signal:
        """Carry of the number so far; the next slot must be a `cut`, which brings it out."""
        self._carry = Signal(name=f"carry_out{len(self._slots)}")
        return self._carry

    def end(self) -> None:
        """End the chain; what is added further is a chain of its own.

        A cut does the same for the values, but timing analysis follows the carry through it.
        """
        while self._carry is not None or len(self._slots) % 2:
            self.add(0, *IDLE)
        self._starts.add(len(self._slots))

    def build(self, m: Module) -> None:
        """Put the cells into a module."""
        self.end()
        carry: Value = Const(0)
        for n in range(0, len(self._slots), 2):
            carry = Const(0) if n in self._starts else carry
            pair = self._slots[n : n + 2]
            if self.model:
                for table, inputs, total in pair:
                    carry = _describe(m, table, inputs, total, carry)
                continue
            ports: dict[str, object] = {"i_CIN": carry}
            for half, (table, inputs, total) in enumerate(pair):
                ports[f"p_INIT{half}"] = Const(table, 16)
                ports[f"p_INJECT1_{half}"] = "NO"
                for port, value in zip("ABCD", inputs, strict=True):
                    ports[f"i_{port}{half}"] = value
                ports[f"o_S{half}"] = total
            carry = Signal(name=f"carry{n + 2}")
            m.submodules[f"cell{n // 2}"] = Instance(CARRY.name, **ports, o_COUT=carry)


def _describe(
    m: Module, table: int, inputs: tuple[Value, ...], total: Signal, carry: Value
) -> Value:
    """Describe a slot; its carry."""
    a, b, c, d = inputs
    lut = Const(table, 16)
    p, g, after = Signal(), Signal(), Signal()
    index = Signal(4)
    m.d.comb += [
        index[0].eq(a),
        index[1].eq(b),
        index[2].eq(c),
        index[3].eq(d),
        p.eq(lut.bit_select(index, 1)),
        g.eq(lut.bit_select(index[:2], 1)),
        total.eq(p ^ carry),
        after.eq((p & carry) | (~p & g)),
    ]
    return after
