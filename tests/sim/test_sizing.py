"""Buffers: as small as the full rate allows, by the simulator and by RTL."""

import gc
import os
import shutil
import warnings
from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pytest
from amaranth.hdl import UnusedElaboratable
from emitted import write_emitted
from parted_networks import around_two
from random_designs import random_design, random_folding
from residual_plans import residual_plan
from small_networks import small_face

from hwgen.design import make_design
from hwgen.errors import FoldingError, ModelError
from hwgen.families.devices import GENERIC
from hwgen.hardware import build_unit
from hwgen.network import Stage
from hwgen.passes import lower_network
from hwgen.plan.units import Unit
from hwgen.plan.weight_paths import WORDS_AHEAD
from sim import sizing
from sim.benches.verify_design import verify_design
from sim.cycle import simulate, steady_state
from sim.images import random_images
from sim.patterns import Traffic
from sim.sizing import override_buffers, parse_sizes, size_buffers

needs_verilator = pytest.mark.skipif(
    not all(map(shutil.which, ("g++", "make", "perl"))), reason="Verilator needs g++, make, perl"
)

NETWORKS = int(os.environ.get("HWGEN_SIZED_NETWORKS", "2"))
"""Networks whose buffers are tried in RTL; `make soak` asks for 20."""

FRAMES = 8


@pytest.mark.parametrize("seed", range(12))
def test_buffers_of_least_size_keep_the_full_rate_and_one_less_does_not(seed):
    rng = np.random.default_rng(seed)
    design = random_design(small_face(seed), rng)
    plan = design.plan
    # Of weights that come in, so many words are there ahead at most, whatever more would do.
    generous = plan.with_buffers({
        b.unit: WORDS_AHEAD if b.unit.endswith("_weights_fifo") else b.size + 4
        for b in plan.buffers()
    })  # fmt: skip
    _, interval = steady_state(plan)
    assert interval == steady_state(generous)[1]
    for buffer in plan.buffers():
        less = plan.with_buffers({buffer.unit: buffer.size - 1})
        if buffer.size == buffer.least:
            with pytest.raises(ModelError, match=r"^deadlock: nothing moves "):
                steady_state(less)
        else:
            assert steady_state(less)[1] > interval, buffer


@pytest.mark.parametrize("seed", range(6))
def test_sizes_found_in_parts_are_those_of_the_whole(seed, monkeypatch):
    model = small_face(seed)
    folding = random_folding(lower_network(model), np.random.default_rng(50 + seed))
    design = make_design(model, folding=(folding, "random folding"))
    for plan in (design.plan, residual_plan()):
        found = []
        for radius in (len(plan.units), 1, 2, sizing.RADIUS):
            monkeypatch.setattr(sizing, "RADIUS", radius)
            found.append(size_buffers(plan).buffers())
        monkeypatch.undo()
        assert found == [found[0]] * 4
        assert found[0] != plan.buffers()


@needs_verilator
@pytest.mark.parametrize("number", range(NETWORKS))
def test_rtl_confirms_that_no_buffer_can_be_one_smaller(number, tmp_path):
    rng = np.random.default_rng(100 + number)
    design = random_design(small_face(number), rng)
    plan = design.plan
    _, interval = steady_state(plan)
    images = random_images(design.model, FRAMES, number)
    stages = design.network.named
    tried = 0
    for buffer in plan.buffers():
        # Of a size that the plan would refuse, too.
        less = replace(design, plan=plan.with_buffers({buffer.unit: buffer.size - 1}))
        if buffer.size == buffer.least:
            with pytest.raises(ModelError, match=r"^deadlock: nothing moves "):
                simulate(less.plan, FRAMES)
            _check_refused(next(u for u in less.plan.units if u.name == buffer.unit), stages)
            continue
        verilog = write_emitted(less, tmp_path / buffer.unit)
        # The cycles that the simulator foretells are those of the RTL, and they are too many.
        verdict = verify_design(
            design.model, less.plan, verilog, images,
            modes={"full rate": Traffic()}, simulator="verilator", work=verilog.parent / "work",
        )  # fmt: skip
        assert verdict.first_mismatch is None, (buffer, verdict)
        ends = simulate(less.plan, FRAMES).frame_ends
        assert ends[-1] - ends[-2] > interval, buffer
        tried += 1
    print(f"network {number}: {tried} of {len(plan.buffers())} buffers tried in RTL")


def _check_refused(unit: Unit, stages: Mapping[str, Stage]) -> None:
    """What was begun of the unit is let go here, where nobody minds that it was never used."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UnusedElaboratable)
        with pytest.raises(ValueError, match=r"^(depth|slots) must be "):
            build_unit(unit, stages, 1, GENERIC)
        gc.collect()


def test_fixed_sizes_stay_and_the_others_are_sized_beside_them():
    plan = make_design(small_face(), cycles=300).plan
    sized = size_buffers(plan, {"conv1": 7})
    assert {b.unit: b.size for b in sized.buffers()}["conv1"] == 7
    assert steady_state(sized)[1] == steady_state(plan)[1]


def test_the_skip_path_of_a_residual_gets_what_its_branch_holds():
    sized = {b.unit: b.size for b in size_buffers(residual_plan(skip_depth=60)).buffers()}
    # Two rows wait until the window reads its first patch, and some words more until it is joined.
    assert 12 <= sized["skip"] <= 16
    assert sized["branch"] == 1


def test_a_size_that_stops_the_design_is_refused_with_cycle_and_streams():
    with pytest.raises(
        FoldingError,
        match=r"^net\.json: buffer skip:5: deadlock: nothing moves after cycle \d+: "
        r"'skip_to_meet' waits for 'meet' to take a word, .* and 5 more$",
    ):
        override_buffers(residual_plan(), {"skip": 5}, "net.json")
    plan = make_design(small_face(), cycles=300).plan
    with pytest.raises(FoldingError, match=r"^net\.json: buffer conv2_window:1: deadlock: "):
        override_buffers(plan, {"conv2_window": 1}, "net.json")


def test_an_unknown_buffer_is_refused_with_the_known_ones():
    with pytest.raises(
        FoldingError, match=r"^net\.json: there is no buffer 'c'; there are window, branch, skip$"
    ):
        override_buffers(residual_plan(), {"c": 5}, "net.json")


@pytest.mark.parametrize(
    ("texts", "message"),
    [
        (["conv1"], r"^a buffer's size must be given as NAME:DEPTH, not 'conv1'$"),
        (["conv1:-2"], r"^a buffer's size must be given as NAME:DEPTH, not 'conv1:-2'$"),
        (["conv1:²"], r"^a buffer's size must be given as NAME:DEPTH, not 'conv1:²'$"),
        ([":3"], r"^a buffer's size must be given as NAME:DEPTH, not ':3'$"),
        (["a:3", "a:4"], r"^buffer 'a': is given two sizes, 3 and 4$"),
        (["a:99999999"], r"^buffer 'a': must be at most 1,048,576, not 99999999$"),
        (["a:" + "9" * 5000], r"^buffer 'a': must be at most 1,048,576, not 9{30}$"),
    ],
)
def test_texts_that_are_no_sizes_are_refused(texts, message):
    with pytest.raises(FoldingError, match=message):
        parse_sizes(texts)


def test_sizes_are_read_by_name():
    assert parse_sizes(["conv1:4", "conv1_window:12"]) == {"conv1": 4, "conv1_window": 12}


def test_where_paths_meet_no_fifo_holds_what_line_buffers_should():
    plan = make_design(around_two(size=12)).plan
    ample = plan.with_buffers({b.unit: b.size + 2 for b in plan.buffers() if b.kind == "lines"})
    interval = steady_state(ample)[1]
    sized = size_buffers(plan)
    sizes = {b.unit: b.size for b in sized.buffers()}
    assert steady_state(sized)[1] == interval
    assert sizes["sum_fifo0"] <= 2
    words = next(s.transfers_per_frame for s in plan.streams if s.target == "sum_fifo1")
    assert words * 3 // 12 < sizes["sum_fifo1"] <= words * 4 // 12 + 24


def test_in_large_networks_fifos_hold_no_more_either(monkeypatch):
    plan = make_design(around_two(size=12)).plan
    least = {b.unit: b.size for b in size_buffers(plan).buffers()}
    monkeypatch.setattr(sizing, "MANY", 0)
    sized = size_buffers(plan)
    sizes = {b.unit: b.size for b in sized.buffers()}
    assert steady_state(sized)[1] == steady_state(size_buffers(plan))[1]
    assert sizes["sum_fifo0"] <= 2
    assert least["sum_fifo1"] <= sizes["sum_fifo1"] < 2 * least["sum_fifo1"]
