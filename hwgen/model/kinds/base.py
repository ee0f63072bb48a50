"""What all layer kinds share: the fields of a layer, and what is asked of a kind."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Self

from hwgen.model.kinds.shape import Shape

__all__ = ["MAX_BITS", "BaseLayer", "Context", "Definitions", "Format", "layer_schema"]

MAX_BITS = 16
"""Bits of a weight or an activation."""

Definitions = Mapping[str, Mapping[str, Any]]
"""Parts of the JSON Schema, by their names in its ``$defs``."""


@dataclass(frozen=True)
class Format:
    """``bits`` that hold a number, and the largest magnitude it can have in units of its step.

    ``pixel`` says that it is still one of the picture.
    """

    bits: int
    magnitude: int
    pixel: bool = False

    @classmethod
    def of_magnitude(cls, magnitude: int) -> "Format":
        """Two's complement that holds every number up to a magnitude."""
        return cls(magnitude.bit_length() + 1, magnitude)


@dataclass(frozen=True)
class Context:
    """What a layer is read with: its place in the graph, and what came before it."""

    name: str
    inputs: tuple[str, ...]
    in_shape: Shape
    """That of the first of its inputs."""
    folder: Path
    """Where the description lies, and so its sidecars."""
    weights_before: int
    """Weights of the network that have been read."""


@dataclass(frozen=True, eq=False)
class BaseLayer:
    """A layer of some kind: its name, and the names of the layers that it reads.

    What is here is right for a kind without keys of its own that changes values one by one and
    keeps their format.
    """

    name: str
    inputs: tuple[str, ...]

    kind: ClassVar[str]
    schema: ClassVar[Mapping[str, Any]]
    """Of its object in the file, made by `layer_schema`."""
    definitions: ClassVar[Definitions] = {}
    """Parts of the schema that ``schema`` refers to and the schema has not without it."""
    joins: ClassVar[bool] = False
    """Whether it reads two layers or more; all others read one."""

    @classmethod
    def read(cls, entry: Mapping[str, Any], context: Context) -> Self:
        """Make the layer of an object that keeps to ``schema``."""
        return cls(context.name, context.inputs)

    def write(self) -> dict[str, Any]:
        """Keys of its own, from which ``read`` makes the same layer."""
        return {}

    def check(self) -> None:
        """Refuse fields that break a rule, as far as they do not depend on its input's shape."""

    def output_shape(self, shapes: Sequence[Shape]) -> Shape:
        """Shape that it puts out for those of its inputs; refuses what it cannot read."""
        return shapes[0]

    def output_format(self, read: Sequence[Format]) -> Format:
        """Number format of what it puts out, for those of its inputs."""
        return read[0]


def layer_schema(
    description: str,
    properties: Mapping[str, Any] | None = None,
    *,
    required: Sequence[str] = (),
    inputs: str = "inputs",
    **rules: Any,
) -> dict[str, Any]:
    """Make the schema of a kind's object, which knows no other keys.

    Parameters
    ----------
    properties : mapping
        Keys of its own; kind, name and inputs stand ahead of them.
    required : sequence of str
        Keys that have to be there, besides the kind.
    inputs : str
        Definition of its key ``inputs``.
    rules
        Further rules for the object.
    """
    return {
        "description": description,
        "type": "object",
        **({"required": list(required)} if required else {}),
        "additionalProperties": False,
        "properties": {
            "kind": {},
            "name": {"$ref": "#/$defs/name"},
            "inputs": {"$ref": f"#/$defs/{inputs}"},
            **(properties or {}),
        },
        **rules,
    }
