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
from hwgen.integration.files import integration_files
from hwgen.integration.vectors import Vectors
from hwgen.manifest import make_manifest
from hwgen.model import dump_model
from hwgen.model.names import KEYWORDS
from hwgen.plan.ports import design_ports
from hwgen.rtl.axi_top import AxiTop
from hwgen.rtl.cells import with_cells
from hwgen.rtl.emission import Emission
from hwgen.verilog.emit import finish_verilog
from hwgen.verilog.lint import with_lint_settings
from hwgen.verilog.memories import MemoryFiles, named_memories
from hwgen.weight_packet import weight_packet

__all__ = ["emit_files", "emit_verilog", "generate"]


def emit_verilog(design: Design) -> str:
    """Verilog-2005 of the whole design in one file, the same on every machine."""
    return _verilog(build_top(design.network, design.plan), design.plan.name, MemoryFiles.NONE)[0]


def _verilog(top: AxiTop, name: str, memory_files: MemoryFiles) -> tuple[str, dict[str, bytes]]:
    emission = Emission()
    text = with_cells(emission.convert(top, name))
    text, files = finish_verilog(text, emission.tables, memory_files, KEYWORDS)
    return with_lint_settings(text), files


def emit_files(
    design: Design,
    memory_files: MemoryFiles = MemoryFiles.LARGE,
    frames_inside: int | None = None,
) -> dict[str, bytes]:
    """The hardware: ``NAME.v``, memory files, ``NAME_weights.bin`` of what comes in.

    That is words that fill SPRAMs, and behind them the packet of weights of each frame.

    Parameters
    ----------
    memory_files : MemoryFiles
        Which tables have a file of their own.
    frames_inside : int, optional
        Frames of which the last pixel may be in and the last value not out. With it the end of each
        picture is marked by ``s_axis_tlast``.
    """
    name = design.plan.name
    top = build_top(design.network, design.plan, frames_inside)
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
    vectors: Vectors | None = None,
    frames_inside: int | None = None,
    board: BoardChoice | None = None,
) -> tuple[dict[str, bytes], dict[str, Any]]:
    """All files of a build, by name, the manifest last; and what the manifest says.

    Parameters
    ----------
    vectors : Vectors, optional
        What the test bench replays. Without, there is none, nor what else goes with it.
    frames_inside : int, optional
        As `emit_files` has it.
    board : BoardChoice, optional
        What the build is for, if it is for a board.
    """
    files = emit_files(design, memory_files, frames_inside)
    marked = frames_inside is not None
    if vectors is not None:
        verilog = files[design.plan.name + ".v"].decode()
        memories = named_memories(verilog)
        files |= integration_files(
            design.plan,
            design_ports(design.plan, input_tlast=marked),
            verilog,
            memories,
            vectors,
            latency_cycles,
            interval_cycles,
        )
    files |= {
        FOLDING_FILE: (json.dumps(design.plan.folding, indent=1) + "\n").encode(),
        MODEL_FILE: dump_model(design.model),
    }
    if board is not None:
        files[BOARD_SOURCE] = board.board.text.encode()
    manifest = make_manifest(
        design,
        files,
        latency_cycles,
        interval_cycles,
        memory_files,
        weights_interval,
        input_tlast=marked,
    )
    if board is not None:
        manifest["board"] = board.to_json()
    files[MANIFEST_FILE] = (json.dumps(manifest, indent=1) + "\n").encode()
    return files, manifest
