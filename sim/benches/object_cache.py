"""Compiled parts of Verilator's runtime, kept between benches: they are the same for each."""

import contextlib
import os
import shutil
import subprocess
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path

from platformdirs import user_cache_path

__all__ = ["restore_objects", "save_objects"]

OBJECTS = (
    "verilated.o",
    "verilated_vpi.o",
    "verilated_threads.o",
    "verilated_dpi.o",
    "verilator.o",
)


def restore_objects(build: Path) -> list[str]:
    """Put the kept objects, if any, into a build folder; returns the files that are there now."""
    build.mkdir(parents=True, exist_ok=True)
    with contextlib.suppress(OSError):
        for name in OBJECTS:
            kept = _folder() / name
            if kept.is_file() and not (build / name).exists():
                shutil.copyfile(kept, build / name)
    return [name for name in OBJECTS if (build / name).exists()]


def save_objects(build: Path) -> None:
    """Keep the objects of a finished build. A cache that cannot be written is no error."""
    with contextlib.suppress(OSError):
        folder = _folder()
        folder.mkdir(parents=True, exist_ok=True)
        for name in OBJECTS:
            if (build / name).is_file() and not (folder / name).exists():
                # Whole or not at all: another process may be reading.
                partial = folder / f".{name}.{os.getpid()}"
                shutil.copyfile(build / name, partial)
                os.replace(partial, folder / name)


def _folder() -> Path:
    compiler = subprocess.run(["g++", "--version"], capture_output=True, check=False).stdout
    key = sha256(compiler + version("verilator").encode() + version("cocotb").encode())
    # The paths of headers and libraries are compiled in.
    key.update(str(Path(__file__)).encode())
    return user_cache_path("hwgen") / f"verilator-{key.hexdigest()[:16]}"
