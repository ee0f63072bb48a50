"""What commands found of a build, as a page shows it: read back, and checked."""

from pathlib import Path
from typing import Any

from hwgen.build_folder import BuildFolder
from hwgen.errors import ModelError
from hwgen.model.schema import check_by
from hwgen.readers.files import is_file
from hwgen.readers.json_object import read_json

__all__ = ["read_results"]

_COUNT, _TEXT = {"type": "integer", "minimum": 0}, {"type": "string"}
_NUMBER, _POSITIVE = {"type": "number"}, {"type": "number", "minimum": 1e-30}


def _or_null(schema: dict[str, Any]) -> dict[str, Any]:
    return {"anyOf": [schema, {"type": "null"}]}


def _list(schema: dict[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": schema}


def _row(*columns: dict[str, Any]) -> dict[str, Any]:
    fixed = {"minItems": len(columns), "maxItems": len(columns)}
    return {"type": "array", "prefixItems": list(columns), **fixed}


def _object(**keys: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "required": list(keys), "properties": keys}


def _mapping(schema: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "additionalProperties": schema}


_CELLS = {key: _COUNT for key in ("lut4", "logic_cells", "ff", "ebr", "spram", "dsp")}
_MISMATCH = {key: _TEXT for key in ("what", "layer", "stream", "traffic")}
_MISMATCH |= {key: _COUNT for key in ("index", "cycle")}

RESULTS: dict[str, tuple[str, dict[str, Any]]] = {
    "synthesis": (
        "synth",
        _object(
            **_CELLS,
            fmax_hz=_or_null(_NUMBER),
            seeds=_list(_object(seed=_COUNT)),
            tools=_mapping(_TEXT),
        ),
    ),
    "verification": (
        "verify",
        _object(
            frames=_COUNT,
            cycles=_COUNT,
            streams=_COUNT,
            transfers_checked=_COUNT,
            mismatches=_COUNT,
            simulator=_TEXT,
            first_mismatch=_or_null(_object(**_MISMATCH)),
            coverage=_object(goals=_mapping(_COUNT), reached=_mapping(_COUNT)),
        ),
    ),
    "floorplan": (
        "synth",
        _object(
            seed=_COUNT,
            columns=_COUNT,
            rows=_COUNT,
            cells=_list(_row(_TEXT, _TEXT, {"type": "array"})),
            path=_list(_row(_TEXT, _TEXT, _NUMBER)),
        ),
    ),
    "board": ("synth --board", {"type": "object"}),
    "energy": (
        "energy",
        _object(
            joules_per_frame=_POSITIVE,
            fps=_POSITIVE,
            clock_hz=_POSITIVE,
            idle=_TEXT,
            activity=_TEXT,
            relative_uncertainty=_NUMBER,
            components=_list(
                _object(name=_TEXT, joules_per_frame=_NUMBER, relative_uncertainty=_NUMBER)
            ),
        ),
    ),
}
"""For each attribute of a `BuildFolder` that is a result: the command that makes it, and its
schema, as far as a page needs it."""


def read_results(build: BuildFolder) -> dict[str, dict[str, Any] | None]:
    """Results by their names in `RESULTS`; None where there is none.

    Raises
    ------
    ModelError
        If one is damaged; names the file, the key, and the command that makes it anew.
    """
    return {name: _read(getattr(build, name), name) for name in RESULTS}


def _read(path: Path, name: str) -> dict[str, Any] | None:
    if not is_file(path):
        return None
    command, schema = RESULTS[name]
    try:
        found: dict[str, Any] = read_json(path, "it")
        check_by(found, schema, "the file")
        if name == "floorplan":
            _check_cells(found["cells"])
    except ModelError as error:
        raise ModelError(f"{path}: {error}; run `hwgen {command}` again") from error
    return found


def _check_cells(cells: list[Any]) -> None:
    """Refuse other than column, row and number of cells, again and again; there are many."""
    for _, _, flat in cells:
        if len(flat) % 3 or not all(type(number) is int for number in flat):
            raise ModelError("cells must be lists of column, row and number of cells")
