"""What a plan says of a frame is near what is counted, and grows with what is there."""

from pathlib import Path

import pytest

from hwgen.design import make_design
from hwgen.model import load_model
from hwgen.power.counted_work import counted_work
from hwgen.power.plan_work import plan_work
from hwgen.power.price import price_frame

ROOT = Path(__file__).parents[3]
FACE = load_model(ROOT / "models" / "face.json")


def face(cycles):
    return make_design(FACE, device="up5k", cycles=cycles)


def test_a_frame_of_face_takes_what_was_counted_of_it():
    design = face(24_576)
    work = plan_work(design.network, design.plan, 24_576)
    joules = price_frame("up5k", work, clock_hz=24e6, fps=30)
    # docs/energy.md: counted on the Verilog.
    assert joules.joules == pytest.approx(36.4e-6, rel=joules.uncertainty)
    assert joules.joules < 60e-6


def test_more_cycles_take_more_of_the_clock_and_of_memories_that_are_always_read():
    fast, slow = face(24_576), face(98_304)
    works = [plan_work(d.network, d.plan, d.plan.bottleneck_cycles) for d in (fast, slow)]
    for event in ("register bits", "ram read", "spram"):
        assert works[1].frame[event] > works[0].frame[event]
    assert works[1].frame["register bits"] == pytest.approx(
        works[1].waiting["register bits"] * slow.plan.bottleneck_cycles
    )


def test_operators_that_were_counted_become_the_luts_of_their_unit():
    design = face(24_576)
    unit = design.plan.unit("conv2")
    counts = {("conv2", "logic"): 500.0, ("conv2", "logic bits"): 1000.0, ("", "register"): 7.0}
    work = counted_work(design.network, design.plan, 10, counts, {})
    luts = plan_work(design.network, design.plan, 10).frame["lut"]
    assert 0 < work.frame["lut"] < 10 * 0.5 * 2000
    assert work.frame["register"] == 7
    assert work.frame["lut"] != luts
    assert unit.kind == "matrix"


def test_cells_of_a_netlist_are_taken_as_they_are():
    design = face(24_576)
    counts = {("", "lut"): 123.0, ("", "carry"): 4.0, ("conv2", "logic"): 9.0}
    work = counted_work(design.network, design.plan, 10, counts, {("", "ram read"): 2.0})
    assert (work.frame["lut"], work.frame["carry"]) == (123, 4)
    assert work.waiting["ram read"] == 2
