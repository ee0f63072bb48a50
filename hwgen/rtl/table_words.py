"""Words of a table in turn, one a step: the address, and the table itself where it is constant."""

import numpy as np
from amaranth.hdl import Cat, Const, Module, Mux, ResetSignal, Signal, Value

from hwgen.rtl.constant_table import ConstantTable, Rows
from hwgen.sizes.tables import CLEARED_WORDS

__all__ = ["address_in_turn", "looked_up", "word_at_hand", "words_in_turn"]


def words_in_turn(
    m: Module,
    name: str,
    words: Rows,
    bits: int,
    step: Value,
    *,
    ahead: bool = False,
    rest: bool = False,
) -> Value:
    """Words of a constant table in turn, one a step, each in the cycle after its step.

    With ``ahead`` each is there in the cycle of its step already, from the clock in which reset
    ends. With ``rest`` cycles that follow no step have zero.
    """
    if len(words) == 1:
        word = Const(int.from_bytes(words.tobytes(), "little"), bits)
        return _or_zero(m, step, word) if rest else word
    address = address_in_turn(m, name, len(words), step, ahead=ahead)
    # The registers of a table in LUTs can be cleared; block RAM has a word of zeros instead.
    cleared = rest and len(words) <= CLEARED_WORDS
    if rest and not cleared:
        address = Mux(step, address, len(words))
        words = np.append(words, np.zeros_like(words[:1]), axis=0)
    table = ConstantTable(rows=words, bits=bits)
    m.submodules[name] = table
    port = table.read_port(domain="comb" if cleared else "sync")
    m.d.comb += port.addr.eq(address)
    if cleared:
        return _or_zero(m, step, port.data)
    m.d.comb += port.en.eq(1)
    return port.data


def word_at_hand(m: Module, name: str, words: Rows, bits: int, step: Value) -> Value:
    """Words of a constant table in turn, each there up to its step, in LUTs and no registers."""
    if len(words) == 1:
        return Const(int.from_bytes(words.tobytes(), "little"), bits)
    address = address_in_turn(m, name, len(words), step, ahead=False)
    m.submodules[name] = table = ConstantTable(rows=words, bits=bits)
    port = table.read_port(domain="comb")
    m.d.comb += port.addr.eq(address)
    return port.data


def looked_up(m: Module, name: str, word: Value, bits: int, words: Rows, width: int) -> Value:
    """Word of a table, ``width`` bits wide, for each field of ``bits`` bits, in LUTs.

    Each field has a table of its own, for memories have one port; it has ``2 ** bits`` words.
    """
    found: list[Value] = []
    for lane in range(len(word) // bits):
        m.submodules[f"{name}{lane}"] = table = ConstantTable(rows=words, bits=width)
        port = table.read_port(domain="comb")
        m.d.comb += port.addr.eq(word.word_select(lane, bits))
        found.append(port.data)
    return Cat(*found)


def address_in_turn(m: Module, name: str, depth: int, step: Value, *, ahead: bool) -> Value:
    """Address to read in each cycle of a memory that answers in the next, as `words_in_turn`."""
    address = Signal(range(depth), name=f"{name}_address")
    following = Signal(range(depth), name=f"{name}_following")
    m.d.comb += following.eq(address)
    with m.If(step):
        m.d.comb += following.eq(Mux(address == depth - 1, 0, address + 1))
    if ahead:
        with m.If(ResetSignal(allow_reset_less=True)):
            m.d.comb += following.eq(0)
    m.d.sync += address.eq(following)
    return following if ahead else address


def _or_zero(m: Module, step: Value, word: Value) -> Signal:
    """Word a cycle later, zero where there was no step."""
    held = Signal(len(word), name="cleared", reset_less=True)
    m.d.sync += held.eq(Mux(step, word, 0))
    return held
