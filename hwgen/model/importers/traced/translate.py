"""Writes a simplified recording as a graph of ONNX's operators, as a file would hold it."""

from dataclasses import dataclass
from math import ceil, floor

from hwgen.errors import ModelError, describe, located
from hwgen.model.importers.traced.bounds import bounds
from hwgen.model.importers.traced.operations import write
from hwgen.model.importers.traced.record import Recording, Value
from hwgen.model.importers.traced.simplify import simplify, values_in
from hwgen.model.importers.traced.step_functions import StepFunction, step_functions
from hwgen.model.importers.traced.write_steps import write_steps
from hwgen.model.importers.traced.writer import Writer
from hwgen.readers.onnx_file import Graph

__all__ = ["Translation", "translate"]


@dataclass(frozen=True, eq=False)
class Translation:
    """The graph, and what a check of it against the module needs to know.

    ``breaks`` are the numbers at which step functions and roundings change, with the place of
    what each reads in the recording. ``places`` are those of all tensors of the graph.
    """

    graph: Graph
    breaks: list[tuple[int, tuple[float, ...]]]
    places: dict[str, int]


def translate(recording: Recording, zero: int | None) -> Translation:
    """Make the graph; ``zero`` is what the sign of 0 is taken as, None for 0.

    Raises
    ------
    ModelError
        Names the part of the module and the operation that cannot be imported.
    """
    simple = simplify(recording)
    steps = step_functions(simple)
    # Of those that are one, the first: what comes behind it may have been changed in place.
    places: dict[Value, int] = {}
    for place, value in enumerate(simple.values()):
        places.setdefault(value, place)
    output = simple[recording.output]
    needed = _needed(output, steps)
    writer = Writer(simple[recording.values[0]])
    breaks = []
    for value in places:
        if value not in needed or value in writer.names:
            continue
        part = f"part {describe(value.where)}" if value.where else "its forward"
        with located(f"{part}, operation {value.kind}"):
            step = steps.get(value)
            if step is None:
                writer.names[value] = write(writer, value)
                if value.kind == "round":
                    low, high = bounds(value)
                    halves = tuple(k + 0.5 for k in range(floor(low), ceil(high)))
                    breaks.append((places[value.args[0]], halves))
            else:
                writer.names[value] = write_steps(writer, step, value.label, zero)
                breaks.append((places[step.source], step.breaks))
    if output not in writer.names:
        raise ModelError("its output does not follow from its input")
    named = {writer.names[value]: places[value] for value in writer.names}
    return Translation(writer.graph(output), breaks, named)


def _needed(output: Value, steps: dict[Value, StepFunction]) -> set[Value]:
    """All that flows and that the output follows from."""
    found: set[Value] = set()
    left = [output]
    while left:
        value = left.pop()
        if value in found or not value.flows:
            continue
        found.add(value)
        left += [steps[value].source] if value in steps else values_in(value)
    return found
