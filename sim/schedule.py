"""The rule of each unit: bounds on its transfers from those of its other side.

Rules are those of ``docs/contracts.md``. From what is known so far of the streams on both sides
they give lower bounds: when an output word can be offered, and when an input word can be taken.
Cycles are int64, transfers of all frames one after another.
"""

from collections.abc import Mapping
from math import ceil
from typing import assert_never

import numpy as np

from hwgen.plan.units import (
    Convert,
    Fifo,
    Fork,
    Join,
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
from sim.flow import UNLIMITED, Counts, Cycles, Rule, Sides

__all__ = ["memory_frames", "rule_of"]


def rule_of(unit: Unit, frames: int) -> Rule:
    """Rule of a unit, over ``frames`` frames."""
    match unit:
        case Fifo():
            return _delay(unit.depth, 1, 1)
        case Register() | Slice():
            return _delay(1, 1, 0)
        case SearchPlan():
            return _delay(unit.depth, unit.latency, 0)
        case Convert():
            return _fold(unit.count, 1, 1) if unit.up else _unpack(unit.count)
        case Scores():
            return _unpack(unit.lanes)
        case PoolPlan():
            return _fold(unit.taps, 1, 1)
        case MatrixPlan():
            return _fold(unit.synapse_fold, unit.latency, unit.depth)
        case RequantisePlan():
            return _fold(1, unit.latency, unit.depth)
        case Fork():
            return _fork()
        case Join():
            return _join()
        case ReorderPlan():
            return _buffer(*_reorder_maps(unit, frames))
        case WindowPlan():
            return _buffer(*_window_maps(unit, frames))
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
        case Fifo() | MatrixPlan() | RequantisePlan() | SearchPlan():
            return ceil(unit.depth / words_out) + 1
        case Register() | Slice() | Convert() | Scores() | PoolPlan() | Fork() | Join():
            return ceil(1 / words_out) + 1
    assert_never(unit)


def _waits(enters: Cycles, leaves: Cycles, depth: int, latency: int, free_after: int) -> Cycles:
    """Room for word k once word k - depth has left, ``free_after`` cycles later.

    No word leaves earlier than ``latency`` cycles after it entered. That follows from the other
    rules as well, but only a few words a sweep; here it is followed along all words at once.
    """
    bound = np.zeros_like(enters)
    if not depth:
        # Word k waits for itself.
        return enters + latency + free_after
    if enters.size > depth:
        least = _spaced(enters, depth, latency + free_after) + latency
        bound[depth:] = np.maximum(leaves, least)[:-depth] + free_after
    return bound


def _spaced(bound: Cycles, stride: int, step: int) -> Cycles:
    """Least sequence above ``bound`` in which word k is ``step`` or more after word k - stride."""
    rows = -(-bound.size // stride)
    padded = np.zeros(rows * stride, np.int64)
    padded[: bound.size] = bound
    steps = step * np.arange(rows, dtype=np.int64)[:, None]
    table = padded.reshape(rows, stride) - steps
    return (np.maximum.accumulate(table, axis=0) + steps).ravel()[: bound.size]


def _delay(depth: int, latency: int, free_after: int) -> Rule:
    """Queue of so many words, some cycles from in to out."""
    return Rule(
        lambda ins, outs: {"o": ins["i"].transfer + latency},
        lambda ins, outs: {
            "i": _waits(ins["i"].transfer, outs["o"].transfer, depth, latency, free_after)
        },
        lambda ins, outs: {"o": ins["i"].moved},
        lambda ins, outs: {"i": outs["o"].room + depth if depth else 0},
    )


def _fold(count: int, latency: int, depth: int) -> Rule:
    """``count`` words into one; the last of them waits for room in the output FIFO."""

    def take(ins: Sides, outs: Sides) -> Mapping[str, Cycles]:
        bound = np.zeros_like(ins["i"].transfer)
        last = slice(count - 1, None, count)
        bound[last] = _waits(ins["i"].transfer[last], outs["o"].transfer, depth, latency, 1)
        return {"i": bound}

    return Rule(
        lambda ins, outs: {"o": ins["i"].transfer[count - 1 :: count] + latency},
        take,
        lambda ins, outs: {"o": ins["i"].moved // count},
        lambda ins, outs: {"i": (outs["o"].room + depth if depth else 0) * count + count - 1},
    )


def _unpack(count: int) -> Rule:
    """One word into ``count``, combinationally."""
    return Rule(
        lambda ins, outs: {"o": np.repeat(ins["i"].offered, count)},
        lambda ins, outs: {"i": outs["o"].transfer[count - 1 :: count]},
        lambda ins, outs: {"o": ins["i"].shown * count},
        lambda ins, outs: {"i": outs["o"].room // count},
    )


def _fork() -> Rule:
    """One word to several consumers, each as soon as it wants; taken with the last of them."""
    return Rule(
        lambda ins, outs: dict.fromkeys(outs, ins["i"].offered),
        lambda ins, outs: {"i": np.maximum.reduce([o.transfer for o in outs.values()])},
        lambda ins, outs: dict.fromkeys(outs, ins["i"].shown),
        lambda ins, outs: {"i": min(o.room for o in outs.values())},
    )


def _join() -> Rule:
    """A word of each producer at once, when all are there and the output register is free."""

    def take(ins: Sides, outs: Sides) -> Mapping[str, Cycles]:
        bound: Cycles = np.maximum.reduce([i.offered for i in ins.values()])
        bound[1:] = np.maximum(bound[1:], outs["o"].transfer[:-1])
        return dict.fromkeys(ins, bound)

    def accepts(ins: Counts, outs: Counts) -> Mapping[str, int]:
        return dict.fromkeys(ins, min(outs["o"].room + 1, *(i.offered for i in ins.values())))

    return Rule(
        # All are taken at once.
        lambda ins, outs: {"o": ins["i_0"].transfer + 1},
        take,
        lambda ins, outs: {"o": min(i.moved for i in ins.values())},
        accepts,
    )


def _buffer(reads: int, first: Cycles, needs: Cycles, begins: Cycles, freed_by: Cycles) -> Rule:
    """Memory that is written and read in different orders.

    Reads ``first`` wait for input words ``needs``; input words ``begins`` wait for reads
    ``freed_by`` (-1: for none).
    """
    blocked, freed = begins[freed_by >= 0], freed_by[freed_by >= 0]
    index = np.arange(reads, dtype=np.int64)

    def issue(ins: Sides, outs: Sides) -> Cycles:
        bound = np.zeros(reads, np.int64)
        bound[first] = ins["i"].transfer[needs] + 1
        np.maximum(bound[1:], outs["o"].transfer[:-1], out=bound[1:])
        return np.maximum.accumulate(bound - index) + index

    def take(ins: Sides, outs: Sides) -> Mapping[str, Cycles]:
        bound = np.zeros_like(ins["i"].transfer)
        bound[blocked] = issue(ins, outs)[freed] + 1
        return {"i": bound}

    def gives(ins: Counts, outs: Counts) -> Mapping[str, int]:
        waiting = np.searchsorted(needs, ins["i"].moved)
        return {"o": int(first[waiting]) if waiting < first.size else reads}

    def accepts(ins: Counts, outs: Counts) -> Mapping[str, int]:
        issued = min(gives(ins, outs)["o"], outs["o"].room + 1)
        waiting = np.searchsorted(freed, issued)
        return {"i": int(blocked[waiting]) if waiting < freed.size else UNLIMITED}

    return Rule(lambda ins, outs: {"o": issue(ins, outs) + 1}, take, gives, accepts)


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
