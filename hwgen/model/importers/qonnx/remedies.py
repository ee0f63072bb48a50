"""What to change in a model for operators and networks that are not imported."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hwgen.errors import ModelError
from hwgen.model.importers.problems import Problem
from hwgen.readers.onnx_file import Graph, Node

__all__ = ["QUANTISING", "WEIGHTED", "float_network", "unknown_kind", "whole"]

QUANTISING = ("BipolarQuant", "IntQuant", "MultiThreshold", "Quant", "Sign", "Trunc")
"""Operators that give numbers of few bits."""

_STEPS = (*QUANTISING, "QuantizeLinear", "Where")
"""Operators of networks that are not plain floats."""

WEIGHTED = ("Conv", "ConvTranspose", "Gemm", "MatMul")
"""Operators whose second input is weights."""

_REMEDIES = {
    "use a quantiser, ReLU or Hardtanh with one behind it, as the activation": (
        "Abs Celu Elu Erf Gelu HardSwish Mish Selu Softplus Softsign Swish ThresholdedRelu"
    ),
    "use convolutions, and pools to make maps smaller; nothing makes them larger here": (
        "ConvTranspose DepthToSpace GridSample MaxUnpool Resize Upsample"
    ),
    "use BatchNorm, whose figures are constants after training": (
        "GroupNormalization InstanceNormalization LayerNormalization LRN LpNormalization "
        "MeanVarianceNormalization RMSNormalization SimplifiedLayerNormalization"
    ),
    "use convolutions or dense layers; a network here has no memory and no attention": (
        "Attention GRU LSTM MultiHeadAttention RNN"
    ),
    "export it as QONNX (Brevitas: export_qonnx), or convert it with QCDQToQuant of qonnx": (
        "ConvInteger DynamicQuantizeLinear MatMulInteger QGemm QLinearAdd QLinearConv QLinearMatMul"
    ),
    "export it without control flow, as torch.onnx.export does of a traced module": (
        "If Loop Scan SequenceMap"
    ),
    "use a maximum or mean over windows that cover the whole map": (
        "GlobalLpPool LpPool ReduceL1 ReduceL2 ReduceMin"
    ),
    "multiply by 1 / sqrt in training, or leave it to a BatchNorm": "Exp Log Pow Reciprocal Sqrt",
    "read the whole tensor, and leave parts out by weights of 0": "GatherElements GatherND",
    "export it as QONNX before FINN makes layers of its own hardware of it": (
        "Im2Col MVAU MatrixVectorActivation StreamingFCLayer_Batch Thresholding XnorPopcountMatMul"
    ),
    "compute it behind the network, from its scores": (
        "ArgMax ArgMin Hardmax LogSoftmax NonMaxSuppression Softmax TopK"
    ),
}
_BY_KIND = {kind: remedy for remedy, kinds in _REMEDIES.items() for kind in kinds.split()}
_ELSE = "put one of the operators that docs/import.md lists in its place"


def unknown_kind(node: Node) -> ModelError:
    """The refusal of an operator that is not imported."""
    return ModelError("is of a kind that is not imported", remedy=_BY_KIND.get(node.op, _ELSE))


def float_network(graph: Graph, floats: Sequence[str]) -> Problem | None:
    """The problem that a network of floats is; None of any other.

    ``floats`` are the types of weights that are no whole numbers, one a layer.
    """
    if not floats or any(node.op in _STEPS for node in graph.nodes):
        return None
    layers = "1 layer" if len(floats) == 1 else f"{len(floats):,} layers"
    return Problem(
        "",
        "",
        f"{layers} with weights of {floats[0]}, and no quantiser",
        "is a float network: nothing in it is quantised",
        "train it with quantisers, of Brevitas or Larq for example, and export it as QONNX",
    )


def whole(array: NDArray[Any]) -> bool:
    """Whether all numbers of an array are whole."""
    return array.dtype.kind in "biu" or bool((array == np.rint(array)).all())
