"""Constant tables, put into Verilog that has only their places, or into files beside it."""

import re
from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from hwgen.build_folder import MEMORY_SUFFIX
from hwgen.verilog.memories import LARGE_BITS, MemoryFiles
from hwgen.verilog.modules import NAME, bare, replace_in_modules

__all__ = ["Rows", "hex_lines", "place_tables"]

Rows = NDArray[np.uint8]
"""Words of a table as (words, bytes), the lowest byte first, bits above a word being 0."""

_MARKED = re.compile(
    r"^  \(\* hwgen_table = 32'd(?P<number>\d+) \*\)\n"
    rf"  reg \[(?P<top>\d+):0\] (?P<name>{NAME}) \[(?P<last>\d+):0\];\n",
    re.MULTILINE,
)
_DIGITS = np.frombuffer(b"0123456789abcdef", np.uint8)


def place_tables(
    verilog: str, tables: Sequence[Rows], which: MemoryFiles
) -> tuple[str, dict[str, bytes]]:
    """Give each marked memory its contents: as text, or as a file that ``$readmemh`` reads.

    Parameters
    ----------
    verilog : str
        With plain names of modules: a file is called ``MODULE_MEMORY.mem``.
    tables : sequence of Rows
        By the numbers of the marks.

    Returns
    -------
    text, files
        A file has the words in order, one a line, in as many hexadecimal digits as they need.
    """
    files: dict[str, bytes] = {}
    taken: set[str] = set()

    def place(found: re.Match[str], module: str, text: str) -> str:
        rows, width, name = tables[int(found["number"])], int(found["top"]) + 1, found["name"]
        if which is MemoryFiles.NONE or (
            which is MemoryFiles.LARGE and width * len(rows) <= LARGE_BITS
        ):
            lines = [f"    {name}[{at}] = {word};\n" for at, word in enumerate(_words(rows, width))]
            return (
                f"  reg [{found['top']}:0] {name} [{found['last']}:0];\n"
                f"  initial begin\n{''.join(lines)}  end\n"
            )
        plain = re.sub(r"\W", "_", f"{module}_{bare(name)}")
        number, file = 1, plain
        while file.lower() in taken:
            number += 1
            file = f"{plain}_{number}"
        taken.add(file.lower())
        files[file + MEMORY_SUFFIX] = hex_lines(rows, width)
        # In rising order: what a file fills from its first line on was not always agreed upon.
        return (
            f"  reg [{found['top']}:0] {name} [0:{found['last']}];\n"
            f'  initial $readmemh("{file}{MEMORY_SUFFIX}", {name});\n'
        )

    return replace_in_modules(_MARKED, place, verilog), files


def hex_lines(rows: Rows, bits: int) -> bytes:
    """Words of ``bits`` bits in as many hexadecimal digits as they need, one a line."""
    digits = np.stack([rows & 15, rows >> 4], axis=-1).reshape(len(rows), -1)
    places = -(-bits // 4)
    lines = np.full((len(rows), places + 1), ord("\n"), np.uint8)
    lines[:, :-1] = _DIGITS[digits[:, :places][:, ::-1]]
    return lines.tobytes()


def _words(rows: Rows, bits: int) -> Iterable[str]:
    """Words as yosys writes them: of 32 bits in decimal."""
    lines = hex_lines(rows, bits).decode().splitlines()
    if bits == 32:
        return (f"32'd{int(line, 16)}" for line in lines)
    return (f"{bits}'h{line}" for line in lines)
