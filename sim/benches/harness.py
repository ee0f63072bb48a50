"""Verilog around the design: a monitor on each stream, and the edge for cocotb to drive.

Monitors write each transfer to a file, so that Python is not called for it; the comparison reads
the files afterwards. Verilog-2005, so that every simulator takes it.
"""

from collections.abc import Mapping, Sequence

from hwgen.network import INPUT
from hwgen.plan.plan import WEIGHTS, Stream
from sim.benches.bench import Ports

__all__ = [
    "ERRORS",
    "ERROR_SIGNALS",
    "VIOLATIONS_LOG",
    "WEIGHT_SIGNALS",
    "Signals",
    "harness_verilog",
    "log_name",
    "unit_signals",
]

Signals = tuple[str, str, str]
"""Valid, ready and payload of a stream, as the harness may read them."""

WEIGHT_SIGNALS: Signals = (
    "s_weights_tvalid", "s_weights_tready", "{s_weights_tlast, s_weights_tdata}"
)  # fmt: skip
"""Those of the stream that brings weights with each frame."""

ERRORS = "error"
"""Name and source of the stream that has a bit for each output transfer: ``error``."""

ERROR_SIGNALS: Signals = ("m_axis_tvalid", "m_axis_tready", "error")

VIOLATIONS_LOG = "violations.log"


def log_name(index: int) -> str:
    """File of the transfers of the stream with that index: cycle and payload in hexadecimal."""
    return f"stream{index}.log"


def unit_signals(stream: Stream) -> Signals:
    """Signals of a stream in the emitted design: those of the unit that it comes from."""
    if stream.source == INPUT:
        return "s_axis_tvalid", "s_axis_tready", f"s_axis_tdata[{stream.payload_bits - 1}:0]"
    if stream.source == WEIGHTS:
        return WEIGHT_SIGNALS
    if stream.source == ERRORS:
        return ERROR_SIGNALS
    port = f"dut.{stream.source}.{stream.source_port}"
    return f"{port}__valid", f"{port}__ready", f"{port}__payload"


def harness_verilog(
    top: str,
    ports: Ports,
    streams: Sequence[Stream],
    signals: Mapping[str, Signals] | None = None,
) -> str:
    """Verilog of the module ``bench``.

    While a ``tvalid`` is low its ``tdata`` is noise, and unknown under Icarus. Monitors count the
    cycles in which reset is low, and see nothing in the others.

    Its outputs ``in_fired`` and ``out_fired`` tell of the clock edge before, so that cocotb may
    sample and drive everything at falling edges.

    Parameters
    ----------
    signals : mapping of str to (str, str, str), optional
        Signals of each stream by its name; by default those of `unit_signals`.
    """
    found = signals or {s.name: unit_signals(s) for s in streams}
    monitors = "\n".join(_monitor(k, s, found[s.name]) for k, s in enumerate(streams))
    user = f"\n  wire [{ports.m_tuser - 1}:0] m_axis_tuser;" if ports.m_tuser else ""
    mark_wire = "\n  wire error;" if ports.tlast else ""
    mark_ports = _mark_ports(ports) if ports.tlast else ""
    user_port = ".m_axis_tuser(m_axis_tuser), " if ports.m_tuser else ""
    load_inputs, load_outputs, load_wires, load_ports, fired = _weights(ports)
    tdata = f"s_axis_tdata[{ports.s_tdata - 1}:0]" if ports.tlast else "s_axis_tdata"
    noise = max(16, ports.s_tdata) + 31 & ~31
    return f"""// Made by hwgen: monitors for every stream of {top}.
`timescale 1ns/1ps
module bench (
  input clk /*verilator public_flat_rw*/,
  input rst /*verilator public_flat_rw*/,
  input [{ports.word_bits - 1}:0] s_axis_tdata /*verilator public_flat_rw*/,
  input s_axis_tvalid /*verilator public_flat_rw*/,{load_inputs}
  input m_axis_tready /*verilator public_flat_rw*/,
  output reg in_fired /*verilator public_flat_rd*/,
  output reg out_fired /*verilator public_flat_rd*/,{load_outputs}
  output m_axis_tvalid /*verilator public_flat_rd*/
);
  wire s_axis_tready, m_axis_tlast;{load_wires}
  wire [{ports.m_tdata - 1}:0] m_axis_tdata;{user}{mark_wire}

`ifdef __ICARUS__
  wire [{noise - 1}:0] idle = {{{noise}{{1'bx}}}};
`else
  reg [{noise - 1}:0] idle;
  integer seed;
  integer chunk;
  initial seed = 1;
  always @(posedge clk)
    for (chunk = 0; chunk < {noise}; chunk = chunk + 32) idle[chunk +: 32] <= $random(seed);
`endif

  {top} dut (
    .clk(clk), .rst(rst),{load_ports}{mark_ports}
    .s_axis_tdata(s_axis_tvalid && !rst ? {tdata} : idle[{ports.s_tdata - 1}:0]),
    .s_axis_tvalid(s_axis_tvalid), .s_axis_tready(s_axis_tready),
    .m_axis_tdata(m_axis_tdata), .m_axis_tvalid(m_axis_tvalid), .m_axis_tready(m_axis_tready),
    {user_port}.m_axis_tlast(m_axis_tlast)
  );

  integer cycle;
  integer violations;
  initial violations = $fopen("{VIOLATIONS_LOG}", "w");
  initial cycle = 0;
  always @(posedge clk) begin
    if (!rst) cycle <= cycle + 1;
    in_fired <= !rst && s_axis_tvalid && s_axis_tready;
    out_fired <= !rst && m_axis_tvalid && m_axis_tready;{fired}
  end
{monitors}
endmodule
"""


def _mark_ports(ports: Ports) -> str:
    """Connections of the ends of frames: in, from the uppermost bit of a word, and out."""
    mark = f"s_axis_tdata[{ports.s_tdata}]"
    return f"""
    .s_axis_tlast(s_axis_tvalid && !rst ? {mark} : idle[1]), .error(error),"""


def _weights(ports: Ports) -> tuple[str, str, str, str, str]:
    """Of the port of weights: inputs and outputs of the bench, wires, connections, what fired."""
    if not (ports.weights or ports.packet):
        return "", "", "", "", ""
    inputs = """
  input [15:0] s_weights_tdata /*verilator public_flat_rw*/,
  input s_weights_tvalid /*verilator public_flat_rw*/,"""
    outputs = wires = fired = ""
    connections = """
    .s_weights_tdata(s_weights_tvalid ? s_weights_tdata : idle[15:0]),
    .s_weights_tvalid(s_weights_tvalid),"""
    if ports.weights:
        outputs += """
  output weights_loaded /*verilator public_flat_rd*/,"""
        connections += " .weights_loaded(weights_loaded),"
    if not ports.packet:
        return inputs, outputs, "", connections + " .s_weights_tready(),", ""
    inputs += """
  input s_weights_tlast /*verilator public_flat_rw*/,"""
    outputs += """
  output reg weights_fired /*verilator public_flat_rd*/,
  output weights_error /*verilator public_flat_rd*/,"""
    wires = """
  wire s_weights_tready;"""
    connections += """
    .s_weights_tlast(s_weights_tvalid ? s_weights_tlast : idle[0]),
    .s_weights_tready(s_weights_tready), .weights_error(weights_error),"""
    fired = """
    weights_fired <= !rst && s_weights_tvalid && s_weights_tready;"""
    return inputs, outputs, wires, connections, fired


def _monitor(index: int, stream: Stream, signals: Signals) -> str:
    valid, ready, payload = signals
    k, top = index, stream.payload_bits - 1
    return f"""
  // {stream.name}
  integer log{k};
  reg held{k};
  reg [{top}:0] before{k};
  wire valid{k} = {valid};
  wire ready{k} = {ready};
  wire [{top}:0] payload{k} = {payload};
  initial log{k} = $fopen("{log_name(k)}", "w");
  always @(posedge clk) begin
    held{k} <= !rst && valid{k} && !ready{k};
    before{k} <= payload{k};
    if (!rst) begin
      if (valid{k} && ready{k}) $fwrite(log{k}, "%h %h\\n", cycle, payload{k});
      if (held{k} && (valid{k} !== 1'b1 || payload{k} !== before{k}))
        $fwrite(violations, "{k} %0d\\n", cycle);
    end
  end"""
