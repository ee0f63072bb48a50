"""Finds step functions: what comparisons, signs and choices make of one tensor, by trying it out.

Whatever is computed number by number from comparisons with constants is constant between them.
So its value at each of those constants, and once between any two, is all of it.
"""

from dataclasses import dataclass
from typing import Any

import torch

from hwgen.model.importers.traced.record import Value
from hwgen.model.importers.traced.simplify import Sum, evaluate

__all__ = ["StepFunction", "step_functions"]

_BREAKING = {"eq", "ge", "gt", "heaviside", "le", "lt", "ne", "sgn", "sign"}
_ALSO = {"_to_copy", "index_put", "masked_fill", "where"}
"""Number by number too, though PyTorch does not say so of all of them."""


@dataclass(frozen=True, eq=False)
class StepFunction:
    """A function of the numbers of ``source`` that is constant but at ``breaks``, ascending.

    ``levels`` are its values below the first break, at it, between it and the second, and so on.
    """

    source: Value
    breaks: tuple[float, ...]
    levels: torch.Tensor

    def refined(self, breaks: list[float]) -> torch.Tensor:
        """Levels for more breaks."""
        places = []
        for k in range(2 * len(breaks) + 1):
            below = sum(b < breaks[k // 2] for b in self.breaks) if k < 2 * len(breaks) else None
            if below is None:
                places.append(2 * len(self.breaks))
            elif k % 2 and breaks[k // 2] in self.breaks:
                places.append(2 * below + 1)
            else:
                places.append(2 * below)
        return self.levels[places]


def step_functions(simple: dict[Value, Value]) -> dict[Value, StepFunction]:
    """Step functions among simplified values."""
    found: dict[Value, StepFunction] = {}
    known: dict[Value, torch.Tensor] = {}
    for value in simple.values():
        if value not in found and value.flows and value.op is not None:
            made = _step(value, found, known)
            if made is not None:
                found[value] = made
    return found


def _step(
    value: Value, found: dict[Value, StepFunction], known: dict[Value, torch.Tensor]
) -> StepFunction | None:
    if isinstance(value, Sum):
        read: list[Any] = list(value.terms)
    else:
        pointwise = torch.Tag.pointwise in value.op.tags or value.kind in _ALSO
        if not pointwise or value.result:
            return None
        read = [*value.args, *value.options.values()]
        if value.kind == "index_put":
            # Chosen by a mask, it is a choice number by number.
            read = [value.args[0], *value.args[1], value.args[2]]
            if len(read) != 3 or read[1].data.dtype != torch.bool:
                return None
    flowing = [one for one in read if isinstance(one, Value) and one.flows]
    steps = [found[one] for one in flowing if one in found]
    constants: dict[Value, torch.Tensor] = {}
    for one in read:
        if isinstance(one, Value) and not one.flows:
            number = _uniform(one, known)
            if number is None:
                return None
            constants[one] = number
    if not steps:
        if value.kind in _BREAKING and len(flowing) == 1 and not isinstance(value, Sum):
            return _broken(value, flowing[0], constants)
        return None
    source = steps[0].source
    if len(steps) < len(flowing) or any(step.source is not source for step in steps):
        return None
    breaks = sorted({b for step in steps for b in step.breaks})
    levels = {one: found[one].refined(breaks) for one in flowing}
    return StepFunction(source, tuple(breaks), _levels(value, levels | constants))


def _broken(value: Value, source: Value, constants: dict[Value, Any]) -> StepFunction | None:
    numbers = [*constants.values(), *(a for a in value.args if isinstance(a, int | float))]
    at = float(numbers[0]) if numbers and value.kind != "heaviside" else 0.0
    around = torch.tensor([at - 1 - abs(at), at, at + 1 + abs(at)], dtype=source.data.dtype)
    return StepFunction(source, (float(around[1]),), _levels(value, {source: around} | constants))


def _levels(value: Value, numbers: dict[Value, torch.Tensor]) -> torch.Tensor:
    if isinstance(value, Sum):
        total = torch.tensor(value.number, dtype=torch.float64)
        for term, times in value.terms.items():
            total = total + times * numbers[term].double()
        return total
    if value.kind == "index_put":
        kept, mask, new = value.args[0], value.args[1][0], value.args[2]
        return torch.where(numbers[mask], numbers[new], numbers[kept])
    given = [numbers[one] if isinstance(one, Value) else one for one in value.args]
    options = {
        key: numbers[one] if isinstance(one, Value) else one for key, one in value.options.items()
    }
    made = value.op(*given, **options)
    size = max((one.numel() for one in numbers.values()), default=1)
    return made.expand(size) if made.ndim == 0 else made


def _uniform(value: Value, known: dict[Value, torch.Tensor]) -> torch.Tensor | None:
    """The one number that a constant has everywhere."""
    tensor = evaluate(value, known).reshape(-1)
    if not tensor.numel() or bool((tensor != tensor[0]).any()):
        return None
    return tensor[0]
