"""Memories of emitted Verilog: what they hold at first, in the text or in files beside it."""

import re
from enum import StrEnum
from pathlib import Path

from hwgen.build_folder import MEMORY_SUFFIX
from hwgen.errors import ModelError, located
from hwgen.readers.files import is_file, read_bytes
from hwgen.verilog.modules import NAME, bare, replace_in_modules

__all__ = [
    "MAX_VERILOG_BYTES",
    "WORD",
    "WORD_PARTS",
    "MemoryFiles",
    "bring_memories",
    "drop_unread_contents",
    "move_tables",
    "named_memories",
    "read_memories",
]

MAX_VERILOG_BYTES = 1 << 28
"""Verilog, or a memory file, of a build is below."""

LARGE_BITS = 4096
"""A table is large that one block RAM of an iCE40 does not hold."""

WORD = rf"    {NAME}\[\d+\] = \d+'(?:h[0-9a-f]+|d\d+);\n"
WORD_PARTS = re.compile(r"\[(\d+)\] = \d+'(h|d)([0-9a-f]+);\n")
_MEMORY = re.compile(
    rf"  reg \[(?P<top>\d+):0\] (?P<name>{NAME}) \[(?P<last>\d+):0\];\n"
    rf"  initial begin\n(?P<words>(?:{WORD})+)  end\n"
)
_NAMED = re.compile(r'^  initial \$readmemh\("([\w.-]+)", ', re.MULTILINE)


class MemoryFiles(StrEnum):
    """Which tables are in files of their own."""

    NONE = "none"
    LARGE = "large"
    ALL = "all"


def drop_unread_contents(verilog: str) -> str:
    """Leave out the zeros that memories which are written begin with.

    Whatever reads a word has written it before. Hardware may hold anything at first, and a
    simulator that knows unknown values shows where that would matter.
    """

    def drop(found: re.Match[str], module: str, text: str) -> str:
        zeros = all(not int(digits, 16) for *_, digits in WORD_PARTS.findall(found["words"]))
        if not zeros or not _is_written(found["name"], text):
            return found[0]
        return found[0].partition("\n")[0] + "\n"

    return replace_in_modules(_MEMORY, drop, verilog)


def move_tables(verilog: str, which: MemoryFiles) -> tuple[str, dict[str, bytes]]:
    """Put tables into files of their own, that ``$readmemh`` reads.

    Parameters
    ----------
    verilog : str
        With plain names of modules: a file is called ``MODULE_MEMORY.mem``.

    Returns
    -------
    text, files
        A file has the words in order, one a line, in as many hexadecimal digits as they need.
    """
    files: dict[str, bytes] = {}
    taken: set[str] = set()

    def move(found: re.Match[str], module: str, text: str) -> str:
        width, depth = int(found["top"]) + 1, int(found["last"]) + 1
        words = WORD_PARTS.findall(found["words"])
        few = which is MemoryFiles.LARGE and width * depth <= LARGE_BITS
        whole = [int(at) for at, *_ in words] == list(range(depth))
        if few or not whole or _is_written(found["name"], text):
            return found[0]
        plain = re.sub(r"\W", "_", f"{module}_{bare(found['name'])}")
        number, name = 1, plain
        while name.lower() in taken:
            number += 1
            name = f"{plain}_{number}"
        taken.add(name.lower())
        values = [int(digits, 16 if base == "h" else 10) for _, base, digits in words]
        lines = "".join(f"{value:0{-(-width // 4)}x}\n" for value in values)
        files[name + MEMORY_SUFFIX] = lines.encode()
        # In rising order: what a file fills from its first line on was not always agreed upon.
        return (
            f"  reg [{found['top']}:0] {found['name']} [0:{found['last']}];\n"
            f'  initial $readmemh("{name}{MEMORY_SUFFIX}", {found["name"]});\n'
        )

    if which is not MemoryFiles.NONE:
        verilog = replace_in_modules(_MEMORY, move, verilog)
    return verilog, files


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


def _is_written(name: str, module: str) -> bool:
    return re.search(rf"^ +{re.escape(name)}\[.*\] <= ", module, re.MULTILINE) is not None


def _read(path: Path) -> bytes:
    if not is_file(path):
        raise ModelError(f"{path}: cannot be read; run `hwgen build` again")
    with located(str(path)):
        return read_bytes(path, MAX_VERILOG_BYTES)
