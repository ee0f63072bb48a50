"""Memories of emitted Verilog in files of their own: yosys takes minutes to read long lists."""

import re
from pathlib import Path

from hwgen.verilog.memories import WORD

__all__ = ["lift_memories"]

_BLOCK = re.compile(rf"  initial begin\n((?:{WORD})+)  end\n")
_PARTS = re.compile(r"    (\\\S+ |\w+)\[(\d+)\] = \d+'(h|d)([0-9a-f]+);\n")


def lift_memories(verilog: str, folder: Path) -> str:
    """Replace lists of the initial words of memories by ``$readmemh``; it means the same.

    Parameters
    ----------
    verilog : str
        As Amaranth emits it.
    folder : Path
        Where the files ``memoryN.hex`` go, from which the result is to be read.

    Returns
    -------
    str
        The Verilog, without the lists of constants alone that fill a memory word by word.
    """
    count = 0

    def lift(block: re.Match[str]) -> str:
        nonlocal count
        words = _PARTS.findall(block[1])
        if len({name for name, *_ in words}) > 1:
            return block[0]
        lines = [
            f"@{int(at):x} {digits if base == 'h' else format(int(digits), 'x')}\n"
            for _, at, base, digits in words
        ]
        file = f"memory{count}.hex"
        (folder / file).write_text("".join(lines))
        count += 1
        return f'  initial $readmemh("{file}", {words[0][0]});\n'

    return _BLOCK.sub(lift, verilog)
