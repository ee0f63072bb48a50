"""Networks of BNN-PYNQ, decoded into an .npz file: LFC and CNV, and others made like them."""

import re
from math import isqrt

import numpy as np
from numpy.typing import NDArray

from hwgen.errors import ModelError
from hwgen.model.builder import Builder
from hwgen.model.importers.archive import Arrays, integers, texts, weights
from hwgen.model.importers.chain import add_threshold, binarised
from hwgen.model.importers.source import Importer, Source
from hwgen.model.layers import Table

__all__ = ["BNN_PYNQ", "network"]

_KEYS = re.compile(r"(W|T|Tpop|pad_rows)(0|[1-9]\d*)|T0_q8|classes")
_CONVOLUTIONS_PER_POOL = 2
_NOTICE = (
    "the file names none; BNN-PYNQ's networks are published under the BSD 3-Clause licence, "
    "Copyright (c) 2016 Xilinx, whose notice goes with them"
)


def _recognises(source: Source) -> bool:
    keys = source.arrays.keys()
    # Tpop is what tells a strict comparison from the others: without it T could mean either.
    return "W0" in keys and bool({"Tpop0", "T0_q8"} & keys)


def _build(source: Source) -> Builder:
    arrays = source.arrays
    if unknown := sorted(key for key in arrays if not _KEYS.fullmatch(key)):
        raise ModelError(f"holds an array {unknown[0]!r}, which no network of BNN-PYNQ has")
    return network(source, arrays, BNN_PYNQ.name)


def network(source: Source, arrays: Arrays, importer: str) -> Builder:
    """The network of arrays as `BNN_PYNQ` has them, read from ``source`` by ``importer``."""
    count = sum(key.startswith("W") for key in arrays)
    layers = [weights(arrays, f"W{k}", (2, 4)) for k in range(count)]
    thresholds = [_thresholds(arrays, k, layers) for k in range(count)]
    convolutions = sum(w.ndim == 4 for w in layers)
    if any(w.ndim == 4 for w in layers[convolutions:]):
        raise ModelError("has a convolution behind a dense layer")
    builder = _begin(source.name, arrays, layers, convolutions)
    for k, (matrix, threshold) in enumerate(zip(layers, thresholds, strict=True)):
        if matrix.ndim == 4:
            builder.conv2d(matrix, f"conv{k}")
        else:
            if k == convolutions and k > 0:
                builder.flatten("flatten")
            builder.dense(matrix, f"dense{k}")
        if k == count - 1:
            break
        if threshold is None:
            raise ModelError(f"lacks the array 'T{k}'")
        add_threshold(builder, k, threshold, strict=True)
        if _pooled(k, convolutions):
            builder.max_pool(2, f"pool{k}")
    if (names := texts(arrays, "classes", len(layers[-1]))) is not None:
        builder.classes(names)
    more = {} if thresholds[-1] is None else {"output_thresholds": thresholds[-1].tolist()}
    return builder.provenance(
        source.provenance(importer, author="BNN-PYNQ (Xilinx)", licence=_NOTICE, **more)
    )


def _thresholds(arrays: Arrays, k: int, layers: list[NDArray[np.int8]]) -> NDArray[np.int64] | None:
    """Thresholds of a layer's signed accumulator, held against the file's other form of them."""
    if f"T{k}" not in arrays:
        return None
    outputs = (len(layers[k]),)
    found = integers(arrays, f"T{k}", outputs)
    if k == 0 and "T0_q8" in arrays:
        # Of 8 bits behind the point, where the accumulator has 7: an odd one is between two.
        other, name = integers(arrays, "T0_q8", outputs) // 2, "T0_q8"
    else:
        # Matches P of K products: acc = 2 P - K.
        name = f"Tpop{k}"
        other = 2 * integers(arrays, name, outputs) - layers[k][0].size
    if not np.array_equal(found, other):
        raise ModelError(f"its arrays 'T{k}' and {name!r} contradict each other")
    return found


def _begin(name: str, arrays: Arrays, layers: list[NDArray[np.int8]], convolutions: int) -> Builder:
    if not convolutions:
        if "T0_q8" in arrays:
            raise ModelError("has 8-bit pixels ahead of a dense layer, which is not imported")
        return binarised(name, layers[0].shape[1])
    if "T0_q8" not in arrays:
        raise ModelError("has a convolution that reads bits of a picture, which is not imported")
    side = _picture_side(layers, convolutions)
    # The quantiser floor((2 u / 255 - 1) * 128 + 1/2), in integers, clipped to 8 bits.
    levels = np.clip((512 * np.arange(256) + 255) // 510 - 128, -128, 127)
    channels = layers[0].shape[3]
    return Builder(name, height=side, width=side, channels=channels, transform=Table(levels))


def _pooled(k: int, convolutions: int) -> bool:
    """Whether a 2 x 2 pool follows: behind each pair of convolutions but the last."""
    return k % _CONVOLUTIONS_PER_POOL == _CONVOLUTIONS_PER_POOL - 1 and k + 1 < convolutions


def _picture_side(layers: list[NDArray[np.int8]], convolutions: int) -> int:
    """Side of the picture, from what the first dense layer leaves of it.

    The file does not say. Nothing is padded, so each convolution takes its kernel less one, and
    pools divide without a rest.
    """
    if convolutions == len(layers):
        raise ModelError("has no dense layer, from which the picture's size would follow")
    inputs, channels = layers[convolutions].shape[1], len(layers[convolutions - 1])
    side = isqrt(inputs // channels)
    if side * side * channels != inputs:
        raise ModelError(
            f"its array 'W{convolutions}' reads {inputs} inputs, which is no square of "
            f"{channels} channels"
        )
    for k in reversed(range(convolutions)):
        rows, columns = layers[k].shape[1:3]
        if rows != columns:
            raise ModelError(f"array 'W{k}': must have square kernels, not {rows} x {columns}")
        side = side * (2 if _pooled(k, convolutions) else 1) + rows - 1
    return side


BNN_PYNQ = Importer("bnn_pynq", "a network of BNN-PYNQ (.npz)", _recognises, _build)
"""Arrays ``W<k>``, -1/+1 as (out, in) or (out, row, column, in); ``T<k>``: +1 where acc > T;
``Tpop<k>``, the same in matches; ``T0_q8`` where the first layer reads 8-bit pixels."""
