"""Pads and PLLs of an iCE40 for a simulator of two levels."""

import re
from pathlib import Path

__all__ = ["two_level_pads"]

MODELS = Path(__file__).with_name("cells") / "pads.v"


def two_level_pads(verilog: str) -> str:
    """Verilog of a board's design, each pad by its direction, and the models of what it places."""
    verilog = re.sub(r"\bSB_IO (?=#\([^;]*\.PIN_TYPE\(6'h01\))", "PIN_IN ", verilog)
    return re.sub(r"\bSB_IO ", "PIN_OUT ", verilog) + MODELS.read_text(encoding="utf-8")
