"""SDRAM readers beside models of their parts, many of them in one compiled program.

The words, and when they are offered and taken, are made by the bench itself; it compares every
word that comes back and watches that none moves while it waits.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from amaranth.back import verilog

from hwgen.rtl.sdram import SdramReader
from hwgen.sizes.sdram_part import SdramPart, SdramTiming
from sim.parts.sdram import SDRAM_RULES, sdram_parameters, sdram_verilog
from tests.verilog_program import run_verilog

__all__ = ["Found", "Trial", "run_trials"]

PATTERNS = {
    "always": "1'b1",
    "random": "noise[{k}]",
    "rare": "noise[{k}] & noise[{k} + 7] & noise[{k} + 11]",
    "mostly": "cycle[2:0] != 0",
    # Some hundred cycles of each in turn, as a consumer that waits and then catches up.
    "waves": "cycle[8] ? 1'b1 : cycle[9] & noise[{k}]",
}
"""Whether a word is offered, or taken, in a cycle."""


@dataclass(frozen=True)
class Trial:
    """One reader and its part.

    Parameters
    ----------
    part : SdramPart
        As the model has it.
    timing : SdramTiming, optional
        As the reader has it; by default what the part asks for at the clock.
    in_phase : bool
        The part has the clock itself, not its inverse.
    capture_cycles : int, optional
        By default what belongs to that.
    reset_at : int
        Cycle of a reset; 0 for none.
    """

    part: SdramPart
    clock_mhz: float
    load_words: int
    packet_words: int
    offered: str = "random"
    taken: str = "random"
    timing: SdramTiming | None = None
    depth: int = 32
    in_phase: bool = False
    capture_cycles: int | None = None
    reset_at: int = 0

    @property
    def cycles_of_part(self) -> SdramTiming:
        """What the part asks for."""
        return SdramTiming.at(self.part, self.clock_mhz)


@dataclass(frozen=True)
class Found:
    """What a trial came to.

    Parameters
    ----------
    sent, taken : int
        Words given to the reader and got from it, since the last reset.
    wrong : int
        Words, or their ``last``, that were not the right ones, or moved while they waited.
    violations : int
        Of the rules of the part.
    broken : set of str
        The rules themselves, as the model names them.
    streaming : int
        Cycles since the first word came.
    gap : int
        The longest time in which the consumer waited for a word, from some hundred cycles later on.
    """

    sent: int
    taken: int
    wrong: int
    violations: int
    broken: frozenset[str]
    streaming: int
    gap: int


def run_trials(trials: Sequence[Trial], cycles: int, work: Path) -> list[Found]:
    """Compile all trials into one program, and run it for so many cycles."""
    designs, parts = [], []
    for k, trial in enumerate(trials):
        timing = trial.timing or trial.cycles_of_part
        capture = trial.capture_cycles
        dut = SdramReader(
            part=trial.part,
            clock_mhz=trial.clock_mhz,
            load_words=trial.load_words,
            packet_words=trial.packet_words,
            depth=trial.depth,
            capture_cycles=timing.cas + trial.in_phase if capture is None else capture,
            timing=timing,
        )
        text = verilog.convert(dut, name=f"dut{k}", emit_src=False, strip_internal_attrs=True)
        designs.append(text)
        parts.append(_trial(k, trial))
    (work / "designs.v").write_text("\n".join(designs))
    (work / "sdram.v").write_text(sdram_verilog())
    (work / "bench.v").write_text(_bench(parts, cycles))
    printed = run_verilog("bench", ["bench.v", "sdram.v", "designs.v"], work)
    lines = [line.split()[1:] for line in printed.splitlines() if line.startswith("trial ")]
    assert len(lines) == len(trials), printed[-2000:]
    return [_found([int(x) for x in line]) for line in lines]


def _found(numbers: list[int]) -> Found:
    sent, taken, wrong, violations, broken, streaming, gap = numbers
    rules = frozenset(rule for k, rule in enumerate(SDRAM_RULES) if broken >> k & 1)
    return Found(sent, taken, wrong, violations, rules, streaming, gap)


def _bench(parts: Sequence[str], cycles: int) -> str:
    reports = "\n".join(
        f'      $display("trial %0d %0d %0d %0d %0d %0d %0d", sent{k}, taken{k}, wrong{k}, '
        f"violations{k}, broken{k}, streaming{k}, gap{k});"
        for k in range(len(parts))
    )
    return f"""
module bench(input clk, input rst);
  reg [63:0] noise;
  integer cycle;
  initial begin noise = 64'h1234567890abcdef; cycle = 0; end
  // Words whose place shows: those of different pages differ.
  function [15:0] word(input integer n);
    word = n[15:0] * 16'd40503 ^ n[31:16] ^ n[22:7];
  endfunction
  always @(posedge clk) begin
    noise <= {{noise[62:0], noise[63] ^ noise[62] ^ noise[60] ^ noise[59]}};
    cycle <= cycle + 1;
    if (cycle == {cycles}) begin
{reports}
      $finish;
    end
  end
{"".join(parts)}
endmodule
"""


def _trial(k: int, trial: Trial) -> str:
    part, total = trial.part, trial.load_words + trial.packet_words
    bits, pins = part.data_bits, part.address_pins
    # The packets of trials are small; a model that keeps a few rows is quick to set up.
    pages = -(-total // (1 << part.column_bits))
    rows = max(1, (-(-pages // (1 << part.bank_bits)) - 1).bit_length())
    parameters = sdram_parameters(part, trial.clock_mhz, stored_row_bits=min(part.row_bits, rows))
    given = ", ".join(f".{name}({value})" for name, value in parameters.items())
    reset = f"rst || cycle == {trial.reset_at}" if trial.reset_at else "rst"
    offered = PATTERNS[trial.offered].format(k=k)
    taken = PATTERNS[trial.taken].format(k=k + 20)
    return f"""
  // Trial {k}
  integer sent{k} = 0, taken{k} = 0, wrong{k} = 0, at{k} = 0, streaming{k} = 0;
  integer waiting{k} = 0, gap{k} = 0;
  wire rst{k} = {reset};
  reg offering{k} = 0, held{k} = 0;
  reg [16:0] before{k};
  wire cke{k}, cs{k}, ras{k}, cas{k}, we{k}, oe{k}, filled{k}, i_ready{k}, o_valid{k};
  wire [{part.bank_bits - 1}:0] ba{k};
  wire [{pins - 1}:0] a{k};
  wire [{bits // 8 - 1}:0] dqm{k};
  wire [{bits - 1}:0] to{k}, from{k};
  wire [16:0] o{k};
  wire [31:0] violations{k};
  wire [16:0] broken{k};
  wire o_ready{k} = {taken};
  dut{k} dut{k} (
    .clk(clk), .rst(rst{k}), .i__payload(offering{k} ? word(sent{k}) : noise[47:32]),
    .i__valid(offering{k}), .i__ready(i_ready{k}), .o__payload(o{k}), .o__valid(o_valid{k}),
    .o__ready(o_ready{k}), .filled(filled{k}), .cke(cke{k}), .cs(cs{k}), .ras(ras{k}), .cas(cas{k}),
    .we(we{k}), .ba(ba{k}), .a(a{k}), .dqm(dqm{k}), .dq_o(to{k}), .dq_oe(oe{k}), .dq_i(from{k})
  );
  sdram #({given}) part{k} (
    .clk({"" if trial.in_phase else "~"}clk), .cke(cke{k}), .cs_n(~cs{k}), .ras_n(~ras{k}),
    .cas_n(~cas{k}), .we_n(~we{k}), .ba(ba{k}), .a(a{k}), .dqm(dqm{k}), .dq_i(to{k}),
    .dq_driven(oe{k}), .dq_o(from{k}), .dq_oe(), .violations(violations{k}), .broken(broken{k})
  );
  always @(posedge clk) begin
    if (rst{k}) begin
      sent{k} <= 0;
      taken{k} <= 0;
      at{k} <= 0;
      streaming{k} <= 0;
      waiting{k} <= 0;
      gap{k} <= 0;
      offering{k} <= 0;
      held{k} <= 0;
    end else begin
      if (offering{k} && i_ready{k}) sent{k} <= sent{k} + 1;
      if (!offering{k} || i_ready{k}) offering{k} <= {offered};
      if (o_valid{k} && o_ready{k}) begin
        taken{k} <= taken{k} + 1;
        at{k} <= at{k} == {total - 1} ? {trial.load_words} : at{k} + 1;
        if (o{k} != {{at{k} == {total - 1}, word(at{k})}}) wrong{k} <= wrong{k} + 1;
      end
      held{k} <= o_valid{k} && !o_ready{k};
      before{k} <= o{k};
      if (held{k} && (!o_valid{k} || o{k} != before{k})) wrong{k} <= wrong{k} + 1;
      if (streaming{k} != 0 || o_valid{k}) streaming{k} <= streaming{k} + 1;
      waiting{k} <= o_ready{k} && !o_valid{k} && streaming{k} > 400 ? waiting{k} + 1 : 0;
      if (waiting{k} > gap{k}) gap{k} <= waiting{k};
    end
  end
"""
