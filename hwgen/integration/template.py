"""The instantiation template: wires for each port of a design, and an instance of it."""

from collections.abc import Sequence

from hwgen.plan.ports import Port

__all__ = ["instance", "instantiation_template", "width_text"]

NOTES = {
    "clk": "rising edge",
    "rst": "synchronous, high for a clock or more after configuration",
    "s_axis_tdata": "a pixel of all channels, channel 0 lowest, in raster order",
    "s_axis_tlast": "with the last pixel of a picture",
    "m_axis_tdata": "a value, extended by its own sign",
    "m_axis_tlast": "with the last value of a picture",
    "m_axis_tuser": "the best class so far; with the last value the class",
    "error": "with the last value: of this picture pixels were lost, or too many",
    "s_weights_tdata": "words of NAME_weights.bin",
    "s_weights_tlast": "with the last word of a packet",
    "weights_loaded": "all SPRAMs are filled",
    "weights_error": "a packet was out of step; stays until reset",
}
"""What is to be known of a port beyond its name."""


def width_text(width: int) -> str:
    """Range of a port or wire, with a space behind; nothing of a single bit."""
    return f"[{width - 1}:0] " if width > 1 else ""


def instantiation_template(name: str, ports: Sequence[Port]) -> str:
    """Text to copy into a module, or to include in one; Verilog-2005.

    Parameters
    ----------
    name : str
        Of the design.
    ports : sequence of Port
    """
    lines = [
        f"// Instantiation template of {name}, made by hwgen. What it reads and gives, cycle by",
        "// cycle, is in docs/integrate.md.",
    ]
    for port in ports:
        arrow = "into" if port.direction == "input" else "out of"
        note = NOTES.get(port.name, "").replace("NAME", name)
        told = f"{arrow} it" + (f": {note}" if note else "")
        lines.append(f"wire {width_text(port.width)}{port.name}; // {told}")
    return "\n".join(lines) + "\n\n" + instance(name, f"{name}_core", ports) + "\n"


def instance(name: str, called: str, ports: Sequence[Port], indent: str = "") -> str:
    """Verilog of an instance whose ports go to signals of the same names."""
    connections = ",\n".join(f"{indent}  .{port.name}({port.name})" for port in ports)
    return f"{indent}{name} {called} (\n{connections}\n{indent});"
