"""Dense networks decoded from float ones into integers: thresholds that may be flipped."""

import re

import numpy as np

from hwgen.errors import ModelError
from hwgen.model.builder import Builder
from hwgen.model.importers.archive import integers, weights
from hwgen.model.importers.chain import add_threshold, binarised
from hwgen.model.importers.source import Importer, Source

__all__ = ["DECODED_MLP"]

_KEYS = re.compile(r"(W|Wraw|T|flip)(0|[1-9]\d*)")


def _recognises(source: Source) -> bool:
    return {"W0", "Wraw0", "T0", "flip0"} <= source.arrays.keys()


def _build(source: Source) -> Builder:
    arrays = source.arrays
    if unknown := sorted(key for key in arrays if not _KEYS.fullmatch(key)):
        raise ModelError(f"holds an array {unknown[0]!r}, which no decoded network has")
    last = sum(re.fullmatch(r"W\d+", key) is not None for key in arrays) - 1
    builder = binarised(source.name, weights(arrays, "W0").shape[1])
    for k in range(last):
        matrix, raw = weights(arrays, f"W{k}"), weights(arrays, f"Wraw{k}")
        outputs = (len(matrix),)
        flip = integers(arrays, f"flip{k}", outputs).astype(np.bool_)
        if not np.array_equal(matrix, np.where(flip[:, None], -raw, raw)):
            raise ModelError(f"its arrays 'W{k}', 'Wraw{k}' and 'flip{k}' contradict each other")
        builder.dense(raw, f"dense{k}")
        thresholds = integers(arrays, f"T{k}", outputs)
        add_threshold(builder, k, thresholds, strict=False, falling=flip)
    builder.dense(weights(arrays, f"W{last}"), f"dense{last}")
    return builder.provenance(source.provenance(DECODED_MLP.name))


DECODED_MLP = Importer(
    "decoded_mlp", "a dense network decoded to integers (.npz)", _recognises, _build
)
"""Arrays ``W<k>``, -1/+1 as (out, in); ``T<k>``: +1 where acc >= T; ``Wraw<k>``, the weights as
trained, which are ``-W`` where ``flip<k>``. The last layer has ``W`` alone."""
