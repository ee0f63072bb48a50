"""Which names of networks and layers can be used: they become names in the Verilog."""

import re
from collections.abc import Iterable, Mapping

from hwgen.errors import ModelError, describe, located

__all__ = [
    "INPUT_NAME",
    "KEYWORDS",
    "MAX_NAME_LENGTH",
    "check_layer_name",
    "check_layer_names",
    "check_name",
]

INPUT_NAME = "input"
"""Name by which a layer's ``inputs`` refers to the picture."""

MAX_NAME_LENGTH = 64

# IEEE 1364-2005, annex B.
_VERILOG = """
always and assign automatic begin buf bufif0 bufif1 case casex casez cell cmos config deassign
default defparam design disable edge else end endcase endconfig endfunction endgenerate endmodule
endprimitive endspecify endtable endtask event for force forever fork function generate genvar
highz0 highz1 if ifnone incdir include initial inout input instance integer join large liblist
library localparam macromodule medium module nand negedge nmos nor noshowcancelled not notif0
notif1 or output parameter pmos posedge primitive pull0 pull1 pulldown pullup pulsestyle_ondetect
pulsestyle_onevent rcmos real realtime reg release repeat rnmos rpmos rtran rtranif0 rtranif1
scalared showcancelled signed small specify specparam strong0 strong1 supply0 supply1 table task
time tran tranif0 tranif1 tri tri0 tri1 triand trior trireg unsigned use uwire vectored wait wand
weak0 weak1 while wire wor xnor xor
"""

# What IEEE 1800-2017, annex B, adds: simulators read .v files as SystemVerilog when told to.
_SYSTEM_VERILOG = """
accept_on alias always_comb always_ff always_latch assert assume before bind bins binsof bit break
byte chandle checker class clocking const constraint context continue cover covergroup coverpoint
cross dist do endchecker endclass endclocking endgroup endinterface endpackage endprogram
endproperty endsequence enum eventually expect export extends extern final first_match foreach
forkjoin global iff ignore_bins illegal_bins implements implies import inside int interconnect
interface intersect join_any join_none let local logic longint matches modport nettype new nexttime
null package packed priority program property protected pure rand randc randcase randsequence ref
reject_on restrict return s_always s_eventually s_nexttime s_until s_until_with sequence shortint
shortreal soft solve static string strong struct super sync_accept_on sync_reject_on tagged this
throughout timeprecision timeunit type typedef union unique unique0 until until_with untyped var
virtual void wait_order weak wildcard with within
"""

KEYWORDS = frozenset((_VERILOG + _SYSTEM_VERILOG).split())
"""Keywords of Verilog-2005 and SystemVerilog-2017."""

_IDENTIFIER = re.compile(r"[A-Za-z][A-Za-z0-9_]*")


def check_name(name: object) -> None:
    """Check that ``name`` can be used as an identifier in Verilog.

    Raises
    ------
    ModelError
        If it is no string, not ``[A-Za-z][A-Za-z0-9_]*``, too long, or a keyword.
    """
    if not isinstance(name, str) or not _IDENTIFIER.fullmatch(name):
        raise ModelError(
            f"name must be a letter, then letters, digits or underscores, not {describe(name)}"
        )
    if len(name) > MAX_NAME_LENGTH:
        raise ModelError(f"name must have at most {MAX_NAME_LENGTH} characters, not {len(name)}")
    if name in KEYWORDS:
        raise ModelError(f"name must not be {name!r}, which is a keyword of Verilog")


def check_layer_names(names: Iterable[str]) -> None:
    """Check each layer's name, and that no two agree when case is ignored.

    Case is ignored because some file systems and tools do so.

    Raises
    ------
    ModelError
        If a name cannot be used, stands for the picture, or is there twice.
    """
    seen: dict[str, str] = {}
    for name in names:
        check_layer_name(name, seen)
        seen[name.lower()] = name


def check_layer_name(name: str, seen: Mapping[str, str]) -> None:
    """Check one layer's name against those of others, ``seen`` by their lower case."""
    with located(f"layer {describe(name)}"):
        if isinstance(name, str) and name.lower() == INPUT_NAME:
            raise ModelError(f"name must not be {name!r}, which stands for the picture")
        check_name(name)
        if name.lower() in seen:
            raise ModelError(f"name collides with that of layer {seen[name.lower()]!r}")
