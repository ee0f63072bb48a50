"""Each rule of the model: kept to the clock, and broken by one."""

from pathlib import Path

import pytest

from hwgen.sizes.sdram_part import SdramPart
from sim.parts.sdram import SDRAM_RULES, sdram_parameters, sdram_verilog
from tests.verilog_program import compile_verilog, run_program

# At 100 MHz a clock is 10 ns; every time is another number of clocks.
PART = SdramPart("part", data_bits=16, bank_bits=1, row_bits=2, column_bits=2, trcd=30, trp=20,
                 tras=60, trc=110, trrd=40, trfc=80, twr=25, twr_clocks=3, tmrd=50, trefi=2000,
                 tck2=10, tck3=7, power_up=200, init_refreshes=2)  # fmt: skip
COMMANDS = {"nop": 7, "act": 3, "read": 5, "write": 4, "pre": 2, "ref": 1, "mode": 0, "stop": 6}
AUTO = 1 << 10
START = [("pre", 0, AUTO, 30), ("ref", 0, 0, 2), ("ref", 0, 0, 8), ("mode", 0, 0x20, 8)]
"""Commands with bank, address and clocks since the command before: an initialisation."""
POWER_UP_GAP = 17
CKE_LOW, UNDRIVEN = 1 << 20, 1 << 21

BENCH = """
module bench(input clk, input rst);
  reg [63:0] script [0:63];
  reg [63:0] now;
  integer at, wait_for;
  wire [31:0] violations;
  wire [16:0] broken;
  wire [15:0] dq;
  wire oe;
  wire fire = !rst && wait_for == 0;
  wire [2:0] command = fire ? now[2:0] : 3'b111;
  initial begin
    $readmemh("script.hex", script);
    at = 1;
    now = script[0];
    wait_for = now[31:16];
  end
  always @(negedge clk) if (!rst) begin
    if (wait_for == 0) begin
      now = script[at];
      at = at + 1;
      wait_for = now[31:16];
      if (now == 64'hffff) begin $display("broken %0d", broken); $finish; end
    end
    wait_for = wait_for - 1;
  end
  always @(posedge clk) if (oe) $display("word %h", dq);
  sdram #(PARAMETERS) part (
    .clk(clk), .cke(!(fire && now[52])), .cs_n(!fire), .ras_n(command[2]), .cas_n(command[1]),
    .we_n(command[0]), .ba(now[3]), .a(now[42:32]), .dqm(2'b00), .dq_i(16'h5a5a ^ now[47:32]),
    .dq_driven(fire && command == 3'b100 && !now[53]), .dq_o(dq), .dq_oe(oe),
    .violations(violations), .broken(broken)
  );
endmodule
"""


@pytest.fixture(scope="module")
def bench(tmp_path_factory) -> Path:
    work = tmp_path_factory.mktemp("sdram")
    given = ", ".join(f".{n}({v})" for n, v in sdram_parameters(PART, 100).items())
    (work / "sdram.v").write_text(sdram_verilog())
    (work / "bench.v").write_text(BENCH.replace("PARAMETERS", given))
    compile_verilog("bench", ["bench.v", "sdram.v"], work)
    return work


def play(work: Path, script) -> tuple[set[str], list[int]]:
    """Rules that a script breaks, and the words that come from the part."""
    words = []
    for command, bank, address, gap in script:
        words.append(COMMANDS[command] | bank << 3 | gap << 16 | address << 32)
    (work / "script.hex").write_text("".join(f"{w:016x}\n" for w in [*words, 20 << 16 | 7, 0xFFFF]))
    lines = [line.split() for line in run_program(work / "obj_dir" / "Vbench", work).splitlines()]
    (broken,) = [int(line[1]) for line in lines if line[0] == "broken"]
    data = [int(line[1], 16) for line in lines if line[0] == "word"]
    return {rule for k, rule in enumerate(SDRAM_RULES) if broken >> k & 1}, data


# For each rule on times: commands behind an initialisation, of which the last keeps to the rule.
LEAST = {
    "RCD": [("act", 0, 1, 20), ("read", 0, 2, 3)],
    "RP": [("act", 0, 1, 20), ("pre", 0, 0, 11), ("act", 0, 1, 2)],
    "RP after a read": [("act", 0, 1, 20), ("read", 0, 2 | AUTO, 10), ("act", 0, 1, 3)],
    "RP after a write": [("act", 0, 1, 20), ("write", 0, 2 | AUTO, 9), ("act", 0, 1, 5)],
    "RP of a second precharge": [("act", 0, 1, 20), ("read", 0, AUTO, 10), ("pre", 0, 0, 3)],
    "RP ahead of a refresh": [("act", 0, 1, 20), ("pre", 0, 0, 11), ("ref", 0, 0, 2)],
    "RAS": [("act", 0, 1, 20), ("pre", 0, 0, 6)],
    "RAS of a read": [("act", 0, 1, 20), ("read", 0, AUTO, 5)],
    "RC": [("act", 0, 1, 20), ("pre", 0, 0, 6), ("act", 0, 1, 5)],
    "RC ahead of a refresh": [("act", 0, 1, 20), ("pre", 0, 0, 6), ("ref", 0, 0, 5)],
    "RRD": [("act", 0, 1, 20), ("act", 1, 1, 4)],
    "RFC": [("ref", 0, 0, 20), ("act", 0, 1, 8)],
    "RFC of refreshes": [("ref", 0, 0, 20), ("ref", 0, 0, 8)],
    "WR": [("act", 0, 1, 20), ("write", 0, 2, 8), ("pre", 0, 0, 3)],
    "MRD": [("act", 0, 1, 5)],
}


@pytest.mark.parametrize("rule", LEAST)
def test_a_time_is_kept_to_the_clock_and_broken_by_one(bench, rule):
    *before, (command, bank, address, gap) = LEAST[rule]
    assert play(bench, [*START, *LEAST[rule]])[0] == set()
    broken, _ = play(bench, [*START, *before, (command, bank, address, gap - 1)])
    assert broken == {rule.split()[0]}


def test_the_time_from_power_to_the_first_command_is_kept_to_the_clock(bench):
    # Ahead of the script the clock has run for its reset.
    for gap, rules in ((POWER_UP_GAP, set()), (POWER_UP_GAP - 1, {"POWER"})):
        script = [("pre", 0, AUTO, gap), *START[1:], ("act", 0, 1, 20)]
        assert play(bench, script)[0] == rules


@pytest.mark.parametrize("missing", [0, 1])
def test_an_initialisation_that_lacks_something_is_found(bench, missing):
    script = [(c, b, a, 30) for k, (c, b, a, _) in enumerate(START) if k != missing]
    assert play(bench, [*script, ("act", 0, 1, 20)])[0] == {"INIT"}


def test_an_access_ahead_of_the_mode_is_found(bench):
    assert play(bench, [*START[:3], ("act", 0, 1, 20)])[0] == {"INIT"}


def test_refreshes_may_be_as_far_apart_as_the_part_allows_and_no_further(bench):
    for gap, rules in ((200, set()), (201, {"REFRESH"})):
        script = [*START, ("ref", 0, 0, 20), ("ref", 0, 0, gap), ("act", 0, 1, 20)]
        assert play(bench, script)[0] == rules
    # Also where none follows that could tell.
    script = [*START, ("ref", 0, 0, 20), ("act", 0, 1, 9), ("read", 0, 1, 192)]
    assert play(bench, script)[0] == {"REFRESH"}


@pytest.mark.parametrize(
    ("rule", "script"),
    [
        ("OPEN", [("act", 0, 1, 20), ("act", 0, 1, 20)]),
        ("CLOSED", [("read", 0, 1, 20)]),
        ("CLOSED", [("act", 1, 1, 20), ("write", 0, 1, 20)]),
        ("IDLE", [("act", 1, 1, 20), ("ref", 0, 0, 20)]),
        ("IDLE", [("act", 1, 1, 20), ("mode", 0, 0x20, 20)]),
        ("BUS", [("act", 0, 1, 20), ("write", 0, 1 | UNDRIVEN, 20)]),
        ("BUS", [("act", 0, 1, 20), ("read", 0, 1, 4), ("write", 0, 1, 2)]),
        ("MODE", [("mode", 0, 0x10, 20)]),
        ("MODE", [("mode", 0, 0x23, 20)]),
        ("MODE", [("mode", 0, 0x220, 20)]),
        ("UNKNOWN", [("stop", 0, 0, 20)]),
        ("UNKNOWN", [("act", 0, 1 | CKE_LOW, 20)]),
    ],
)
def test_a_command_out_of_place_is_found(bench, rule, script):
    assert play(bench, [*START, *script])[0] == {rule}


@pytest.mark.parametrize("cas", [2, 3])
def test_words_come_back_from_where_they_were_written(bench, cas):
    script = [*START[:3], ("mode", 0, cas << 4, 8), ("act", 0, 1, 20), ("act", 1, 2, 4)]
    places = [(0, 3), (1, 3), (0, 0), (1, 1)]
    script += [("write", bank, column, 4) for bank, column in places]
    script += [("read", bank, column, 1 + k // 2) for k, (bank, column) in enumerate(places)]
    broken, words = play(bench, script)
    assert broken == set()
    assert words == [0x5A5A ^ column for _, column in places]
