"""Output of a design."""

from collections.abc import Mapping
from dataclasses import dataclass

from hwgen.network import Stage
from hwgen.plan.units.base import PlainUnit
from hwgen.sizes.features import Features, counter_bits, select_cells

__all__ = ["Scores"]


@dataclass(frozen=True, kw_only=True)
class Scores(PlainUnit):
    """Output of a design: ``lanes`` values of ``bits`` bits in a word, ``words`` words a pixel.

    Values are two's complement (``signed``), plain binary, or ``bipolar``, of one bit. ``argmax``
    is "max", "min" (what they stand for falls with the integers) or None. An output word holds the
    value in whole bytes, the best class so far (with ``argmax``), and a last flag.
    """

    bits: int
    signed: bool
    bipolar: bool
    lanes: int
    words: int
    argmax: str | None

    @property
    def data_bits(self) -> int:
        """Width of a value as it leaves."""
        return -(-self.bits // 8) * 8

    @property
    def passes_ready(self) -> bool:
        """It gives up a word with its last value."""
        return True

    @property
    def index_bits(self) -> int:
        """Width of the best class."""
        return max(1, (self.lanes * self.words - 1).bit_length()) if self.argmax else 0

    def words_out(self, words: int) -> int:
        """A word for each value."""
        return words * self.lanes

    @property
    def kind(self) -> str:
        """A kind of its own."""
        return "scores"

    def features(self, stages: Mapping[str, Stage], family: str) -> Features:
        """Counters, the choice of a value, and the best so far."""
        return {
            "one": 1,
            "counters": counter_bits(self.lanes) + counter_bits(self.lanes * self.words),
            "choice": select_cells(self.lanes) * self.bits,
            "best": (self.bits + self.index_bits) * (self.argmax is not None),
        }
