"""The AXI4-Stream ports of several designs at once, read as a user of the Verilog reads them.

It knows the names of the ports and their widths as the Verilog declares them, and nothing of plans
or units: `m_axis_tdata` is taken as bytes, and `tlast` and `tuser` as they come.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tests.verilog_program import run_verilog

__all__ = ["Found", "as_tdata", "read_ports", "run_ports"]

QUIET_CYCLES = 3000
"""The bench ends when no design has given or taken anything for so long."""


@dataclass(frozen=True)
class Found:
    """All that one design gave: bytes of ``tdata`` (transfers, bytes), ``tlast`` and ``tuser``.

    ``tuser`` is None where there is no such port.
    """

    data: NDArray[np.uint8]
    last: NDArray[np.bool_]
    user: NDArray[np.int64] | None

    def values(self, *, signed: bool) -> NDArray[np.int64]:
        """The bytes as integers, little-endian."""
        bits = self.data.shape[1] * 8
        found = self.data.astype(np.int64) @ (1 << 8 * np.arange(self.data.shape[1]))
        return np.where(signed & (found >> bits - 1 == 1), found - (1 << bits), found)


def as_tdata(images: NDArray[np.integer[Any]], bits: int) -> NDArray[np.uint8]:
    """Pixels of so many bits as ``tdata`` takes them: (frames, height, width, bytes)."""
    *shape, channels = images.shape
    count = -(-channels * bits // 8)
    words = []
    for place in images.reshape(-1, channels).tolist():
        word = sum((pixel & ((1 << bits) - 1)) << k * bits for k, pixel in enumerate(place))
        words.append(list(word.to_bytes(count, "little")))
    return np.array(words, np.uint8).reshape(*shape, count)


def read_ports(verilog: str, top: str) -> dict[str, int]:
    """Widths of the ports of a module, by name, as its Verilog declares them."""
    start = verilog.index(f"\nmodule {top}(")
    body = verilog[start : verilog.index("endmodule", start)]
    declared = r"^  (?:input|output) (?:signed )?(?:\[(\d+):0\] )?(\w+);"
    found = re.findall(declared, body, re.MULTILINE)
    return {name: int(high or 0) + 1 for high, name in found}


def run_ports(
    designs: Sequence[tuple[str, str, NDArray[np.uint8]]], work: Path, *, seed: int = 1
) -> list[Found]:
    """Compile all designs into one program, and give each its pictures under random stalls.

    Parameters
    ----------
    designs : sequence of (top module, Verilog, pictures)
        With module names of their own. Pictures are bytes of ``s_axis_tdata``, uint8 (frames,
        height, width, bytes): of 8-bit pixels the pixels, of others what `as_tdata` makes of them.
    """
    ports = [read_ports(text, top) for top, text, _ in designs]
    parts = []
    for k, ((top, text, images), widths) in enumerate(zip(designs, ports, strict=True)):
        (work / f"{top}.v").write_text(text)
        words = images.reshape(-1, images.shape[3])
        lines = [bytes(word[::-1]).hex() for word in words]
        (work / f"in{k}.hex").write_text("\n".join(lines) + "\n")
        parts.append(_reader(k, top, widths, len(words)))
    (work / "ports.v").write_text(_bench("\n".join(parts), len(designs), seed))
    run_verilog("ports", ["ports.v", *(f"{top}.v" for top, _, _ in designs)], work)
    lines = [line.split() for line in (work / "ports.log").read_text().splitlines()]
    return [_found([x for x in lines if x[0] == str(k)], w) for k, w in enumerate(ports)]


def _found(lines: list[list[str]], widths: dict[str, int]) -> Found:
    count = widths["m_axis_tdata"] // 8
    data = [list(bytes.fromhex(line[1])[::-1]) for line in lines]
    user = [int(line[3], 16) for line in lines] if "m_axis_tuser" in widths else None
    return Found(
        np.array(data, np.uint8).reshape(-1, count),
        np.array([line[2] == "1" for line in lines], np.bool_),
        None if user is None else np.array(user, np.int64),
    )


def _bench(readers: str, count: int, seed: int) -> str:
    moved = " | ".join(f"moved{k}" for k in range(count))
    return f"""
module ports(input clk, input rst);
  integer log, quiet;
  reg [31:0] noise;
  initial begin log = $fopen("ports.log", "w"); quiet = 0; noise = {seed}; end
  wire moved = {moved};
  always @(posedge clk) begin
    noise <= {{noise[30:0], noise[31] ^ noise[21] ^ noise[1] ^ noise[0]}};
    quiet <= moved || rst ? 0 : quiet + 1;
    if (quiet == {QUIET_CYCLES}) begin $fclose(log); $finish; end
  end
{readers}
endmodule
"""


def _reader(k: int, top: str, widths: dict[str, int], words: int) -> str:
    user = widths.get("m_axis_tuser", 0)
    s_bits, m_bits = widths["s_axis_tdata"], widths["m_axis_tdata"]
    return f"""
  reg [{s_bits - 1}:0] words{k} [0:{words - 1}];
  integer sent{k} = 0;
  reg valid{k} = 0;
  reg [{s_bits - 1}:0] word{k} = 0;
  wire s_ready{k}, m_valid{k}, last{k};
  wire [{m_bits - 1}:0] data{k};
  wire [{max(1, user) - 1}:0] user{k};
  wire ready{k} = noise[{k % 29}] | noise[{(k + 2) % 31}];
  wire in{k} = valid{k} & s_ready{k} & !rst, out{k} = m_valid{k} & ready{k} & !rst;
  wire moved{k} = in{k} | out{k};
  initial $readmemh("in{k}.hex", words{k});
  {top} dut{k} (
    .clk(clk), .rst(rst), .s_axis_tdata(word{k}), .s_axis_tvalid(valid{k}),
    .s_axis_tready(s_ready{k}), .m_axis_tdata(data{k}), .m_axis_tvalid(m_valid{k}),
    .m_axis_tready(ready{k}), {f".m_axis_tuser(user{k}), " if user else ""}.m_axis_tlast(last{k})
  );
  always @(posedge clk) begin
    if (!rst && (!valid{k} || in{k})) begin
      valid{k} <= 0;
      if (sent{k} < {words} && (noise[{(k + 5) % 29}] | noise[{(k + 11) % 31}])) begin
        valid{k} <= 1;
        word{k} <= words{k}[sent{k}];
        sent{k} <= sent{k} + 1;
      end
    end
    if (out{k}) $fwrite(log, "{k} %h %b %h\\n", data{k}, last{k}, {f"user{k}" if user else "1'b0"});
  end"""
