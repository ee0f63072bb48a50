import re
import subprocess

import pytest
from amaranth.back import verilog
from amaranth.hdl import Cat, Module
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out
from amaranth.sim import Simulator

from hwgen.families.primitives import CARRY
from hwgen.rtl.carry_chain import CarryChain
from hwgen.rtl.carry_element import ACCUMULATE, ADD, ENTER
from tests.formal_proof import YOSYS

WIDTH = 3


class Sums(wiring.Component):
    """(a ^ b) + (c ^ d) + (x ^ w), twice, the second time with the first sum as ``a``.

    With ``apart`` each time in a chain of its own.
    """

    def __init__(self, *, apart: bool):
        self.apart = apart
        numbers = {name: In(WIDTH) for name in "abcd"}
        sums = {"o": Out(WIDTH + 1), "p": Out(WIDTH + 1)}
        super().__init__(numbers | sums | {"x": In(1), "w": In(1)})

    def elaborate(self, platform):
        m = Module()
        chain = CarryChain(model=True)
        a = list(self.a)
        for out in (self.o, self.p):
            if self.apart:
                chain.end()
            chain.cut(ENTER, self.x, self.w)
            total = [chain.add(ADD, *bits) for bits in zip(a, self.b, self.c, self.d, strict=True)]
            total.append(chain.carry_out())
            for n, bit in enumerate(total):
                m.d.comb += out[n].eq(bit)
            a = total[:WIDTH]
        chain.build(m)
        return m


@pytest.mark.parametrize("apart", [False, True])
def test_numbers_of_one_chain_do_not_disturb_each_other(apart):
    dut = Sums(apart=apart)

    async def testbench(ctx):
        for n in range(0, 1 << 14, 5):
            a, b, c, d = (n >> (WIDTH * k) & 7 for k in range(4))
            x, w = n >> 12 & 1, n >> 13
            for name, value in zip("abcdxw", (a, b, c, d, x, w), strict=True):
                ctx.set(getattr(dut, name), value)
            total = (a ^ b) + (c ^ d) + (x ^ w)
            assert ctx.get(dut.o) == total
            assert ctx.get(dut.p) == ((total & 7) ^ b) + (c ^ d) + (x ^ w)

    simulator = Simulator(dut)
    simulator.add_testbench(testbench)
    simulator.run()


class Slots(wiring.Component):
    """So many slots; with ``waits`` the carry of the last is asked for."""

    def __init__(self, slots: int, *, waits: bool):
        self.slots = slots
        self.waits = waits
        super().__init__({"i": In(4), "o": Out(slots + waits)})

    def elaborate(self, platform):
        m = Module()
        chain = CarryChain()
        total = [chain.add(ADD, *self.i) for _ in range(self.slots)]
        if self.waits:
            total.append(chain.carry_out())
        m.d.comb += self.o.eq(Cat(*total))
        chain.build(m)
        return m


@pytest.mark.parametrize(
    ("slots", "waits", "cells"), [(1, False, 1), (2, False, 1), (2, True, 2), (3, True, 2)]
)
def test_chains_fill_whole_cells(slots, waits, cells):
    text = verilog.convert(Slots(slots, waits=waits), emit_src=False)
    assert len(re.findall(r"CCU2C #", text)) == cells


@pytest.mark.parametrize(
    ("tables", "same"),
    [
        ((ADD, ENTER), True),
        ((ACCUMULATE, ADD), True),
        ((ENTER, ACCUMULATE), True),
        ((ADD, ACCUMULATE), False),
    ],
)
def test_the_model_is_the_cell_that_yosys_knows(tables, same, tmp_path):
    inner = re.sub(r"^`.*\n", "", CARRY.model, flags=re.MULTILINE)
    (tmp_path / "model.v").write_text(inner.replace("module CCU2C", "module model"))
    ports = "CIN, A0, B0, C0, D0, A1, B1, C1, D1"
    # The last case compares two tables, to see that a difference is found.
    for name, cell, (first, second) in (
        ("gold", "model", tables),
        ("gate", "CCU2C", tables if same else tables[::-1]),
    ):
        (tmp_path / f"{name}.v").write_text(
            f"module {name}(input {ports}, output S0, S1, COUT);\n"
            f"{cell} #(.INIT0(16'd{first}), .INIT1(16'd{second}), .INJECT1_0(\"NO\"),"
            f' .INJECT1_1("NO")) cell(.*);\nendmodule\n'
        )
    files = [
        "read_verilog -sv model.v gold.v gate.v",
        "read_verilog +/ecp5/common_sim.vh +/ecp5/ccu2c_sim.vh",
        "setattr -mod -unset lib_whitebox CCU2C",
    ]
    script = []
    # Read twice, since flattening one drops what the other needs.
    for name in ("gold", "gate"):
        script += [*files, f"hierarchy -top {name}", "proc", "flatten", f"design -stash {name}"]
    script += [
        "design -copy-from gold gold",
        "design -copy-from gate gate",
        "miter -equiv -flatten gold gate miter",
        "sat -verify -prove trigger 0 miter",
    ]
    (tmp_path / "prove.ys").write_text("\n".join(script) + "\n")
    result = subprocess.run(
        [*YOSYS, "-q", "prove.ys"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert (result.returncode == 0) == same, result.stdout[-2000:] + result.stderr[-2000:]
