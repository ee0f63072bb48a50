"""Dense networks of QONNX: ONNX with quantisers to -1 and +1, as Brevitas exports them."""

from fractions import Fraction
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hwgen.errors import ModelError, located
from hwgen.model.builder import Builder
from hwgen.model.importers.chain import add_rational_threshold
from hwgen.model.importers.onnx_constants import (
    QUANTISERS,
    Constants,
    bipolar_scale,
    check_domain,
    exact,
)
from hwgen.model.importers.source import Importer, Source
from hwgen.model.layers import Affine
from hwgen.readers.onnx_file import Graph, Node, is_onnx, read_onnx

__all__ = ["QONNX"]

_PIXEL = Fraction(1, 255)
"""What graphs read for a pixel's 1: the file does not say, and torchvision's ToTensor gives it."""

_RAW = Fraction(1, 64)
"""Graphs that multiply pixels by this or less scale them on their own: they read 0 to 255."""

_ARITHMETIC = ("Add", "Div", "Mul", "Sub")
_FIGURES = ("gamma", "beta", "mean", "variance")

_MAX_UNITS = 1 << 16
_MAX_BITS = 1 << 13
_RATIONAL = 32
"""Numbers of an array that one rational counts as."""


class _Walk:
    """The tensor that flows through the graph, and the layers behind it.

    ``kind`` is "pixels", "bits" or "sums". The tensor's values are ``slope * x + offset`` of what
    the graph reads, of -1/+1, or of the sums of the last dense layer, in exact rationals; ``slope`` and
    ``offset`` are object arrays, () or (channels). ``normalised`` is whether a batch
    normalisation has been added behind those sums.
    """

    def __init__(self, graph: Graph, name: str):
        self.graph = graph
        self.name = name
        self.constants = Constants(graph.constants)
        self.tensor = graph.input_name
        self.picture = graph.picture
        self.kind = "pixels"
        self.slope: Any = np.array(Fraction(1), object)
        self.offset: Any = np.array(Fraction(0), object)
        self.normalised = False
        self.flat = len(graph.input_shape) == 2
        self.dense = 0
        self.units = 0
        self.raw = False
        self._builder: Builder | None = None

    @property
    def builder(self) -> Builder:
        """Layers so far; there are none before the first quantiser."""
        if self._builder is None:
            channels, height, width = self.picture
            slope, offset = self.slope.item(), self.offset.item()
            self.raw = abs(slope) <= _RAW
            transform = Affine(slope if self.raw else slope * _PIXEL, offset)
            self._builder = Builder(
                self.name, height=height, width=width, channels=channels, transform=transform
            )
        return self._builder

    def run(self) -> Builder:
        for node in self.graph.nodes:
            # Whether numbers are finite is tested where they are used.
            with located(node.label), np.errstate(all="ignore"):
                self._node(node)
        if self.tensor != self.graph.output_name or self.kind == "pixels":
            raise ModelError("its output does not follow from its input by layers known here")
        if self.kind == "sums" and not self.normalised and not self._identity():
            # Rounded where no float64 is exact: it is what the integer scores stand for, no more.
            gamma, beta = self.slope.astype(np.float64), self.offset.astype(np.float64)
            self.builder.batch_norm(gamma, beta, 0.0, 1.0, 0.0, f"norm{self.dense - 1}")
        return self.builder

    def _identity(self) -> bool:
        return bool((self.slope == 1).all() and (self.offset == 0).all())

    def _node(self, node: Node) -> None:
        if len(node.outputs) != 1:
            raise ModelError("must have one output")
        output = node.outputs[0]
        if node.op == "Shape" and node.inputs == (self.graph.input_name,):
            # Frames come one by one.
            sizes = [1, *self.graph.input_shape[1:]]
            self.constants[output] = np.array(sizes, np.int64)
            return
        flowing = [name for name in node.inputs if name not in self.constants]
        if not flowing:
            self.constants.fold(node)
            return
        if flowing != [self.tensor]:
            raise ModelError("reads more than the tensor before it; branches are not imported")
        check_domain(node)
        if node.op in QUANTISERS:
            self._quantise(node)
        elif node.op in _ARITHMETIC:
            self._arithmetic(node)
        elif node.op == "MatMul":
            self._multiply(node)
        elif node.op == "BatchNormalization":
            self._normalise(node)
        elif node.op in ("Flatten", "Reshape"):
            self._flatten(node)
        elif node.op != "Identity":
            raise ModelError("is of a kind that is not imported")
        self.tensor = output

    def _parameters(self, node: Node) -> list[NDArray[Any]]:
        if node.inputs[0] != self.tensor:
            raise ModelError("must read the tensor before it first")
        return [self.constants[name] for name in node.inputs[1:]]

    def _quantise(self, node: Node) -> None:
        scale = exact(bipolar_scale(node, self._parameters(node))).reshape(())
        if self.kind == "bits":
            raise ModelError("quantises what is -1 and +1 already")
        if self.kind == "pixels":
            if self.slope == 0:
                raise ModelError("reads pixels multiplied by 0")
            self.builder.sign("binarise")
        elif self.normalised:
            self.builder.sign(f"sign{self.dense - 1}")
        else:
            add_rational_threshold(self.builder, self.dense - 1, self.slope, self.offset)
        self.kind, self.normalised = "bits", False
        self.slope, self.offset = scale, np.array(Fraction(0), object)

    def _arithmetic(self, node: Node) -> None:
        if self.normalised:
            raise ModelError("follows a batch normalisation, which is not imported")
        if len(node.inputs) != 2:
            raise ModelError("must have 2 inputs")
        first = node.inputs[0] == self.tensor
        constant = self.constants[node.inputs[1 if first else 0]]
        channels = self.slope.size if self.kind == "sums" else 1
        if constant.size not in (1, channels) or constant.size != (constant.shape or (1,))[-1]:
            raise ModelError("must have one number, or one for each unit of a dense layer")
        self.constants.spend(_RATIONAL * channels)
        number = exact(constant).reshape(-1) if constant.size > 1 else exact(constant).reshape(())
        match node.op:
            case "Mul":
                self.slope, self.offset = self.slope * number, self.offset * number
            case "Div":
                if not first or (number == 0).any():
                    raise ModelError("must divide by a number other than 0")
                self.slope, self.offset = self.slope / number, self.offset / number
            case "Add":
                self.offset = self.offset + number
            case _:
                self.offset = self.offset - number
                if not first:
                    self.slope, self.offset = -self.slope, -self.offset
        self.slope, self.offset = np.asarray(self.slope), np.asarray(self.offset)
        for figure in (*self.slope.flat, *self.offset.flat):
            if max(figure.numerator.bit_length(), figure.denominator.bit_length()) > _MAX_BITS:
                raise ModelError(f"makes fractions of more than {_MAX_BITS:,} bits")

    def _multiply(self, node: Node) -> None:
        if len(parameters := self._parameters(node)) != 1:
            raise ModelError("must have 2 inputs")
        (matrix,) = parameters
        if self.kind != "bits" or (self.offset != 0).any():
            raise ModelError("must read -1 and +1, behind a quantiser")
        if not self.flat:
            raise ModelError("must read a flat tensor; put a Flatten before it")
        if matrix.ndim != 2 or not matrix.size or len(matrix) != self._inputs():
            raise ModelError(
                f"must have a matrix of {self._inputs()} rows, not the shape {matrix.shape}"
            )
        if matrix.shape[1] > _MAX_UNITS:
            raise ModelError(f"must have at most {_MAX_UNITS:,} units, not {matrix.shape[1]:,}")
        scale = np.abs(matrix.flat[0])
        if not scale or not (np.abs(matrix) == scale).all():
            raise ModelError("must have weights of -1 and +1, all with the same scale")
        weights = np.where(matrix.T > 0, 1, -1)
        if not self.dense:
            # Pictures are (channel, row, column) there, and (row, column, channel) here.
            weights = weights.reshape(-1, *self.picture).transpose(0, 2, 3, 1)
            weights = weights.reshape(len(weights), -1)
            self.builder.flatten("flatten")
        self.builder.dense(weights, f"dense{self.dense}")
        self.units = len(weights)
        self.dense += 1
        self.kind = "sums"
        self.slope = np.full(self.units, self.slope.item() * exact(scale).item(), object)
        self.offset = np.full(self.units, Fraction(0), object)

    def _inputs(self) -> int:
        return self.units if self.dense else prod(self.picture)

    def _normalise(self, node: Node) -> None:
        figures = self._parameters(node)
        if self.kind != "sums" or self.normalised:
            raise ModelError("must follow a dense layer")
        if node.attributes.get("training_mode", 0):
            raise ModelError("is in training mode")
        if len(figures) != len(_FIGURES) or any(f.shape != self.slope.shape for f in figures):
            raise ModelError(f"must have 4 arrays of {self.slope.size} figures")
        for what, values in zip(_FIGURES, figures, strict=True):
            if values.dtype.kind not in "fiu" or not np.isfinite(values).all():
                raise ModelError(f"{what} must have finite numbers")
        self.constants.spend(2 * _RATIONAL * self.slope.size)
        if (self.slope == 0).any():
            raise ModelError("reads sums multiplied by 0")
        gamma, beta, mean, variance = figures
        exact_gamma = exact(gamma) * self.slope
        exact_mean = (exact(mean) - self.offset) / self.slope
        for figures in (exact_gamma, exact_mean):
            if any(Fraction(float(figure)) != figure for figure in figures):
                raise ModelError("reads sums with a scale that no float64 takes in exactly")
        self.builder.batch_norm(
            exact_gamma.astype(np.float64),
            beta.astype(np.float64),
            exact_mean.astype(np.float64),
            variance.astype(np.float64),
            node.attributes.get("epsilon", 1e-5),
            f"norm{self.dense - 1}",
        )
        self.normalised = True

    def _flatten(self, node: Node) -> None:
        parameters = self._parameters(node)
        if node.op == "Flatten":
            good = node.attributes.get("axis", 1) == 1
        else:
            shape = parameters[0].tolist() if len(parameters) == 1 else None
            # One frame a row: 0 is the size that was there, -1 what is left.
            good = (
                isinstance(shape, list)
                and len(shape) == 2
                and shape[1] in (-1, self._inputs())
                and (shape[0] in (0, 1) or (shape[0] == -1 and shape[1] != -1))
            )
        if not good or self.kind == "sums":
            raise ModelError("must make a row of a whole frame")
        self.flat = True


def _build(source: Source) -> Builder:
    graph = read_onnx(source.data, source.path)
    walk = _Walk(graph, source.name)
    return walk.run().provenance(
        source.provenance(
            QONNX.name,
            producer=graph.producer,
            pixels="0 to 255, as the graph scales them itself"
            if walk.raw
            else "pixel / 255, as torchvision's ToTensor gives them; the file does not say",
        )
    )


QONNX = Importer(
    "qonnx", "a dense QONNX network (.onnx)", lambda source: is_onnx(source.data), _build
)
"""One chain of ``MatMul``, ``BatchNormalization``, arithmetic with constants and quantisers."""
