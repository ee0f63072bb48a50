"""Tables of thresholds that are searched: what hardware reads and its memories are counted by."""

import numpy as np
from numpy.typing import NDArray

__all__ = ["distinct_words", "level_table", "search_rows", "serial_table", "word_bits"]

Ints = NDArray[np.int64]


def search_rows(thresholds: Ints, invert: NDArray[np.bool_], bits: int, signed: bool) -> Ints:
    """Thresholds of each channel, as many as the bits of their count tell apart.

    Those that are missing are never reached; of an inverted channel, always, so that its count is
    the complement of its bits. One beyond the range of an element says no more than at its end.
    """
    count = thresholds.shape[1]
    lowest = -(1 << bits - 1) if signed else 0
    never = lowest + (1 << bits)
    rows = np.full((len(thresholds), (1 << count.bit_length()) - 1), never, np.int64)
    rows[:, :count] = np.clip(thresholds, lowest, never)
    missing = rows.shape[1] - count
    rows[invert, missing:] = rows[invert, :count]
    rows[invert, :missing] = lowest
    return rows


def level_table(rows: Ints, level: int) -> Ints:
    """What bit ``level`` of a count, 0 the highest, is compared with: (channels, 2**level)."""
    half = (rows.shape[1] + 1) >> level + 1
    return rows[:, half - 1 :: 2 * half]


def serial_table(rows: Ints) -> Ints:
    """All of them, each level behind the one above it, from word 1 on."""
    levels = rows.shape[1].bit_length()
    return np.concatenate([rows[:, :1], *(level_table(rows, k) for k in range(levels))], axis=1)


def distinct_words(table: Ints) -> Ints:
    """Words of a table of several channels: once where they agree."""
    return (table[:1] if (table == table[0]).all() else table).reshape(-1)


def word_bits(words: Ints) -> int:
    """Width of a word; two's complement where one is negative."""
    low, high = int(words.min()), int(words.max())
    return max(high.bit_length(), (~low).bit_length() if low < 0 else 0, 1) + (low < 0)
