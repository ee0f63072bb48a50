"""Whether a run can finish, found without time, and what to say where it cannot."""

from collections.abc import Sequence
from dataclasses import replace

from hwgen.plan.plan import Plan
from sim.flow import UNLIMITED, Count, Flow, Rule
from sim.patterns import NEVER, Traffic

__all__ = ["count_words", "explain_deadlock"]

NAMED_FULL, NAMED_EMPTY = 3, 1
"""Waiting streams that a message names, of those with a word and of those without."""


def count_words(
    words: Sequence[int],
    rules: Sequence[Rule],
    ports: Sequence[tuple[list[int], list[int]]],
    traffic: Traffic,
) -> list[Count]:
    """Count the words that each stream can ever transfer.

    Units neither make nor lose words, whatever the time they take, so the counts grow from zero
    to a least fixed point that does not depend on time.

    Parameters
    ----------
    words : sequence of int
        Transfers of each stream in a run that finishes.
    ports : sequence of (list of int, list of int)
        For each rule the streams that go in and out.
    """
    counts = [Count() for _ in words]
    source = words[0] if traffic.valid.bits.any() else 0
    sink = UNLIMITED if traffic.ready_after or traffic.ready.bits.any() else 0
    counts[-1].room = sink
    changed = True
    while changed:
        before = [replace(c) for c in counts]
        counts[0].offered = source
        for rule, (ins, outs) in zip(reversed(rules), reversed(ports), strict=True):
            accepts = rule.accepts([counts[k] for k in ins], [counts[k] for k in outs])
            for k, room in zip(ins, accepts, strict=True):
                counts[k].room = room
        for rule, (ins, outs) in zip(rules, ports, strict=True):
            for k in ins:
                counts[k].moved = min(counts[k].offered, counts[k].room)
            gives = rule.gives([counts[k] for k in ins], [counts[k] for k in outs])
            for k, offered in zip(outs, gives, strict=True):
                counts[k].offered = min(offered, words[k])
        counts[-1].moved = min(counts[-1].offered, sink)
        changed = before != counts
    return counts


def explain_deadlock(plan: Plan, flows: Sequence[Flow], counts: Sequence[Count]) -> str:
    """Say when a run stops, and which streams wait for what."""
    last = max(
        (int(f.transfer[f.transfer < NEVER][-1]) for f in flows if f.transfer[0] < NEVER),
        default=None,
    )
    full, empty = [], []
    for stream, count, flow in zip(plan.streams, counts, flows, strict=True):
        if count.moved == flow.transfer.size:
            continue
        if count.shown > count.moved:
            full.append(f"{stream.name!r} waits for {stream.target!r} to take a word")
        else:
            empty.append(f"{stream.name!r} waits for a word from {stream.source!r}")
    # What holds all the others up is the last that is full, or the first that is empty.
    waiting = full[::-1][:NAMED_FULL] + empty[:NAMED_EMPTY]
    others = len(full) + len(empty) - len(waiting)
    more = f" and {others} more" if others else ""
    when = "before the first transfer" if last is None else f"after cycle {last}"
    return f"deadlock: nothing moves {when}: {', '.join(waiting)}{more}"
