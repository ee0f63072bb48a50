"""Emitted designs as files, for benches."""

from pathlib import Path

from hwgen.design import Design
from hwgen.generate import emit_files

__all__ = ["write_emitted"]


def write_emitted(design: Design, folder: Path) -> Path:
    """Write the hardware of a design into a folder, which is made; its Verilog."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, data in emit_files(design).items():
        (folder / name).write_bytes(data)
    return folder / f"{design.plan.name}.v"
