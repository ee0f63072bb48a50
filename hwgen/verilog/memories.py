"""Memory files beside emitted Verilog: which tables have one, and which a text reads."""

import re
from enum import StrEnum
from pathlib import Path

from hwgen.errors import ModelError, located
from hwgen.families.devices import PARTS
from hwgen.readers.files import is_file, read_bytes
from hwgen.verilog.modules import NAME

__all__ = [
    "LARGE_BITS",
    "MAX_VERILOG_BYTES",
    "WORD",
    "WORD_PARTS",
    "MemoryFiles",
    "bring_memories",
    "named_memories",
    "read_memories",
]

MAX_VERILOG_BYTES = 1 << 28
"""Verilog, or a memory file, of a build is below."""

LARGE_BITS = min(part.ebr_bits for part in PARTS.values())
"""A table is large that one block RAM, of whatever device, may not hold."""

WORD = rf"    {NAME}\[\d+\] = \d+'(?:h[0-9a-f]+|d\d+);\n"
WORD_PARTS = re.compile(r"\[(\d+)\] = \d+'(h|d)([0-9a-f]+);\n")
_NAMED = re.compile(r'^  initial \$readmemh\("([\w.-]+)", ', re.MULTILINE)


class MemoryFiles(StrEnum):
    """Which tables are in files of their own."""

    NONE = "none"
    LARGE = "large"
    ALL = "all"


def named_memories(verilog: str) -> list[str]:
    """Memory files that Verilog reads, in order."""
    return _NAMED.findall(verilog)


def read_memories(verilog: Path) -> dict[str, bytes]:
    """Memory files that a build's Verilog reads from beside it.

    Raises
    ------
    ModelError
        If one of them, or the Verilog, cannot be read.
    """
    names = named_memories(_read(verilog).decode(errors="replace"))
    return {name: _read(verilog.with_name(name)) for name in names}


def bring_memories(verilog: Path, folder: Path) -> None:
    """Copy the memory files of a build to where a program runs that reads its Verilog.

    Raises
    ------
    ModelError
        If one of them, or the Verilog, cannot be read.
    """
    for name, data in read_memories(verilog).items():
        (folder / name).write_bytes(data)


def _read(path: Path) -> bytes:
    if not is_file(path):
        raise ModelError(f"{path}: cannot be read; run `hwgen build` again")
    with located(str(path)):
        return read_bytes(path, MAX_VERILOG_BYTES)
