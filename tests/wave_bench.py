"""RTL's own waveform and that of a VCD file, both as clock edges sample them."""

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from vcd.reader import TokenKind, tokenize

import sim.benches.cocotb_bench
from hwgen.network import INPUT
from hwgen.plan.plan import WEIGHTS, Plan
from sim.benches.bench import Run
from sim.benches.cocotb_bench import CocotbBench
from sim.benches.harness import harness_verilog
from sim.benches.verify_design import ports_of, weights_beside
from sim.patterns import Traffic

__all__ = ["Edges", "edges_of_file", "edges_of_rtl", "recording_bench"]

Edges = dict[str, list[str]]
"""Value of each signal at each rising edge after reset, in binary digits (and x)."""

RECORD = "edges.log"


def signals_of(plan: Plan) -> dict[str, tuple[str, int]]:
    """Verilog expression in the bench and width of each signal that is compared, by its name."""
    ports = ports_of(plan)
    found = {
        "dut.s_axis_tvalid": ("s_axis_tvalid", 1), "dut.s_axis_tready": ("s_axis_tready", 1),
        "dut.s_axis_tdata": ("s_axis_tdata", ports.s_tdata),
        "dut.m_axis_tvalid": ("m_axis_tvalid", 1), "dut.m_axis_tready": ("m_axis_tready", 1),
        "dut.m_axis_tdata": ("m_axis_tdata", ports.m_tdata),
        "dut.m_axis_tlast": ("m_axis_tlast", 1),
    }  # fmt: skip
    if ports.m_tuser:
        found["dut.m_axis_tuser"] = "m_axis_tuser", ports.m_tuser
    if ports.packet:
        names = {"valid": 1, "ready": 1, "data": 16, "last": 1}
        found |= {
            f"dut.s_weights_t{name}": (f"s_weights_t{name}", bits) for name, bits in names.items()
        }
    for stream in plan.streams:
        if stream.source in (INPUT, WEIGHTS):
            continue
        for part, width in (("valid", 1), ("ready", 1), ("payload", stream.payload_bits)):
            name = f"dut.{stream.source}.{stream.source_port}__{part}"
            found[name] = name, width
    return found


def recording_bench(
    plan: Plan, verilog: Path, work: Path, monkeypatch: pytest.MonkeyPatch
) -> CocotbBench:
    """Compile the bench of `hwgen verify`, with a recorder of all signals in it."""

    def harness(*words) -> str:
        signals = [expression for expression, _ in signals_of(plan).values()]
        form = " ".join(["%b"] * len(signals))
        return harness_verilog(*words).replace(
            "endmodule",
            f"""  integer record;
  initial record = $fopen("{RECORD}", "w");
  always @(posedge clk) if (!rst) $fwrite(record, "{form}\\n", {", ".join(signals)});
endmodule""",
        )

    found = weights_beside(verilog, plan)
    with monkeypatch.context() as patch:
        patch.setattr(sim.benches.cocotb_bench, "harness_verilog", harness)
        return CocotbBench(
            verilog=verilog, top=plan.name, streams=plan.streams, ports=ports_of(plan),
            simulator="verilator", work=work, weights=found.load.tolist(),
            packet=found.packet.tolist(),
        )  # fmt: skip


def edges_of_rtl(
    bench: CocotbBench, plan: Plan, words: NDArray[np.uint8], traffic: Traffic, cycles: int
) -> Edges:
    """What the RTL's signals are at each of the first ``cycles`` edges."""
    frames = len(words) // plan.entry.transfers_per_frame
    given = frames * plan.weights.transfers_per_frame if plan.weights else 0
    bench.run(words, [Run(traffic, cycles, weights=given)])
    lines = (bench.work / "run" / RECORD).read_text().splitlines()[:cycles]
    columns = zip(*(line.split() for line in lines), strict=True)
    return {name: list(column) for name, column in zip(signals_of(plan), columns, strict=True)}


def edges_of_file(path: Path) -> Edges:
    """What the signals of a VCD file are at each rising edge of its clock but the first one.

    All changes of a time come together, and an edge samples what was there before them.
    """
    names: dict[str, list[str]] = {}
    widths: dict[str, int] = {}
    scopes: list[str] = []
    found: Edges = {}
    now: dict[str, str] = {}
    coming: dict[str, str] = {}
    clock = ""

    def settle() -> None:
        if coming.get(clock) == "1" and now.get(clock) == "0":
            for ident, aliases in names.items():
                value = now[ident]
                width = widths[ident]
                for name in aliases:
                    found[name].append("x" * width if value == "x" else value.zfill(width))
        now.update(coming)
        coming.clear()

    with path.open("rb") as file:
        for token in tokenize(file):
            if token.kind is TokenKind.SCOPE:
                scopes.append(token.scope.ident)
            elif token.kind is TokenKind.UPSCOPE:
                scopes.pop()
            elif token.kind is TokenKind.VAR:
                name = ".".join([*scopes, token.var.ref_str])
                names.setdefault(token.var.id_code, []).append(name)
                widths[token.var.id_code] = token.var.size
                found[name] = []
                clock = token.var.id_code if name == "dut.clk" else clock
            elif token.kind is TokenKind.CHANGE_TIME:
                settle()
            elif token.kind is TokenKind.CHANGE_SCALAR:
                coming[token.scalar_change.id_code] = token.scalar_change.value
            elif token.kind is TokenKind.CHANGE_VECTOR:
                value = token.vector_change.value
                coming[token.vector_change.id_code] = (
                    f"{value:b}" if isinstance(value, int) else value
                )
    return found
