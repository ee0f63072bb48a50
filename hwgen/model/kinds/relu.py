"""Rectification."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from hwgen.model.kinds.base import BaseLayer, layer_schema

__all__ = ["Relu"]


@dataclass(frozen=True, eq=False)
class Relu(BaseLayer):
    """``max(x, 0)``."""

    kind: ClassVar[str] = "relu"
    schema: ClassVar[Mapping[str, Any]] = layer_schema("max(x, 0).")
