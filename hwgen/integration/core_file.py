"""FuseSoC's description of a build: its files, and what can be done with them."""

from collections.abc import Iterable

__all__ = ["core_file"]


def core_file(name: str, top_of_bench: str, *, data: Iterable[str], bench: Iterable[str]) -> str:
    """Text of ``NAME.core``, in the format CAPI2.

    Parameters
    ----------
    top_of_bench : str
        Module of the test bench, whose file is ``NAME_tb.v``.
    data : iterable of str
        Files that the Verilog reads when it starts.
    bench : iterable of str
        Files that the test bench reads besides.
    """

    def listed(files: Iterable[str]) -> str:
        # A simulator looks for them where it runs.
        return "".join(f"      - {file}: {{file_type: user, copyto: {file}}}\n" for file in files)

    return f"""CAPI=2:
name: hwgen::{name}:0
description: Network {name}, a core with AXI4-Stream ports, made by hwgen

filesets:
  rtl:
    files:
      - {name}.v: {{file_type: verilogSource-2005}}
{listed(data)}  bench:
    files:
      - {name}_tb.v: {{file_type: verilogSource-2005}}
{listed(bench)}
targets:
  default:
    filesets: [rtl]
    toplevel: {name}

  lint:
    default_tool: verilator
    filesets: [rtl]
    toplevel: {name}
    tools:
      verilator:
        mode: lint-only
        verilator_options: [-Wall]

  sim:
    default_tool: icarus
    filesets: [rtl, bench]
    toplevel: {top_of_bench}
    tools:
      icarus:
        iverilog_options: [-g2005, -Wall]
      verilator:
        mode: binary
        verilator_options: [--timing]

  synth:
    filesets: [rtl]
    toplevel: {name}
"""
