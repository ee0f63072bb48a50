"""One dense layer with pictures and scores to check it by."""

import numpy as np

from hwgen.errors import ModelError
from hwgen.model.builder import Builder
from hwgen.model.importers.archive import integers, weights
from hwgen.model.importers.chain import binarised
from hwgen.model.importers.source import Importer, Source

__all__ = ["SINGLE_LAYER"]


def _recognises(source: Source) -> bool:
    return source.arrays.keys() == {"W0", "imgs", "scores"}


def _build(source: Source) -> Builder:
    matrix, pictures = weights(source.arrays, "W0"), weights(source.arrays, "imgs")
    if matrix.shape[1] != pictures.shape[1]:
        raise ModelError(
            f"its pictures have {pictures.shape[1]} pixels, but 'W0' reads {matrix.shape[1]}"
        )
    scores = integers(source.arrays, "scores", (len(pictures), len(matrix)))
    if not np.array_equal(pictures.astype(np.int64) @ matrix.T, scores):
        raise ModelError("its pictures do not give the scores that it holds")
    return (
        binarised(source.name, matrix.shape[1])
        .dense(matrix, "dense0")
        .provenance(source.provenance(SINGLE_LAYER.name))
    )


SINGLE_LAYER = Importer("single_layer", "a single layer (.npz)", _recognises, _build)
"""Arrays ``W0``, -1/+1 as (out, in); ``imgs``, pictures of -1/+1, (n, in); ``scores``, (n, out)."""
