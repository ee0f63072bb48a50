# amaranth: UnusedElaboratable=no
# (modules of products that are refused are never elaborated)
from itertools import product

import pytest
from amaranth.back import verilog
from amaranth.hdl import Module, Signal, signed, unsigned
from amaranth.lib import wiring
from amaranth.lib.wiring import Out
from amaranth.sim import Simulator

from hwgen.families.devices import FAMILIES
from hwgen.families.primitives import PRIMITIVES
from hwgen.rtl.multiplier import place_products
from hwgen.sizes.multipliers import MULTIPLIERS
from hwgen.synth.tools import cell_models
from sim.benches.cell_library import needed_cells
from tests.verilog_program import run_verilog

FORMATS = {
    "mult18": [
        (unsigned(18), signed(18)), (signed(16), signed(16)), (unsigned(8), signed(5)),
        (unsigned(18), unsigned(18)), (signed(3), unsigned(18)),
    ],
    "mac16": [
        (unsigned(16), signed(16)), (signed(16), signed(16)), (unsigned(9), signed(8)),
        (unsigned(8), signed(8)), (signed(8), unsigned(8)), (signed(5), signed(3)),
        (unsigned(16), unsigned(16)),
    ],
}  # fmt: skip


MODELS = "".join(primitive.model for primitive in PRIMITIVES)


class Beside(wiring.Component):
    """Products of noise in cells and the same described; ``wrong`` once they disagree.

    With ``late`` an operand comes a cycle late.
    """

    def __init__(self, cell, *, late=False):
        self.cell, self.late = cell, late
        super().__init__({"wrong": Out(1)})

    def elaborate(self, platform):
        m = Module()
        settled = Signal(range(16))
        m.d.sync += settled.eq(settled + (settled < 15))
        for number, (shapes, stages) in enumerate(product(FORMATS[self.cell], (2, 3))):
            found, golden = self._pair(m, number, shapes, stages)
            for a, b in zip(found, golden, strict=True):
                assert a.shape() == b.shape()
                with m.If((settled >= 8) & (a != b)):
                    m.d.sync += self.wrong.eq(1)
        return m

    def _pair(self, m, number, shapes, stages):
        sides = [
            [_noise(m, shape, 6 * number + 3 * side + k) for k in range(3)]
            for side, shape in enumerate(shapes)
        ]
        form = {"stages": stages}
        golden = place_products(m, f"golden{number}_", self.cell, *sides, model=True, **form)
        if self.late:
            late = Signal(shapes[0])
            m.d.sync += late.eq(sides[0][2])
            sides[0][2] = late
        return place_products(m, f"cell{number}_", self.cell, *sides, model=False, **form), golden


def _noise(m, shape, seed):
    """A number of this shape each cycle: xorshift of 32 bits, by Marsaglia."""
    state = Signal(32, init=0x9E3779B9 * (2 * seed + 1) & 0xFFFFFFFF, name=f"noise{seed}")
    value = state
    for step, left in ((13, True), (17, False), (5, True)):
        moved = (value << step)[:32] if left else value >> step
        mixed = Signal(32, name=f"mixed{seed}_{step}")
        m.d.comb += mixed.eq(value ^ moved)
        value = mixed
    m.d.sync += state.eq(value)
    number = Signal(shape, name=f"number{seed}")
    m.d.comb += number.eq(state[: shape.width])
    return number


TOP = """
module top(input clk, rst);
  wire wrong;
  reg [9:0] cycles = 0;
  dut dut(.clk(clk), .rst(rst), .wrong(wrong));
  always @(posedge clk) begin
    cycles <= cycles + 1;
    if (&cycles) begin
      $display("%s", wrong ? "wrong" : "right");
      $finish;
    end
  end
endmodule
"""


def simulated(folder, design, cells):
    """What is printed after a thousand cycles, with the cells as some Verilog describes them."""
    text = verilog.convert(design, name="dut", emit_src=False)
    (folder / "design.v").write_text(cells + text + TOP)
    return run_verilog("top", ["design.v"], folder).split()[0]


@pytest.mark.parametrize("cells", ["ours", "the netlist's"])
@pytest.mark.parametrize("cell", MULTIPLIERS)
def test_cells_multiply_as_they_are_described(cell, cells, tmp_path):
    text = MODELS if cells == "ours" else vendor(cell)
    assert simulated(tmp_path, Beside(cell), text) == "right"


@pytest.mark.parametrize("cell", MULTIPLIERS)
def test_a_late_operand_is_seen(cell, tmp_path):
    assert simulated(tmp_path, Beside(cell, late=True), MODELS) == "wrong"


def vendor(cell):
    """The cell as netlists have it."""
    family = next(f for f in FAMILIES.values() if f.multiplier == cell)
    texts = [path.read_text() for path in cell_models(family)]
    name = {"mult18": "MULT18X18D", "mac16": "SB_MAC16"}[cell]
    defines = "".join(f"`define {key} {value}\n" for key, value in family.models.defines.items())
    return defines + needed_cells(f"{name} cell();", texts)


class Described(wiring.Component):
    """Two products, described, of numbers from outside."""

    def __init__(self, shapes, stages):
        self.shapes, self.stages = shapes, stages
        super().__init__({})
        self.a = [Signal(shapes[0], name=f"a{k}") for k in range(2)]
        self.b = [Signal(shapes[1], name=f"b{k}") for k in range(2)]
        self.p = []

    def elaborate(self, platform):
        m = Module()
        form = {"stages": self.stages, "model": True}
        self.p += place_products(m, "cell", "mult18", list(self.a), list(self.b), **form)
        return m


@pytest.mark.parametrize("stages", [2, 3])
@pytest.mark.parametrize("shapes", FORMATS["mult18"])
def test_products_come_so_many_cycles_later(shapes, stages):
    dut = Described(shapes, stages)
    ends = [
        (-(1 << s.width - 1), (1 << s.width - 1) - 1) if s.signed else (0, (1 << s.width) - 1)
        for s in shapes
    ]
    pairs = [*product(*ends), (1, 1), (0, ends[1][0])]

    async def testbench(ctx):
        for cycle in range(len(pairs) + stages):
            x, y = pairs[min(cycle, len(pairs) - 1)]
            for k in range(2):
                ctx.set(dut.a[k], x)
                ctx.set(dut.b[k], y)
            if cycle >= stages:
                x, y = pairs[cycle - stages]
                assert [ctx.get(p) for p in dut.p] == [x * y] * 2
            await ctx.tick()

    simulator = Simulator(dut)
    simulator.add_clock(1e-6)
    simulator.add_testbench(testbench)
    simulator.run()


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"cell": "dsp"}, "cell must be one of mult18, mac16, not 'dsp'"),
        ({"stages": 1}, "stages must be 2 or 3, not 1"),
        ({"a": [Signal(19)]}, "operands must have at most 18 bits, not 19"),
        ({"cell": "mac16", "b": [Signal(17)]}, "operands must have at most 16 bits, not 17"),
    ],
)
def test_products_that_no_cell_makes_are_refused(changes, message):
    form = {"cell": "mult18", "a": [Signal(4)], "b": [Signal(4)], "stages": 2, **changes}
    with pytest.raises(ValueError, match=rf"^{message}$"):
        place_products(Module(), "cell", model=False, **form)


def test_cells_are_counted():
    assert MULTIPLIERS["mult18"].count(8, 8, 5) == 5
    assert MULTIPLIERS["mac16"].count(8, 8, 5) == 3
    assert MULTIPLIERS["mac16"].count(9, 8, 5) == 5
