"""The least solution of the rules word by word, in compiled code: see ``kernel.cpp``.

The code is compiled once for each version of it and kept where the user's caches lie. Where there
is no compiler there is no kernel, and `sim.sweeps` does its work.
"""

import contextlib
import ctypes
import os
import platform
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import assert_never

import numpy as np
from numpy.typing import NDArray
from platformdirs import user_cache_path

from hwgen.plan.plan import WEIGHTS, Plan
from sim.flow import Count, Cycles, Flow
from sim.forms import Buffered, Dealt, Folded, Forked, Form, Held, Joined, Queued, Unpacked
from sim.patterns import NEVER, Traffic

__all__ = ["Kernel", "load_kernel"]

SOURCE = Path(__file__).with_suffix(".cpp")
OPTIONS = ("-std=c++17", "-O2", "-shared", "-fPIC")

QUEUE, FOLD, UNPACK, FORK, JOIN, BUFFER, HOLD, DEAL = range(8)
"""Kinds of rules, as the compiled code numbers them."""

_NO_MAP = -1
_OUTSIDE, _WEIGHTS = -1, -2
"""The unit beyond an edge of the design; that which weights come from."""


class Kernel:
    """The compiled code.

    Parameters
    ----------
    library : path
        What `load_kernel` compiled.
    """

    def __init__(self, library: Path):
        self._solve = ctypes.CDLL(str(library)).solve
        self._solve.restype = None

    def solve(
        self,
        plan: Plan,
        forms: Sequence[Form],
        traffic: Traffic,
        known: Mapping[str, Flow],
        frames: int,
    ) -> tuple[dict[str, Flow], dict[str, Count]]:
        """Find the flows of ``frames`` frames, of which the first ones may be known.

        Parameters
        ----------
        forms : sequence of Form
            Rules of the plan's units, over ``frames`` frames.
        known : mapping of str to Flow
            Flows of the first frames, by stream; empty where there are none.

        Returns
        -------
        dict of str to Flow
            By stream; cycles of what never happens are ``NEVER``.
        dict of str to Count
            What each stream offers and moves in all.
        """
        words = np.array([s.transfers_per_frame for s in plan.streams], np.int64) * frames
        begins = np.concatenate([[0], np.cumsum(words)]).astype(np.int64)
        moved, offered, room = np.empty((3, int(begins[-1])), np.int64)
        streams, at = [], {}
        units = {unit.name: k for k, unit in enumerate(plan.units)}
        for k, stream in enumerate(plan.streams):
            at[stream.name] = slice(int(begins[k]), int(begins[k + 1]))
            there = 0
            if known:
                old = known[stream.name]
                there = old.transfer.size
                part = slice(int(begins[k]), int(begins[k]) + there)
                moved[part], offered[part], room[part] = old.transfer, old.offered, old.room
            outside = _WEIGHTS if stream.source == WEIGHTS else _OUTSIDE
            source = units.get(stream.source, outside)
            target = units.get(stream.target, _OUTSIDE)
            streams.append((begins[k], words[k], there, source, target))
        rows, ports, shares, maps = _tables(plan, forms)
        counts = np.zeros((len(streams), 2), np.int64)
        self._call(np.array(streams, np.int64), rows, ports, shares, maps, traffic, moved, offered,
                   room, counts)  # fmt: skip
        flows = {n: Flow(moved[part], offered[part], room[part]) for n, part in at.items()}
        found = {name: Count() for name in flows}
        for name, (shown, gone) in zip(flows, counts.tolist(), strict=True):
            found[name] = Count(offered=shown, room=gone, moved=gone)
        return flows, found

    def _call(
        self,
        streams: Cycles,
        rows: Cycles,
        ports: Cycles,
        shares: Cycles,
        maps: list[Buffered],
        traffic: Traffic,
        *results: Cycles,
    ) -> None:
        """Hand the tables over; arrays stay alive until the code has returned."""
        tables = [_c(a) for m in maps for a in (m.first, m.needs, m.begins, m.freed_by)]
        sizes = np.array([(m.first.size, m.begins.size) for m in maps], np.int64)
        patterns, figures = [], []
        for pattern in (traffic.valid, traffic.ready, traffic.weights):
            places, before = pattern.tables
            patterns += [_c(places), _c(before)]
            figures += [places.size, before.size]
        outside = np.array([*figures, traffic.ready_after], np.int64)
        self._solve(
            ctypes.c_int64(len(streams)), _pointer(streams), _pointer(rows), _pointer(ports),
            _pointer(shares), ctypes.c_int64(len(maps)), _pointer(sizes), _pointers(tables),
            _pointer(outside), _pointers(patterns), ctypes.c_int64(NEVER),
            *map(_pointer, results),
        )  # fmt: skip


def _tables(plan: Plan, forms: Sequence[Form]) -> tuple[Cycles, Cycles, Cycles, list[Buffered]]:
    """Units and their ports as rows of numbers, shares of those that deal, maps of memories."""
    index = {stream.name: k for k, stream in enumerate(plan.streams)}
    rows: list[tuple[int, ...]] = []
    ports: list[int] = []
    shares: list[int] = []
    maps: list[Buffered] = []
    for unit, form in zip(plan.units, forms, strict=True):
        ins = [index[s.name] for s in plan.inputs_of(unit).values()]
        outs = [index[s.name] for s in plan.outputs_of(unit).values()]
        first = len(ports)
        ports += ins + outs
        if isinstance(form, Buffered):
            maps.append(form)
        figures = (*_figures(form, len(maps) - 1), getattr(form, "hold", 1), len(shares))
        if isinstance(form, Dealt):
            shares += form.counts
        rows.append((*figures, len(ins), first, len(outs), first + len(ins)))
    tables = [np.array(table, np.int64) for table in (rows, ports, shares or [0])]
    return tables[0], tables[1], tables[2], maps


def _figures(form: Form, map_index: int) -> tuple[int, int, int, int, int, int]:
    """Kind, depth, count, latency, free after, map."""
    match form:
        case Queued():
            return QUEUE, form.depth, 1, form.latency, form.free_after, _NO_MAP
        case Folded():
            return FOLD, form.depth, form.count, form.latency, 1, _NO_MAP
        case Held():
            return HOLD, form.depth, form.count, form.latency, 1, _NO_MAP
        case Dealt():
            return DEAL, 0, sum(form.counts), 0, 0, _NO_MAP
        case Unpacked():
            return UNPACK, 0, form.count, 0, 0, _NO_MAP
        case Forked():
            return FORK, 0, 1, 0, 0, _NO_MAP
        case Joined():
            return JOIN, 1, 1, 1, 0, _NO_MAP
        case Buffered():
            return BUFFER, 0, 1, 1, 1, map_index
    assert_never(form)


def _c(array: Cycles) -> Cycles:
    return np.ascontiguousarray(array, np.int64)


def _pointer(array: NDArray[np.int64]) -> ctypes.c_void_p:
    return ctypes.c_void_p(array.ctypes.data)


def _pointers(arrays: Sequence[Cycles]) -> ctypes.Array[ctypes.c_void_p]:
    return (ctypes.c_void_p * max(1, len(arrays)))(*(array.ctypes.data for array in arrays))


@cache
def load_kernel() -> Kernel | None:
    """Compile the kernel, or take it as it was compiled before; None without a compiler."""
    source = SOURCE.read_bytes()
    key = sha256(source + " ".join((*OPTIONS, platform.platform())).encode()).hexdigest()[:16]
    with contextlib.suppress(OSError, subprocess.CalledProcessError):
        folder = user_cache_path("hwgen")
        library = folder / f"kernel-{key}.so"
        if not library.exists():
            folder.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryDirectory(dir=folder) as work:
                made = Path(work) / library.name
                command = ["g++", *OPTIONS, "-o", str(made), str(SOURCE)]
                subprocess.run(command, check=True, capture_output=True)
                # Whole or not at all: another process may be loading it.
                os.replace(made, library)
        return Kernel(library)
    return None
