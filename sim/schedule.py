"""The rule of each unit: bounds on its transfers from those of its other side.

Rules are those of ``docs/contracts.md``. Each takes the cycles of the transfers on the unit's
input and output known so far, and gives lower bounds: when an output word is visible, and when an
input word can be taken. Cycles are int64, transfers of all frames one after another.
"""

from collections.abc import Callable
from dataclasses import dataclass
from math import ceil

import numpy as np
from numpy.typing import NDArray

from hwgen.plan.units import (
    Convert,
    Fifo,
    MatrixPlan,
    PoolPlan,
    Register,
    ReorderPlan,
    Scores,
    Unit,
    WindowPlan,
)

__all__ = ["Rule", "memory_frames", "rule_of"]

Cycles = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Rule:
    """``visible(transfer_in, visible_in, transfer_out)`` and ``takes(transfer_out, ...)``.

    ``visible`` gives the least cycle in which each output word can be offered; ``takes``, given
    the same arguments, the least cycle in which each input word can be accepted.
    """

    visible: Callable[[Cycles, Cycles, Cycles], Cycles]
    takes: Callable[[Cycles, Cycles, Cycles], Cycles]


def rule_of(unit: Unit, frames: int) -> Rule:
    """Rule of a unit, over ``frames`` frames."""
    if isinstance(unit, Fifo):
        return _fifo(unit.depth, 1)
    if isinstance(unit, Register):
        return _fifo(1, 0)
    if isinstance(unit, Convert):
        return _fold(unit.count, 1, 1) if unit.up else _unpack(unit.count)
    if isinstance(unit, Scores):
        return _unpack(unit.lanes)
    if isinstance(unit, PoolPlan):
        return _fold(unit.taps, 1, 1)
    if isinstance(unit, MatrixPlan):
        return _fold(unit.synapse_fold, unit.latency, unit.depth)
    if isinstance(unit, ReorderPlan):
        return _buffer(*_reorder_maps(unit, frames))
    assert isinstance(unit, WindowPlan), unit
    return _buffer(*_window_maps(unit, frames))


def memory_frames(unit: Unit, words_out: int) -> int:
    """How many frames back the rules of a unit reach, at most.

    Parameters
    ----------
    words_out : int
        Output words of a frame.
    """
    if isinstance(unit, WindowPlan):
        return ceil(unit.slots / unit.frame_bank_rows) + 1
    if isinstance(unit, ReorderPlan):
        return ceil(2 / unit.blocks[0]) + 1
    depth = unit.depth if isinstance(unit, Fifo | MatrixPlan) else 1
    return ceil(depth / words_out) + 1


def _fifo(depth: int, free_after: int) -> Rule:
    """Room for word k once word k - depth has left, ``free_after`` cycles later."""

    def visible(transfer_in: Cycles, visible_in: Cycles, transfer_out: Cycles) -> Cycles:
        return transfer_in + 1

    def takes(transfer_in: Cycles, visible_in: Cycles, transfer_out: Cycles) -> Cycles:
        bound = np.zeros_like(transfer_in)
        bound[depth:] = transfer_out[:-depth] + free_after
        return bound

    return Rule(visible, takes)


def _fold(count: int, latency: int, depth: int) -> Rule:
    """``count`` words into one; the last of them waits for room in the output FIFO."""

    def visible(transfer_in: Cycles, visible_in: Cycles, transfer_out: Cycles) -> Cycles:
        return transfer_in[count - 1 :: count] + latency

    def takes(transfer_in: Cycles, visible_in: Cycles, transfer_out: Cycles) -> Cycles:
        bound = np.zeros_like(transfer_in)
        bound[count - 1 :: count][depth:] = transfer_out[:-depth] + 1
        return bound

    return Rule(visible, takes)


def _unpack(count: int) -> Rule:
    """One word into ``count``, combinationally."""

    def visible(transfer_in: Cycles, visible_in: Cycles, transfer_out: Cycles) -> Cycles:
        return np.repeat(visible_in, count)

    def takes(transfer_in: Cycles, visible_in: Cycles, transfer_out: Cycles) -> Cycles:
        return transfer_out[count - 1 :: count]

    return Rule(visible, takes)


def _buffer(reads: int, first: Cycles, needs: Cycles, begins: Cycles, freed_by: Cycles) -> Rule:
    """Memory that is written and read in different orders.

    Reads ``first`` wait for input words ``needs``; input words ``begins`` wait for reads
    ``freed_by`` (-1: for none).
    """
    blocked, freed = begins[freed_by >= 0], freed_by[freed_by >= 0]
    index = np.arange(reads, dtype=np.int64)

    def issue(transfer_in: Cycles, transfer_out: Cycles) -> Cycles:
        bound = np.zeros(reads, np.int64)
        bound[first] = transfer_in[needs] + 1
        np.maximum(bound[1:], transfer_out[:-1], out=bound[1:])
        return np.maximum.accumulate(bound - index) + index

    def visible(transfer_in: Cycles, visible_in: Cycles, transfer_out: Cycles) -> Cycles:
        return issue(transfer_in, transfer_out) + 1

    def takes(transfer_in: Cycles, visible_in: Cycles, transfer_out: Cycles) -> Cycles:
        bound = np.zeros_like(transfer_in)
        bound[blocked] = issue(transfer_in, transfer_out)[freed] + 1
        return bound

    return Rule(visible, takes)


def _window_maps(unit: WindowPlan, frames: int) -> tuple[int, Cycles, Cycles, Cycles, Cycles]:
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
    return frames * block_rows * row_reads, first, needs, begins, freed_by


def _reorder_maps(unit: ReorderPlan, frames: int) -> tuple[int, Cycles, Cycles, Cycles, Cycles]:
    block_rows = np.arange(frames * unit.blocks[0], dtype=np.int64)
    row_words = unit.blocks[1] * unit.folds
    row_reads = row_words * unit.block[0] * unit.block[1]
    first, needs = block_rows * row_reads, (block_rows + 1) * row_words - 1
    freed_by = np.maximum((block_rows - 1) * row_reads - 1, -1)
    return block_rows.size * row_reads, first, needs, block_rows * row_words, freed_by
