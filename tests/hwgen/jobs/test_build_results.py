"""Results of a build, read back: what is damaged is named, with the command that makes it anew."""

import json
from typing import Any

import pytest

from hwgen.build_folder import BuildFolder
from hwgen.errors import ModelError
from hwgen.jobs.build_results import RESULTS, read_results

GOOD: dict[str, dict[str, Any]] = {
    "synthesis": {
        "lut4": 9, "logic_cells": 10, "ff": 5, "ebr": 1, "spram": 0, "dsp": 0, "fmax_hz": None,
        "seeds": [{"seed": 1}], "tools": {"yosys": "0.70"}, "flash": None,
    },
    "verification": {
        "frames": 1, "cycles": 9, "streams": 3, "transfers_checked": 9, "mismatches": 0,
        "simulator": "verilator", "first_mismatch": None,
        "coverage": {"goals": {"levels": 2}, "reached": {"levels": 1}},
    },
    "floorplan": {
        "columns": 9, "rows": 9, "seed": 1, "cells": [["conv", "logic", [1, 2, 8]]],
        "path": [["conv", "routing", 1.5]],
    },
    "board": {"board": "icebreaker"},
    "energy": {
        "joules_per_frame": 1e-6, "fps": 30, "clock_hz": 1e6, "idle": "stopped",
        "activity": "plan", "relative_uncertainty": 0.2,
        "components": [{"name": "LUTs", "joules_per_frame": 1e-6, "relative_uncertainty": 0.2}],
    },
}  # fmt: skip


def test_results_are_read_back_and_those_that_are_not_there_are_none(tmp_path):
    build = BuildFolder(tmp_path)
    assert read_results(build) == dict.fromkeys(RESULTS)
    for name, found in GOOD.items():
        getattr(build, name).write_text(json.dumps(found))
    assert read_results(build) == GOOD


@pytest.mark.parametrize(
    ("name", "change", "sentence"),
    [
        ("synthesis", {"lut4": "9"}, r"synth\.json: lut4 must be .*; run `hwgen synth` again$"),
        ("synthesis", {"seeds": [1]}, r"synth\.json: seeds\[0\] must be .*"),
        ("verification", {"coverage": {}}, r"verify\.json: .*goals.*; run `hwgen verify` again$"),
        ("verification", {"first_mismatch": {}}, r"verify\.json: .*first_mismatch.*"),
        ("floorplan", {"path": [["conv", 1.5]]}, r"floorplan\.json: path\[0\].*"),
        ("floorplan", {"cells": [["conv", "logic", [1, 2]]]}, r"floorplan\.json: cells must be "),
        ("energy", {"joules_per_frame": 0}, r"energy\.json: joules_per_frame must be .*"),
        ("board", [], r"board\.json: .*; run `hwgen synth --board` again$"),
    ],
)
def test_a_damaged_result_is_named_with_what_makes_it_anew(tmp_path, name, change, sentence):
    build = BuildFolder(tmp_path)
    path = getattr(build, name)
    path.write_text(json.dumps(GOOD[name] | change if isinstance(change, dict) else change))
    with pytest.raises(ModelError, match=sentence) as caught:
        read_results(build)
    assert str(caught.value).startswith(f"{path}: ")


def test_a_result_that_lacks_any_of_its_keys_is_refused(tmp_path):
    build = BuildFolder(tmp_path)
    for name, (_, schema) in RESULTS.items():
        for key in schema.get("required", ()):
            path = getattr(build, name)
            path.write_text(json.dumps({k: v for k, v in GOOD[name].items() if k != key}))
            with pytest.raises(ModelError, match=key):
                read_results(build)
            path.unlink()
