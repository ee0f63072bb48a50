"""What is counted of a small design is what happens in it."""

import shutil

import numpy as np
import pytest

from hwgen.families.ice40.family import ICE40
from sim.benches.activity_bench import count_events, count_verilog
from sim.benches.bench import Ports, Run
from sim.benches.counted_bits import Counted
from sim.patterns import Traffic

DESIGN = """
module thing (
  input clk, input rst,
  input [7:0] s_axis_tdata, input s_axis_tvalid, output s_axis_tready,
  output m_axis_tvalid, input m_axis_tready
);
  reg [3:0] count = 0;
  reg [7:0] taken = 0;
  reg [15:0] table_ [0:511];
  reg [15:0] word = 0;
  initial $readmemh("table.mem", table_);
  always @(posedge clk) begin
    count <= count + 1;
    if (s_axis_tvalid) taken <= s_axis_tdata;
    if (s_axis_tvalid) word <= table_[taken];
  end
  assign s_axis_tready = 1;
  assign m_axis_tvalid = ^word ^ count[3];
endmodule
"""
PERIOD, FRAMES = 16, 3


@pytest.mark.skipif(shutil.which("g++") is None, reason="CXXRTL needs g++")
def test_changes_and_reads_are_those_of_the_design(tmp_path):
    (tmp_path / "thing.v").write_text(DESIGN)
    (tmp_path / "table.mem").write_text("".join(f"{k * 40503 % 65536:04x}\n" for k in range(512)))
    # All bits of what comes in change from each word to the next, in two of four periods.
    words = np.tile(np.repeat([[0], [1]], 8, axis=1).astype(np.uint8), (PERIOD, 1))
    counted, sums = count_verilog(
        tmp_path / "thing.v",
        "thing",
        ICE40,
        words=words,
        run=Run(Traffic(), 4 * PERIOD, len(words)),
        period=PERIOD,
        ports=Ports(8, 1, 0),
        weights=np.zeros(0, np.uint32),
        packet=np.zeros(0, np.uint32),
        work=tmp_path / "work",
    )
    found = count_events(counted, sums, PERIOD, 1, 1)
    # A counter of 4 bits changes 30 bits in 16 cycles, what is taken all 8 of its own in each.
    assert found.totals["register"] == 30 + 8 * PERIOD
    assert found.totals["register bits"] == 12 * PERIOD
    assert found.totals["ram read"] == 2 * PERIOD
    assert found.waiting.get(("", "register"), 0) * PERIOD == 30
    assert sum(x for (_, event), x in found.waiting.items() if event == "ram read") == 0


def test_periods_ahead_of_the_frames_are_left_out_and_the_last_is_the_quiet_one():
    counted = [
        Counted("a", "register", "toggles", 1.0, [2]),
        Counted("a", "ram read", "ones", 2.0, [], 1),
    ]
    sums = np.array([[5, 0], [10, 0], [30, 0], [60, 0], [61, 0]], np.uint64)
    found = count_events(counted, sums, 10, 2, 2)
    assert found.events["a", "register"] == 25
    assert found.spread["register"] == pytest.approx(0.2)
    assert found.events["a", "ram read"] == 20
    assert found.waiting["a", "register"] == pytest.approx(0.1)
    assert found.waiting["a", "ram read"] == 2
