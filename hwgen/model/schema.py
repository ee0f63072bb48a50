"""Checks a document against the published JSON Schema, and says in one sentence what is wrong."""

import json
from collections.abc import Iterator, Mapping
from functools import cache
from itertools import islice
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator, ValidationError, validators
from jsonschema.exceptions import best_match

from hwgen.errors import ModelError, describe, located

__all__ = ["FORMAT", "check_by", "check_document", "schema_path"]

FORMAT = "hwgen-bnn/1"
"""Name and version of the format."""

_ERRORS_SEEN = 100
"""A file with more errors than this is reported by the best of the first ones."""

_TYPES = {
    "array": "a list",
    "boolean": "true or false",
    "integer": "an integer",
    "number": "a number",
    "object": "an object",
    "string": "text",
}


def schema_path() -> Path:
    """Path of the JSON Schema (draft 2020-12) of descriptions, a file of this package."""
    return Path(__file__).with_name("schema.json")


def check_document(document: dict[str, Any]) -> None:
    """Check a description, as read from JSON, against the schema.

    Raises
    ------
    ModelError
        The shallowest error, naming the layer and the key.
    """
    if document.get("format") != FORMAT:
        shown = describe(document["format"]) if "format" in document else "missing"
        raise ModelError(f"format must be {FORMAT!r}, but is {shown}")
    found = _first_fault(_validator(), document)
    if found is None:
        return
    error, path = found
    if path[:1] == ["layers"] and len(path) > 1:
        with located(_layer_label(document, path[1])):
            raise ModelError(_sentence(error, path[2:]))
    raise ModelError(_sentence(error, path))


def _first_fault(validator: Any, document: object) -> tuple[ValidationError, list[Any]] | None:
    """The first of the shallowest errors of a document and the path to its value, if it has any.

    Raises
    ------
    ModelError
        If the document is nested too deeply.
    """
    try:
        errors = list(islice(validator.iter_errors(document), _ERRORS_SEEN))
    except RecursionError as recursion:
        raise ModelError("is nested too deeply") from recursion
    if not errors:
        return None
    # The first of the shallowest ones; best_match then looks into the branches of a oneOf.
    shallowest = min(errors, key=lambda error: len(error.absolute_path))
    error = best_match([shallowest]) or shallowest
    return error, list(error.absolute_path)


def check_by(document: Any, schema: Mapping[str, Any], whole: str = "a layer") -> None:
    """Check another document against a schema of its own.

    Raises
    ------
    ModelError
        The shallowest error, naming the key, or the ``whole`` where it is all of it.
    """
    found = _first_fault(Draft202012Validator(schema), document)
    if found is not None:
        error, path = found
        raise ModelError(_sentence(error, path, whole))


def _layer_label(document: Mapping[str, Any], index: Any) -> str:
    layer = document["layers"][index]
    if isinstance(layer, dict) and isinstance(layer.get("name"), str):
        return f"layer {describe(layer['name'])}"
    return f"layers[{index}]"


def _sentence(error: ValidationError, path: list[str | int], whole: str = "a layer") -> str:
    """Write one error; ``path`` leads to the value from the layer or from the ``whole``."""
    value: Any = error.instance
    rule: Any = error.validator_value
    schema: Any = error.schema
    key = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path)
    key = key.removeprefix(".") or whole
    within = "" if not path else f" in {key}"
    match error.validator:
        case "required":
            missing = next(name for name in rule if name not in value)
            return f"key {missing!r} is missing{within}"
        case "additionalProperties":
            extra = next(name for name in value if name not in schema["properties"])
            known = ", ".join(schema["properties"])
            return f"unknown key {describe(extra)}{within}, known keys are {known}"
        case "enum" if path[-1:] == ["kind"]:
            return f"unknown kind {describe(value)}{within}, known kinds are {', '.join(rule)}"
        case "type":
            kinds = " or ".join(
                _TYPES[kind] for kind in ([rule] if isinstance(rule, str) else rule)
            )
            return f"{key} must be {kinds}, not {describe(value)}"
        case "enum":
            return f"{key} must be {' or '.join(map(repr, rule))}, not {describe(value)}"
        case "minimum":
            return f"{key} must be at least {rule}, not {describe(value)}"
        case "maximum":
            return f"{key} must be at most {rule}, not {describe(value)}"
        case "minItems" | "maxItems":
            bound = "least" if error.validator == "minItems" else "most"
            entries = "entry" if rule == 1 else "entries"
            return f"{key} must have at {bound} {rule} {entries}, not {len(value)}"
        case "minLength" | "maxLength":
            bound = "least" if error.validator == "minLength" else "most"
            characters = "character" if rule == 1 else "characters"
            return f"{key} must have at {bound} {rule} {characters}, not {len(value)}"
        case "pattern" | "oneOf":
            return f"{key} must be {schema['description']}, not {describe(value)}"
        case "not":
            return schema["description"]
        case _:
            return f"{key} breaks the rule {error.validator!r} of the schema: {describe(value)}"


def _items(validator: Any, items: Any, instance: Any, schema: Any) -> Iterator[ValidationError]:
    """Pass a list of plain numbers at once: weights and figures come by the thousand."""
    plain = {"description", "type", "minimum", "maximum", "pattern"}
    if isinstance(instance, list) and items.keys() <= plain:
        named = items.get("type", [])
        known = {"integer": {int}, "number": {int, float}}
        names = [named] if isinstance(named, str) else named
        types = set().union(*(known.get(name, set()) for name in names))
        # Exact types, because True is an int to isinstance but no integer to JSON.
        if (
            set(map(type, instance)) <= types
            and all(items.get("minimum", number) <= number for number in instance)
            and all(items.get("maximum", number) >= number for number in instance)
        ):
            return
    yield from Draft202012Validator.VALIDATORS["items"](validator, items, instance, schema)


@cache
def _validator() -> Any:
    schema = json.loads(schema_path().read_text(encoding="utf-8"))
    return validators.extend(Draft202012Validator, {"items": _items})(schema)
