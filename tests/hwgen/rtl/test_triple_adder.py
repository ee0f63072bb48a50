import subprocess

from amaranth.back import verilog
from amaranth.hdl import Module, Signal

from hwgen.rtl.cells import with_cells
from hwgen.rtl.triple_adder import triple_adder
from tests.formal_proof import YOSYS


def run_yosys(folder, tail: str, script: str) -> subprocess.CompletedProcess:
    """Run a script on ``adder``, the counter of three bits, and the Verilog of ``tail``."""
    m = Module()
    x, w, u, v, y, z, count = *map(lambda n: Signal(name=n), "xwuvyz"), Signal(2, name="count")
    m.d.comb += count.eq(triple_adder(m, (x, w), (u, v), (y, z), model=False))
    text = verilog.convert(m, name="adder", ports=[x, w, u, v, y, z, count], emit_src=False)
    (folder / "adder.v").write_text(with_cells(text) + tail)
    return subprocess.run(
        [*YOSYS, "-q", "-p", f"read_verilog adder.v; {script}"],
        cwd=folder, capture_output=True, text=True, check=False,
    )  # fmt: skip


def test_three_luts_hold_it(tmp_path):
    script = "synth_ice40 -top adder; flatten; select -assert-count 3 t:SB_LUT4"
    result = run_yosys(tmp_path, "", script)
    assert result.returncode == 0, result.stderr


def test_it_counts_its_bits(tmp_path):
    tail = (
        "module top(input x, w, u, v, y, z, output same);\n"
        "wire [1:0] count;\n"
        "adder adder(.x(x), .w(w), .u(u), .v(v), .y(y), .z(z), .count(count));\n"
        "assign same = count == (x ^ w) + (u ^ v) + (y ^ z);\nendmodule\n"
    )
    script = (
        "setattr -mod -unset keep_hierarchy hwgen_*; prep -flatten -top top; "
        "sat -verify -prove same 1"
    )
    result = run_yosys(tmp_path, tail, script)
    assert result.returncode == 0, result.stdout[-1000:] + result.stderr
