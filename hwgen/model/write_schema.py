"""Writes ``schema.json``, the published schema, from what each layer kind says of its keys.

``python -m hwgen.model.write_schema`` (or ``make schema``) after a kind has changed; a test holds
the committed file equal.
"""

from typing import Any

from hwgen.model.json_text import format_json
from hwgen.model.layers import KINDS
from hwgen.model.schema import FORMAT, schema_path
from hwgen.model.schema_frame import DEFINITIONS, PROPERTIES

__all__ = ["make_schema", "schema_text"]


def make_schema() -> dict[str, Any]:
    """Make the JSON Schema (draft 2020-12) of a description."""
    definitions: dict[str, Any] = {**DEFINITIONS, "layer": _layer_schema()}
    for name, kind in KINDS.items():
        for key, rule in kind.definitions.items():
            assert definitions.setdefault(key, rule) == rule, key
        definitions[name] = kind.schema
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": FORMAT,
        "description": "A trained binarised network: a picture, a graph of layers and their "
        "weights.",
        "type": "object",
        "required": ["format", "name", "input", "layers"],
        "additionalProperties": False,
        "properties": {
            "format": {"description": "Name and version of this format.", "const": FORMAT},
            **PROPERTIES,
        },
        "$defs": definitions,
    }


def schema_text() -> str:
    """The schema as the file has it."""
    return format_json(make_schema()) + "\n"


def _layer_schema() -> dict[str, Any]:
    """Schema of a layer of any kind."""
    return {
        "type": "object",
        "required": ["kind"],
        "properties": {"kind": {"enum": list(KINDS)}},
        "allOf": [
            {
                "if": {"properties": {"kind": {"const": name}}},
                "then": {"$ref": f"#/$defs/{name}"},
            }
            for name in KINDS
        ],
    }


if __name__ == "__main__":
    schema_path().write_text(schema_text(), encoding="utf-8")
