"""Nested loop counters, the schedule of every unit."""

from collections.abc import Sequence

from amaranth.hdl import Const, Module, Mux, Signal, Value, signed, unsigned

__all__ = ["advance_modulo", "index_bits", "loop_nest", "select_by_index"]


def index_bits(length: int) -> int:
    """Width of an index below ``length``; at least 1, since Verilog has no signals of width 0."""
    return max(1, (length - 1).bit_length())


def loop_nest(
    m: Module, step: Value, lengths: Sequence[int], *, names: Sequence[str]
) -> tuple[list[Value], list[Value]]:
    """Counters of nested loops that advance together.

    Parameters
    ----------
    step : 1 bit
        Advance by one iteration.
    lengths : sequence of int
        Iterations of each loop, the fastest first. A loop of length 1 costs nothing.
    names : sequence of str
        Names of the counters' signals.

    Returns
    -------
    indices, ends
        The counters, and for each loop whether this step ends it and all loops inside it.
    """
    indices: list[Value] = []
    ends: list[Value] = []
    carry: Value = step
    # A step comes late in its cycle: all that does not depend on it is worked out beside it.
    all_last: Value = Const(1)
    for length, name in zip(lengths, names, strict=True):
        if length == 1:
            indices.append(Const(0, 1))
            ends.append(carry)
            continue
        index = Signal(range(length), name=name)
        end = Signal(name=f"{name}_end")
        last = index == length - 1
        all_last = all_last & last
        m.d.comb += end.eq(step & all_last)
        with m.If(carry):
            m.d.sync += index.eq(Mux(last, 0, index + 1))
        indices.append(index)
        ends.append(end)
        carry = end
    return indices, ends


def advance_modulo(value: Value, amount: Value | int, modulus: int) -> Value:
    """``(value + amount) % modulus`` for ``value < modulus`` and ``amount <= modulus``."""
    bits = index_bits(modulus)
    total = value + amount
    return Mux(total >= modulus, (total - modulus)[:bits], total[:bits])


def select_by_index(m: Module, index: Value, values: Sequence[int], *, name: str) -> Value:
    """Constant ``values[index]``: the commonest value is the default, the others are cases."""
    common = max(sorted(set(values)), key=list(values).count)
    if set(values) == {common}:
        return Const(common)
    # Not as a range: its length may be beyond what Python counts.
    low, high = min(*values, 0), max(*values, 0)
    bits = max(high.bit_length(), (~low).bit_length())
    result = Signal(signed(bits + 1) if low < 0 else unsigned(bits), name=name)
    m.d.comb += result.eq(common)
    others = {v: [i for i, x in enumerate(values) if x == v] for v in set(values) - {common}}
    with m.Switch(index):
        for value, cases in sorted(others.items()):
            with m.Case(*cases):
                m.d.comb += result.eq(value)
    return result
