"""The timing rule of each unit, as ``docs/contracts.md`` has them."""

from math import ceil
from typing import assert_never

import numpy as np

from hwgen.plan.units import (
    Convert,
    Deal,
    Fifo,
    Fork,
    Join,
    MapPlan,
    MatrixPlan,
    PoolPlan,
    Register,
    ReorderPlan,
    RequantisePlan,
    Scores,
    SearchPlan,
    Slice,
    Unit,
    WindowPlan,
)
from sim.flow import Cycles
from sim.forms import Buffered, Dealt, Folded, Forked, Form, Held, Joined, Queued, Unpacked

__all__ = ["form_of", "memory_frames"]


def form_of(unit: Unit, frames: int) -> Form:
    """Rule of a unit, over ``frames`` frames."""
    match unit:
        case Fifo():
            return Queued(unit.depth, free_after=1)
        case Register() | Slice():
            return Queued(1, free_after=0)
        case SearchPlan():
            return Queued(unit.depth, free_after=0, latency=unit.latency)
        case Convert():
            return Folded(unit.count, 1, 1) if unit.up else Unpacked(unit.count)
        case Scores():
            return Unpacked(unit.lanes)
        case PoolPlan():
            return Folded(unit.taps, 1, 1)
        case MatrixPlan() if unit.hold > 1 or unit.external:
            return Held(unit.hold, unit.synapse_fold, unit.latency, unit.depth, unit.external)
        case MatrixPlan():
            return Folded(unit.synapse_fold, unit.latency, unit.depth)
        case Deal():
            return Dealt(unit.counts)
        case RequantisePlan():
            return Folded(1, unit.latency, unit.depth)
        case Fork():
            return Forked()
        case Join():
            return Joined()
        case ReorderPlan():
            return _reorder(unit, frames)
        case MapPlan():
            return _map(unit, frames)
        case WindowPlan():
            return _window(unit, frames * unit.planes)
    assert_never(unit)


def memory_frames(unit: Unit, words_out: int) -> int:
    """How many frames back the rules of a unit reach, at most.

    Parameters
    ----------
    words_out : int
        Output words of a frame.
    """
    match unit:
        case WindowPlan():
            return ceil(unit.slots / unit.frame_bank_rows) + 1
        case ReorderPlan():
            return ceil(2 / unit.blocks[0]) + 1
        case MapPlan():
            return ceil(unit.slots / (unit.in_shape[0] * unit.maps)) + 1
        case Fifo() | MatrixPlan() | RequantisePlan() | SearchPlan():
            return ceil(unit.depth / words_out) + 1
        case Register() | Slice() | Convert() | Scores() | PoolPlan() | Fork() | Join() | Deal():
            return ceil(1 / words_out) + 1
    assert_never(unit)


def _window(unit: WindowPlan, frames: int) -> Buffered:
    height, width, _ = unit.in_shape
    row_words = width * unit.words_per_pixel
    block_rows = unit.blocks[0]
    row_reads = unit.blocks[1] * unit.words_per_block
    frame = np.arange(frames, dtype=np.int64)[:, None]

    needed = np.array([unit.rows_needed(b) for b in range(block_rows)], np.int64)
    needs = ((frame * height + needed) * row_words - 1).ravel()
    first = np.arange(frames * block_rows, dtype=np.int64) * row_reads

    # The row that goes to bank row q needs the oldest bank row in use to be above q - slots.
    oldest = np.array([unit.oldest_bank_row(b) for b in range(block_rows)], np.int64)
    in_use = (frame * unit.frame_bank_rows + oldest).ravel()
    in_use = np.append(in_use, frames * unit.frame_bank_rows + oldest[0])
    bank_rows = np.array([unit.bank_row(y) for y in range(height)], np.int64)
    written = (frame * unit.frame_bank_rows + bank_rows).ravel()
    freed_by = np.searchsorted(in_use, written - unit.slots + 1) * row_reads - 1
    begins = np.arange(frames * height, dtype=np.int64) * row_words
    return _buffered(frames * block_rows * row_reads, first, needs, begins, freed_by)


def _map(unit: MapPlan, frames: int) -> Buffered:
    maps, height = frames * unit.maps, unit.in_shape[0]
    whole, passes = unit.whole, unit.passes
    row_words = unit.words_per_map // height
    number = np.arange(maps, dtype=np.int64)[:, None]
    needed = np.array([unit.rows_needed(n) for n in range(passes)], np.int64)
    needs = ((number * height + needed) * row_words - 1).ravel()
    first = np.arange(maps * passes, dtype=np.int64) * unit.reads_per_pass

    # The last row of those that come together needs the oldest row in use to be above
    # itself - slots.
    oldest = np.array([unit.oldest_row(n) for n in range(passes)], np.int64)
    in_use = np.append((number * height + oldest).ravel(), maps * height + oldest[0])
    begins = np.arange(maps * (height // whole), dtype=np.int64) * whole
    freed = np.searchsorted(in_use, begins + whole - unit.slots)
    reads = maps * passes * unit.reads_per_pass
    return _buffered(reads, first, needs, begins * row_words, freed * unit.reads_per_pass - 1)


def _reorder(unit: ReorderPlan, frames: int) -> Buffered:
    block_rows = np.arange(frames * unit.blocks[0], dtype=np.int64)
    row_words = unit.blocks[1] * unit.folds
    row_reads = row_words * unit.block[0] * unit.block[1]
    first, needs = block_rows * row_reads, (block_rows + 1) * row_words - 1
    freed_by = np.maximum((block_rows - 1) * row_reads - 1, -1)
    begins = block_rows * row_words
    return _buffered(block_rows.size * row_reads, first, needs, begins, freed_by)


def _buffered(
    reads: int, first: Cycles, needs: Cycles, begins: Cycles, freed_by: Cycles
) -> Buffered:
    """Leave out the input words that wait for no read (-1)."""
    waits = freed_by >= 0
    return Buffered(reads, first, needs, begins[waits], freed_by[waits])
