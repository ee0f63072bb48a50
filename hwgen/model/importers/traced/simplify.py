"""Takes out of a recording what cancels, and what only hands a tensor on.

A straight-through estimator is often written ``x + (sign(x) - x).detach()``. Its value is that of
``sign(x)``, but for roundings, which are not meant.
"""

from dataclasses import dataclass, field, replace
from typing import Any

import torch

from hwgen.model.importers.traced.record import Recording, Value

__all__ = ["Sum", "evaluate", "simplify", "values_in"]

_SAME = {"alias", "clone", "contiguous", "detach", "expand", "lift_fresh", "positive", "_to_copy"}
"""Operations that hand on what they read, where shape and kind of number stay."""


@dataclass(eq=False)
class Sum(Value):
    """``terms`` times their factors, and a ``number``."""

    terms: dict[Value, float] = field(default_factory=dict)
    number: float = 0.0


def simplify(recording: Recording) -> dict[Value, Value]:
    """What each value is, with that of its arguments in it, in the order of the recording."""
    found: dict[Value, Value] = {}
    same: dict[Any, Value] = {}
    for value in recording.values:
        simple = _simple(value, found)
        # What is computed twice, of the same, is one.
        found[value] = simple if simple.op is None else same.setdefault(_key(simple), simple)
    return found


def _key(value: Value) -> Any:
    if isinstance(value, Sum):
        return value.number, frozenset(value.terms.items()), value.data.shape
    return value.op, value.result, _frozen(value.args), _frozen(value.options)


def _frozen(read: Any) -> Any:
    if isinstance(read, tuple | list):
        return tuple(map(_frozen, read))
    if isinstance(read, dict):
        return tuple((key, _frozen(one)) for key, one in read.items())
    # 1, 1.0 and True are equal.
    return read if isinstance(read, Value) else repr(read)


def _simple(value: Value, found: dict[Value, Value]) -> Value:
    if value.op is None:
        return value
    args = _with(value.args, found)
    first = args[0] if args else None
    if value.kind == "copy" and isinstance(args[1], Value) and _alike(args[1], value):
        return args[1]
    if value.kind in _SAME and isinstance(first, Value) and _alike(first, value):
        return first
    if value.kind in ("add", "sub", "rsub", "neg") and value.data.is_floating_point():
        made = _sum(value, args)
        if made is not None:
            return made
    return replace(value, args=args, options=_with(value.options, found))


def _alike(one: Value, other: Value) -> bool:
    kinds = {one.data.is_floating_point(), other.data.is_floating_point()}
    same = one.data.dtype == other.data.dtype or kinds == {True}
    return same and one.data.shape == other.data.shape


def _sum(value: Value, args: tuple[Any, ...]) -> Value | None:
    """A sum with what cancels left out; None where it is none of floats."""
    factor = float(value.options.get("alpha", 1))
    signs = {"add": (1.0, factor), "sub": (1.0, -factor), "rsub": (-factor, 1.0), "neg": (-1.0,)}
    terms: dict[Value, float] = {}
    number = 0.0
    for sign, one in zip(signs[value.kind], args, strict=False):
        if not isinstance(one, Value):
            number += sign * one
            continue
        if not one.data.is_floating_point():
            return None
        inside = one.terms if isinstance(one, Sum) else {one: 1.0}
        number += sign * one.number if isinstance(one, Sum) else 0.0
        for term, times in inside.items():
            terms[term] = terms.get(term, 0.0) + sign * times
    terms = {term: times for term, times in terms.items() if times}
    if not number and list(terms.values()) == [1.0]:
        (only,) = terms
        if only.data.shape == value.data.shape:
            return only
    flows = any(term.flows for term in terms)
    return Sum(value.data, flows, value.where, value.op, args, terms=terms, number=number)


def evaluate(value: Value, known: dict[Value, torch.Tensor]) -> torch.Tensor:
    """Compute what does not follow from the input; ``known`` keeps what has been computed."""
    if value not in known:
        if isinstance(value, Sum):
            made = torch.full_like(value.data, value.number)
            for term, times in value.terms.items():
                made = made + times * evaluate(term, known)
        elif value.op is None:
            made = value.data
        else:
            tensors = {one: evaluate(one, known) for one in values_in(value)}
            made = value.op(*_with(value.args, tensors), **_with(value.options, tensors))
            made = made[value.result] if isinstance(made, tuple | list) else made
        known[value] = made
    return known[value]


def values_in(value: Value) -> list[Value]:
    """Values among the arguments of another."""
    if isinstance(value, Sum):
        return list(value.terms)
    found: list[Value] = []
    _with((value.args, value.options), _Collector(found))
    return found


class _Collector(dict[Value, Value]):
    def __init__(self, found: list[Value]):
        super().__init__()
        self._found = found

    def __getitem__(self, value: Value) -> Value:
        self._found.append(value)
        return value


def _with(read: Any, found: Any) -> Any:
    """Arguments with what their values are instead of them."""
    if isinstance(read, Value):
        return found[read]
    if isinstance(read, tuple | list):
        return type(read)(_with(one, found) for one in read)
    if isinstance(read, dict):
        return {key: _with(one, found) for key, one in read.items()}
    return read
