"""Weights of a layer: their keys in the file, their checks, the format of their sums."""

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hwgen.errors import ModelError, describe
from hwgen.model.kinds.base import MAX_BITS, Context, Definitions, Format
from hwgen.model.kinds.figures import FIGURES, check_rationals, read_rationals, write_rationals
from hwgen.model.values import check_int
from hwgen.model.weights import (
    check_weight_count,
    check_weight_values,
    pack_weights,
    read_weights,
    weight_dtype,
)

__all__ = [
    "WEIGHTS",
    "WEIGHT_FORMAT",
    "Bias",
    "Weights",
    "check_bias",
    "check_weights",
    "format_of_sums",
    "read_bias",
    "read_weight_format",
    "weights_in",
    "write_bias",
    "write_weights",
]

Weights = NDArray[np.int8] | NDArray[np.int16]

Bias = tuple[Fraction, ...]
"""What is added to the sums: one number for all outputs, or one for each."""

WEIGHTS: Definitions = {
    "weight_row": {
        "description": "Weights that share an output and a kernel position: -1 or +1 each, or "
        "integers of weight_bits bits.",
        "type": "array",
        "items": {"type": "integer", "minimum": -32768, "maximum": 32767},
    },
    "stored_weights": {
        "description": 'a nested list, {"base64": ...}, {"npz": ..., "key": ...} or '
        '{"external": ...}',
        "oneOf": [
            {
                "required": ["base64"],
                "additionalProperties": False,
                "properties": {
                    "base64": {
                        "description": "The weights in row-major order, weight_bits bits each, "
                        "least significant bit first; of one bit 1 stands for +1. The last byte "
                        "is filled up with zeros.",
                        "type": "string",
                    }
                },
            },
            {
                "required": ["npz", "key"],
                "additionalProperties": False,
                "properties": {
                    "npz": {
                        "description": "File of numpy.savez, relative to the folder of the "
                        "description and inside it.",
                        "type": "string",
                        "minLength": 1,
                        "maxLength": 1000,
                    },
                    "key": {
                        "description": "Name of an array of the weights, signed integers, in that "
                        "file.",
                        "type": "string",
                        "minLength": 1,
                        "maxLength": 200,
                    },
                },
            },
            {
                "required": ["external"],
                "additionalProperties": False,
                "properties": {
                    "external": {
                        "description": "Name of the stream that brings the weights at run time "
                        "(not built yet).",
                        "type": "string",
                        "minLength": 1,
                        "maxLength": 64,
                    }
                },
            },
        ],
    },
    "weight_bits": {
        "description": "Width of a weight, 1 by default; wider ones are two's complement.",
        "type": "integer",
        "minimum": 1,
        "maximum": MAX_BITS,
    },
    "weight_fraction_bits": {
        "description": "Bits of a weight behind its binary point.",
        "type": "integer",
        "minimum": 0,
        "maximum": MAX_BITS - 1,
    },
}

WEIGHT_FORMAT = {
    "weight_bits": {"$ref": "#/$defs/weight_bits"},
    "weight_fraction_bits": {"$ref": "#/$defs/weight_fraction_bits"},
    "bias": {"description": "Added to the sums, as what they stand for; 0 by default.", **FIGURES},
}
"""Keys of a layer with weights, besides these."""


def weights_in(entry: Mapping[str, Any], shape: tuple[int, ...], context: Context) -> Weights:
    """Weights of a shape, unless they are too many for a network."""
    check_weight_count(shape, context.weights_before)
    return read_weights(entry["weights"], shape, context.folder, read_weight_format(entry)[0])


def read_weight_format(entry: Mapping[str, Any]) -> tuple[int, int]:
    """Bits of a weight, and how many of them are behind its binary point."""
    return int(entry.get("weight_bits", 1)), int(entry.get("weight_fraction_bits", 0))


def write_weights(weights: Weights, bits: int, fraction_bits: int) -> dict[str, Any]:
    """Weights and their format, packed."""
    entry: dict[str, Any] = {"weights": {"base64": pack_weights(weights, bits)}}
    if bits > 1:
        entry["weight_bits"] = bits
    if fraction_bits:
        entry["weight_fraction_bits"] = fraction_bits
    return entry


def read_bias(entry: Mapping[str, Any], outputs: int) -> Bias:
    """Bias of a layer, 0 where there is none."""
    return read_rationals("bias", entry.get("bias", 0), outputs)


def write_bias(bias: Bias) -> dict[str, Any]:
    """Bias of a layer, where there is one."""
    return {"bias": write_rationals(bias)} if any(bias) else {}


def check_bias(bias: object, outputs: int) -> None:
    """Refuse a bias that is not one number, or one for each output."""
    check_rationals("bias", bias)
    assert isinstance(bias, tuple)
    if len(bias) not in (1, outputs):
        raise ModelError(f"bias must have {outputs} figures, not {len(bias)}")


def check_weights(weights: object, bits: int, fraction_bits: int, axes: str) -> None:
    """Refuse weights that are no array of these axes, or of other values than ``bits`` hold."""
    check_int("weight_bits", bits, 1, MAX_BITS)
    check_int("weight_fraction_bits", fraction_bits, 0, MAX_BITS - 1)
    dtype = np.dtype(weight_dtype(bits))
    if not isinstance(weights, np.ndarray) or weights.dtype != dtype:
        raise ModelError(f"weights must be an {dtype} array, not {describe(weights)}")
    if weights.ndim != axes.count(",") + 1 or weights.size == 0:
        raise ModelError(f"weights must have the shape {axes}, not {weights.shape}")
    check_weight_values("weights", weights, bits)


def format_of_sums(weights: Weights, bits: int, read: Format) -> Format:
    """Number format of the sums of products."""
    largest = 1 << bits - 1
    return Format.of_magnitude(weights[0].size * read.magnitude * largest)
