"""The trained face network in RTL: every transfer of eight frames, under many stalls."""

import os
import shutil
from pathlib import Path

import pytest

from hwgen.design import make_design
from hwgen.generate import emit_verilog
from hwgen.model import load_model
from sim.benches.verify_design import traffic_modes, verify_design
from sim.cycle import steady_state
from sim.images import random_images
from sim.patterns import random_traffic
from sim.sizing import size_buffers

pytestmark = [
    pytest.mark.skipif(
        not all(map(shutil.which, ("g++", "make", "perl"))),
        reason="Verilator needs g++, make, perl",
    ),
    pytest.mark.skipif(
        "HWGEN_SIZED_NETWORKS" not in os.environ, reason="`make soak` runs it: it takes a minute"
    ),
]

FACE = Path(__file__).parents[3] / "models" / "face.json"
SEED = 7


def test_each_transfer_of_eight_frames_is_right_under_all_stalls(tmp_path):
    design = make_design(load_model(FACE))
    design = design.with_plan(size_buffers(design.plan))
    _, interval = steady_state(design.plan)
    verilog = tmp_path / "face.v"
    verilog.write_text(emit_verilog(design))
    modes = traffic_modes(SEED, interval)
    modes |= {f"random stalls {k}": random_traffic(SEED + k, interval) for k in (2, 3)}
    verdict = verify_design(
        design.model, design.plan, verilog, random_images(design.model, 8, SEED),
        modes=modes, resets=(SEED, interval), simulator="verilator", work=tmp_path / "work",
    )  # fmt: skip
    assert (verdict.mismatches, verdict.first_mismatch) == (0, None)
    per_frame = sum(s.transfers_per_frame for s in design.plan.streams)
    assert verdict.transfers_checked > 8 * per_frame * len(modes)
