"""Whether a run can finish, found without time, and what to say where it cannot."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from hwgen.plan.plan import Plan
from sim.flow import UNLIMITED, Count, Rule
from sim.patterns import Traffic

__all__ = ["count_words", "explain_deadlock"]

NAMED_FULL, NAMED_EMPTY = 3, 1
"""Waiting streams that a message names, of those with a word and of those without."""


def count_words(
    plan: Plan, rules: Sequence[Rule], frames: int, traffic: Traffic
) -> dict[str, Count]:
    """Count the words that each stream can ever transfer, by name.

    Units neither make nor lose words, whatever the time they take, so the counts grow from zero
    to a least fixed point that does not depend on time.

    Parameters
    ----------
    rules : sequence of Rule
        Of each unit, over ``frames`` frames.
    """
    words = {s.name: s.transfers_per_frame * frames for s in plan.streams}
    counts = {name: Count() for name in words}
    last = counts[plan.exit.name]
    sources = {plan.entry.name: traffic.valid}
    if plan.weights is not None:
        sources[plan.weights.name] = traffic.weights
    sourced = {name: words[name] if p.bits.any() else 0 for name, p in sources.items()}
    sink = UNLIMITED if traffic.ready_after or traffic.ready.bits.any() else 0
    last.room = sink
    sides = [
        (
            {port: counts[s.name] for port, s in plan.inputs_of(unit).items()},
            {port: counts[s.name] for port, s in plan.outputs_of(unit).items()},
        )
        for unit in plan.units
    ]
    most = [{p: words[s.name] for p, s in plan.outputs_of(u).items()} for u in plan.units]
    changed = True
    while changed:
        before = [replace(c) for c in counts.values()]
        for name, word_count in sourced.items():
            counts[name].offered = word_count
        for rule, (ins, outs) in zip(reversed(rules), reversed(sides), strict=True):
            for port, room in rule.accepts(ins, outs).items():
                ins[port].room = room
        for rule, (ins, outs), limits in zip(rules, sides, most, strict=True):
            for count in ins.values():
                count.moved = min(count.offered, count.room)
            for port, offered in rule.gives(ins, outs).items():
                outs[port].offered = min(offered, limits[port])
        last.moved = min(last.offered, sink)
        changed = before != list(counts.values())
    return counts


def explain_deadlock(plan: Plan, frames: int, counts: Mapping[str, Count], last: int | None) -> str:
    """Say when a run of so many frames stops, and which streams wait for what.

    Parameters
    ----------
    counts : mapping of str to Count
        What each stream offers and moves in all.
    last : int or None
        Cycle of the last transfer; None where there is none.
    """
    full, empty = [], []
    for stream in plan.streams:
        count = counts[stream.name]
        if count.moved == frames * stream.transfers_per_frame:
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
