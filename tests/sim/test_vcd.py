"""Waveforms: edge for edge those of RTL, read back from the file; and files that are whole."""

import shutil
from dataclasses import replace

import numpy as np
import pytest
from amaranth.back import verilog
from emitted import write_emitted
from random_designs import random_design
from residual_plans import residual_plan, residual_top
from small_networks import norm, small_face, weights
from wave_bench import Edges, edges_of_file, edges_of_rtl, recording_bench

from hwgen.design import Design, make_design
from hwgen.errors import ModelError
from hwgen.model import Builder, Model, Table
from hwgen.plan.plan import Plan
from hwgen.plan.units import (
    Convert,
    Deal,
    Fifo,
    Fork,
    Join,
    MapPlan,
    MatrixPlan,
    PoolPlan,
    Register,
    ReorderPlan,
    Scores,
    Slice,
    WindowPlan,
)  # fmt: skip
from sim.benches.verify_design import traffic_modes, weights_beside
from sim.cycle import steady_state
from sim.images import random_images
from sim.patterns import Pattern, Traffic
from sim.sizing import size_buffers
from sim.transfer_values import stream_values
from sim.vcd import CYCLE_NS, MOST_BITS, check_size, write_vcd
from sim.waves import stream_waves

needs_verilator = pytest.mark.skipif(
    not all(map(shutil.which, ("g++", "make", "perl"))), reason="Verilator needs g++, make, perl"
)
FRAMES = 3
EXTRA = 40
PATTERN = Traffic(Pattern(np.array([1, 1, 0, 1], np.bool_)), ready_after=3)


def bits_of_pixels() -> Model:
    """A picture through a table, compared, pooled, and with bits at the end."""
    rng = np.random.default_rng(8)
    table = Table(rng.integers(-8, 8, (2, 256)), 1)
    return (
        Builder("mini", height=6, width=6, channels=2, transform=table)
        .sign(name="bits")
        .conv2d(weights(rng, 4, 3, 3, 2), name="conv", padding="same", pad_value=1)
        .batch_norm(**norm(rng, 4, 3), name="norm")
        .sign(name="fires")
        .max_pool(2, name="pool")
        .conv2d(weights(rng, 6, 1, 1, 4), name="conv2")
        .sign(name="ends")
        .build()
    )


FROM_OUTSIDE = {
    "conv1": {"pe": 4, "simd": 3, "rows": 4, "storage": "external"},
    "conv2": {"pe": 4, "simd": 8, "taps": [1, 1], "rows": 4},
    "fc": {"pe": 1, "simd": 8, "storage": "external"},
}
"""Weights that come in for each pass of rows, that stay, and that come in for each pixel."""

DESIGNS = {
    "face 1": (small_face(1), 1),
    "face 9": (small_face(9), 9),
    "from outside": (small_face(4), 4),
    "bits of pixels": (bits_of_pixels(), 6),
}


def design_of(case: str) -> Design:
    model, seed = DESIGNS[case]
    if case == "from outside":
        design = make_design(model, folding=(FROM_OUTSIDE, "test"))
        return design.with_plan(size_buffers(design.plan))
    return random_design(model, np.random.default_rng(seed))


def differences(rtl: Edges, file: Edges) -> list[tuple]:
    """Signal, cycle, RTL's value and the file's, of each edge on which the two do not agree.

    Payloads are those of words that are there: else the file says that they are unknown.
    """
    found = []
    for name, expected in rtl.items():
        if not name.endswith(("valid", "ready")):
            part = "__valid" if "__" in name else "_tvalid"
            valid = name.rpartition("__" if "__" in name else "_")[0] + part
            expected = [
                value if there == "1" else "x" * len(value)
                for value, there in zip(expected, rtl[valid], strict=True)
            ]
        pairs = enumerate(zip(expected, file[name], strict=True))
        found += [(name, cycle, *pair) for cycle, pair in pairs if pair[0] != pair[1]]
    return found


def compare(plan: Plan, values, bench, traffic, path, waves=None) -> list[tuple]:
    """Differences between a run of the RTL and the file written for it."""
    waves = waves or stream_waves(plan, FRAMES, traffic, extra_cycles=EXTRA)
    write_vcd(path, plan, waves, values)
    words = values[plan.entry.name]
    # The edge that ends the last cycle is not in the file.
    rtl = edges_of_rtl(bench, plan, words, traffic, waves["output"].cycles - 1)
    assert len(rtl) > 3 * len(plan.streams)
    return differences(rtl, edges_of_file(path))


@needs_verilator
@pytest.mark.parametrize("case", DESIGNS)
def test_every_edge_of_every_stream_is_that_of_rtl_under_all_traffic(case, tmp_path, monkeypatch):
    design, (model, seed) = design_of(case), DESIGNS[case]
    path = write_emitted(design, tmp_path)
    bench = recording_bench(design.plan, path, tmp_path / "w", monkeypatch)
    images, packet = random_images(model, FRAMES, seed), weights_beside(path, design.plan).packet
    values = stream_values(model, design.plan, images, packet)
    _, interval = steady_state(design.plan)
    for name, traffic in {**traffic_modes(seed, interval), "a pattern": PATTERN}.items():
        found = compare(design.plan, values, bench, traffic, tmp_path / "x.vcd")
        assert found[:5] == [], (name, design.plan.folding)


@needs_verilator
@pytest.mark.parametrize(("branch", "skip"), [(1, 12), (2, 40), (3, 11)])
def test_every_edge_of_parting_and_meeting_paths_is_that_of_rtl(
    branch, skip, tmp_path, monkeypatch
):
    plan = residual_plan(branch_depth=branch, skip_depth=skip)
    path = tmp_path / "residual.v"
    path.write_text(verilog.convert(residual_top(plan), name=plan.name, emit_src=False))
    bench = recording_bench(plan, path, tmp_path / "w", monkeypatch)
    values = {
        s.name: np.zeros((FRAMES * s.transfers_per_frame, s.payload_bits), np.uint8)
        for s in plan.streams
    }
    values["output"][35::36, -1] = 1
    modes = traffic_modes(branch, 324)
    for name, traffic in {**modes, "a pattern": PATTERN}.items():
        # Words of zeros come out as zeros, and the frame's end.
        assert compare(plan, values, bench, traffic, tmp_path / "x.vcd")[:5] == [], name


def test_the_designs_compared_have_units_of_every_kind():
    plans = [design_of(case).plan for case in DESIGNS] + [residual_plan()]
    kinds = {type(u) for plan in plans for u in plan.units}
    assert kinds == {
        Convert, Deal, Fifo, Fork, Join, MapPlan, MatrixPlan, PoolPlan, Register, ReorderPlan,
        Scores, Slice, WindowPlan,
    }  # fmt: skip
    assert {u.up for plan in plans for u in plan.units if isinstance(u, Convert)} == {True, False}
    # With a single lane `ready` passes through at all times.
    assert {u.lanes for plan in plans for u in plan.units if isinstance(u, Scores)} == {1, 2, 4}


@needs_verilator
def test_an_edge_that_is_a_cycle_off_would_be_found(tmp_path, monkeypatch):
    case = "face 1"
    design, (model, seed) = design_of(case), DESIGNS[case]
    plan = design.plan
    path = write_emitted(design, tmp_path)
    bench = recording_bench(plan, path, tmp_path / "w", monkeypatch)
    packet = weights_beside(path, plan).packet
    values = stream_values(model, plan, random_images(model, FRAMES, seed), packet)
    waves = stream_waves(plan, FRAMES, extra_cycles=EXTRA)
    stream = plan.streams[2]
    wave, signal = waves[stream.name], f"dut.{stream.source}.{stream.source_port}"
    ready = wave.ready.copy()
    ready[7] ^= True
    waves[stream.name] = replace(wave, ready=ready)
    (found,) = compare(plan, values, bench, Traffic(), tmp_path / "x.vcd", waves)
    assert found[:2] == (f"{signal}__ready", 7)

    flipped = values[stream.name].copy()
    flipped[5, 0] ^= 1
    waves[stream.name] = wave
    values[stream.name] = flipped
    found = compare(plan, values, bench, Traffic(), tmp_path / "x.vcd", waves)
    cycles = range(wave.offered[5], wave.transfer[5] + 1)
    assert [x[:2] for x in found] == [(f"{signal}__payload", c) for c in cycles]


def small_run():
    model = small_face()
    plan = make_design(model).plan
    values = stream_values(model, plan, random_images(model, 2, 1))
    return plan, stream_waves(plan, 2), values


def test_the_file_ends_with_the_run_and_counts_frames(tmp_path):
    plan, waves, values = small_run()
    write_vcd(tmp_path / "a.vcd", plan, waves, values)
    lines = (tmp_path / "a.vcd").read_text().splitlines()
    cycles = waves["output"].cycles
    assert lines[-1] == f"#{cycles * CYCLE_NS}"
    edges = edges_of_file(tmp_path / "a.vcd")
    frames = [int(v, 2) for v in edges["dut.m_axis_frame"]]
    first_end = int(waves["output"].transfer[len(values["output"]) // 2 - 1])
    assert frames == [0] * (first_end + 1) + [1] * (cycles - 1 - first_end - 1)
    assert {name.split(".")[1] for name in edges if name.count(".") == 2} == {
        u.name for u in plan.units
    }


def test_two_files_of_one_run_have_identical_bytes(tmp_path):
    plan, waves, values = small_run()
    for name in "ab":
        write_vcd(tmp_path / name, plan, waves, values)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_an_interrupted_file_leaves_nothing_and_the_one_before_as_it_was(tmp_path):
    plan, waves, values = small_run()
    path = tmp_path / "a.vcd"
    path.write_text("before")

    def interrupt(done, total):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_vcd(path, plan, waves, values, interrupt)
    assert [(p.name, p.read_text()) for p in tmp_path.iterdir()] == [("a.vcd", "before")]


def test_a_waveform_too_large_for_any_viewer_is_refused():
    plan, _, _ = small_run()
    bits = sum(s.payload_bits * s.transfers_per_frame for s in plan.streams)
    most = MOST_BITS // bits
    check_size(plan, most)
    with pytest.raises(
        ModelError,
        match=rf"^a waveform of {most + 1:,} frames would hold [\d,]+ bits of payload, more than "
        rf"[\d,]+; ask for {most:,} frames at most$",
    ):
        check_size(plan, most + 1)
