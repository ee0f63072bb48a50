"""Operations on arrays that a file holds, as ONNX defines them: how many numbers, and which."""

from collections.abc import Callable, Mapping
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["MOVING", "OPERATIONS"]

Array = NDArray[Any]
Attributes = Mapping[str, Any]

_TYPES = {1: np.float32, 2: np.uint8, 3: np.int8, 4: np.uint16, 5: np.int16, 6: np.int32,
          7: np.int64, 9: np.bool_, 10: np.float16, 11: np.float64, 12: np.uint32,
          13: np.uint64}  # fmt: skip
"""Types of numbers, as ``Cast`` names them."""


def _same(attributes: Attributes, x: Array, *others: Array | None) -> int:
    return x.size


def _spread(attributes: Attributes, *arrays: Array) -> int:
    return prod(np.broadcast_shapes(*(array.shape for array in arrays)))


def _stacked(attributes: Attributes, *arrays: Array) -> int:
    return len(arrays) * _spread(attributes, *arrays)


def _one(compute: Callable[[Array], Any]) -> tuple[Callable[..., int], Callable[..., Any]]:
    return _same, lambda attributes, x: compute(x)


def _two(compute: Callable[[Array, Array], Any]) -> tuple[Callable[..., int], Callable[..., Any]]:
    return _spread, lambda attributes, x, y: compute(x, y)


def _divide(x: Array, y: Array) -> Array:
    if x.dtype.kind in "iu":
        return np.trunc(x / y).astype(x.dtype)
    return x / y


def _axes(attributes: Attributes, given: tuple[Array | None, ...]) -> tuple[int, ...] | None:
    """Axes, which were an attribute before they were an input."""
    axes = given[0].reshape(-1).tolist() if given and given[0] is not None else None
    found = attributes.get("axes") if axes is None else axes
    return None if found is None else tuple(int(axis) for axis in found)


def _unsqueeze(attributes: Attributes, x: Array, *given: Array | None) -> Array:
    axes = _axes(attributes, given)
    if axes is None:
        raise ValueError
    return np.expand_dims(x, axes)


def _squeeze(attributes: Attributes, x: Array, *given: Array | None) -> Array:
    return np.squeeze(x, _axes(attributes, given))


def _flatten(attributes: Attributes, x: Array) -> Array:
    axis = attributes.get("axis", 1)
    return x.reshape(prod(x.shape[:axis]), -1)


def _reshape(attributes: Attributes, x: Array, shape: Array) -> Array:
    sizes = shape.tolist()
    if not attributes.get("allowzero", 0):
        sizes = [x.shape[k] if size == 0 else size for k, size in enumerate(sizes)]
    return x.reshape(sizes)


def _gathered(attributes: Attributes, x: Array, places: Array) -> int:
    rest = list(x.shape)
    del rest[attributes.get("axis", 0)]
    return prod(rest) * places.size


def _slice(attributes: Attributes, x: Array, *given: Array | None) -> Array:
    arrays = [None if array is None else array.reshape(-1).tolist() for array in given]
    arrays += [None] * (4 - len(arrays))
    starts, ends, axes, steps = (
        attributes.get(name) if array is None else array
        for name, array in zip(("starts", "ends", "axes", "steps"), arrays, strict=True)
    )
    if starts is None or ends is None:
        raise ValueError
    cuts = [slice(None)] * x.ndim
    axes = range(len(starts)) if axes is None else axes
    steps = [1] * len(starts) if steps is None else steps
    for start, end, axis, step in zip(starts, ends, axes, steps, strict=True):
        stop = None if step < 0 and end < -x.shape[axis] else end
        cuts[axis] = slice(start, stop, step)
    return x[tuple(cuts)]


def _constant(attributes: Attributes) -> Array:
    for name, dtype in (("value_float", np.float32), ("value_floats", np.float32),
                        ("value_int", np.int64), ("value_ints", np.int64)):  # fmt: skip
        if name in attributes:
            return np.array(attributes[name], dtype)
    return attributes["value"]


def _filled(attributes: Attributes, shape: Array) -> Array:
    value = attributes.get("value", np.zeros(1, np.float32))
    return np.full(shape.reshape(-1).tolist(), value.reshape(-1)[0], value.dtype)


def _reduced(compute: Callable[..., Any]) -> tuple[Callable[..., int], Callable[..., Any]]:
    def reduce(attributes: Attributes, x: Array, *given: Array | None) -> Any:
        axes = _axes(attributes, given)
        if not axes and attributes.get("noop_with_empty_axes", 0):
            return x
        keep = bool(attributes.get("keepdims", 1))
        return compute(x, axis=axes or None, keepdims=keep).astype(x.dtype)

    return _same, reduce


def _range(start: Array, limit: Array, delta: Array) -> Array:
    return np.arange(start.item(), limit.item(), delta.item()).astype(start.dtype)


def _steps(attributes: Attributes, start: Array, limit: Array, delta: Array) -> int:
    return max(int(np.ceil((limit.item() - start.item()) / delta.item())), 0)


def _clip(attributes: Attributes, x: Array, *given: Array | None) -> Array:
    low, high = [*given, None, None][:2]
    low = attributes.get("min") if low is None else low
    high = attributes.get("max") if high is None else high
    return x if low is None and high is None else np.clip(x, low, high).astype(x.dtype)


def _expanded(attributes: Attributes, x: Array, shape: Array) -> int:
    return prod(np.broadcast_shapes(x.shape, tuple(shape.tolist())))


def _expand(attributes: Attributes, x: Array, shape: Array) -> Array:
    return np.broadcast_to(x, np.broadcast_shapes(x.shape, tuple(shape.tolist())))


def _integers(attributes: Attributes, x: Array, scale: Array, *given: Array | None) -> Array:
    """``QuantizeLinear``."""
    zero = given[0] if given and given[0] is not None else np.zeros((), np.uint8)
    if scale.size > 1:
        sizes = [1] * x.ndim
        sizes[attributes.get("axis", 1)] = scale.size
        scale, zero = scale.reshape(sizes), zero.reshape(sizes if zero.size > 1 else ())
    ends = np.iinfo(zero.dtype)
    return np.clip(np.rint(x / scale) + zero, ends.min, ends.max).astype(zero.dtype)


def _product(attributes: Attributes, x: Array, y: Array) -> int:
    return prod(np.broadcast_shapes(x.shape[:-2], y.shape[:-2])) * prod(x.shape[-2:-1]) * (
        y.shape[-1] if y.ndim > 1 else 1
    ) + x.size * (y.ndim > 1 and y.shape[-1])


OPERATIONS: Mapping[str, tuple[Callable[..., int], Callable[..., Any]]] = {
    "Abs": _one(np.abs),
    "Add": _two(np.add),
    "And": _two(np.logical_and),
    "Cast": (_same, lambda a, x: x.astype(_TYPES[a["to"]])),
    "Ceil": _one(np.ceil),
    "Clip": (_same, _clip),
    "Concat": (lambda a, *xs: sum(x.size for x in xs),
               lambda a, *xs: np.concatenate(xs, axis=a["axis"])),
    "Constant": (lambda a: _constant(a).size, _constant),
    "ConstantOfShape": (lambda a, shape: prod(map(abs, shape.reshape(-1).tolist())), _filled),
    "Div": _two(_divide),
    "Equal": _two(np.equal),
    "Exp": _one(np.exp),
    "Expand": (_expanded, _expand),
    "Flatten": (_same, _flatten),
    "Floor": _one(np.floor),
    "Gather": (_gathered, lambda a, x, i: np.take(x, i, axis=a.get("axis", 0))),
    "Greater": _two(np.greater),
    "GreaterOrEqual": _two(np.greater_equal),
    "Identity": _one(lambda x: x),
    "Less": _two(np.less),
    "LessOrEqual": _two(np.less_equal),
    "Log": _one(np.log),
    "MatMul": (_product, lambda a, x, y: x @ y),
    "Max": (_stacked, lambda a, *xs: np.stack(np.broadcast_arrays(*xs)).max(axis=0)),
    "Min": (_stacked, lambda a, *xs: np.stack(np.broadcast_arrays(*xs)).min(axis=0)),
    "Mul": _two(np.multiply),
    "Neg": _one(np.negative),
    "Not": _one(np.logical_not),
    "Or": _two(np.logical_or),
    "Pow": (_spread, lambda a, x, y: np.power(x, y).astype(x.dtype)),
    "QuantizeLinear": (_same, _integers),
    "Range": (_steps, lambda a, *ends: _range(*ends)),
    "Reciprocal": _one(np.reciprocal),
    "ReduceMax": _reduced(np.max),
    "ReduceMean": _reduced(np.mean),
    "ReduceMin": _reduced(np.min),
    "ReduceProd": _reduced(np.prod),
    "ReduceSum": _reduced(np.sum),
    "Relu": _one(lambda x: np.maximum(x, 0)),
    "Reshape": (_same, _reshape),
    "Round": _one(np.rint),
    "Shape": (lambda a, x: x.ndim, lambda a, x: np.array(x.shape, np.int64)),
    "Sign": _one(np.sign),
    "Size": (lambda a, x: 1, lambda a, x: np.array(x.size, np.int64)),
    "Slice": (_same, _slice),
    "Sqrt": _one(np.sqrt),
    "Squeeze": (_same, _squeeze),
    "Sub": _two(np.subtract),
    "Tanh": _one(np.tanh),
    "Transpose": (_same, lambda a, x: np.transpose(x, a.get("perm"))),
    "Unsqueeze": (_same, _unsqueeze),
    "Where": (_spread, lambda a, c, x, y: np.where(c, x, y)),
}  # fmt: skip
"""Of each operation, how many numbers it makes, and how; an input that is left out is None."""

MOVING = ("Flatten", "Gather", "Identity", "Reshape", "Slice", "Squeeze", "Transpose", "Unsqueeze")
"""Operations that leave every number as it is."""
