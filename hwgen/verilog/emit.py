"""What Amaranth writes, made into the Verilog of a build."""

from collections.abc import Collection, Sequence

from hwgen.verilog.memories import MemoryFiles
from hwgen.verilog.modules import plain_names
from hwgen.verilog.start import run_at_start
from hwgen.verilog.tables import Rows, place_tables

__all__ = ["finish_verilog"]


def finish_verilog(
    verilog: str,
    tables: Sequence[Rows] = (),
    memory_files: MemoryFiles = MemoryFiles.NONE,
    keywords: Collection[str] = (),
) -> tuple[str, dict[str, bytes]]:
    """Verilog that means the same to every reader, and the memory files beside it.

    Parameters
    ----------
    verilog : str
        As `hwgen.rtl.emission` emits it, with the definitions of cells.
    tables : sequence of Rows
        What its marked memories hold.
    memory_files : MemoryFiles
        Which tables leave it for files of their own.
    keywords : collection of str
        Words that no module may be called.
    """
    return place_tables(plain_names(run_at_start(verilog), keywords), tables, memory_files)
