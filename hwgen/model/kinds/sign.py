"""The activation of one bit."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from hwgen.model.kinds.base import BaseLayer, Format, layer_schema

__all__ = ["Sign"]


@dataclass(frozen=True, eq=False)
class Sign(BaseLayer):
    """+1 for x >= 0, else -1."""

    kind: ClassVar[str] = "sign"
    schema: ClassVar[Mapping[str, Any]] = layer_schema("+1 for x >= 0, else -1.")

    def output_format(self, read: Sequence[Format]) -> Format:
        """One bit."""
        return Format(1, 1)
