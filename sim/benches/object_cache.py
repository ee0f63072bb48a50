"""Compiled parts of Verilator's runtime, kept between benches: they are the same for each.

Cocotb's main function is too, of benches whose models have the same ports: it makes the model, and
so has its size compiled in.
"""

import contextlib
import os
import shutil
import subprocess
from collections.abc import Iterator
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path

from platformdirs import user_cache_path

__all__ = ["restore_objects", "save_objects"]

OBJECTS = ("verilated.o", "verilated_vpi.o", "verilated_threads.o", "verilated_dpi.o")
MAIN, MODEL = "verilator.o", "Vtop.h"


def restore_objects(build: Path) -> list[str]:
    """Put the kept objects, if any, into a build folder; returns their names.

    Verilator has written its files there, or MAIN is compiled anew.
    """
    found = []
    build.mkdir(parents=True, exist_ok=True)
    with contextlib.suppress(OSError):
        for name, kept in _kept(build):
            if kept.is_file():
                shutil.copyfile(kept, build / name)
                found.append(name)
    return found


def save_objects(build: Path) -> None:
    """Keep the objects of a finished build. A cache that cannot be written is no error."""
    with contextlib.suppress(OSError):
        for name, kept in _kept(build):
            if (build / name).is_file() and not kept.exists():
                kept.parent.mkdir(parents=True, exist_ok=True)
                # Whole or not at all: another process may be reading.
                partial = kept.with_name(f".{kept.name}.{os.getpid()}")
                shutil.copyfile(build / name, partial)
                os.replace(partial, kept)


def _kept(build: Path) -> Iterator[tuple[str, Path]]:
    """Objects of a build that may be kept, and where."""
    folder = _folder()
    for name in OBJECTS:
        yield name, folder / name
    model = build / MODEL
    if model.is_file():
        yield MAIN, folder / f"{sha256(model.read_bytes()).hexdigest()[:16]}.o"


def _folder() -> Path:
    compiler = subprocess.run(["g++", "--version"], capture_output=True, check=False).stdout
    key = sha256(compiler + version("verilator").encode() + version("cocotb").encode())
    # The paths of headers and libraries are compiled in.
    key.update(str(Path(__file__)).encode())
    return user_cache_path("hwgen") / f"verilator-{key.hexdigest()[:16]}"
