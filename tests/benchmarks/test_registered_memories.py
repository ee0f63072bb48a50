"""Clocks of memories with registers: each form is another design, the table shows what is kept."""

import json

import pytest
from small_networks import small_face
from typer.testing import CliRunner

from benchmarks import registered_memories as bench
from hwgen import hardware
from hwgen.design import make_design


def row(cycles: int, form: str, seed: int, mhz: float | None) -> dict:
    sizes = {"logic_cells": 6000, "lut4": 5000, "ff": 3000, "ebr": 20}
    hz = None if mhz is None else round(mhz * 1e6)
    return {"cycles": cycles, "form": form, "seed": seed, **sizes, "fmax_hz": hz}


def test_a_row_has_a_clock_for_each_seed_that_was_placed_and_their_mean():
    kept = [
        row(2048, "slices", 2, 84.8),
        row(2048, "slices", 4, 83.2),
        row(2048, "slices", 3, None),
    ]
    assert bench.markdown(kept).splitlines()[2:] == [
        "| 2,048 | slices | 6,000 | 5,000 | 3,000 | 20 | 2: 84.8, 3: not routed, 4: 83.2 | 84.0 |"
    ]
    assert bench.markdown(kept[:1]).endswith("2: 84.8, 3: -, 4: - | 84.8 |")


def test_one_placement_alone_is_measured_where_it_is_missing(monkeypatch, tmp_path):
    def measure(cycles, clock_mhz, form, seed, step):
        return row(cycles, form, seed, clock_mhz)

    monkeypatch.setattr(bench, "RESULTS", tmp_path / "kept.json")
    monkeypatch.setattr(bench, "_measure", measure)
    asked = ["--measure", "--cycles", "2048", "--form", "slices", "--seed", "3"]
    for _ in range(2):
        done = CliRunner().invoke(bench.app, asked)
        assert "2: -, 3: 80.0, 4: -" in done.output
        assert json.loads(bench.RESULTS.read_text()) == [row(2048, "slices", 3, 80.0)]


@pytest.mark.parametrize("form", bench.FORMS)
def test_each_form_is_built_and_synthesised_as_it_says(form, monkeypatch):
    seen = {}
    plan = make_design(small_face(), device="ecp5-85", cycles=2048, clock_mhz=100).plan

    def build(model, folder, **asked):
        seen["words"] = bool(hardware.keeping_words(plan))

    def place(folder, part, clock_mhz, seed, step):
        chain = {"modules": {"t": chained()}}
        seen["taken"] = part.family.take_in_registers(chain)
        return row(0, form, seed, clock_mhz)

    monkeypatch.setattr(bench, "build", build)
    monkeypatch.setattr(bench, "_place", place)
    found = bench._measure(16_384, 100.0, form, 1, print)
    assert found["fmax_hz"] == 100_000_000
    assert seen["words"] == (form != "slices")
    assert seen["taken"] == {"block RAM": 0, "all in block RAM": 1}.get(form, 0)


def chained() -> dict:
    """A word of one bit, its register, and a carry chain behind that."""
    ports = {"CLKA": [2], "CLKB": [2], "CEA": ["1"], "DOB0": [3]}
    ram = {"DATA_WIDTH_A": "1001", "DATA_WIDTH_B": "1001"}
    cells = {
        "ram": ("DP16KD", ram, ports, {"DOB0": "output"}),
        "register": ("TRELLIS_FF", {}, {"CLK": [2], "DI": [3], "Q": [4]}, {"Q": "output"}),
        "chain": ("CCU2C", {}, {"A0": [4]}, {}),
    }
    keys = ("type", "parameters", "connections", "port_directions")
    return {
        "cells": {
            n: {"attributes": {}, **dict(zip(keys, c, strict=True))} for n, c in cells.items()
        },
        "ports": {},
        "netnames": {},
    }
