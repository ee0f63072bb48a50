"""A design on few pins: its ports behind shift registers, as it has more of them than a package."""

from dataclasses import dataclass
from typing import Any

__all__ = ["Port", "pins_name", "pins_verilog", "top_ports", "with_pins"]


@dataclass(frozen=True)
class Port:
    """A port of a module."""

    name: str
    output: bool
    bits: int


def top_ports(netlist: dict[str, Any], top: str) -> list[Port]:
    """Ports of a module in a netlist that yosys wrote as JSON."""
    return [
        Port(name, port["direction"] == "output", len(port["bits"]))
        for name, port in netlist["modules"][top]["ports"].items()
    ]


def pins_name(top: str) -> str:
    """Name of the module that puts a design on few pins, which none of the design's has."""
    return f"hwgen_pins_{top}"


def pins_verilog(top: str, ports: list[Port]) -> str:
    """Verilog of the module `pins_name`: four pins, and the design between registers.

    All inputs but ``clk`` come from a shift register behind one pin; all outputs go into a register
    that shifts out to another. So every path of the design lies between two registers, and counts
    in its clock. It costs a flip-flop for each bit, and a LUT for each of the outputs.
    """
    inputs = [p for p in ports if not p.output and p.name != "clk"]
    outputs = [p for p in ports if p.output]
    n, m = sum(p.bits for p in inputs), sum(p.bits for p in outputs)
    lines, at = [], 0
    for p in inputs:
        lines.append(f"    .{p.name}(driven[{at} +: {p.bits}])")
        at += p.bits
    at = 0
    for p in outputs:
        lines.append(f"    .{p.name}(results[{at} +: {p.bits}])")
        at += p.bits
    connections = ",\n".join(["    .clk(clk)", *lines])
    declared = ",\n".join(
        f"  {'output' if p.output else 'input'} [{p.bits - 1}:0] {p.name}" for p in ports
    )
    return f"""(* blackbox *)
module {top}(
{declared}
);
endmodule
module {pins_name(top)}(input clk, input serial_in, input load, output serial_out);
  reg [{n - 1}:0] driven;
  reg [{m - 1}:0] shifted;
  reg loading;
  wire [{m - 1}:0] results;
  always @(posedge clk) begin
    driven <= {{driven[{n - 2}:0], serial_in}};
    loading <= load;
    shifted <= loading ? results : {{shifted[{m - 2}:0], 1'b0}};
  end
  assign serial_out = shifted[{m - 1}];
  {top} design (
{connections}
  );
endmodule
"""


def with_pins(pins: dict[str, Any], netlist: dict[str, Any], top: str) -> dict[str, Any]:
    """Netlist of `pins_name` with that of the design in it, cells untouched.

    Parameters
    ----------
    pins : dict
        What yosys made of `pins_verilog`, the design being a black box in it.
    netlist : dict
        What it made of the design.
    """
    design = dict(netlist["modules"][top])
    design["attributes"] = {k: v for k, v in design["attributes"].items() if k != "top"}
    modules = netlist["modules"] | pins["modules"] | {top: design}
    return pins | {"modules": modules}
