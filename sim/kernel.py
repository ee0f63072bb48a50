"""The least solution of the rules word by word, in compiled code: see ``kernel.cpp``.

Where there is no compiler there is no kernel, and `sim.sweeps` does its work.
"""

import ctypes
import weakref
from functools import cache
from pathlib import Path
from typing import assert_never

import numpy as np

from hwgen.plan.plan import WEIGHTS, Plan
from sim.compiled import load_library, pointer
from sim.flow import Count, Cycles, Flow, Solved, Wanted
from sim.forms import Buffered, Dealt, Folded, Forked, Form, Held, Joined, Queued, Unpacked
from sim.patterns import Traffic
from sim.schedule import form_of, memory_frames

__all__ = ["Kernel", "load_kernel"]

SOURCE = Path(__file__).with_suffix(".cpp")

QUEUE, FOLD, UNPACK, FORK, JOIN, BUFFER, HOLD, DEAL = range(8)
"""Kinds of rules, as the compiled code numbers them."""

LONGEST_PERIOD = 1 << 40
"""Cycles of a traffic's period beyond which no frame is taken to repeat another."""

Rows = list[tuple[int, ...]]

_NO_MAP = -1
_OUTSIDE, _WEIGHTS = -1, -2
"""The unit beyond an edge of the design; that which weights come from."""


class Kernel:
    """Solves the rules of a plan under some traffic, some frames after others.

    Of what was solved before it holds no more than rules look back to.

    Parameters
    ----------
    library : CDLL
        What `load_kernel` gives.
    plan : Plan
    traffic : Traffic
    wanted : Wanted
    """

    def __init__(self, library: ctypes.CDLL, plan: Plan, traffic: Traffic, wanted: Wanted):
        self._plan, self._wanted, self._solve = plan, wanted, library.solve
        self._made: tuple[int, list[Flow]] = 0, []
        streams, units, ports, shares, maps, numbers = _tables(plan)
        figures: list[int] = []
        for pattern in (traffic.valid, traffic.ready, traffic.weights):
            numbers += pattern.tables
            figures += [table.size for table in pattern.tables]
        known = wanted.repeats and traffic.period <= LONGEST_PERIOD
        figures += [traffic.ready_after, traffic.period if known else 0]
        tables = [np.array(table, np.int64) for table in (streams, units, ports, shares, maps)]
        sized = [x for t in tables for x in (ctypes.c_int64(len(t)), pointer(t))]
        outside, flat = np.array(figures, np.int64), np.concatenate(numbers)
        library.open_solver.restype = ctypes.c_void_p
        size = ctypes.c_int64(flat.size)
        handle = library.open_solver(*sized, pointer(outside), size, pointer(flat))
        self._solver = ctypes.c_void_p(handle)
        weakref.finalize(self, library.close_solver, self._solver)

    def solve(self, frames: int) -> Solved:
        """Solve for up to ``frames`` more frames; fewer where all that follow repeat the last."""
        streams = self._plan.streams
        flows = self._flows(frames)
        pointers = [pointer(a) if a.size else None
                    for f in flows for a in (f.transfer, f.offered, f.room)]  # fmt: skip
        counts, bounds = np.zeros((len(streams), 3), np.int64), np.zeros(2, np.int64)
        done = self._solve(
            self._solver, ctypes.c_int64(frames), (ctypes.c_void_p * len(pointers))(*pointers),
            pointer(counts), pointer(bounds),
        )  # fmt: skip
        stuck = None
        if done < 0:
            # What is shown beyond the last transfer waits for ever.
            stuck = {}
            for s, (shown, gone, _) in zip(streams, counts.tolist(), strict=True):
                stuck[s.name] = Count(offered=shown, room=gone, moved=gone)
        found = {s.name: f.part(slice(abs(done) * s.transfers_per_frame))
                  for s, f in zip(streams, flows, strict=True)
                  if s.name in self._wanted}  # fmt: skip
        ends = {s.name: end for s, end in zip(streams, counts[:, 2].tolist(), strict=True)}
        known = None if bounds[0] < 0 else (int(bounds[0]), int(bounds[1]))
        return Solved(abs(done), found, known, stuck, ends)

    def _flows(self, frames: int) -> list[Flow]:
        """Arrays for what is wanted of each stream."""
        if self._made[0] != frames or not self._wanted.reused:
            made = [
                self._wanted.empty(s.name, frames * s.transfers_per_frame)
                for s in self._plan.streams
            ]
            self._made = frames, made
        return self._made[1]


def _tables(plan: Plan) -> tuple[Rows, Rows, list[int], list[int], Rows, list[Cycles]]:
    """Streams, units, their ports, shares of those that deal; sizes of maps, what is in them."""
    index = {stream.name: k for k, stream in enumerate(plan.streams)}
    units = {unit.name: k for k, unit in enumerate(plan.units)}
    streams = []
    for stream in plan.streams:
        outside = _WEIGHTS if stream.source == WEIGHTS else _OUTSIDE
        source, target = units.get(stream.source, outside), units.get(stream.target, _OUTSIDE)
        streams.append((stream.transfers_per_frame, source, target))
    rows: list[tuple[int, ...]] = []
    ports: list[int] = []
    shares: list[int] = [0]
    maps: list[tuple[int, ...]] = []
    numbers: list[Cycles] = []
    for unit in plan.units:
        ins, outs = list(plan.inputs_of(unit).values()), list(plan.outputs_of(unit).values())
        words_in, words_out = ins[0].transfers_per_frame, outs[0].transfers_per_frame
        frames = memory_frames(unit, words_out) + 1
        form = form_of(unit, frames)
        first = len(ports)
        ports += [index[s.name] for s in (*ins, *outs)]
        map_index = _NO_MAP
        if isinstance(form, Buffered):
            # The last frame of so many is like all that follow, and the first ones are like it but
            # for what would wait for frames before the first.
            reads = _one_frame(form.first, form.needs, frames - 1, words_out, words_in)
            blocks = _one_frame(form.begins, form.freed_by, frames - 1, words_in, words_out)
            map_index = len(maps)
            maps.append((reads[0].size, blocks[0].size, words_in, words_out))
            numbers += (*reads, *blocks)
        figures = (*_figures(form, map_index), getattr(form, "hold", 1), len(shares))
        if isinstance(form, Dealt):
            shares += form.counts
        rows.append((*figures, len(ins), first, len(outs), first + len(ins)))
    return streams, rows, ports, shares, maps, numbers


def _one_frame(
    at: Cycles, of: Cycles, frame: int, at_words: int, of_words: int
) -> tuple[Cycles, Cycles]:
    """Pairs of one frame, as words of that frame."""
    there = at >= frame * at_words
    return at[there] - frame * at_words, of[there] - frame * of_words


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


@cache
def load_kernel() -> ctypes.CDLL | None:
    """Compile the kernel, or take it as it was compiled before; None without a compiler."""
    library = load_library(SOURCE)
    if library is not None:
        library.solve.restype = ctypes.c_int64
    return library
