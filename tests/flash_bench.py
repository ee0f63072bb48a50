"""Flash streams against the model of a flash, in one program of Verilator for many runs."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from amaranth.back import verilog
from numpy.typing import NDArray

from hwgen.rtl.flash_access import FlashAccess
from hwgen.rtl.flash_stream import FlashStream
from hwgen.weight_image import HEADER_WORDS, header_crc, weight_image
from sim.parts.spi_flash import FLASH_RULES, flash_hex, flash_verilog
from tests.verilog_program import compile_verilog, run_program

__all__ = ["BLOCK_WORDS", "DIGEST", "FlashBench", "Found", "Script", "image_of", "make_stream",
           "stream_verilog"]  # fmt: skip

DIGEST = bytes(range(100, 132))
BLOCK_WORDS = 64
OFFSET = 0x0FFF2A
PERIOD_PS = 41_667
WAKE_CYCLES, REST_CYCLES = 73, 2
LATENCY = 2
"""With a register in every pin, as the bench has them."""

BYTES = 4096
"""What the flash holds; the model's other bytes are FF."""


@dataclass(frozen=True)
class Found:
    """What a run came to.

    ``wrong`` counts words that are not those of the image in their order, ``moved`` those that
    changed while they waited. ``times`` has the cycles of the first transfers, ``done_cycle`` that
    in which ``done`` rose.
    """

    words: int
    packets: int
    wrong: int
    moved: int
    restarts: int
    violations: int
    broken: frozenset[str]
    done: bool
    error: bool
    foreign: bool
    quad: bool
    done_cycle: int
    times: tuple[int, ...]


def make_stream(
    load_words: int, packet_words: int, *, quad: bool = True, divisor: int = 1
) -> FlashStream:
    """The stream of an image of `DIGEST`."""
    return FlashStream(
        access=FlashAccess(
            quad=quad, divisor=divisor, latency=LATENCY, wake_cycles=WAKE_CYCLES,
            rest_cycles=REST_CYCLES,
        ),
        offset=OFFSET,
        header_words=HEADER_WORDS,
        block_words=BLOCK_WORDS,
        load_words=load_words,
        packet_words=packet_words,
        identity=header_crc(DIGEST, load_words, packet_words, BLOCK_WORDS),
    )  # fmt: skip


def image_of(load: NDArray[np.uint16], packet: NDArray[np.uint16], digest: bytes = DIGEST) -> bytes:
    """The image of words, by default that of `make_stream`."""
    return weight_image(digest, load, packet, block_words=BLOCK_WORDS)


class FlashBench:
    """A program of some streams, one of which a run connects to the flash.

    Parameters
    ----------
    streams : mapping of str to str
        Verilog of `stream_verilog` by name.
    work : Path
    """

    def __init__(self, streams: Mapping[str, str], work: Path, optimise: str = "-O0"):
        self.names = [*streams, "script"]
        self.work = work
        (work / "streams.v").write_text("".join([*streams.values(), SCRIPT]))
        (work / "spi_flash.v").write_text(flash_verilog())
        (work / "bench.v").write_text(_bench(self.names))
        sources = ["bench.v", "streams.v", "spi_flash.v"]
        self.program = compile_verilog("bench", sources, work, optimise)

    def run(
        self,
        name: str,
        load: NDArray[np.uint16],
        packet: NDArray[np.uint16],
        image: bytes | None = None,
        *,
        cycles: int,
        **options: int,
    ) -> Found:
        """Run a stream for so many cycles.

        Parameters
        ----------
        load, packet : array of uint16
            What is expected.
        image : bytes, optional
            What the flash holds; by default the image of these.
        **options : int
            ``ready_mode``: the taker takes always (0), often (1), now and then (2), or in long
            spells (3). ``restarts``: now and then it is in reset. ``poke``: byte of the image of
            which a bit falls over when ``done`` rises. ``seed``. State of the flash after power-on:
            ``quad_enable``, ``writes``, ``continuous`` and ``asleep``, and ``least`` and
            ``least_03``, its least clock periods in ps (see the model).
        """
        words = [f"{int(word):04x}\n" for word in (*load, *packet)]
        (self.work / "words.hex").write_text("".join(words))
        options |= {"load": len(load), "total": len(words), "cycles": cycles}
        return self._run(name, image_of(load, packet) if image is None else image, options)[0]

    def play(self, script: "Script", image: bytes, **options: int) -> tuple[Found, list[int]]:
        """Play pins; gives the lines too as they were at the end of each of its cycles."""
        vectors = [f"{vector:03x}\n" for vector in script.vectors]
        (self.work / "script.hex").write_text("".join(vectors))
        # Two cycles go by until what was at the pins is seen, and one until it plays.
        found, seen = self._run("script", image, {**options, "cycles": len(vectors) + 4})
        return found, seen[2:]

    def _run(self, name: str, image: bytes, options: dict[str, int]) -> tuple[Found, list[int]]:
        (self.work / "flash.hex").write_text(flash_hex(image.ljust(BYTES, b"\xff")))
        options = {**options, "which": self.names.index(name)}
        given = [f"+{key}={value}" for key, value in options.items()]
        lines = [x.split() for x in run_program(self.program, self.work, *given).splitlines()]
        (values,) = (list(map(int, x[1:])) for x in lines if x[0] == "end")
        broken = frozenset(rule for bit, rule in enumerate(FLASH_RULES) if values[6] >> bit & 1)
        times = tuple(int(x[1]) for x in lines if x[0] == "taken")
        seen = [int(x[1], 16) for x in lines if x[0] == "seen"]
        return Found(*values[:6], broken, *map(bool, values[7:11]), values[11], times), seen


class Script:
    """What a master does with the pins, a cycle after the other."""

    def __init__(self):
        self.vectors: list[int] = []

    def _cycle(self, cs: int, sck: int, dq: int, oe: int) -> None:
        self.vectors.append(cs << 10 | sck << 8 | dq << 4 | oe)

    def rest(self, cycles: int) -> "Script":
        """Nothing for a while."""
        for _ in range(cycles):
            self._cycle(0, 0, 0, 0)
        return self

    def send(self, *octets: int, clocks: int | None = None) -> "Script":
        """Bytes on one line, or only so many clocks of them."""
        bits = [octet >> 7 - k & 1 for octet in octets for k in range(8)]
        for bit in bits[:clocks]:
            self._cycle(1, 2, 0b1100 | bit, 0b1101)
        return self

    def send_quad(self, *nibbles: int) -> "Script":
        """Half bytes on four lines."""
        for nibble in nibbles:
            self._cycle(1, 2, nibble, 0b1111)
        return self

    def clock(self, count: int, *, oe: int = 0b1101, dq: int = 0b1100) -> "Script":
        """Clocks with lines held as said."""
        for _ in range(count):
            self._cycle(1, 2, dq, oe)
        return self


def stream_verilog(name: str, stream: FlashStream) -> str:
    """Verilog of a stream, whose modules have names of their own."""
    return verilog.convert(stream, name=name, emit_src=False, strip_internal_attrs=True)


SCRIPT = """
module script(input clk, input rst, output [16:0] o__payload, output o__valid, input o__ready,
  input restart, output cs, output [1:0] sck, output [3:0] dq_o, output [3:0] dq_oe,
  input [3:0] dq_i, output done, output error, output foreign);
  reg [10:0] vectors [0:4095];
  integer at = 0;
  initial $readmemh("script.hex", vectors);
  always @(posedge clk) at <= rst ? 0 : at + 1;
  assign {cs, sck, dq_o, dq_oe} = rst ? 11'b0 : vectors[at];
  assign {o__payload, o__valid, done, error, foreign} = 0;
endmodule
"""

OPTIONS = {
    "which": 0, "load": 0, "total": 1, "cycles": 1000, "seed": 1, "ready_mode": 1, "restarts": 0,
    "poke": -1, "quad_enable": 1, "writes": 3, "continuous": 0, "asleep": 1,
    "least": 7500, "least_03": 20000,
}  # fmt: skip
MOST_WORDS = 1024


def _bench(names: list[str]) -> str:
    count = len(names)
    options = "\n".join(
        f'    if (!$value$plusargs("{name}=%d", {name})) {name} = {value};'
        for name, value in OPTIONS.items()
    )
    streams = "\n".join(
        f"""  {name} stream{k} (
    .clk(clk), .rst(rst), .o__payload({{lasts[{k}], data[{16 * k} +: 16]}}), .o__valid(valids[{k}]),
    .o__ready(ready), .restart(restart), .cs(css[{k}]), .sck(scks[{2 * k} +: 2]),
    .dq_o(dq_os[{4 * k} +: 4]), .dq_oe(dq_oes[{4 * k} +: 4]), .dq_i(dq_q), .done(dones[{k}]),
    .error(errors[{k}]), .foreign(foreigns[{k}])
  );"""
        for k, name in enumerate(names)
    )
    return f"""
module bench(input clk, input rst);
  integer {", ".join(OPTIONS)};
  integer cycle = 0, at = 0, count = 0, packets = 0, wrong = 0, moved = 0, restarted = 0;
  integer done_at = 0;
  reg [15:0] words [0:{MOST_WORDS - 1}];
  reg [31:0] noise = 1;
  reg begun = 0, stalled = 0, quad = 0, spell = 0;
  reg [16:0] word_before = 0;
  initial begin
{options}
    $readmemh("words.hex", words);
  end

  // The stream that this run is about.
  wire [{count - 1}:0] lasts, valids, css, dones, errors, foreigns;
  wire [{16 * count - 1}:0] data;
  wire [{2 * count - 1}:0] scks;
  wire [{4 * count - 1}:0] dq_os, dq_oes;
  wire [16:0] word = {{lasts[which], data[16 * which +: 16]}};
  wire valid = valids[which], done = dones[which];

  // Every pin has a register, that of the clock one for each half of a cycle.
  reg cs = 0;
  reg [1:0] sck = 0;
  reg [3:0] dq = 0, oe = 0, dq_q = 0;
  wire [3:0] dq_f, oe_f;
  wire [3:0] lines = dq & oe | dq_f & oe_f | noise[3:0] & ~oe & ~oe_f;
  always @(posedge clk) begin
    cs <= css[which];
    sck <= scks[2 * which +: 2];
    dq <= dq_os[4 * which +: 4];
    oe <= dq_oes[4 * which +: 4];
    dq_q <= lines;
  end
  wire [31:0] violations;
  wire [8:0] broken;
  spi_flash #(
    .IMAGE("flash.hex"), .BASE({OFFSET}), .BYTES({BYTES}), .PERIOD({PERIOD_PS})
  ) flash (
    .clk(clk), .cs_n(!cs), .sck(clk ? sck[0] : sck[1]), .dq_i(lines), .dq_driven(oe), .dq_o(dq_f),
    .dq_oe(oe_f), .violations(violations), .broken(broken)
  );

  wire restart = restarts != 0 && (&noise[9:1] || restarts > 1 && &noise[8:5]);
  wire ready = !restart &&
    (ready_mode == 0 || ready_mode == 1 && |noise[1:0] || ready_mode == 2 && &noise[2:0]
    || ready_mode == 3 && spell);
{streams}

  always @(posedge clk) begin
    noise <= begun ? {{noise[30:0], noise[31] ^ noise[21] ^ noise[1] ^ noise[0]}} : seed;
    spell <= spell ^ &noise[7:1];
    cycle <= rst ? 0 : cycle + 1;
    begun <= 1;
    if (!begun) begin
      flash.status_2 = {{6'b0, quad_enable[0], 1'b0}};
      flash.writes = writes[1:0];
      flash.continuous = continuous[0];
      flash.awake = !asleep[0];
      flash.least = least;
      flash.least_03 = least_03;
    end
    if (!rst) begin
      if (which == {count - 1}) $display("seen %h", dq_q);
      if (stalled && (!valid || word != word_before)) moved <= moved + 1;
      stalled <= valid & !ready & !restart;
      word_before <= word;
      if (oe == 15) quad <= 1;
      if (done && done_at == 0) begin
        done_at <= cycle;
        if (poke >= 0) flash.held[poke] = flash.held[poke] ^ 4;
      end
      if (valid && ready) begin
        if (count < 1000) $display("taken %0d", cycle);
        count <= count + 1;
        if (word != {{at == total - 1, words[at]}}) wrong <= wrong + 1;
        at <= at == total - 1 ? load : at + 1;
        if (word[16]) packets <= packets + 1;
      end
      if (restart && at >= load) begin
        at <= load;
        if (at > load) restarted <= restarted + 1;
      end
    end
    if (cycle == cycles) begin
      $display("end %0d %0d %0d %0d %0d %0d %0d %0d %0d %0d %0d %0d", count, packets, wrong, moved,
        restarted, violations, broken, done, errors[which], foreigns[which], quad, done_at);
      $finish;
    end
  end
endmodule
"""
