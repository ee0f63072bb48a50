"""What Verilator's lint is told of Verilog that Amaranth and yosys write."""

__all__ = ["POINTLESS", "with_lint_settings"]

POINTLESS = {
    "CASEINCOMPLETE": "a case without a default keeps what was assigned ahead of it",
    "CMPCONST": "counters of one bit are compared as wider ones are",
    "DECLFILENAME": "all modules are in one file",
    "INITIALDLY": "the one event at time 0, see hwgen/verilog/start.py",
    "PROCASSINIT": "registers have their values after power-on where they are declared",
    "UNSIGNED": "counters that cannot be below 0 are compared as others are",
    "UNUSEDPARAM": "models of a vendor's cells have all of its parameters, and use some",
    "UNUSEDSIGNAL": "each signal of a component has a wire, and parts of words go unread",
    "VARHIDDEN": "an instance is called as its unit, and signals inside may be called the same",
    "WIDTHEXPAND": "operands of a sum have the bits that they need, which Verilog extends",
    "WIDTHTRUNC": "shifts and negations are of whole words, of which the lowest bits are taken",
}
"""Warnings of Verilator that say nothing of Verilog which yosys made of bits, and why.

None tells of wires without a driver, of loops, latches, ports or mixed assignments: those stay on.
"""


def with_lint_settings(verilog: str) -> str:
    """Verilog that Verilator's lint is silent about, from its first line to its last.

    The settings are comments in lines that are there: no other line moves, and with it no name that
    a tool makes of a line's number.

    Parameters
    ----------
    verilog : str
        Its first line is a comment.
    """
    first, rest = verilog.split("\n", 1)
    off = "".join(f" /* verilator lint_off {name} */" for name in POINTLESS)
    return f"{first} /* verilator lint_save */{off}\n{rest.rstrip()} /* verilator lint_restore */\n"
