"""From layer to layer of a Keras model: what each becomes."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hwgen.errors import ModelError, located
from hwgen.model.builder import Builder
from hwgen.model.importers.keras.activations import (
    activated,
    normalised,
    normalising_roles,
    relu,
    rescaled,
)
from hwgen.model.importers.keras.flow import rounded
from hwgen.model.importers.keras.pools import POOLS, WHOLE, pooled, pooled_whole
from hwgen.model.importers.keras.quantisers import read_quantiser
from hwgen.model.importers.keras.shapes import flattened, padded, reshaped
from hwgen.model.importers.keras.topology import LayerConfig, Topology
from hwgen.model.importers.keras.weighted import WEIGHTED, weighted, weighted_roles
from hwgen.model.importers.options import Layout, Pixels
from hwgen.model.importers.qonnx.constants import Constants
from hwgen.model.importers.qonnx.finish import finish
from hwgen.model.importers.qonnx.frames import frame_of
from hwgen.model.importers.qonnx.joins import add, concatenate
from hwgen.model.importers.qonnx.layers import Layers
from hwgen.model.importers.qonnx.padding import laid
from hwgen.model.importers.qonnx.tensor import Tensor
from hwgen.readers.files import refusing

__all__ = ["Walk", "roles_of"]

Arrays = Mapping[str, Mapping[str, NDArray[Any]]]

_NORMS = ("BatchNormalization", "BatchNormalizationV1", "QBatchNormalization")
_NOTHING = (
    "ActivityRegularization", "AlphaDropout", "Dropout", "GaussianDropout", "GaussianNoise",
    "InputLayer", "SpatialDropout1D", "SpatialDropout2D",
)  # fmt: skip
"""Layers that do nothing but in training."""
_ENDS = ("Activation", "Softmax", *_NOTHING)
"""Layers behind which the end may still be."""
_PADDING = {"ZeroPadding1D": 1, "ZeroPadding2D": 2}
_UNFIT = "has settings or arrays that do not fit its kind"


def roles_of(layer: LayerConfig) -> tuple[str, ...]:
    """Names of the arrays that a layer has in the file; raises ModelError, naming the layer."""
    with located(layer.label):
        if layer.class_name in WEIGHTED:
            return weighted_roles(layer.class_name, layer.config)
        return normalising_roles(layer.config) if layer.class_name in _NORMS else ()


class Walk:
    """Tensors by the name of their layer, and the layers of the description so far.

    ``dropped`` are the kinds of the activations at the end that keep the scores' order, and
    ``doubted`` the layers whose weights versions of QKeras find differently.
    """

    def __init__(self, topology: Topology, arrays: Arrays, name: str, meaning: Pixels | None):
        self.topology = topology
        # Channels are last in the file, and first in all functions here.
        frame = frame_of((1, *topology.input_shape), shown=Layout.LAST)
        first = frame.tensor.placed(np.moveaxis(frame.tensor.place, -1, 1))
        # It counts what is computed, as for graphs.
        self._spend = Constants({}).spend
        self.layers = Layers(name, frame, meaning, self._spend)
        self.dropped: list[str] = []
        self.doubted: list[str] = []
        self._arrays = arrays
        first = self.layers.started(first)
        self._tensors: dict[str, Tensor] = {topology.layers[0].name: first}
        self._last = _outputs(topology)
        self._needed = _needed(topology)

    def run(self) -> Builder:
        """Take all layers; raises ModelError, naming the layer, for one that is not imported."""
        for layer in self.topology.layers:
            if layer.name not in self._needed:
                continue
            with located(layer.label), refusing(_UNFIT), np.errstate(all="ignore"):
                self._tensors[layer.name] = self._layer(layer)
        finish(self.layers, self._tensors[self.topology.output])
        return self.layers.builder

    def _layer(self, layer: LayerConfig) -> Tensor:
        tensors = [self._tensors[name] for name in layer.inputs]
        if not tensors:
            return self._tensors[layer.name]
        match layer.class_name:
            case "Add":
                return self._joined(tensors)
            case "Concatenate":
                return self._concatenated(layer, tensors)
        if len(tensors) > 1:
            raise ModelError("reads more than one tensor; only Add and Concatenate join branches")
        return self._single(layer, tensors[0])

    def _single(self, layer: LayerConfig, tensor: Tensor) -> Tensor:
        kind, config, last = layer.class_name, layer.config, layer.name in self._last
        arrays = self._arrays.get(layer.name, {})
        if kind in WEIGHTED:
            tensor = rounded(
                self.layers, tensor, read_quantiser(config.get("input_quantizer")), last=False
            )
            made = weighted(
                self.layers, kind, config, tensor, arrays,
                spend=self._spend, doubt=lambda: self.doubted.append(layer.name),
            )  # fmt: skip
            return self._activated(made, config.get("activation"), last)
        if kind in _NORMS:
            return normalised(self.layers, config, tensor, arrays, spend=self._spend)
        if kind in POOLS:
            return pooled(self.layers, kind, config, tensor)
        if kind in WHOLE:
            return pooled_whole(self.layers, kind, config, tensor)
        if kind in _PADDING:
            return padded(config, tensor, _PADDING[kind])
        if kind in _NOTHING:
            return tensor
        match kind:
            case "Activation" | "QActivation":
                return self._activated(tensor, config.get("activation"), last)
            case "Softmax":
                return self._activated(tensor, "softmax", last)
            case "ReLU":
                return relu(config, tensor)
            case "Flatten":
                return flattened(config, laid(self.layers, tensor))
            case "Reshape":
                return reshaped(config, laid(self.layers, tensor))
            case "Rescaling":
                return rescaled(config, tensor)
            case "Lambda":
                raise ModelError(
                    "is a program, and none of a file is run; put a layer of Keras in its place"
                )
        raise ModelError("is of a kind that is not imported")

    def _activated(self, tensor: Tensor, given: Any, last: bool) -> Tensor:
        return activated(self.layers, tensor, given, last=last, dropped=self.dropped)

    def _joined(self, tensors: list[Tensor]) -> Tensor:
        if len(tensors) < 2:
            raise ModelError("must read two tensors or more")
        return add(self.layers, tensors)

    def _concatenated(self, layer: LayerConfig, tensors: list[Tensor]) -> Tensor:
        dims = tensors[0].place.ndim
        if layer.config.get("axis", -1) not in (-1, dims - 1) or len(tensors) < 2:
            raise ModelError("must join the channels of two tensors or more, the last axis")
        return concatenate(self.layers, tensors, 1)


def _outputs(topology: Topology) -> frozenset[str]:
    """Names of the output, and of what only layers at the end make it of."""
    names = {topology.output}
    for layer in reversed(topology.layers):
        if layer.name in names and layer.class_name in _ENDS:
            names.update(layer.inputs)
    return frozenset(names)


def _needed(topology: Topology) -> frozenset[str]:
    """Names of what the output follows from."""
    names = {topology.output}
    for layer in reversed(topology.layers):
        if layer.name in names:
            names.update(layer.inputs)
    return frozenset(names)
