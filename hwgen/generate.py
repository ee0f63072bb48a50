"""The files of a build: Verilog, the description and folding it was made from, the manifest."""

import json
from fractions import Fraction
from typing import Any

from hwgen.boards.choice import BoardChoice
from hwgen.build_folder import (
    BOARD_SOURCE,
    FOLDING_FILE,
    MANIFEST_FILE,
    MODEL_FILE,
    WEIGHTS_SUFFIX,
)
from hwgen.design import Design
from hwgen.hardware import build_top
from hwgen.manifest import make_manifest
from hwgen.model import dump_model
from hwgen.model.names import KEYWORDS
from hwgen.rtl.axi_top import AxiTop
from hwgen.rtl.cells import with_cells
from hwgen.rtl.emission import Emission
from hwgen.verilog.emit import finish_verilog
from hwgen.verilog.memories import MemoryFiles
from hwgen.weight_packet import weight_packet

__all__ = ["emit_files", "emit_verilog", "generate"]


def emit_verilog(design: Design) -> str:
    """Verilog-2005 of the whole design in one file, the same on every machine."""
    return _verilog(build_top(design.network, design.plan), design.plan.name, MemoryFiles.NONE)[0]


def _verilog(top: AxiTop, name: str, memory_files: MemoryFiles) -> tuple[str, dict[str, bytes]]:
    emission = Emission()
    text = with_cells(emission.convert(top, name))
    return finish_verilog(text, emission.tables, memory_files, KEYWORDS)


def emit_files(design: Design, memory_files: MemoryFiles = MemoryFiles.LARGE) -> dict[str, bytes]:
    """The hardware: ``NAME.v``, memory files, ``NAME_weights.bin`` of what comes in.

    That is words that fill SPRAMs, and behind them the packet of weights of each frame.

    Parameters
    ----------
    memory_files : MemoryFiles
        Which tables have a file of their own.
    """
    name = design.plan.name
    top = build_top(design.network, design.plan)
    text, memories = _verilog(top, name, memory_files)
    load = top.weight_words().astype("<u2").tobytes()
    weights = load + weight_packet(design.network, design.plan).astype("<u2").tobytes()
    filled = {name + WEIGHTS_SUFFIX: weights} if weights else {}
    return {f"{name}.v": text.encode(), **memories, **filled}


def generate(
    design: Design,
    latency_cycles: int,
    interval_cycles: int,
    memory_files: MemoryFiles = MemoryFiles.LARGE,
    weights_interval: Fraction | int | None = None,
    board: BoardChoice | None = None,
) -> tuple[dict[str, bytes], dict[str, Any]]:
    """All files of a build, by name, the manifest last; and what the manifest says.

    ``board`` is what the build is for, if it is for a board.
    """
    files = {
        **emit_files(design, memory_files),
        FOLDING_FILE: (json.dumps(design.plan.folding, indent=1) + "\n").encode(),
        MODEL_FILE: dump_model(design.model),
    }
    if board is not None:
        files[BOARD_SOURCE] = board.board.text.encode()
    manifest = make_manifest(
        design, files, latency_cycles, interval_cycles, memory_files, weights_interval
    )
    if board is not None:
        manifest["board"] = board.to_json()
    files[MANIFEST_FILE] = (json.dumps(manifest, indent=1) + "\n").encode()
    return files, manifest
