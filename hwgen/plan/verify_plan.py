"""Checks of a plan: what every step that makes or changes one has to keep."""

from collections import Counter
from collections.abc import Iterator

from hwgen.errors import FoldingError
from hwgen.network import INPUT
from hwgen.plan.plan import WEIGHTS, Plan, Stream

__all__ = ["verify_plan"]


def verify_plan(plan: Plan) -> Plan:
    """Give a plan back that keeps to the contracts.

    Names of units are unique. Every port of a unit has one stream of its width, from a unit earlier
    in the list or the input. The words of a frame chain: a unit gives as many as follow from those
    that it takes. Buffers are at least their least size. No combinational path from ``o.ready`` to
    ``i.ready`` crosses two units.

    Raises
    ------
    FoldingError
        Names the unit or the stream, and the rule; a plan of this package never gives one.
    """
    for where, why in _faults(plan):
        raise FoldingError(f"{plan.name}: {where}: {why}")
    return plan


def _faults(plan: Plan) -> Iterator[tuple[str, str]]:
    order = {unit.name: k for k, unit in enumerate(plan.units)}
    for name, count in Counter(unit.name.lower() for unit in plan.units).items():
        if count > 1:
            yield f"unit {name!r}", f"{count} units have this name"
    for name, count in Counter(stream.name for stream in plan.streams).items():
        if count > 1:
            yield f"stream {name!r}", f"{count} streams have this name"
    yield from _ends(plan, order)
    for unit in plan.units:
        ins = [s for s in plan.streams if s.target == unit.name]
        outs = [s for s in plan.streams if s.source == unit.name]
        where = f"unit {unit.name!r}"
        for what, streams, ports in (
            ("takes", [(s.target_port, s) for s in ins], unit.inputs),
            ("gives", [(s.source_port, s) for s in outs], unit.outputs),
        ):
            found = [port for port, _ in streams]
            if sorted(found) != sorted(ports):
                yield where, f"{what} the streams {', '.join(found) or 'none'}, not each of its own"
                continue
            for port, stream in streams:
                if stream.payload_bits != ports[port]:
                    bits = f"{stream.payload_bits} bits, not the {ports[port]} of its port"
                    yield where, f"{what} on {port!r} words of {bits}"
        words = {s.target_port: s.transfers_per_frame for s in ins}
        given = {s.source_port: s.transfers_per_frame for s in outs}
        if words and given and unit.words_given(words) != given:
            taken, gives = list(words.values()), sorted(set(given.values()))
            yield where, f"takes {taken} words a frame and gives {gives}"
    for buffer in plan.buffers():
        if buffer.size < buffer.least:
            yield f"unit {buffer.unit!r}", f"has {buffer.size} words or rows, not {buffer.least}"
    units = {unit.name: unit for unit in plan.units}
    for stream in plan.streams:
        source, target = units.get(stream.source), units.get(stream.target)
        if source and target and source.passes_ready and target.passes_ready:
            why = f"passes `ready` on to {source.name!r}, which passes it on in the same cycle"
            yield f"unit {target.name!r}", why


def _ends(plan: Plan, order: dict[str, int]) -> Iterator[tuple[str, str]]:
    """Where streams begin and end."""
    sources = [s for s in plan.streams if s.source == INPUT]
    sinks = [s for s in plan.streams if s.target == "output"]
    if sources != list(plan.streams[:1]) or sinks != list(plan.streams[-1:]):
        yield "streams", "the first one, and no other, comes from the input, the last goes out"
    if sum(s.source == WEIGHTS for s in plan.streams) > 1:
        yield "streams", "weights come in on one of them at most"
    for stream in plan.streams:
        begin = order.get(stream.source, -1 if stream.source in (INPUT, WEIGHTS) else None)
        end = order.get(stream.target, len(order) if stream.target == "output" else None)
        if begin is None or end is None:
            yield _of(stream), "comes from or goes to no unit of the plan"
        elif begin >= end:
            yield _of(stream), "goes back to an earlier unit"
        if stream.transfers_per_frame < 1:
            yield _of(stream), "has no words"


def _of(stream: Stream) -> str:
    return f"stream {stream.name!r}"
