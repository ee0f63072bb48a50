"""Code books: the few values that weights have, and each weight as the number of its value."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from hwgen.sizes.features import lut_columns
from hwgen.sizes.tables import Table, table_of

__all__ = [
    "MOST_INDEX_BITS",
    "book_cells",
    "book_of",
    "book_table",
    "coded_indices",
    "index_bits_of",
    "indices_of",
]

MOST_INDEX_BITS = 8
"""Of an index: larger books cost more logic than the memory that they save."""


def index_bits_of(weights: NDArray[np.integer[Any]]) -> int:
    """Bits that tell the values of weights apart, at least 1."""
    return max(1, (len(np.unique(weights)) - 1).bit_length())


def book_of(weights: NDArray[np.integer[Any]], index_bits: int) -> NDArray[np.int64]:
    """Values of the weights in rising order, filled up with zeros to ``2 ** index_bits``.

    Raises
    ------
    ValueError
        If they have more values.
    """
    values = np.unique(weights)
    if len(values) > 1 << index_bits:
        raise ValueError(
            f"weights must have at most {1 << index_bits} values with indices of {index_bits} "
            f"bits, not {len(values)}"
        )
    book = np.zeros(1 << index_bits, np.int64)
    book[: len(values)] = values
    return book


def coded_indices(weights: NDArray[np.integer[Any]], index_bits: int) -> NDArray[np.int64]:
    """Bits of the indices of weights (..., lanes), lane by lane, the lowest first."""
    bits = indices_of(weights)[..., None] >> np.arange(index_bits) & 1
    return bits.reshape(*weights.shape[:-1], -1)


def indices_of(weights: NDArray[np.integer[Any]]) -> NDArray[np.int64]:
    """Place in its `book_of` of each weight."""
    return np.unique(weights, return_inverse=True)[1].reshape(weights.shape).astype(np.int64)


def book_table(book: NDArray[np.int64], weight_bits: int) -> Table:
    """The book as a table; columns that are equal, as copies of a sign are, stand once."""
    columns = np.unique(book >> np.arange(weight_bits)[:, None] & 1, axis=0)
    return table_of(columns.T)


def book_cells(book: NDArray[np.int64], weight_bits: int) -> float:
    """LUTs that look a weight up."""
    return lut_columns(book_table(book, weight_bits))
