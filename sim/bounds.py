"""Bounds of the rules over whole streams, for sweeps: from what is known of both sides of a unit.

Cycles are int64, transfers of all frames one after another. Bounds are lower ones; raised again
and again from each other, they rise to the cycles themselves.
"""

from collections.abc import Mapping
from typing import assert_never

import numpy as np

from sim.flow import UNLIMITED, Counts, Cycles, Rule, Sides
from sim.forms import Buffered, Dealt, Folded, Forked, Form, Held, Joined, Queued, Unpacked

__all__ = ["bounds_of"]


def bounds_of(form: Form) -> Rule:
    """Bounds that a rule of this form sets."""
    match form:
        case Queued():
            return _queue(form.depth, form.latency, form.free_after)
        case Folded():
            return _fold(form.count, form.latency, form.depth)
        case Held():
            return _hold(form)
        case Dealt():
            return _deal(form.counts)
        case Unpacked():
            return _unpack(form.count)
        case Forked():
            return _fork()
        case Joined():
            return _join()
        case Buffered():
            return _buffer(form)
    assert_never(form)


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


def _queue(depth: int, latency: int, free_after: int) -> Rule:
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


def _hold(form: Held) -> Rule:
    """Words that meet others which stay."""
    hold, count, fold = form.hold, form.count, form.hold * form.count

    def ending(words: Cycles) -> Cycles:
        """Those of a fold that give an output each."""
        return words.reshape(-1, count, hold)[:, -1].ravel()

    def take(ins: Sides, outs: Sides) -> Mapping[str, Cycles]:
        moved = ins["i"].transfer
        bound = np.zeros_like(moved)
        room = _waits(ending(moved), outs["o"].transfer, form.depth, form.latency, 1)
        bound.reshape(-1, count, hold)[:, -1] = room.reshape(-1, hold)
        if not form.fed:
            return {"i": bound}
        met = np.repeat(ins["i_weights"].offered, hold)
        return {"i": np.maximum(bound, met), "i_weights": moved[hold - 1 :: hold]}

    def gives(ins: Counts, outs: Counts) -> Mapping[str, int]:
        folds, rest = divmod(ins["i"].moved, fold)
        return {"o": folds * hold + max(0, rest - fold + hold)}

    def accepts(ins: Counts, outs: Counts) -> Mapping[str, int]:
        room = outs["o"].room + form.depth if form.depth else 0
        folds, rest = divmod(room, hold)
        words = folds * fold + fold - hold + rest
        if not form.fed:
            return {"i": words}
        words = min(words, ins["i_weights"].offered * hold)
        return {"i": words, "i_weights": min(words, ins["i"].offered) // hold}

    return Rule(
        lambda ins, outs: {"o": ending(ins["i"].transfer) + form.latency}, take, gives, accepts
    )


def _deal(counts: tuple[int, ...]) -> Rule:
    """Words to one consumer after another, combinationally."""
    total, ends = sum(counts), np.cumsum(counts)
    parts = {
        f"o_{k}": slice(end - n, end) for k, (n, end) in enumerate(zip(counts, ends, strict=True))
    }

    def take(ins: Sides, outs: Sides) -> Mapping[str, Cycles]:
        bound = np.empty_like(ins["i"].transfer).reshape(-1, total)
        for port, part in parts.items():
            bound[:, part] = outs[port].transfer.reshape(len(bound), -1)
        return {"i": bound.ravel()}

    def gives(ins: Counts, outs: Counts) -> Mapping[str, int]:
        frames, rest = divmod(ins["i"].shown, total)
        return {
            port: frames * (part.stop - part.start)
            + min(max(rest - part.start, 0), part.stop - part.start)
            for port, part in parts.items()
        }

    def accepts(ins: Counts, outs: Counts) -> Mapping[str, int]:
        words = []
        for port, part in parts.items():
            frames, rest = divmod(outs[port].room, part.stop - part.start)
            words.append(frames * total + part.start + rest)
        return {"i": min(words)}

    return Rule(
        lambda ins, outs: {
            port: ins["i"].offered.reshape(-1, total)[:, part].ravel()
            for port, part in parts.items()
        },
        take,
        gives,
        accepts,
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


def _buffer(form: Buffered) -> Rule:
    """Memory that is written and read in different orders."""
    reads, first, needs = form.reads, form.first, form.needs
    blocked, freed = form.begins, form.freed_by
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
