"""A core of hwgen in a design of one's own, in Amaranth: pixels in, the class on lamps out.

    python -m hwgen build models/tiny.json
    python examples/amaranth_top/top.py rtl_out/tiny top.v

writes the Verilog of the design around the core; the core's own stays in its file.
"""

import json
import sys
from pathlib import Path
from typing import Any

from amaranth.back import verilog  # pyright: ignore[reportAttributeAccessIssue]
from amaranth.hdl import ClockSignal, Instance, Module, ResetSignal, Signal, signed, unsigned
from amaranth.lib import data, stream, wiring
from amaranth.lib.wiring import In, Out

__all__ = ["Core", "Lamps"]


class Core(wiring.Component):
    """The Verilog of a build, as a component with streams.

    Parameters
    ----------
    folder : Path
        Of a build whose weights lie in the bitstream.

    Members
    -------
    pixels : In(stream.Signature(width of s_axis_tdata))
    scores : Out(stream.Signature(StructLayout))
        ``value``, ``last``, and ``best``, the class so far, which is 0 where there is none.
    """

    pixels: stream.Interface
    scores: stream.Interface

    def __init__(self, folder: Path):
        manifest = json.loads((folder / "manifest.json").read_text())
        self.folder, self.name = folder, manifest["top"]
        self.files: list[str] = manifest["files"]
        self.widths: dict[str, int] = {p["name"]: p["width"] for p in manifest["ports"]}
        if "s_weights_tdata" in self.widths:
            raise ValueError(f"{folder}: gets weights from outside, which this example does not")
        width, is_signed = self.widths["m_axis_tdata"], manifest["scores"]["signed"]
        score = data.StructLayout(
            {
                "value": signed(width) if is_signed else unsigned(width),
                "last": 1,
                "best": self.widths.get("m_axis_tuser", 1),
            }
        )
        super().__init__(
            {
                "pixels": In(stream.Signature(unsigned(self.widths["s_axis_tdata"]))),
                "scores": Out(stream.Signature(score)),
            }
        )

    def elaborate(self, platform: Any) -> Module:
        """Place an instance; for a platform with its files."""
        if platform is not None:
            for file in self.files:
                if file == f"{self.name}.v" or file.endswith(".mem"):
                    platform.add_file(file, (self.folder / file).read_bytes())
        m = Module()
        score, value = self.scores.payload, Signal(self.widths["m_axis_tdata"])
        m.d.comb += score.value.eq(value)
        ports = {
            "i_clk": ClockSignal(),
            "i_rst": ResetSignal(),
            "i_s_axis_tdata": self.pixels.payload,
            "i_s_axis_tvalid": self.pixels.valid,
            "o_s_axis_tready": self.pixels.ready,
            "o_m_axis_tdata": value,
            "o_m_axis_tvalid": self.scores.valid,
            "i_m_axis_tready": self.scores.ready,
            "o_m_axis_tlast": score.last,
        }
        if "m_axis_tuser" in self.widths:
            ports["o_m_axis_tuser"] = score.best
        m.submodules.core = Instance(self.name, **ports)
        return m


class Lamps(wiring.Component):
    """A design around a core: what it takes for the last picture stays on some lamps.

    Members
    -------
    pixels : In(stream.Signature(width of s_axis_tdata))
    lamps : Out(width of the class)
    pictures : Out(8)
        How many there were, modulo 256.
    """

    pixels: stream.Interface
    lamps: Signal
    pictures: Signal

    def __init__(self, core: Core):
        self.core = core
        super().__init__(
            {
                "pixels": In(stream.Signature(core.pixels.payload.shape())),
                "lamps": Out(core.widths.get("m_axis_tuser", 1)),
                "pictures": Out(8),
            }
        )

    def elaborate(self, platform: object) -> Module:
        """Take each score, and keep the class of the last one."""
        m = Module()
        m.submodules.core = core = self.core
        wiring.connect(m, wiring.flipped(self.pixels), core.pixels)
        m.d.comb += core.scores.ready.eq(1)
        with m.If(core.scores.valid & core.scores.payload.last):
            m.d.sync += [
                self.lamps.eq(core.scores.payload.best),
                self.pictures.eq(self.pictures + 1),
            ]
        return m


if __name__ == "__main__":
    build, output = map(Path, sys.argv[1:])
    output.write_text(verilog.convert(Lamps(Core(build)), name="top", emit_src=False))
