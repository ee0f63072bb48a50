"""Write a build: Verilog, the description and folding it was made from, and the manifest."""

import contextlib
import json
import os
import shutil
import tempfile
from pathlib import Path

from amaranth.back import verilog

from hwgen.design import FOLDING_FILE, MANIFEST_FILE, MODEL_FILE, Design
from hwgen.errors import ModelError
from hwgen.hardware import build_top
from hwgen.manifest import make_manifest
from hwgen.model import dump_model
from hwgen.model.names import KEYWORDS
from hwgen.plan.plan import WEIGHTS_SUFFIX
from hwgen.rtl.axi_top import AxiTop
from hwgen.rtl.cells import with_cells
from hwgen.verilog.emit import finish_verilog
from hwgen.verilog.memories import MEMORY_SUFFIX, MemoryFiles

__all__ = ["check_build_folder", "emit_files", "emit_verilog", "generate", "write_build"]

STALE = ("verify.json", "synth.json", "netlist.v")
"""Results in the folder that a new build makes untrue."""


def emit_verilog(design: Design) -> str:
    """Verilog-2005 of the whole design in one file, the same on every machine."""
    return _verilog(build_top(design.network, design.plan), design.plan.name, MemoryFiles.NONE)[0]


def _verilog(top: AxiTop, name: str, memory_files: MemoryFiles) -> tuple[str, dict[str, bytes]]:
    text = verilog.convert(top, name=name, emit_src=False, strip_internal_attrs=True)
    return finish_verilog(with_cells(text), memory_files, KEYWORDS)


def emit_files(design: Design, memory_files: MemoryFiles = MemoryFiles.LARGE) -> dict[str, bytes]:
    """The hardware: ``NAME.v``, memory files, ``NAME_weights.bin`` where SPRAMs are to be filled.

    Parameters
    ----------
    memory_files : MemoryFiles
        Which tables have a file of their own.
    """
    name = design.plan.name
    top = build_top(design.network, design.plan)
    text, memories = _verilog(top, name, memory_files)
    weights = b"".join(word.to_bytes(2, "little") for word in top.weight_words())
    filled = {name + WEIGHTS_SUFFIX: weights} if weights else {}
    return {f"{name}.v": text.encode(), **memories, **filled}


def generate(
    design: Design,
    latency_cycles: int,
    interval_cycles: int,
    memory_files: MemoryFiles = MemoryFiles.LARGE,
) -> dict[str, bytes]:
    """All files of a build, by name; the manifest comes last."""
    files = {
        **emit_files(design, memory_files),
        FOLDING_FILE: (json.dumps(design.plan.folding, indent=1) + "\n").encode(),
        MODEL_FILE: dump_model(design.model),
    }
    manifest = make_manifest(design, files, latency_cycles, interval_cycles, memory_files)
    files[MANIFEST_FILE] = (json.dumps(manifest, indent=1) + "\n").encode()
    return files


def check_build_folder(folder: Path) -> None:
    """Refuse a folder that `write_build` would, before any work is done for it.

    Raises
    ------
    ModelError
        If the folder cannot be written to, or holds something that is no build.
    """
    places = [folder.parent] if _is_fresh(folder) else [folder, folder.parent]
    try:
        for place in places:
            while not place.exists():
                place = place.parent
            Path(tempfile.mkdtemp(prefix=f".{folder.name}.", dir=place)).rmdir()
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise ModelError(f"{folder}: cannot be written: {reason}") from error


def _is_fresh(folder: Path) -> bool:
    """Whether a build makes the folder, rather than writing into one that is empty or a build."""
    try:
        if not folder.exists():
            return True
        if not folder.is_dir():
            raise ModelError(f"{folder}: is there and is not a folder")
        if any(folder.iterdir()) and not (folder / MANIFEST_FILE).is_file():
            raise ModelError(f"{folder}: is not empty and holds no build; choose another folder")
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise ModelError(f"{folder}: cannot be written: {reason}") from error
    return False


def write_build(folder: Path, files: dict[str, bytes]) -> None:
    """Put files into a folder so that a build is there whole or not at all.

    Everything is written beside the folder first. The old manifest goes before the first file is
    replaced and the new one comes last, so an interrupted build is never taken for a good one.

    Raises
    ------
    ModelError
        If the folder cannot be written to, or holds something that is no build.
    """
    fresh = _is_fresh(folder)
    staging = None
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        staging = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", dir=folder.parent))
        for name, data in files.items():
            (staging / name).write_bytes(data)
        staging.chmod(0o755)
        if fresh:
            os.rename(staging, folder)
            return
        for name in (MANIFEST_FILE, *STALE):
            (folder / name).unlink(missing_ok=True)
        # This build may have no weights to load where the one before had some, and other memories.
        for suffix in (WEIGHTS_SUFFIX, MEMORY_SUFFIX):
            for path in folder.glob("*" + suffix):
                path.unlink()
        for name in files:
            os.replace(staging / name, folder / name)
    except OSError as error:
        raise ModelError(f"{folder}: cannot be written: {error.strerror}") from error
    finally:
        if staging is not None:
            with contextlib.suppress(OSError):
                shutil.rmtree(staging)
