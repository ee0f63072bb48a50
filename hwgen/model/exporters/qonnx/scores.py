"""The end of the file: the values that the description has for its scores."""

from dataclasses import replace
from fractions import Fraction
from typing import Any

import numpy as np

from hwgen.errors import ModelError
from hwgen.model.exporters.qonnx.tensor import Tensor
from hwgen.model.exporters.qonnx.writer import Writer
from hwgen.model.importers.qonnx.steps import Clip, Linear, Norm, Step

__all__ = ["write_scores"]

_FLOAT64 = np.dtype(np.float64)
_TENSOR_DOUBLE = 11


def write_scores(writer: Writer, tensor: Tensor) -> Tensor:
    """Add what is between the last layer's integers and its values; rounded to float64."""
    steps = _merged(tensor.steps, tensor.channels)
    if not steps:
        return tensor
    name, dtype = tensor.name, writer.dtype
    if dtype != _FLOAT64 and not writer.holds(*_figures(steps)):
        dtype = _FLOAT64
        name = writer.node("Cast", [name], "scores/wide", to=_TENSOR_DOUBLE, dims=tensor.dims,
                           dtype=dtype)  # fmt: skip
    for k, step in enumerate(steps):
        output = "scores" if k == len(steps) - 1 else f"scores/{k}"
        name = _step(writer, tensor, step, name, output, dtype)
    return replace(tensor, name=name, steps=())


def _step(
    writer: Writer, tensor: Tensor, step: Step, source: str, output: str, dtype: np.dtype[Any]
) -> str:
    def figures(what: str, values: Any) -> str:
        try:
            array = np.asarray(values).astype(dtype)
        except OverflowError as error:
            raise ModelError("scores are beyond what a float64 holds") from error
        return writer.raw(f"{output}/{what}", array)

    def node(op: str, inputs: list[str], name: str, **more: Any) -> str:
        return writer.node(op, inputs, name, dims=tensor.dims, dtype=dtype, **more)

    match step:
        case Linear():
            shifted = (step.offset != 0).any()
            factor = figures("factor", tensor.by_channel(step.slope))
            source = node("Mul", [source, factor], f"{output}/product" if shifted else output)
            if shifted:
                by = figures("offset", tensor.by_channel(step.offset))
                source = node("Add", [source, by], output)
            return source
        case Norm():
            values = (step.gamma, step.beta, step.mean, step.variance)
            names = ("gamma", "beta", "mean", "variance")
            given = [figures(what, array) for what, array in zip(names, values, strict=True)]
            return node("BatchNormalization", [source, *given], output, epsilon=0.0)
        case Clip():
            return node("Relu", [source], output)
        case _:
            raise TypeError(f"no description has a step such as {step}")


def _merged(steps: tuple[Step, ...], channels: int) -> tuple[Step, ...]:
    """The same, with a scale ahead of a normalisation taken into it."""
    match steps:
        case (Linear() as before, Norm() as norm, *rest):
            gamma = norm.gamma * before.slope
            mean = (norm.mean - before.offset) / before.slope
            return (Norm(gamma, norm.beta, mean, norm.variance), *rest)
    return steps


def _figures(steps: tuple[Step, ...]) -> list[Fraction]:
    found: list[Fraction] = []
    for step in steps:
        match step:
            case Linear():
                found += [*step.slope, *step.offset]
            case Norm():
                found += [*step.gamma, *step.beta, *step.mean, *step.variance]
            case Clip():
                pass
    return found
