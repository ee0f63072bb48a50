"""Constant tables, as synthesis sees them."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hwgen.sizes.memory_map import Memory

__all__ = ["CLEARED_WORDS", "Table", "table_of"]

CLEARED_WORDS = 32
"""Biases that lie in LUTs with registers that are cleared; more of them have a word of zeros."""


@dataclass(frozen=True)
class Table:
    """A table of ``words`` words, of which ``bits`` columns are not the same in every word.

    Synthesis takes the other columns for constants.
    """

    words: int
    bits: int

    def memories(self) -> list[Memory]:
        """Memory of the table; none where it is constant."""
        return [Memory(self.words, self.bits, "rom")] if self.words > 1 and self.bits else []


def table_of(words: NDArray[np.generic]) -> Table:
    """Table of words with a bit a column."""
    return Table(len(words), int((words != words[0]).any(axis=0).sum()))
