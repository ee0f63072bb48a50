"""Topologies from files: a network of one's own as a few lines of JSON."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from hwgen.errors import ModelError, describe, located
from hwgen.model.names import check_name
from hwgen.model.schema import FORMAT as DESCRIPTION
from hwgen.model.schema import check_by
from hwgen.readers.json_object import read_json
from hwgen.topologies.topology import Conv, Precision, Topology

__all__ = ["FORMAT", "read_topology"]

FORMAT = "hwgen-topology/1"

_BITS = {
    "weight_bits": {"type": "integer", "minimum": 1, "maximum": 16},
    "input_bits": {"type": "integer", "minimum": 1, "maximum": 16},
}
_SIZE = {"type": "integer", "minimum": 1, "maximum": 65536}


def _object(properties: Mapping[str, Any], *required: str) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": dict(properties),
        "required": list(required),
        "additionalProperties": False,
    }


SCHEMA = _object(
    {
        "format": {"type": "string"},
        "name": {"type": "string"},
        **_BITS,
        "convs": {
            "type": "array",
            "maxItems": 200,
            "items": _object(
                {
                    "channels": _SIZE,
                    "kernel": {"type": "integer", "minimum": 1, "maximum": 11},
                    "stride": {"type": "integer", "minimum": 1, "maximum": 64},
                    "padding": {"enum": ["same", "valid"]},
                    "pool": {"enum": ["max", "ceil", "global"]},
                    "norm": {"type": "boolean"},
                    "shortcut": {"type": "boolean"},
                    "depthwise": {"type": "boolean"},
                    **_BITS,
                }
            ),
        },
        "dense": {
            "type": "array",
            "maxItems": 200,
            "items": _object({"units": _SIZE, **_BITS}, "units"),
        },
        "scores": _object(_BITS),
    },
    "format",
    "name",
)

_PICTURE = (28, 28, 1)
"""Of a topology before it is known which pictures it reads."""


def read_topology(path: Path) -> Topology:
    """Read a topology file; its pictures and its classes are those of the data.

    Raises
    ------
    ModelError
        If it is none; names the file, the layer and the key.
    """
    with located(str(path)):
        document = read_json(path, "a topology")
        found = document.get("format", "missing")
        if found == DESCRIPTION:
            raise ModelError("is a description; --from starts from the weights of one")
        if found != FORMAT:
            raise ModelError(f"format must be {FORMAT!r}, but is {describe(found)}")
        check_by(document, SCHEMA)
        return _topology(document)


def _topology(document: Mapping[str, Any]) -> Topology:
    check_name(document["name"])
    common = {key: document[key] for key in _BITS if key in document}
    convs, dense = document.get("convs", []), document.get("dense", [])
    for k, conv in enumerate(convs):
        if "channels" not in conv and not conv.get("depthwise", False):
            raise ModelError(f"key 'channels' is missing in convs[{k}]")
        if conv.get("shortcut") and k < 2:
            raise ModelError(f"convs[{k}] has no layer two before it for a shortcut")
    rows = [*convs, *dense, document.get("scores", {})]
    return Topology(
        document["name"],
        _PICTURE,
        tuple(_conv(conv) for conv in convs),
        (*(row["units"] for row in dense), 2),
        tuple(_precision(common | row) for row in rows),
        dense_norm=True,
    )


def _conv(entry: Mapping[str, Any]) -> Conv:
    return Conv(
        entry.get("channels", 1),
        entry.get("kernel", 3),
        entry.get("stride", 1),
        valid=entry.get("padding", "same") == "valid",
        pool=entry.get("pool"),
        shortcut=entry.get("shortcut", False),
        norm=entry.get("norm", True),
        depthwise=entry.get("depthwise", False),
    )


def _precision(row: Mapping[str, Any]) -> Precision:
    return Precision(row.get("weight_bits", 1), row.get("input_bits", 1))
