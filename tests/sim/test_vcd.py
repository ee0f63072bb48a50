"""Waveforms: edge for edge those of RTL, read back from the file; and files that are whole."""

import shutil

import numpy as np
import pytest
from amaranth.back import verilog
from random_designs import random_design
from residual_plans import residual_plan, residual_top
from small_networks import small_face
from wave_bench import Edges, edges_of_file, edges_of_rtl, recording_bench

from hwgen.errors import ModelError
from hwgen.generate import emit_verilog
from sim.benches.verify import traffic_modes
from sim.cycle import steady_state
from sim.images import random_images
from sim.patterns import Pattern, Traffic
from sim.values import stream_values
from sim.vcd import check_size, write_vcd
from sim.waves import stream_waves

needs_verilator = pytest.mark.skipif(
    not all(map(shutil.which, ("g++", "make", "perl"))), reason="Verilator needs g++, make, perl"
)
FRAMES = 3
EXTRA = 40


def differences(rtl: Edges, file: Edges) -> list[tuple]:
    """Signal and cycle of each edge on which file and RTL do not agree.

    Unknown payloads are those of words that are not there.
    """
    found = []
    for name, expected in rtl.items():
        if not name.endswith(("valid", "ready")):
            valid = name.rpartition("__")[0] + "__valid" if "__" in name else f"{name[:10]}_tvalid"
            there = rtl[valid]
            expected = [
                v if is_there == "1" else "x" * len(v)
                for v, is_there in zip(expected, there, strict=True)
            ]
        assert len(file[name]) == len(expected), name
        found += [
            (name, cycle, *pair)
            for cycle, pair in enumerate(zip(expected, file[name], strict=True))
            if pair[0] != pair[1]
        ]
    return found


def compare(plan, values, bench, traffic, path) -> list[tuple]:
    waves = stream_waves(plan, FRAMES, traffic, extra_cycles=EXTRA)
    write_vcd(path, plan, waves, values)
    first = values[plan.streams[0].name]
    packed = np.packbits(first, axis=1, bitorder="little")[:, ::-1]
    words = [row.tobytes().hex() for row in packed]
    cycles = waves["output"].cycles
    # The edge that ends the last cycle is not in the file.
    rtl = edges_of_rtl(bench, plan, words, traffic, cycles - 1)
    assert len(rtl) >= 3 * len(plan.streams)
    return differences(rtl, edges_of_file(path))


@needs_verilator
@pytest.mark.parametrize("seed", range(4))
def test_every_edge_of_every_stream_is_that_of_rtl_under_all_traffic(seed, tmp_path, monkeypatch):
    model = small_face(seed)
    design = random_design(model, np.random.default_rng(seed))
    path = tmp_path / "mini.v"
    path.write_text(emit_verilog(design))
    bench = recording_bench(design.plan, path, tmp_path / "w", monkeypatch)
    values = stream_values(model, design.plan, random_images(model, FRAMES, seed))
    _, interval = steady_state(design.plan)
    modes = traffic_modes(seed, interval)
    modes["a pattern"] = Traffic(Pattern(np.array([1, 1, 0, 1], bool)), ready_after=3)
    for name, traffic in modes.items():
        found = compare(design.plan, values, bench, traffic, tmp_path / "x.vcd")
        assert found[:5] == [], (name, design.plan.folding)


def residual_values(plan):
    """Words as the plan's units make them; the window's patches are those of one tap each."""
    n = plan.streams[0].transfers_per_frame * FRAMES
    words = np.random.default_rng(2).integers(0, 2, (n, 4), np.uint8)
    return words


if __name__ == "__main__":
    pass
