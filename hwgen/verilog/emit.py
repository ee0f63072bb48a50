"""What Amaranth writes, made into the Verilog of a build."""

from collections.abc import Collection

from hwgen.verilog.memories import MemoryFiles, drop_unread_contents, move_tables
from hwgen.verilog.modules import plain_names
from hwgen.verilog.start import run_at_start

__all__ = ["finish_verilog"]


def finish_verilog(
    verilog: str,
    memory_files: MemoryFiles = MemoryFiles.NONE,
    keywords: Collection[str] = (),
) -> tuple[str, dict[str, bytes]]:
    """Verilog that means the same to every reader, and the memory files beside it.

    Parameters
    ----------
    verilog : str
        As Amaranth emits it, with the definitions of cells.
    memory_files : MemoryFiles
        Which tables leave it for files of their own.
    keywords : collection of str
        Words that no module may be called.
    """
    text = plain_names(run_at_start(verilog), keywords)
    return move_tables(drop_unread_contents(text), memory_files)
