"""Flash streams against the model of a flash, many at once, in one program of Verilator."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from amaranth.back import verilog
from numpy.typing import NDArray

from hwgen.rtl.flash_access import FlashAccess
from hwgen.rtl.flash_stream import FlashStream
from hwgen.weight_image import HEADER_WORDS, header_crc, weight_image
from sim.parts.spi_flash import FLASH_RULES, flash_hex, flash_verilog
from tests.verilog_program import run_verilog

__all__ = ["BLOCK_WORDS", "DIGEST", "Channel", "Found", "make_stream", "run_flash"]

DIGEST = bytes(range(100, 132))
BLOCK_WORDS = 64
OFFSET = 0x0FFF2A
PERIOD_PS = 41_667
WAKE_CYCLES, REST_CYCLES = 73, 2
LATENCY = 2
"""With a register in every pin, as the bench has them."""


@dataclass(frozen=True)
class Channel:
    """A stream with a flash of its own.

    Parameters
    ----------
    dut : str
        Which of the designs.
    load, packet : array
        Words that are expected.
    image : bytes
        What the flash holds from ``OFFSET`` on.
    flash : mapping
        Parameters of the model.
    ready : str
        Verilog: whether the taker takes, of ``noise`` (32 bits) and ``cycle``.
    restart : str
        Verilog: whether the taker is in reset.
    poke : str
        Verilog, done when ``done`` rises; ``held`` is what the flash holds.
    """

    dut: str
    load: NDArray[np.uint16]
    packet: NDArray[np.uint16]
    image: bytes
    flash: Mapping[str, int] = field(default_factory=dict)
    ready: str = "noise[0] | noise[7]"
    restart: str = "1'b0"
    poke: str = ""


@dataclass(frozen=True)
class Found:
    """What a channel did.

    ``moved`` counts words that changed while they waited; ``times`` has the cycles of the first
    transfers, ``done_cycle`` that in which ``done`` rose.
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


def run_flash(
    duts: Mapping[str, FlashStream], channels: Sequence[Channel], work: Path, *, cycles: int, seed: int = 1
) -> list[Found]:
    """Run all channels for so many cycles.

    Parameters
    ----------
    duts : mapping of str to FlashStream
        Designs by name.
    """
    work.mkdir(exist_ok=True)
    parts = []
    for k, channel in enumerate(channels):
        (work / f"flash{k}.hex").write_text(flash_hex(channel.image))
        words = [*channel.load, *channel.packet]
        (work / f"words{k}.hex").write_text("".join(f"{int(word):04x}\n" for word in words))
        parts.append(_channel(k, channel))
    reports = "\n".join(f"    report{k};" for k in range(len(channels)))
    (work / "duts.v").write_text("".join(_verilog(name, dut) for name, dut in duts.items()))
    (work / "spi_flash.v").write_text(flash_verilog())
    (work / "bench.v").write_text(f"""
module bench(input clk, input rst);
  integer cycle;
  reg [31:0] noise;
  initial begin cycle = 0; noise = {seed}; end
  always @(posedge clk) begin
    noise <= {{noise[30:0], noise[31] ^ noise[21] ^ noise[1] ^ noise[0]}};
    cycle <= rst ? 0 : cycle + 1;
    if (cycle == {cycles}) begin
{reports}
      $finish;
    end
  end
{"".join(parts)}
endmodule
""")
    said = run_verilog("bench", ["bench.v", "duts.v", "spi_flash.v"], work)
    lines = [line.split() for line in said.splitlines()]
    return [
        _found([x for x in lines if x[:2] == ["channel", str(k)]][0][2:],
               [int(x[2]) for x in lines if x[:2] == ["taken", str(k)]])
        for k in range(len(channels))
    ]  # fmt: skip


def _verilog(name: str, stream: FlashStream) -> str:
    """Verilog of a stream, whose modules have names of their own."""
    return verilog.convert(stream, name=name, emit_src=False, strip_internal_attrs=True)


def _found(numbers: list[str], times: list[int]) -> Found:
    values = [int(x) for x in numbers]
    broken = frozenset(rule for bit, rule in enumerate(FLASH_RULES) if values[6] >> bit & 1)
    return Found(
        *values[:6], broken, *map(bool, values[7:11]), values[11], tuple(times)
    )  # fmt: skip


def _channel(k: int, channel: Channel) -> str:
    load, packet = len(channel.load), len(channel.packet)
    parameters = {"BASE": OFFSET, "BYTES": max(2, len(channel.image)), "PERIOD": PERIOD_PS}
    parameters |= channel.flash
    text = ", ".join(f".{name}({value})" for name, value in parameters.items())
    return f"""
  // Every pin has a register, the clock one for each half of a cycle.
  wire cs{k}, valid{k}, last{k}, done{k}, error{k}, foreign{k};
  wire [1:0] sck_o{k};
  wire [3:0] dq_o{k}, dq_oe{k}, dq_f{k}, oe_f{k};
  wire [15:0] data{k};
  reg cs_q{k} = 0;
  reg [1:0] sck_q{k} = 0;
  reg [3:0] dq_q{k} = 0, oe_q{k} = 0, dq_i{k} = 0;
  wire sck{k} = clk ? sck_q{k}[0] : sck_q{k}[1];
  wire [3:0] lines{k} = dq_q{k} & oe_q{k} | dq_f{k} & oe_f{k} | ~oe_q{k} & ~oe_f{k} & noise[3:0];
  always @(posedge clk) begin
    cs_q{k} <= cs{k}; sck_q{k} <= sck_o{k}; dq_q{k} <= dq_o{k}; oe_q{k} <= dq_oe{k};
    dq_i{k} <= lines{k};
  end
  wire restart{k} = {channel.restart};
  wire ready{k} = ({channel.ready}) & !restart{k};
  {channel.dut} dut{k} (
    .clk(clk), .rst(rst), .o__payload({{last{k}, data{k}}}), .o__valid(valid{k}),
    .o__ready(ready{k}), .restart(restart{k}), .cs(cs{k}), .sck(sck_o{k}), .dq_o(dq_o{k}),
    .dq_oe(dq_oe{k}), .dq_i(dq_i{k}), .done(done{k}), .error(error{k}), .foreign(foreign{k})
  );
  wire [31:0] violations{k};
  wire [8:0] broken{k};
  spi_flash #(.IMAGE("flash{k}.hex"), {text}) flash{k} (
    .clk(clk), .cs_n(!cs_q{k}), .sck(sck{k}), .dq_i(lines{k}), .dq_driven(oe_q{k}), .dq_o(dq_f{k}),
    .dq_oe(oe_f{k}), .violations(violations{k}), .broken(broken{k})
  );
  reg [15:0] words{k} [0:{load + packet - 1}];
  integer at{k} = 0, count{k} = 0, packets{k} = 0, wrong{k} = 0, moved{k} = 0, done_at{k} = 0;
  integer restarts{k} = 0;
  reg stalled{k} = 0, quad{k} = 0;
  reg [16:0] before{k} = 0;
  initial $readmemh("words{k}.hex", words{k});
  always @(posedge clk) begin
    if (!rst) begin
      if (stalled{k} && (!valid{k} || {{last{k}, data{k}}} != before{k})) moved{k} <= moved{k} + 1;
      stalled{k} <= valid{k} & !ready{k} & !restart{k};
      before{k} <= {{last{k}, data{k}}};
      if (oe_q{k} == 15) quad{k} <= 1;
      if (done{k} && done_at{k} == 0) begin
        done_at{k} <= cycle;
        {channel.poke.replace("held", f"flash{k}.held")}
      end
      if (valid{k} && ready{k}) begin
        if (count{k} < 2000) $display("taken {k} %0d", cycle);
        count{k} <= count{k} + 1;
        if (data{k} != words{k}[at{k}] || last{k} != (at{k} == {load + packet - 1}))
          wrong{k} <= wrong{k} + 1;
        at{k} <= at{k} == {load + packet - 1} ? {load} : at{k} + 1;
        if (last{k}) packets{k} <= packets{k} + 1;
      end
      if (restart{k} && at{k} >= {load}) begin
        at{k} <= {load};
        if (at{k} > {load}) restarts{k} <= restarts{k} + 1;
      end
    end
  end
  task report{k};
    $display("channel {k} %0d %0d %0d %0d %0d %0d %0d %0d %0d %0d %0d %0d", count{k}, packets{k},
      wrong{k}, moved{k}, restarts{k}, violations{k}, broken{k}, done{k}, error{k}, foreign{k},
      quad{k}, done_at{k});
  endtask
"""
