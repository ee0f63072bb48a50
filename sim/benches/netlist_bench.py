"""The bench for a synthesised netlist: its cells as the vendor describes them."""

from collections.abc import Callable, Sequence
from pathlib import Path

from hwgen.errors import located
from hwgen.network import INPUT
from hwgen.plan.plan import WEIGHTS, Stream
from hwgen.readers.files import read_text
from hwgen.synth.netlist import Netlist
from hwgen.synth.tools import cell_models
from hwgen.verilog.memories import MAX_VERILOG_BYTES
from sim.benches.bench import Ports
from sim.benches.cell_library import needed_cells
from sim.benches.cocotb_bench import CocotbBench
from sim.benches.harness import ERROR_SIGNALS, ERRORS, WEIGHT_SIGNALS, Signals

__all__ = ["make_netlist_bench", "streams_of"]


def streams_of(netlist: Netlist, streams: Sequence[Stream]) -> tuple[Stream, ...]:
    """Streams of a design that a netlist still has: those at the edge, and what is left inside."""
    edge = streams[0].name, streams[-1].name, WEIGHTS
    return tuple(s for s in streams if s.name in edge or s.name in netlist.streams)


def make_netlist_bench(
    netlist: Netlist,
    *,
    top: str,
    streams: Sequence[Stream],
    ports: Ports,
    simulator: str,
    work: Path,
    progress: Callable[[str], object] = lambda step: None,
    weights: Sequence[int] = (),
    packet: Sequence[int] = (),
) -> CocotbBench:
    """Compile a bench for the streams of `streams_of`; see `sim.benches.cocotb_bench.CocotbBench`.

    ``weights`` are the words that fill the SPRAMs, for a netlist that has some, and ``packet``
    those that come in with each frame.

    Raises
    ------
    ToolError
        If the simulator or the models of the cells are missing, or the simulator fails.
    """
    libraries = cell_models(netlist.family)
    work.mkdir(parents=True, exist_ok=True)
    cells = work / "cells.v"
    text, *models = (_text(path) for path in (netlist.path, *libraries))
    cells.write_text(needed_cells(text, models))
    return CocotbBench(
        verilog=netlist.path,
        top=top,
        streams=streams,
        ports=ports,
        simulator=simulator,
        work=work,
        progress=progress,
        signals={s.name: _signals(s, netlist, ports) for s in streams},
        models=[cells],
        weights=weights,
        packet=packet,
        defines=netlist.family.models.defines,
    )


def _text(path: Path) -> str:
    with located(str(path)):
        return read_text(path, MAX_VERILOG_BYTES)


def _signals(stream: Stream, netlist: Netlist, ports: Ports) -> Signals:
    top = stream.payload_bits - 1
    if stream.source == WEIGHTS:
        return WEIGHT_SIGNALS
    if stream.source == ERRORS:
        return ERROR_SIGNALS
    if stream.source == INPUT:
        return "s_axis_tvalid", "s_axis_tready", f"s_axis_tdata[{top}:0]"
    if stream.target == "output":
        # Of scores the payload is, from the most significant bit, last, class and score.
        payload = f"m_axis_tdata[{top}:0]"
        if stream.payload_bits == 1 + ports.m_tuser + ports.m_tdata:
            user = "m_axis_tuser, " if ports.m_tuser else ""
            payload = f"{{m_axis_tlast, {user}m_axis_tdata}}"
        return "m_axis_tvalid", "m_axis_tready", payload
    valid, ready, payload = (f"dut.{name}" for name in netlist.streams[stream.name])
    return valid, ready, payload
