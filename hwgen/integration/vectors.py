"""Pictures and the scores that belong to them, as a test bench replays them."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hwgen.verilog.tables import hex_lines

__all__ = ["Vectors"]


@dataclass(frozen=True, eq=False)
class Vectors:
    """Transfers of some pictures, bits beyond the words being 0.

    Parameters
    ----------
    frames : int
        How many pictures.
    pixels : uint8 (transfers, bytes)
        Words of ``s_axis_tdata``, the lowest byte first.
    scores : uint8 (transfers, bytes)
        Words of ``m_axis``: ``tdata``, above it ``tuser``, if there is one, and ``tlast``.
    """

    frames: int
    pixels: NDArray[np.uint8]
    scores: NDArray[np.uint8]

    def pixel_lines(self, bits: int) -> bytes:
        """The pixels for ``$readmemh``."""
        return hex_lines(self.pixels, bits)

    def score_lines(self, bits: int) -> bytes:
        """The scores for ``$readmemh``."""
        return hex_lines(self.scores, bits)
