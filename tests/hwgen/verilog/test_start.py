"""Blocks of emitted Verilog run at time 0 by either standard."""

import re
import shutil
import subprocess

import pytest
from amaranth.back import verilog
from amaranth.hdl import Const, Module, Signal

from hwgen.verilog.start import run_at_start


def emitted() -> str:
    """A block of constants, one of registers that stay as they are, and one of an input."""
    m = Module()
    a, b, c = (Signal(4, name=name) for name in "abc")
    kept, i = Signal(4, init=5), Signal()
    m.d.sync += kept.eq(kept)
    with m.Switch(Const(2, 2)), m.Case(2):
        m.d.comb += a.eq(9)
    with m.If(kept[0]):
        m.d.comb += b.eq(kept)
    with m.If(i):
        m.d.comb += c.eq(3)
    return verilog.convert(m, ports=[a, b, c, i], emit_src=False, strip_internal_attrs=True)


def test_every_block_asks_for_what_changes_at_time_0():
    text = emitted()
    made = run_at_start(text)
    blocks = re.findall(r"^  always @\*.*?^  end\n", made, re.MULTILINE | re.DOTALL)
    assert len(blocks) == text.count("always @*") > 1
    assert all("if (\\$start ) begin end" in block for block in blocks)
    assert "verilog_backend" not in made
    # Once in a module with blocks, and not in one without.
    assert made.count("initial \\$start <= 1'b0;") == 1
    assert run_at_start("module t;\nendmodule\n") == "module t;\nendmodule\n"


BENCH = """
module bench;
  wire [3:0] a, b, c;
  top dut (.clk(1'b0), .rst(1'b0), .i(1'b1), .a(a), .b(b), .c(c));
  initial begin
    #1 $display("%0d %0d %0d", a, b, c);
    $finish;
  end
endmodule
"""


def said(text, standard, folder):
    (folder / "top.v").write_text(text + BENCH)
    program = folder / "bench"
    command = ["iverilog", standard, "-s", "bench", "-o", program, folder / "top.v"]
    subprocess.run(command, check=True)
    return subprocess.run([program], capture_output=True, text=True, check=True).stdout


@pytest.mark.skipif(shutil.which("iverilog") is None, reason="Icarus (iverilog) is not installed")
@pytest.mark.parametrize("standard", ["-g2005", "-g2012"])
def test_blocks_that_nothing_would_wake_have_their_values(standard, tmp_path):
    assert said(run_at_start(emitted()), standard, tmp_path) == "9 5 3\n"


@pytest.mark.skipif(shutil.which("iverilog") is None, reason="Icarus (iverilog) is not installed")
def test_without_it_they_have_none(tmp_path):
    assert "x" in said(emitted(), "-g2012", tmp_path)
