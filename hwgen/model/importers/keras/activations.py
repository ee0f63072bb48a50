"""Activations, as layers of their own or at the end of others, and normalisations."""

from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hwgen.errors import ModelError, describe
from hwgen.model.importers.keras.flow import rounded
from hwgen.model.importers.keras.quantisers import NAMES, read_quantiser
from hwgen.model.importers.keras.settings import flag, refuse_set
from hwgen.model.importers.qonnx.arithmetic import normalise
from hwgen.model.importers.qonnx.finish import check_tail
from hwgen.model.importers.qonnx.layers import Layers
from hwgen.model.importers.qonnx.padding import laid
from hwgen.model.importers.qonnx.steps import Clip
from hwgen.model.importers.qonnx.tensor import Tensor, rationals
from hwgen.readers.onnx_file import Node

__all__ = ["activated", "normalised", "normalising_roles", "relu", "rescaled"]

_TAILS = {
    "softmax": "Softmax", "log_softmax": "LogSoftmax", "sigmoid": "Sigmoid",
}  # fmt: skip
_CLIPS = {
    "relu": (Fraction(0), None), "relu6": (Fraction(0), Fraction(6)),
    "hard_tanh": (Fraction(-1), Fraction(1)),
}  # fmt: skip
_ROLES = ("gamma", "beta", "moving_mean", "moving_variance")
_MOST_DENOMINATOR = 1 << 16


def activated(
    layers: Layers, tensor: Tensor, given: Any, *, last: bool, dropped: list[str]
) -> Tensor:
    """What an activation makes of it; of one that keeps the order of the last scores, nothing.

    ``given`` is a name, a call as text, or an object, as the file has it. ``dropped`` gets the
    names of those left out.
    """
    if isinstance(given, dict) and isinstance(given.get("config"), str):
        given = given["config"]
    if given is None or given == "linear":
        return tensor
    if isinstance(given, str) and given in _CLIPS:
        low, high = _CLIPS[given]
        return tensor.after(Clip(low, high))
    if isinstance(given, str) and given in _TAILS:
        op = _TAILS[given]
        if not last:
            raise ModelError(f"has the activation {given} ahead of the end; quantise there instead")
        check_tail(Node(op, "", "", (), (), {"axis": -1}), tensor)
        dropped.append(op)
        return tensor
    if isinstance(given, str) and given.isidentifier() and given not in NAMES:
        raise ModelError(f"has the activation {describe(given)}, which is not imported")
    return rounded(layers, tensor, read_quantiser(given), last=last)


def relu(config: dict[str, Any], tensor: Tensor) -> Tensor:
    """A ``ReLU`` layer."""
    for key in ("negative_slope", "threshold"):
        value = config.get(key)
        if value not in (None, 0):
            raise ModelError(f"has {key}={describe(value)}, which is not imported")
    most = config.get("max_value")
    high = None if most is None else _number(config, "max_value")
    if high is not None and high < 0:
        raise ModelError("has a max_value below 0")
    return tensor.after(Clip(Fraction(0), high))


def rescaled(config: dict[str, Any], tensor: Tensor) -> Tensor:
    """A ``Rescaling`` layer: ``scale * x + offset``."""
    scale, offset = _number(config, "scale"), _number(config, "offset", 0.0)
    return tensor.scaled(scale, offset)


def normalising_roles(config: dict[str, Any]) -> tuple[str, ...]:
    """Names of the arrays of a ``BatchNormalization``."""
    wanted = (flag(config, "scale", True), flag(config, "center", True), True, True)
    return tuple(role for role, there in zip(_ROLES, wanted, strict=True) if there)


def normalised(
    layers: Layers,
    config: dict[str, Any],
    tensor: Tensor,
    arrays: Mapping[str, NDArray[Any]],
    *,
    spend: Callable[[int], None],
) -> Tensor:
    """A ``BatchNormalization`` of the channels."""
    tensor = laid(layers, tensor)
    refuse_set(config, "gamma_quantizer", "beta_quantizer", "mean_quantizer", "variance_quantizer")
    axis = config.get("axis", -1)
    if isinstance(axis, list) and len(axis) == 1:
        (axis,) = axis
    dims = tensor.place.ndim
    if axis not in (-1, dims - 1):
        raise ModelError(
            f"normalises axis {describe(axis)} of {dims}; the last, of the channels, is imported"
        )
    figures = []
    for role in _ROLES:
        if role not in normalising_roles(config):
            units = tensor.place.shape[1]
            figures.append(np.full(units, 1.0 if role == "gamma" else 0.0))
        elif role in arrays:
            figures.append(arrays[role])
        else:
            raise ModelError(f"has no {role} in the file")
    # float32, as the layer computes with it.
    epsilon = float(np.float32(_number(config, "epsilon", 1e-3)))
    node = Node("BatchNormalization", "", "", (), (), {"epsilon": epsilon})
    return normalise(layers, node, tensor, figures, spend=spend)


def _number(config: dict[str, Any], key: str, default: float | None = None) -> Fraction:
    """A number as a fraction: a simple one such as 1/255, where that is the float of it."""
    value = config.get(key, default)
    if not isinstance(value, int | float) or not abs(value) < 1e9:
        raise ModelError(f"must have a number as its {key}, not {describe(value)}")
    exact: Fraction = rationals(value).item()
    simple = exact.limit_denominator(_MOST_DENOMINATOR)
    return simple if float(simple) == float(value) else exact
