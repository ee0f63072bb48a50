"""What each operator becomes: a tensor of what it reads, by layers or without any."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from numpy.typing import NDArray

from hwgen.errors import ModelError
from hwgen.model.importers.qonnx.activate import quantise
from hwgen.model.importers.qonnx.arithmetic import ARITHMETIC, arithmetic, bent, clip, normalise
from hwgen.model.importers.qonnx.choices import COMPARISONS, cast, choose, compare
from hwgen.model.importers.qonnx.constants import QUANTISERS, Constants
from hwgen.model.importers.qonnx.convolve import convolve
from hwgen.model.importers.qonnx.joins import add, concatenate
from hwgen.model.importers.qonnx.layers import Layers
from hwgen.model.importers.qonnx.linear import gemm, multiply
from hwgen.model.importers.qonnx.lookup import look_up
from hwgen.model.importers.qonnx.padding import laid, pad
from hwgen.model.importers.qonnx.places import MOVES, PARTS, move, part, split
from hwgen.model.importers.qonnx.pools import average, maximum, over_all, reduced
from hwgen.model.importers.qonnx.quantiser import Levels, keeps, quant_format, quant_levels
from hwgen.model.importers.qonnx.scales import ROUNDED, dequantise, round_off, to_integers
from hwgen.model.importers.qonnx.settle import rounds, settled
from hwgen.model.importers.qonnx.steps import Clip, Round
from hwgen.model.importers.qonnx.tensor import Tensor
from hwgen.model.importers.qonnx.thresholds import counted_levels, sign_levels, truncated_levels
from hwgen.readers.onnx_file import Node

__all__ = ["KINDS", "Known", "joined", "parts"]

Array = NDArray[Any]

_BENT = ("HardSigmoid", "LeakyRelu", "PRelu", "Sigmoid", "Tanh")
_CLIPS = ("Clip", "Max", "Min", "Relu")
_NOTHING = ("Dropout", "Identity")
_REDUCTIONS = ("ReduceMax", "ReduceMean", "ReduceSum")
_ROUNDING = (*QUANTISERS, "MultiThreshold", "Sign", "Trunc")

_OF_EACH = (
    *_BENT, *_CLIPS, *_NOTHING, *_ROUNDING, *ARITHMETIC, *COMPARISONS, *ROUNDED,
    "DequantizeLinear", "Neg", "Not", "Pad", "QuantizeLinear", "Where",
)  # fmt: skip
"""What takes each number alone: it can read what no layer has padded or rounded yet."""

_PADDING = ("AveragePool", "Cast", "Conv", "MaxPool")
"""What can read a tensor whose padding is in no layer yet."""


@dataclass(frozen=True)
class Known:
    """What is known of a graph on the way: its tensors and constants by name, and the layers.

    ``batch`` is the graph's number of frames; ``last`` has the output, and what only tails make it
    of.
    """

    layers: Layers
    constants: Constants
    tensors: dict[str, Tensor]
    batch: int
    last: frozenset[str]

    def __contains__(self, name: str) -> bool:
        return name in self.tensors or name in self.constants

    def flowing(self, node: Node, k: int = 0) -> Tensor:
        """The tensor that a node has as input k."""
        if len(node.inputs) <= k or node.inputs[k] not in self.tensors:
            raise ModelError("must read the tensor before it first")
        name = node.inputs[k]
        if node.op in _OF_EACH:
            return self.tensors[name]
        if rounds(self.tensors[name]):
            self.tensors[name] = settled(self.layers, self.tensors[name])
        tensor = self.tensors[name]
        return tensor if node.op in _PADDING else laid(self.layers, tensor)

    def parameters(self, node: Node) -> list[Array]:
        """The constants behind a node's first input; all have to be there."""
        given = self.optional(node)
        if any(array is None for array in given):
            raise ModelError("must have constants behind its first input")
        return [array for array in given if array is not None]

    def optional(self, node: Node) -> list[Array | None]:
        """The constants behind a node's first input; None for one that is left out."""
        names = list(node.inputs[1:])
        while names and not names[-1]:
            names.pop()
        if not all(name in self.constants for name in names if name):
            raise ModelError("must have constants behind its first input")
        return [self.constants[name] if name else None for name in names]

    def beside(self, node: Node) -> tuple[Tensor, Array, bool]:
        """The tensor and the constant of a node that reads one of each, and which is first."""
        if len(node.inputs) != 2 or not all(name in self for name in node.inputs):
            raise ModelError("must have 2 inputs")
        first = node.inputs[0] in self.tensors
        tensor = self.flowing(node, 0 if first else 1)
        return tensor, self.constants[node.inputs[1 if first else 0]], first


def joined(known: Known, node: Node) -> Tensor:
    """What a node makes of several tensors."""
    if not all(name in known.tensors for name in node.inputs):
        raise ModelError("joins a tensor with a constant; that is not imported")
    for name in node.inputs:
        if rounds(known.tensors[name]):
            known.tensors[name] = settled(known.layers, known.tensors[name])
    tensors = [known.tensors[name] for name in node.inputs]
    match node.op:
        case "Add":
            return add(known.layers, tensors)
        case "Sub":
            return add(known.layers, tensors, less=True)
        case "Concat":
            return concatenate(known.layers, tensors, node.attributes.get("axis", 1))
        case "Mul" | "Div" | "MatMul":
            raise ModelError(
                "multiplies branches; only weights that a file holds are multiplied by",
                remedy="leave gates, attention and squeeze-and-excite out of the network",
            )
    raise ModelError("reads more than one tensor; only Add, Sub and Concat join branches here")


def parts(known: Known, node: Node) -> list[Tensor]:
    """What a node of several outputs makes."""
    if node.op != "Split":
        raise ModelError("must have one output")
    sizes = [*known.optional(node), None][0]
    return split(node, known.flowing(node), sizes)


def _rounded(known: Known, node: Node) -> Tensor:
    tensor, last = known.flowing(node), node.outputs[0] in known.last
    if node.op == "Sign" and not last:
        # Where it is one of several that round, the last of them makes the layer.
        return tensor.after(Clip(Fraction(-1), Fraction(1))).after(Round("UP"))
    if node.op in QUANTISERS:
        format_ = quant_format(node, known.parameters(node))
        if not last and format_.high - format_.low > 255 and keeps(format_, tensor):
            return tensor
        levels = quant_levels(format_, tensor)
    else:
        levels = _levels(known, node, tensor)
    return quantise(known.layers, tensor, levels, last=last)


def _levels(known: Known, node: Node, tensor: Tensor) -> Levels:
    if node.op == "Sign":
        return sign_levels()
    parameters = known.parameters(node)
    if node.op == "MultiThreshold":
        return counted_levels(node, parameters, tensor)
    return truncated_levels(node, parameters, tensor)


def _arithmetic(known: Known, node: Node) -> Tensor:
    tensor, constant, first = known.beside(node)
    spend = known.constants.spend
    return arithmetic(known.layers, node, tensor, constant, first=first, spend=spend)


def _compared(known: Known, node: Node) -> Tensor:
    tensor, constant, first = known.beside(node)
    return compare(known.layers, node, tensor, constant, first=first)


def _chosen(known: Known, node: Node) -> Tensor:
    tensor, arrays = known.flowing(node), known.parameters(node)
    if len(arrays) != 2:
        raise ModelError("must have 3 inputs")
    return choose(tensor, *arrays)


def _product(known: Known, node: Node) -> Tensor:
    tensor, matrix, first = known.beside(node)
    known.constants.spend(2 * matrix.size)
    made_of = known.constants.quantised.get(node.inputs[1 if first else 0])
    return multiply(known.layers, tensor, matrix, made_of, first=first)


def _weighted(known: Known, node: Node) -> Tensor:
    tensor, parameters = known.flowing(node), known.parameters(node)
    if not 1 <= len(parameters) <= 2:
        raise ModelError("must have 2 or 3 inputs")
    groups = node.attributes.get("group", 1) if node.op == "Conv" else 1
    known.constants.spend(2 * parameters[0].size * max(groups, 1))
    made_of = known.constants.quantised.get(node.inputs[1])
    build = gemm if node.op == "Gemm" else convolve
    return build(known.layers, node, tensor, parameters, made_of)


def _normalised(known: Known, node: Node) -> Tensor:
    tensor, parameters = known.flowing(node), known.parameters(node)
    return normalise(known.layers, node, tensor, parameters, spend=known.constants.spend)


def _clipped(known: Known, node: Node) -> Tensor:
    if node.op in ("Max", "Min"):
        # Constants stand on either side.
        flowing = [name for name in node.inputs if name in known.tensors]
        ends: list[Array | None] = [
            known.constants[name] for name in node.inputs if name in known.constants
        ]
        return clip(node, known.tensors[flowing[0]], ends)
    return clip(node, known.flowing(node), known.optional(node))


def _bent(known: Known, node: Node) -> Tensor:
    slope = [*known.parameters(node), None][0] if node.op == "PRelu" else None
    return bent(node, known.flowing(node), slope)


def _moved(known: Known, node: Node) -> Tensor:
    return move(node, known.flowing(node), known.parameters(node), known.batch)


def _part(known: Known, node: Node) -> Tensor:
    if node.op == "Gather" and node.inputs[0] in known.constants:
        array, spend = known.constants[node.inputs[0]], known.constants.spend
        return look_up(known.layers, node, known.flowing(node, 1), array, spend=spend)
    return part(node, known.flowing(node), known.optional(node))


def _padded(known: Known, node: Node) -> Tensor:
    return pad(node, known.flowing(node), known.optional(node))


def _pool(known: Known, node: Node) -> Tensor:
    tensor = known.flowing(node)
    match node.op:
        case "MaxPool":
            return maximum(known.layers, node, tensor)
        case "AveragePool":
            return average(known.layers, node, tensor)
    return over_all(known.layers, tensor, largest=node.op == "GlobalMaxPool")


def _reduced(known: Known, node: Node) -> Tensor:
    given = known.parameters(node)
    axes = given[0].reshape(-1).tolist() if given else node.attributes.get("axes")
    return reduced(known.layers, node, known.flowing(node), axes)


KINDS: Mapping[str, Callable[[Known, Node], Tensor]] = {
    **dict.fromkeys(ARITHMETIC, _arithmetic),
    **dict.fromkeys(COMPARISONS, _compared),
    **dict.fromkeys(MOVES, _moved),
    **dict.fromkeys(PARTS, _part),
    **dict.fromkeys(_BENT, _bent),
    **dict.fromkeys(_CLIPS, _clipped),
    **dict.fromkeys(_NOTHING, lambda known, node: known.flowing(node)),
    **dict.fromkeys(_REDUCTIONS, _reduced),
    **dict.fromkeys(_ROUNDING, _rounded),
    **dict.fromkeys(("AveragePool", "GlobalAveragePool", "GlobalMaxPool", "MaxPool"), _pool),
    **dict.fromkeys(("Conv", "Gemm"), _weighted),
    "BatchNormalization": _normalised,
    **dict.fromkeys(ROUNDED, lambda known, node: round_off(node, known.flowing(node))),
    "Cast": lambda known, node: cast(node, known.flowing(node)),
    "DequantizeLinear": lambda known, node: dequantise(
        node, known.flowing(node), known.optional(node)
    ),
    "MatMul": _product,
    "Neg": lambda known, node: known.flowing(node).scaled(-1, 0),
    "Not": lambda known, node: known.flowing(node).scaled(-1, 1),
    "Pad": _padded,
    "QuantizeLinear": lambda known, node: to_integers(
        node, known.flowing(node), known.optional(node)
    ),
    "Where": _chosen,
}
"""What takes each operator that reads one tensor."""
