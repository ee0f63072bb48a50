# amaranth: UnusedElaboratable=no
# (the module that is refused is never elaborated)
from itertools import product

import pytest
from amaranth.hdl import Module, Signal, Value
from amaranth.sim import Simulator

from hwgen.rtl.loops import advance_modulo, index_bits, loop_nest, select_by_index


def simulate(m: Module, testbench, *, clocked: bool = False) -> None:
    simulator = Simulator(m)
    if clocked:
        simulator.add_clock(1e-6)
    simulator.add_testbench(testbench)
    simulator.run()


@pytest.mark.parametrize(
    ("length", "bits"), [(1, 1), (2, 1), (3, 2), (4, 2), (5, 3), (256, 8), (257, 9)]
)
def test_an_index_has_the_bits_of_its_last_value_and_at_least_one(length, bits):
    assert index_bits(length) == bits


@pytest.mark.parametrize(
    "lengths", [(1,), (5,), (2, 3), (3, 1, 2), (1, 1), (1, 4), (4, 1), (2, 2, 1, 3)], ids=str
)
def test_loops_advance_together_the_first_fastest(lengths):
    m = Module()
    step = Signal()
    names = [f"loop{k}" for k in range(len(lengths))]
    indices, ends = loop_nest(m, step, lengths, names=names)
    order = [index[::-1] for index in product(*(range(n) for n in reversed(lengths)))]

    async def testbench(ctx) -> None:
        for index in order + order[: len(order) // 2 + 1]:
            for go in (0, 0, 1):  # the counters hold, and nothing ends, without a step
                ctx.set(step, go)
                assert tuple(ctx.get(i) for i in indices) == index
                inner = [
                    all(i == n - 1 for i, n in zip(index[: k + 1], lengths, strict=False))
                    for k in range(len(lengths))
                ]
                assert [ctx.get(end) for end in ends] == [bool(go) and e for e in inner]
                await ctx.tick()

    m.d.sync += Signal().eq(0)  # even where all loops are of length 1 there is a clock
    simulate(m, testbench, clocked=True)


def test_loops_and_names_have_to_match():
    with pytest.raises(ValueError, match="zip"):
        loop_nest(Module(), Signal(), (2, 3), names=["only"])


@pytest.mark.parametrize("modulus", range(1, 10))
def test_a_value_advances_around_the_modulus(modulus):
    m = Module()
    value, amount = Signal(index_bits(modulus)), Signal(range(modulus + 1))
    variable = Signal(8)
    m.d.comb += variable.eq(advance_modulo(value, amount, modulus))
    fixed = [Signal(8, name=f"fixed{k}") for k in range(modulus + 1)]
    m.d.comb += [f.eq(advance_modulo(value, k, modulus)) for k, f in enumerate(fixed)]
    assert len(advance_modulo(value, amount, modulus)) == index_bits(modulus)

    async def testbench(ctx) -> None:
        for v, a in product(range(modulus), range(modulus + 1)):
            ctx.set(value, v)
            ctx.set(amount, a)
            assert ctx.get(variable) == ctx.get(fixed[a]) == (v + a) % modulus, (v, a)

    simulate(m, testbench)


@pytest.mark.parametrize(
    "values",
    [
        (0,),
        (7, 7, 7),
        (0, 1),
        (3, 0, 3, 5),
        (-4, -4, 2),
        (-1, -1, -3),
        (-1, 0, -1, 0),
        (9, 8, 7, 6, 5, 5),
        (1 << 70, -(1 << 66), 5),
    ],
    ids=str,
)
def test_constants_are_selected_by_index(values):
    m = Module()
    index = Signal(index_bits(len(values)))
    selected: Value = select_by_index(m, index, values, name="selected")
    result = Signal(8)
    m.d.comb += result.eq(selected)
    assert len(selected) > 0

    async def testbench(ctx) -> None:
        for k, value in enumerate(values):
            ctx.set(index, k)
            assert ctx.get(selected) == value
            assert ctx.get(result) == value % 256

    simulate(m, testbench)
