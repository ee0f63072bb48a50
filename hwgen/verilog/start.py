"""Blocks that compute something run once when a simulation starts."""

import re

__all__ = ["run_at_start"]

_DECLARED = re.compile(r"^  reg \\\$auto\$verilog_backend\S+  = 0;\n", re.MULTILINE)
_ASKED = re.compile(r"^    if \(\\\$auto\$verilog_backend\S+ \) begin end\n", re.MULTILINE)

START = "\\$start "
"""Name that no signal of ours can have."""


def run_at_start(verilog: str) -> str:
    """Give each ``always @*`` an event at time 0, whichever standard it is read by.

    Each block begins with an empty question for a variable that has a value where it is declared.
    In Verilog-2005 that is an event; in SystemVerilog variables have their values before any
    process runs, and a block never would of which no input changes: one of constants, or of
    registers until they are clocked. A nonblocking assignment is an event in both, and comes when
    all blocks wait for one.

    Parameters
    ----------
    verilog : str
        As Amaranth emits it.
    """
    text = _DECLARED.sub(lambda _: f"  reg {START};\n  initial {START}<= 1'b0;\n", verilog)
    return _ASKED.sub(lambda _: f"    if ({START}) begin end\n", text)
