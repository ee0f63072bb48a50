"""A core of hwgen with LiteX's streams: a sink of pixels, a source of scores.

    core = HwgenCore(platform, "rtl_out/tiny")
    self.submodules += core
    self.comb += [dma.source.connect(core.sink), core.source.connect(fifo.sink)]

Needs Migen and LiteX, which hwgen itself does not.
"""

import json
from pathlib import Path
from typing import Any

from litex.gen import LiteXModule  # pyright: ignore[reportMissingImports]
from litex.soc.interconnect import stream  # pyright: ignore[reportMissingImports]
from migen import (  # pyright: ignore[reportMissingImports]
    ClockSignal,
    If,
    Instance,
    ResetSignal,
    Signal,
)

__all__ = ["HwgenCore"]


class HwgenCore(LiteXModule):
    """The Verilog of a build between two endpoints.

    Both endpoints are AXI4-Stream but for names: ``valid``, ``ready`` and ``last`` are as there.
    ``sink.last`` is read where the build has ``--input-tlast``; ``sink.first`` is never.
    ``source.first`` is high with the first score of a picture. ``source.best`` is the class so far,
    ``source.error`` tells with the last score that the picture's pixels were not all there.

    Parameters
    ----------
    platform : litex.build.generic_platform.GenericPlatform or None
        Gets the core's Verilog. Tables beside it, if there are any, have to lie where tools run.
    folder : path
        Of a build whose weights lie in the bitstream.
    """

    def __init__(self, platform: Any, folder: Path | str):
        folder = Path(folder)
        manifest = json.loads((folder / "manifest.json").read_text())
        widths = {port["name"]: port["width"] for port in manifest["ports"]}
        if "s_weights_tdata" in widths:
            raise ValueError(f"{folder}: gets weights from outside, which this example does not")
        score = [("data", widths["m_axis_tdata"])]
        score += [("best", widths.get("m_axis_tuser", 1)), ("error", 1)]
        self.sink = sink = stream.Endpoint([("data", widths["s_axis_tdata"])])
        self.source = source = stream.Endpoint(score)
        ports = {
            "i_clk": ClockSignal("sys"),
            "i_rst": ResetSignal("sys"),
            "i_s_axis_tdata": sink.data,
            "i_s_axis_tvalid": sink.valid,
            "o_s_axis_tready": sink.ready,
            "o_m_axis_tdata": source.data,
            "o_m_axis_tvalid": source.valid,
            "i_m_axis_tready": source.ready,
            "o_m_axis_tlast": source.last,
        }
        if "m_axis_tuser" in widths:
            ports["o_m_axis_tuser"] = source.best
        if "s_axis_tlast" in widths:
            ports |= {"i_s_axis_tlast": sink.last, "o_error": source.error}
        else:
            self.comb += source.error.eq(0)
        self.specials += Instance(manifest["top"], **ports)

        # The core marks the last score of a picture; the one behind it is the first.
        amid = Signal()
        self.comb += source.first.eq(~amid)
        self.sync += If(source.valid & source.ready, amid.eq(~source.last))
        if platform is not None:
            platform.add_source(str(folder / f"{manifest['top']}.v"))
