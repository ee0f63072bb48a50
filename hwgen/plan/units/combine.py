"""Sum or concatenation of streams."""

from collections.abc import Mapping
from dataclasses import dataclass

from hwgen.network import Stage
from hwgen.plan.units.join import Join
from hwgen.sizes.features import Features

__all__ = ["CombinePlan"]


@dataclass(frozen=True, kw_only=True)
class CombinePlan(Join):
    """Join whose word is the sum of its parts' elements, or all of them: ``elements`` in a word."""

    elements: int

    @property
    def kind(self) -> str:
        """A kind of its own."""
        return "combine"

    def features(self, stages: Mapping[str, Stage], family: str) -> Features:
        """Sums and their register, as if nothing were shared: it was never measured."""
        return {"sums": 2 * self.out_bits}
