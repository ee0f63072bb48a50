"""Between which numbers a value lies, where that follows from what clips it."""

from math import inf

from hwgen.model.importers.traced.record import Value
from hwgen.model.importers.traced.simplify import Sum

__all__ = ["Bounds", "bounds"]

Bounds = tuple[float, float]


def bounds(value: Value) -> Bounds:
    """Least and greatest number; infinite where nothing is known.

    ``clamp``, ``hardtanh`` and ``relu`` are looked for through factors, summands and roundings.
    """
    steps: list[tuple[float, float]] = []
    while True:
        if isinstance(value, Sum) and len(value.terms) == 1:
            ((value_, factor),) = value.terms.items()
            steps.append((factor, value.number))
            value = value_
            continue
        args = value.args
        if value.kind in ("mul", "div") and len(args) == 2 and isinstance(args[1], int | float):
            steps.append((args[1] if value.kind == "mul" else 1 / args[1], 0.0))
        elif value.kind != "round":
            break
        value = args[0]
    low, high = -inf, inf
    if value.kind in ("clamp", "hardtanh"):
        ends = [*value.args[1:], *([None] * 2)]
        if value.kind == "hardtanh" and len(value.args) == 1:
            ends = [-1.0, 1.0]
        low = value.options.get("min", ends[0])
        high = value.options.get("max", ends[1])
        low, high = -inf if low is None else low, inf if high is None else high
    elif value.kind == "relu":
        low = 0.0
    for factor, number in reversed(steps):
        low, high = sorted((low * factor + number, high * factor + number))
    return low, high
