"""The description of a network: its layers, its file, and the checks on both."""

from hwgen.model.builder import Builder
from hwgen.model.head import YoloHead
from hwgen.model.layers import (
    INPUT_NAME,
    Activation,
    Add,
    Affine,
    AveragePool,
    BatchNorm,
    Concat,
    Conv2d,
    Dense,
    DepthwiseConv2d,
    Flatten,
    Input,
    Layer,
    MaxPool,
    Model,
    MultiThreshold,
    Padding,
    Quantise,
    Relu,
    Sign,
    Table,
)
from hwgen.model.load import load_model
from hwgen.model.save import dump_model, save_model
from hwgen.model.schema import FORMAT, schema_path
from hwgen.model.shapes import infer_shapes, resolve_padding
from hwgen.model.verify import verify_model

__all__ = [
    "FORMAT",
    "INPUT_NAME",
    "Activation",
    "Add",
    "Affine",
    "AveragePool",
    "BatchNorm",
    "Builder",
    "Concat",
    "Conv2d",
    "Dense",
    "DepthwiseConv2d",
    "Flatten",
    "Input",
    "Layer",
    "MaxPool",
    "Model",
    "MultiThreshold",
    "Padding",
    "Quantise",
    "Relu",
    "Sign",
    "Table",
    "YoloHead",
    "dump_model",
    "infer_shapes",
    "load_model",
    "resolve_padding",
    "save_model",
    "schema_path",
    "verify_model",
]
