"""JSON as text for readers and for comparison: the same value gives the same bytes."""

import json
from typing import Any

__all__ = ["format_json"]

_LINE_LENGTH = 100


def format_json(value: Any, indent: int = 0) -> str:
    """Write JSON with an object or a list of objects in one line where it fits."""
    inner = " " * (indent + 2)
    line = json.dumps(value, ensure_ascii=False, allow_nan=False)
    if len(line) + indent <= _LINE_LENGTH:
        return line
    if isinstance(value, dict):
        items = [f"{inner}{json.dumps(key, ensure_ascii=False)}: {format_json(item, indent + 2)}"
                 for key, item in value.items()]  # fmt: skip
        return "{\n" + ",\n".join(items) + "\n" + " " * indent + "}"
    if isinstance(value, list) and any(isinstance(item, dict) for item in value):
        items = [f"{inner}{format_json(item, indent + 2)}" for item in value]
        return "[\n" + ",\n".join(items) + "\n" + " " * indent + "]"
    return line
