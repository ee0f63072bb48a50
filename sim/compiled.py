"""Inner loops in C++, compiled with g++ at first use and kept where the user's caches lie."""

import contextlib
import ctypes
import logging
import os
import platform
import shlex
import subprocess
import tempfile
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from platformdirs import user_cache_path

__all__ = ["int64s", "keep_memory", "load_library", "pointer"]

_log = logging.getLogger(__name__)

OPTIONS = ("-std=c++17", "-O3", "-shared", "-fPIC")


def load_library(source: Path) -> ctypes.CDLL | None:
    """Compile a source, or take it as it was compiled before; None without a compiler."""
    text = source.read_bytes()
    key = sha256(text + " ".join((*OPTIONS, platform.platform())).encode()).hexdigest()[:16]
    with contextlib.suppress(OSError, subprocess.CalledProcessError):
        folder = user_cache_path("hwgen")
        library = folder / f"{source.stem}-{key}.so"
        if not library.exists():
            folder.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryDirectory(dir=folder) as work:
                made = Path(work) / library.name
                command = ["g++", *OPTIONS, "-o", str(made), str(source)]
                _log.info("compiling what is kept as %s: %s", library, shlex.join(command))
                subprocess.run(command, check=True, capture_output=True)
                # Whole or not at all: another process may be loading it.
                os.replace(made, library)
        return ctypes.CDLL(str(library))
    return None


def pointer(array: NDArray[Any]) -> ctypes.c_void_p:
    """Where an array lies, for compiled code; it has to live as long as that uses it."""
    return ctypes.c_void_p(array.ctypes.data)


def int64s(*numbers: int) -> list[ctypes.c_int64]:
    """Numbers, for compiled code."""
    return [ctypes.c_int64(number) for number in numbers]


@cache
def keep_memory() -> None:
    """Have memory that is freed stay with the process, for what it asks for next.

    Pages new to a process cost more than what simulators put there. The C library of GNU hands
    blocks back only from a size on that grows to that of the largest freed so far, up to 32 MB;
    this block is never touched.
    """
    np.empty(31 << 20, np.uint8)
