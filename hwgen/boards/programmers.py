"""The programs that write the flash of a board, and how each is told what goes where."""

from hwgen.boards.table import Programmer

__all__ = ["BOOT_LOADERS", "TOOLS", "flash_command"]

BITSTREAM = {
    "iceprog": ("-o", "0"),
    "icesprog": ("-o", "0"),
    "ecpprog": ("-o", "0"),
    "openFPGALoader": ("-f", "-o", "0"),
    "fujprog": ("-j", "flash"),
    "dfu-util": ("-a", "0", "-D"),
    "tinyprog": ("-p",),
}
"""What comes between the options of a board and the file that holds the bitstream."""

DATA = {
    "iceprog": ("-o", "{offset}"),
    "icesprog": ("-o", "{offset}"),
    "ecpprog": ("-o", "{offset}"),
    "openFPGALoader": ("-f", "-o", "{offset}"),
    "fujprog": ("-j", "flash", "-f", "{offset}"),
    "tinyprog": ("-a", "{offset}", "-p"),
}
"""The same for a file that lies at an offset; nothing for a program that knows no such."""

TOOLS = tuple(BITSTREAM)

BOOT_LOADERS = ("dfu-util", "tinyprog")
"""Programs whose other end puts the bitstream where it looks for it itself."""


def flash_command(programmer: Programmer, file: str, offset: int | None) -> tuple[str, ...] | None:
    """Command that writes a file to an offset, or the bitstream for None.

    None where the program cannot write to an offset.
    """
    words = (BITSTREAM if offset is None else DATA).get(programmer.tool)
    if words is None:
        return None
    told = tuple(word.format(offset=offset) for word in words)
    return (programmer.tool, *programmer.options, *told, file)
