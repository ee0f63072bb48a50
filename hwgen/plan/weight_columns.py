"""Columns of a matrix unit's weights that change from word to word."""

from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hwgen.network import Matrix
from hwgen.sizes.code_book import book_cells, book_of, indices_of

__all__ = ["changing_bits", "lookup_cells"]

Pair = tuple[int, int]


@lru_cache(maxsize=4096)
def changing_bits(stage: Matrix, pe: int, taps: Pair, group: int, index_bits: int = 0) -> int:
    """Bits of a weight word that are not the same in every word.

    With ``index_bits`` it has indices of a code book.
    """
    every, some = _over_neurons(stage, pe, indexed=index_bits > 0)
    _, ky, kx, channels = stage.weights.shape
    form = (pe, ky // taps[0], taps[0], kx // taps[1], taps[1], channels // group, group)
    every = np.bitwise_and.reduce(every.reshape(form), axis=(1, 3, 5))
    some = np.bitwise_or.reduce(some.reshape(form), axis=(1, 3, 5))
    changing = (every ^ some) & ((1 << (index_bits or stage.weight_bits)) - 1)
    return int(np.bitwise_count(changing).sum())


@lru_cache(maxsize=1024)
def lookup_cells(stage: Matrix, index_bits: int) -> float:
    """LUTs that look a weight of a stage up by its index."""
    return book_cells(book_of(stage.weights, index_bits), stage.weight_bits)


@lru_cache(maxsize=1024)
def _over_neurons(
    stage: Matrix, pe: int, *, indexed: bool
) -> tuple[NDArray[np.integer[Any]], NDArray[np.integer[Any]]]:
    """Of each output lane, the weights that are set in all neuron folds, and in some."""
    weights = indices_of(stage.weights) if indexed else stage.weights
    weights = weights.reshape(-1, pe, *weights.shape[1:])
    return np.bitwise_and.reduce(weights, axis=0), np.bitwise_or.reduce(weights, axis=0)
