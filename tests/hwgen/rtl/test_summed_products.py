from itertools import product

import pytest
from amaranth.hdl import Module, Signal, signed, unsigned
from amaranth.lib import wiring
from amaranth.sim import Simulator

from hwgen.rtl.summed_products import join_fields, sum_field
from hwgen.sizes.multipliers import MULTIPLIERS, MultiplierCell

CASES = [
    (unsigned(2), signed(2), 2), (signed(2), signed(2), 2), (unsigned(1), signed(2), 3),
    (signed(2), signed(1), 3), (unsigned(3), signed(2), 2), (signed(1), signed(1), 4),
]  # fmt: skip


class Summed(wiring.Component):
    """The sum of products of numbers by one multiplication."""

    def __init__(self, a_shape, b_shape, count):
        super().__init__({})
        self.a = [Signal(a_shape, name=f"a{k}") for k in range(count)]
        self.b = [Signal(b_shape, name=f"b{k}") for k in range(count)]
        self.field = MultiplierCell.field_bits(a_shape.width, b_shape.width, count)
        self.wide = [Signal(signed(18), name=f"wide{k}") for k in range(2)]
        self.o = Signal(signed(self.field))

    def elaborate(self, platform):
        m = Module()
        m.d.comb += [
            self.wide[0].eq(join_fields(self.a, self.field)),
            self.wide[1].eq(join_fields(self.b[::-1], self.field)),
            self.o.eq(sum_field(self.wide[0] * self.wide[1], len(self.a), self.field, signed=True)),
        ]
        return m


def numbers(shape):
    return (
        range(-(1 << shape.width - 1), 1 << shape.width - 1)
        if shape.signed
        else range(1 << shape.width)
    )


@pytest.mark.parametrize(("a_shape", "b_shape", "count"), CASES)
def test_all_sums_are_those_of_the_products(a_shape, b_shape, count):
    assert MULTIPLIERS["mult18"].summed(a_shape.width, b_shape.width) >= count
    dut = Summed(a_shape, b_shape, count)

    async def testbench(ctx):
        every = product(numbers(a_shape), repeat=count), product(numbers(b_shape), repeat=count)
        for a, b in product(*map(list, every)):
            for k in range(count):
                ctx.set(dut.a[k], a[k])
                ctx.set(dut.b[k], b[k])
            assert ctx.get(dut.o) == sum(x * y for x, y in zip(a, b, strict=True)), (a, b)

    simulator = Simulator(dut)
    simulator.add_testbench(testbench)
    simulator.run()


def test_widest_numbers_that_share_a_cell():
    counts = {bits: MULTIPLIERS["mult18"].summed(bits, bits) for bits in range(1, 8)}
    assert counts == {1: 4, 2: 3, 3: 2, 4: 2, 5: 2, 6: 1, 7: 1}
    assert MULTIPLIERS["mac16"].summed(2, 2) == 1
    assert MULTIPLIERS["mult18"].count(4, 4, 9) == 5
