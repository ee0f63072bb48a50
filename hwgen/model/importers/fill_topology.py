"""Fills a description that has no weights with the tensors of a state dict.

Tensors of one module have names that differ behind the last point; a layer takes those of one. By
default it is the next that fits, in the order of the file.
"""

from dataclasses import replace
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hwgen.errors import ModelError, describe, located, times
from hwgen.model.layers import Dense, Flatten, Model
from hwgen.model.load import model_of
from hwgen.model.schema import check_document
from hwgen.model.shapes import infer_shapes
from hwgen.model.verify import verify_model
from hwgen.model.weights import pack_weights

__all__ = ["fill_topology"]

Array = NDArray[Any]
Module = dict[str, Array]

_FIGURES = {"gamma": "weight", "beta": "bias", "mean": "running_mean", "variance": "running_var"}
_DEFAULTS = {"gamma": 1.0, "beta": 0.0}
_EPSILON = 1e-5
"""Of PyTorch's batch normalisations."""
_WEIGHTED = {
    "dense": ("units", (2,)),
    "conv2d": ("filters", (4, 3)),
    "depthwise_conv2d": ("", (4,)),
}
_COUNTERS = ("num_batches_tracked",)


def fill_topology(
    document: dict[str, Any], tensors: dict[str, Array], provenance: dict[str, Any]
) -> Model:
    """Make the network.

    Parameters
    ----------
    document : dict
        A description whose layers may lack ``weights``, and the four figures of a ``batch_norm``,
        or have null there; ``state`` maps names of layers to modules of the state dict.
    tensors : dict of str to array
        The state dict. Weights are taken as their signs where a layer has 1 bit.
    provenance : dict
        What is added to that of the document.

    Raises
    ------
    ModelError
        Names the layer for which there are no tensors, or the tensors that no layer takes.
    """
    document = dict(document)
    named = document.pop("state", {})
    _check(document)
    layers = document["layers"]
    if not isinstance(named, dict) or not all(isinstance(one, str) for one in named.values()):
        raise ModelError("state must map names of layers to names of modules in the state dict")
    there = {one.get("name") for one in layers}
    if missing := sorted(set(named) - there):
        raise ModelError(f"state names a layer {describe(missing[0])}, which is not there")
    read = [name for one in layers for name in one.get("inputs", ())]
    filled = _Filling(_modules(tensors), named, read)
    document["layers"] = [filled.layer(dict(one)) for one in layers]
    filled.check_rest()
    document["provenance"] = {**document.get("provenance", {}), **provenance}
    check_document(document)
    model = _channels_first(model_of(document))
    verify_model(model)
    return model


def _check(document: dict[str, Any]) -> None:
    """Check all that the schema says, with something in place of what is lacking."""
    layers = document.get("layers")
    shown: Any = layers
    if isinstance(layers, list):
        shown = [_with_arrays(one) if isinstance(one, dict) else one for one in layers]
    check_document({**document, "layers": shown} if "layers" in document else document)


def _with_arrays(entry: dict[str, Any]) -> dict[str, Any]:
    kept = {key: value for key, value in entry.items() if value is not None}
    if kept.get("kind") == "batch_norm":
        return {**dict.fromkeys(_FIGURES, 1.0), "epsilon": _EPSILON, **kept}
    if kept.get("kind") in [*_WEIGHTED]:
        return {"weights": {"base64": "AA=="}, **kept}
    return entry


def _modules(tensors: dict[str, Array]) -> dict[str, Module]:
    found: dict[str, Module] = {}
    for name, array in tensors.items():
        module, _, leaf = name.rpartition(".")
        if leaf not in _COUNTERS:
            found.setdefault(module, {})[leaf] = array
    return found


class _Filling:
    """Layers so far, and which modules they took."""

    def __init__(self, modules: dict[str, Module], named: dict[str, str], read: list[Any]):
        self._modules = modules
        self._named = dict(named)
        self._taken: list[str] = []
        self._read = read
        self._last: Any = None
        self._bias: tuple[str, Array] | None = None

    def layer(self, entry: dict[str, Any]) -> dict[str, Any]:
        """An object of a layer with its arrays in it."""
        kind, name = entry.get("kind"), entry.get("name")
        wanted = ["weights"] if kind in _WEIGHTED else [*_FIGURES] if kind == "batch_norm" else []
        lacking = [key for key in wanted if entry.get(key) is None]
        if kind != "batch_norm" or entry.get("inputs", [self._last]) != [self._last]:
            self._check_bias()
        self._last = name
        if not lacking:
            return entry
        label = f"layer {describe(name)}" if isinstance(name, str) else f"a layer {kind}"
        with located(label):
            module = self._named.pop(name, None) if isinstance(name, str) else None
            if module is None:
                module = self._next(entry)
            elif module not in self._modules:
                raise ModelError(f"the file has no module {describe(module)}")
            self._taken.append(module)
            with located(f"module {describe(module)}"):
                arrays = self._modules[module]
                if kind == "batch_norm":
                    return self._normed(entry, arrays, lacking)
                return self._weighted(entry, module, arrays)

    def check_rest(self) -> None:
        """Refuse what nothing takes: the topology is likely another."""
        if self._named:
            raise ModelError(
                f"state names the layer {describe(next(iter(self._named)))}, which lacks no arrays"
            )
        self._check_bias()
        for name, arrays in self._modules.items():
            if name not in self._taken:
                shown = ", ".join(f"{leaf} {times(a.shape)}" for leaf, a in arrays.items())
                raise ModelError(f"no layer takes the tensors of {describe(name)} ({shown})")

    def _check_bias(self) -> None:
        if self._bias is not None:
            raise ModelError(
                f"module {describe(self._bias[0])} has a bias, and no batch_norm right behind it "
                "that could take it"
            )

    def _next(self, entry: dict[str, Any]) -> str:
        for name, arrays in self._modules.items():
            free = name not in self._taken and name not in self._named.values()
            if free and _fits(entry, arrays):
                return name
        what = entry.get("units", entry.get("filters"))
        size = f" of {what}" if isinstance(what, int) else ""
        raise ModelError(f"no tensors are left that fit a {entry['kind']}{size}")

    def _normed(self, entry: dict[str, Any], arrays: Module, lacking: list[str]) -> dict[str, Any]:
        for key in lacking:
            array = arrays.get(_FIGURES[key])
            if array is None and key not in _DEFAULTS:
                raise ModelError(f"has no {_FIGURES[key]}")
            figures = _DEFAULTS[key] if array is None else array.astype(np.float64).tolist()
            entry[key] = figures
        if self._bias is not None:
            if self._read.count(self._last) > ("inputs" in entry):
                self._check_bias()
            entry["mean"] = _less(entry["mean"], self._bias[1])
            self._bias = None
        entry.setdefault("epsilon", _EPSILON)
        return entry

    def _weighted(self, entry: dict[str, Any], module: str, arrays: Module) -> dict[str, Any]:
        weights = arrays.get("weight")
        if weights is None:
            raise ModelError("has no weight")
        if (bias := arrays.get("bias")) is not None and bias.any():
            self._bias = (module, bias)
        if weights.ndim == 3:
            weights = weights[:, :, None]
        if weights.ndim == 4:
            weights = weights.transpose(0, 2, 3, 1)
            size = entry.get("kernel")
            asked = [size, size] if isinstance(size, int) else size
            if asked != [*weights.shape[1:3]]:
                raise ModelError(f"has kernels of {times(weights.shape[1:3])}, not {asked}")
        bits = int(entry.get("weight_bits", 1))
        whole = _signs(weights) if bits == 1 else _integers(weights)
        entry["weights"] = {"base64": pack_weights(whole, bits)}
        return entry


def _fits(entry: dict[str, Any], arrays: Module) -> bool:
    if entry["kind"] == "batch_norm":
        return "running_mean" in arrays
    key, dims = _WEIGHTED[entry["kind"]]
    weights = arrays.get("weight")
    if weights is None or weights.ndim not in dims or "running_mean" in arrays:
        return False
    return not key or len(weights) == entry.get(key)


def _signs(weights: Array) -> Array:
    if not weights.all():
        raise ModelError("has a weight of 0, whose sign is neither -1 nor +1")
    sizes = np.abs(weights).reshape(len(weights), -1)
    scale = sizes.flat[0]
    if sizes.shape[1] > 1 and (sizes == sizes[:, :1]).all() and (sizes != 1).any():
        raise ModelError(
            f"has weights of -{scale:g} and +{scale:g}, a scale that the description would lose; "
            "divide weights by it, and the mean of the batch normalisation behind them"
        )
    return np.where(weights > 0, 1, -1)


def _integers(weights: Array) -> Array:
    whole = np.rint(weights)
    if not np.isfinite(weights).all() or (whole != weights).any():
        raise ModelError("has weights that are no integers")
    return whole.astype(np.int64)


def _less(mean: Any, bias: Array) -> list[float]:
    """The mean less a bias, exactly."""
    means = np.broadcast_to(np.asarray(mean, np.float64), bias.shape)
    shifted = means - bias.astype(np.float64)
    for one, other, made in zip(means.tolist(), bias.tolist(), shifted.tolist(), strict=True):
        if Fraction(one) - Fraction(other) != Fraction(made):
            raise ModelError("has a mean that less the bias before it is no float64")
    return shifted.tolist()


def _channels_first(model: Model) -> Model:
    """Weights behind a flatten in the order of the description, channel fastest."""
    shapes = infer_shapes(model)
    named = {layer.name: layer for layer in model.layers}
    layers = []
    for layer in model.layers:
        before = named.get(layer.inputs[0])
        if isinstance(layer, Dense) and isinstance(before, Flatten):
            source = before.inputs[0]
            size = model.input
            rows, columns, channels = shapes.get(source, (size.height, size.width, size.channels))
            weights = layer.weights.reshape(-1, channels, rows * columns).transpose(0, 2, 1)
            made = np.ascontiguousarray(weights.reshape(layer.weights.shape))
            made.flags.writeable = False
            layers.append(replace(layer, weights=made))
        else:
            layers.append(layer)
    return replace(model, layers=tuple(layers))
