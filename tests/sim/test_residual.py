"""Paths that part and meet again: the simulator against RTL, where they finish and where not."""

import shutil
from dataclasses import replace

import numpy as np
import pytest
from amaranth.back import verilog
from residual_plans import residual_plan, residual_top

from hwgen.errors import ModelError
from sim.benches.bench import Run
from sim.benches.cocotb_bench import CocotbBench
from sim.benches.verify_design import ports_of
from sim.bounds import bounds_of
from sim.cycle import simulate, steady_state
from sim.deadlock import count_words
from sim.patterns import Pattern, Traffic, random_traffic
from sim.schedule import form_of
from sim.sizing import size_buffers

needs_verilator = pytest.mark.skipif(
    not all(map(shutil.which, ("g++", "make", "perl"))), reason="Verilator needs g++, make, perl"
)
FRAMES = 3
WORDS = np.random.default_rng(12).integers(0, 2, (36 * FRAMES, 4), np.uint8)


def bench(plan, folder):
    text = verilog.convert(residual_top(plan), name=plan.name, emit_src=False)
    path = folder / "residual.v"
    path.write_text(text)
    return CocotbBench(
        verilog=path, top=plan.name, streams=plan.streams, ports=ports_of(plan),
        simulator="verilator", work=folder / "work",
    )  # fmt: skip


@needs_verilator
@pytest.mark.parametrize(("branch", "skip"), [(1, 12), (2, 40), (3, 11)])
def test_every_cycle_of_parting_and_meeting_paths_is_that_of_rtl(branch, skip, tmp_path):
    plan = residual_plan(branch_depth=branch, skip_depth=skip)
    traffics = [
        Traffic(),
        random_traffic(3, 324),
        random_traffic(4, 50),
        Traffic(ready_after=2),
    ]
    timings = [simulate(plan, FRAMES, traffic) for traffic in traffics]
    runs = [Run(x, timing.cycles + 50) for x, timing in zip(traffics, timings, strict=True)]
    recordings = bench(plan, tmp_path).run(WORDS, runs)
    for timing, (found, violations) in zip(timings, recordings, strict=True):
        assert not violations
        for name, cycles in timing.transfers.items():
            assert np.array_equal(found[name].cycles, cycles), (name, plan)


@needs_verilator
def test_a_shallow_skip_fifo_stops_rtl_in_the_cycle_that_the_simulator_names(tmp_path):
    plan = residual_plan(skip_depth=5)
    with pytest.raises(
        ModelError,
        match=r"^deadlock: nothing moves after cycle \d+: "
        r"'skip_to_meet' waits for 'meet' to take a word, "
        r"'split_to_skip' waits for 'skip' to take a word, "
        r"'input_to_split' waits for 'split' to take a word, "
        r"'split_to_window' waits for a word from 'split' and 5 more$",
    ) as error:
        simulate(plan, FRAMES)
    stops = int(str(error.value).split("after cycle ")[1].split(":")[0])
    ((found, _),) = bench(plan, tmp_path).run(WORDS, [Run(Traffic(), stops + 500)])
    assert max(int(t.cycles[-1]) for t in found.values() if t.cycles.size) == stops


@needs_verilator
def test_the_least_skip_fifo_is_as_deep_as_rtl_needs(tmp_path):
    plan = size_buffers(residual_plan(skip_depth=60))
    depth = {b.unit: b.size for b in plan.buffers()}["skip"]
    _, interval = steady_state(plan)
    assert interval == 36 * 9
    shallow = plan.with_buffers({"skip": depth - 1})
    (tmp_path / "least").mkdir()
    (tmp_path / "less").mkdir()
    runs = [Run(Traffic(), 9 * interval)]
    ((found, _),) = bench(plan, tmp_path / "least").run(WORDS, runs)
    ends = found["output"].cycles[35::36]
    assert ends[2] - ends[1] == interval
    ((found, _),) = bench(shallow, tmp_path / "less").run(WORDS, runs)
    ends = found["output"].cycles[35::36]
    assert ends.size < 3 or ends[2] - ends[1] > interval


@pytest.mark.parametrize("traffic", [Traffic(), random_traffic(3, 50)], ids=["full", "random"])
def test_cycles_do_not_depend_on_the_order_in_which_streams_are_listed(traffic):
    plan = residual_plan()
    first, *inner, last = plan.streams
    listed = simulate(plan, FRAMES, traffic).transfers
    turned = simulate(replace(plan, streams=(first, *inner[::-1], last)), FRAMES, traffic).transfers
    assert set(turned) == set(listed)
    for name, cycles in listed.items():
        assert np.array_equal(turned[name], cycles), name


def test_counting_words_agrees_with_the_cycles_about_what_finishes():
    for skip in range(1, 16):
        plan = residual_plan(skip_depth=skip)
        rules = [bounds_of(form_of(u, 1)) for u in plan.units]
        counts = count_words(plan, rules, 1, Traffic())
        # The window reads its first patch when it has two rows. Their last word goes there while
        # it waits for the skip FIFO.
        assert (counts["output"].moved == 36) == (skip >= 2 * 6 - 1), (skip, counts)


@pytest.mark.parametrize("side", ["valid", "ready"])
def test_a_pattern_that_lets_nothing_through_ends_with_the_streams_that_wait(side):
    never = Pattern(np.zeros(3, np.bool_))
    traffic = Traffic(valid=never) if side == "valid" else Traffic(ready=never)
    message = {
        "valid": r"^deadlock: nothing moves before the first transfer: "
        r"'input_to_split' waits for a word from 'input'",
        "ready": r"^deadlock: nothing moves after cycle \d+: "
        r"'output' waits for 'output' to take a word, .*",
    }[side]
    with pytest.raises(ModelError, match=message):
        simulate(residual_plan(), 2, traffic)
