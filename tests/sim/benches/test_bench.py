"""Every bench sees the same transfers, and the same words that move while they wait."""

import shutil

import numpy as np
import pytest

from hwgen.plan.plan import Stream
from sim.benches.bench import Ports, Run
from sim.benches.cocotb_bench import CocotbBench
from sim.benches.cxxrtl_bench import CxxrtlBench
from sim.patterns import Pattern, Traffic

pytestmark = pytest.mark.skipif(
    not all(map(shutil.which, ("g++", "make", "perl"))), reason="benches need g++, make, perl"
)

# `adder` takes a word whenever the sink is ready and adds a number that changes in every cycle: a
# word that waits does not hold. `dropper` withdraws its offer in every fourth cycle.
DESIGN = """
module adder (
  input [39:0] i__payload, input [7:0] cycle, input i__valid, input o__ready,
  output [39:0] o__payload, output o__valid
);
  assign o__payload = i__payload + cycle;
  assign o__valid = i__valid;
endmodule
module dropper (input [7:0] cycle, input o__ready, output [2:0] o__payload, output o__valid);
  assign o__payload = 3'd5;
  assign o__valid = cycle[1:0] != 2'd3;
endmodule
module faulty (
  input clk, input rst,
  input [39:0] s_axis_tdata, input s_axis_tvalid, output s_axis_tready,
  output [39:0] m_axis_tdata, output m_axis_tvalid, output m_axis_tlast, input m_axis_tready
);
  reg [7:0] cycle;
  always @(posedge clk) cycle <= rst ? 8'd0 : cycle + 8'd1;
  adder adder (
    .i__payload(s_axis_tdata), .cycle(cycle), .i__valid(s_axis_tvalid),
    .o__ready(m_axis_tready), .o__payload(m_axis_tdata), .o__valid(m_axis_tvalid)
  );
  dropper dropper (.cycle(cycle), .o__ready(m_axis_tready), .o__payload(), .o__valid());
  assign s_axis_tready = m_axis_tready;
  assign m_axis_tlast = 1'b1;
endmodule
"""
STREAMS = (
    Stream("in", "input", "adder", 37, 1),
    Stream("sum", "adder", "output", 40, 1),
    Stream("drops", "dropper", "output", 3, 1),
)
WORDS = np.random.default_rng(4).integers(0, 2, (5, 37), np.uint8)


def bits(numbers, width):
    return (np.array(numbers)[:, None] >> np.arange(width) & 1).astype(np.uint8)


def run(bench, words, traffic, cycles):
    (recording,) = bench.run(words, [Run(traffic, cycles)])
    return recording


@pytest.fixture(scope="module", params=["verilator", "cxxrtl"])
def bench(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp(request.param)
    (folder / "faulty.v").write_text(DESIGN)
    about = {
        "verilog": folder / "faulty.v",
        "top": "faulty",
        "streams": STREAMS,
        "ports": Ports(s_tdata=40, m_tdata=40, m_tuser=0),
        "work": folder / "work",
    }
    if request.param == "cxxrtl":
        return CxxrtlBench(**about)
    return CocotbBench(simulator=request.param, **about)


def test_each_transfer_is_seen_with_its_cycle_and_all_its_bits(bench):
    traces, violations = run(bench, WORDS, Traffic(), 12)
    numbers = WORDS.astype(np.int64) @ (1 << np.arange(37, dtype=np.int64))
    assert traces["in"].cycles.tolist() == [0, 1, 2, 3, 4]
    assert (traces["in"].payload == WORDS).all()
    assert traces["sum"].cycles.tolist() == [0, 1, 2, 3, 4]
    assert (traces["sum"].payload == bits(numbers + np.arange(5), 40)).all()
    assert traces["drops"].cycles.tolist() == [0, 1, 2, 4, 5, 6, 8, 9, 10]
    assert (traces["drops"].payload == [1, 0, 1]).all()
    assert violations == []


def test_a_word_that_moves_or_goes_while_it_waits_is_seen(bench):
    ready = Pattern(np.array([False, False, False, False, True]))
    traces, violations = run(bench, WORDS[:2], Traffic(ready=ready), 12)
    assert traces["in"].cycles.tolist() == [4, 9]
    assert [cycle for stream, cycle in violations if stream == "in"] == []
    # It changes in each cycle but the first in which it is offered.
    assert [c for stream, c in violations if stream == "sum"] == [1, 2, 3, 4, 6, 7, 8, 9]
    # Gone in cycles 3, 7 and 11; it never waits in cycle 4 or 9, where it is taken.
    assert [c for stream, c in violations if stream == "drops"] == [3, 7, 11]


def test_a_bench_runs_again_from_reset_whatever_ran_before(bench):
    traffic = Traffic(Pattern(np.array([False, True, False])), Pattern(np.array([True, False])))
    first, _ = run(bench, WORDS, traffic, 40)
    run(bench, WORDS[1:], Traffic(), 3)
    again, _ = run(bench, WORDS, traffic, 40)
    # Offered in cycles 1, 4, 7 and so on, accepted in even ones.
    assert first["in"].cycles.tolist() == [2, 4, 8, 10, 14]
    for name, trace in first.items():
        assert (trace.cycles == again[name].cycles).all()
        assert (trace.payload == again[name].payload).all()


def test_a_stream_without_a_transfer_has_an_empty_trace(bench):
    ready = Pattern(np.arange(100) == 99)
    traces, _ = run(bench, WORDS, Traffic(ready=ready), 20)
    assert traces["sum"].cycles.size == 0
    assert traces["sum"].payload.shape == (0, 40)


def test_runs_in_one_process_each_begin_at_reset_and_are_told_apart(bench):
    slow = Traffic(Pattern(np.array([False, True, False])), Pattern(np.array([True, False])))
    runs = [Run(slow, 40), Run(Traffic(), 3, reset_cycles=1), Run(Traffic(), 12, words=4)]
    together = bench.run(WORDS, runs)
    assert together[0].traces["in"].cycles.tolist() == [2, 4, 8, 10, 14]
    assert together[1].traces["in"].cycles.tolist() == [0, 1, 2]
    assert together[2].traces["in"].cycles.tolist() == [0, 1, 2, 3]
    alone, _ = run(bench, WORDS[:4], Traffic(), 12)
    for name, trace in alone.items():
        assert (trace.cycles == together[2].traces[name].cycles).all()
        assert (trace.payload == together[2].traces[name].payload).all()


def test_words_that_move_are_told_of_in_the_run_in_which_they_do(bench):
    ready = Pattern(np.array([False, False, False, False, True]))
    quiet, stalled = bench.run(WORDS[:2], [Run(Traffic(), 7), Run(Traffic(ready=ready), 12)])
    assert quiet.violations == []
    assert [c for stream, c in stalled.violations if stream == "drops"] == [3, 7, 11]
