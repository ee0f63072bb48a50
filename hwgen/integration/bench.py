"""A test bench in plain Verilog, which replays pictures and compares every score."""

from dataclasses import dataclass

from hwgen.integration.template import instance, width_text
from hwgen.plan.ports import Port

__all__ = ["Bench", "bench_verilog"]


@dataclass(frozen=True)
class Bench:
    """What a test bench has to know of a design.

    Parameters
    ----------
    name, module : str
        Of the design, and of the bench's own module.
    ports : tuple of Port
    frames : int
        Pictures that are replayed.
    pixels, scores : int
        Transfers of a picture, in and out.
    load_words, packet_words : int
        Words of weights that are loaded once, and that come with each picture.
    latency_cycles, interval_cycles : int
        At full rate.
    pixels_file, scores_file : str
    weights_file : str or None
        None where no weights come in.
    """

    name: str
    module: str
    ports: tuple[Port, ...]
    frames: int
    pixels: int
    scores: int
    load_words: int
    packet_words: int
    latency_cycles: int
    interval_cycles: int
    pixels_file: str
    scores_file: str
    weights_file: str | None

    @property
    def driven(self) -> frozenset[str]:
        """Ports that are registers of the bench."""
        return frozenset(port.name for port in self.ports if port.direction == "input")

    def has(self, name: str) -> bool:
        """Whether the design has a port of that name."""
        return any(port.name == name for port in self.ports)

    @property
    def brisk(self) -> int:
        """Pictures at full rate, ahead of those with stalls; 0 where there is one in all."""
        return min(1, self.frames - 1)

    @property
    def quiet_cycles(self) -> int:
        """Cycles without a transfer after which nothing more is waited for."""
        return 4 * (self.latency_cycles + self.interval_cycles) + 1000


def bench_verilog(bench: Bench) -> str:
    """Verilog-2005 of the module, for any simulator.

    The first picture comes and its scores go at full rate, and take the cycles that the manifest
    says; all others come and go with stalls at random. Words are unknown while they are not
    offered. What it finds is told at the end, and by the simulator's exit status where there is a
    way to set it.
    """
    name = bench.name
    sources = f"{name}_tb.v {name}.v"
    regs = "\n".join(
        f"  {'reg' if port.name in bench.driven else 'wire'} {width_text(port.width)}{port.name};"
        for port in bench.ports
    )
    data_bits = next(port.width for port in bench.ports if port.name == "s_axis_tdata")
    user = "m_axis_tuser, " if bench.has("m_axis_tuser") else ""
    found = f"{{m_axis_tlast, {user}m_axis_tdata}}"
    named = "tlast, tuser and tdata" if user else "tlast and tdata"
    widths = [port.width for port in bench.ports if port.name in ("m_axis_tdata", "m_axis_tuser")]
    score_bits = sum(widths) + 1
    loads = bench.load_words > 0
    marks = bench.has("s_axis_tlast")
    return f"""\
// Test bench of {name}, made by hwgen: replays pictures and compares every score.
// Run it in the folder that it is in, whose files it reads:
//   $ iverilog -g2005 -o {bench.module} {sources} && vvp -n {bench.module}
//   $ verilator --binary --timing --top-module {bench.module} {sources} \\
//       && obj_dir/V{bench.module}
// It prints PASS, or FAIL and why; after FAIL the exit status of these two is not 0.
/* verilator lint_save */ /* verilator lint_off WIDTHTRUNC */ /* verilator lint_off DECLFILENAME */
module {bench.module};
  localparam PIXELS = {bench.pixels}; // transfers of s_axis, a picture
  localparam SCORES = {bench.scores}; // transfers of m_axis, a picture
  localparam FRAMES = {bench.frames}; // pictures
  localparam BRISK = {bench.brisk}; // of them at full rate, the first ones; the others with stalls
  localparam LATENCY = {bench.latency_cycles}; // cycles of the first one at full rate
  localparam QUIET = {bench.quiet_cycles}; // cycles in which something has to move
  localparam SURPLUS = 100; // cycles after the last score in which no other may come

{regs}

{instance(name, "dut", bench.ports, "  ")}

  reg [{data_bits - 1}:0] pixels [0:FRAMES*PIXELS-1];
  reg [{score_bits - 1}:0] scores [0:FRAMES*SCORES-1];
  initial $readmemh("{bench.pixels_file}", pixels);
  initial $readmemh("{bench.scores_file}", scores);

  initial clk = 0;
  always #5 clk = !clk;

  // Noise for stalls: a pixel is offered, or a score taken, in three cycles of four.
  reg [31:0] noise;
  initial noise = 1;
  always @(posedge clk) noise <= {{noise[30:0], noise[31] ^ noise[21] ^ noise[1] ^ noise[0]}};

  integer starting;
  initial starting = 0;
  initial rst = 1;
  always @(posedge clk) if (rst) begin
    starting <= starting + 1;
    if (starting >= 4{" && weights_loaded" if loads else ""}) rst <= 0;
  end

  // Pixels.
  integer sent;
  wire sends = sent < FRAMES*PIXELS && (sent < BRISK*PIXELS || noise[0] || noise[5]);
  initial s_axis_tvalid = 0;
  initial sent = 0;
  always @(posedge clk) if (!rst && (!s_axis_tvalid || s_axis_tready)) begin
    s_axis_tvalid <= sends;
    s_axis_tdata <= sends ? pixels[sent] : {{{data_bits}{{1'bx}}}};\
{_pixel_mark(marks)}
    if (sends) sent <= sent + 1;
  end
{_weights(bench) if bench.weights_file else ""}
  // Scores.
  integer taken, errors, cycles, quiet, after;
  reg over, held;
  reg [{score_bits - 1}:0] waiting;
  wire [{score_bits - 1}:0] found = {found};
  wire s_moves = s_axis_tvalid && s_axis_tready;
  wire m_moves = m_axis_tvalid && m_axis_tready;
  initial m_axis_tready = 1;
  initial taken = 0;
  initial errors = 0;
  initial cycles = 0;
  initial quiet = 0;
  initial after = 0;
  initial over = 0;
  initial held = 0;
  always @(posedge clk) if (!rst && !over) begin
    m_axis_tready <= taken < BRISK*SCORES || noise[3] || noise[12];
    if (cycles > 0 || s_moves) cycles <= cycles + 1;
    quiet <= s_moves || m_moves{" || w_moves" if bench.packet_words else ""} ? 0 : quiet + 1;
    after <= taken == FRAMES*SCORES ? after + 1 : 0;
    held <= m_axis_tvalid && !m_axis_tready;
    waiting <= found;
    if (m_axis_tvalid !== 1'b0 && m_axis_tvalid !== 1'b1) fail("m_axis_tvalid is unknown");
    if (held && (!m_axis_tvalid || found !== waiting)) fail("a score moves while it waits");
    if (m_moves) begin
      taken <= taken + 1;
      if (taken >= FRAMES*SCORES) fail("a score too many");
      else if (found !== scores[taken]) begin
        fail("a score is wrong");
        $display("  picture %0d, value %0d: {named} are %h, not %h",
                 taken / SCORES, taken % SCORES, found, scores[taken]);
      end{_mark_check(marks)}
      if (BRISK > 0 && taken == SCORES - 1 && cycles + 1 != LATENCY) begin
        fail("the first picture's cycles are not LATENCY");
        $display("  they are %0d", cycles + 1);
      end
    end{_weights_check(bench)}
    if (quiet == QUIET || after == SURPLUS || errors >= 10) begin
      over <= 1;
      if (taken < FRAMES*SCORES) fail("scores are missing");
      if (errors == 0 && taken == FRAMES*SCORES) begin
        $display("PASS: %0d scores of %0d pictures", taken, FRAMES);
        $finish;
      end else begin
        $display("FAIL: after %0d of %0d scores", taken, FRAMES*SCORES);
`ifdef __ICARUS__
        $finish_and_return(1);
`else
        $stop;
`endif
      end
    end
  end

  task fail(input [8*48-1:0] what);
    begin
      $display("error: %0s", what);
      errors = errors + 1;
    end
  endtask
endmodule
/* verilator lint_restore */
"""


def _pixel_mark(marks: bool) -> str:
    if not marks:
        return ""
    return """
    s_axis_tlast <= sends ? sent % PIXELS == PIXELS - 1 : 1'bx;"""


def _mark_check(marks: bool) -> str:
    if not marks:
        return ""
    return """
      if (m_axis_tlast && error !== 1'b0) fail("pixels are said to be lost");"""


def _weights_check(bench: Bench) -> str:
    if not bench.packet_words:
        return ""
    return """
    if (weights_error !== 1'b0) fail("weights are said to be out of step");"""


def _weights(bench: Bench) -> str:
    """Words that fill SPRAMs, in reset, and packets after it."""
    last = ""
    if bench.packet_words:
        last = """
    s_weights_tlast <= gives ? given == LOAD + PACKET - 1 : 1'bx;"""
    return f"""
  // Weights: those that fill SPRAMs once, in reset; then a packet for each picture.
  localparam LOAD = {bench.load_words};
  localparam PACKET = {bench.packet_words};
  reg [15:0] weights [0:LOAD+PACKET-1];
  integer file, k;
  reg [7:0] low, high;
  initial begin
    file = $fopen("{bench.weights_file}", "rb");
    if (file == 0) $display("error: {bench.weights_file} cannot be read");
    for (k = 0; k < LOAD + PACKET; k = k + 1) begin
      low = file == 0 ? 0 : $fgetc(file);
      high = file == 0 ? 0 : $fgetc(file);
      weights[k] = {{high, low}};
    end
  end
  integer given;
  wire w_moves = s_weights_tvalid && s_weights_tready;
  wire gives = given < LOAD
    || PACKET > 0 && !rst && (taken < BRISK*SCORES || noise[7] || noise[18]);
  initial s_weights_tvalid = 0;
  initial given = 0;
  always @(posedge clk) if (!s_weights_tvalid || w_moves) begin
    s_weights_tvalid <= gives;
    s_weights_tdata <= gives ? weights[given] : 16'bx;{last}
    if (gives) given <= PACKET > 0 && given == LOAD + PACKET - 1 ? LOAD : given + 1;
  end
"""
