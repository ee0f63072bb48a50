"""Biases of the channels of a matrix unit, parted over the first counts of a sum."""

from amaranth.hdl import Cat, Module, Mux, Signal, Value

from hwgen.rtl.constant_table import rows_of
from hwgen.rtl.matrix_parameters import MatrixParameters
from hwgen.rtl.table_words import word_at_hand

__all__ = ["parted_bias"]


def parted_bias(
    m: Module, parameters: MatrixParameters, control: list[Signal], synapse: Value
) -> tuple[list[Value], list[Value], Value]:
    """What is added to each channel's count, what stands above it, and the channels joined by AND.

    See `hwgen.sizes.split_bias`. The first is there a cycle ahead of the count, or without pipeline
    beside it, as `CounterElement` wants it; the second beside it. Both are zero where a count has
    none of them. The third is there from the cycle ahead of a sum's first count to its second.

    Parameters
    ----------
    parameters : MatrixParameters
        With `added_bits`.
    control : list of Signal(3)
        Stage by stage up to the one beside the count: there is a count, it is a sum's first, its
        last.
    synapse : Value
        Which count of its sum it is, at the first stage.
    """
    p, added = parameters, parameters.added_bits
    assert added is not None
    asked = len(control) - 2 - (p.pipeline > 0)
    counts: Value = Cat((synapse == 1) | (synapse == 2), synapse == 2)
    for stage in range(asked):
        delayed = Signal(2, name=f"counts{stage + 1}", reset_less=True)
        m.d.sync += delayed.eq(counts)
        counts = delayed
    step = control[asked][0]
    words = rows_of(p.threshold_words(), p.threshold_word_bits)
    word = word_at_hand(m, "thresholds", words, p.threshold_word_bits, step & counts[1])

    lower: list[Value] = []
    upper: list[Value] = []
    for n in range(p.pe):
        bias = word.word_select(n, p.limit_bits)
        low = Signal(added, name=f"lower{n}", reset_less=True)
        high = Signal(p.limit_bits - added - 1, name=f"upper{n}", reset_less=True)
        first = Mux(step & control[asked][1], bias[0], 0)
        m.d.sync += [
            low.eq(Mux(step & counts[0], bias[1 : added + 1], first)),
            high.eq(Mux(control[-2][0] & control[-2][1], bias[added + 1 :], 0)),
        ]
        lower.append(low)
        upper.append(high)
    return lower, upper, word[p.pe * p.limit_bits :]
