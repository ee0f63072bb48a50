"""Frames whose end is marked: right under verification, faults planted in them included."""

import re
import shutil

import numpy as np
import pytest
from integration_builds import build_network, run_icarus

from hwgen.errors import ModelError
from hwgen.jobs.verify import verify
from sim.benches.marked_frames import plant_faults

needs_icarus = pytest.mark.skipif(shutil.which("iverilog") is None, reason="needs iverilog")


def test_pixels_are_lost_and_put_in_and_frames_between_are_right():
    images = np.arange(1, 25).reshape(2, 3, 4, 1)
    planted = plant_faults(images, 8, 1)
    ends = np.flatnonzero(planted.last) + 1
    lengths = np.diff(ends, prepend=0)
    assert ends[-1] == len(planted.pixels)
    assert (planted.bad == (lengths != 12)).all()
    assert {11, 12, 13} < set(lengths.tolist())
    for k in np.flatnonzero(~planted.bad):
        assert (planted.seen[k] == images[k % 2]).all()
    short = int(np.flatnonzero(lengths == 11)[0])
    assert planted.seen[short].reshape(-1)[-1] == 0


@needs_icarus
@pytest.mark.parametrize("network", ["weights from outside", "several pixels"])
def test_every_transfer_is_right_with_marks_and_the_bench_passes(tmp_path, network):
    name = build_network(network, tmp_path / "b", input_tlast=True)
    status, text = run_icarus(tmp_path / "b", name)
    assert (status, text[:4]) == (0, "PASS"), text
    found = verify(tmp_path / "b", frames=2, simulator="icarus")
    assert found.right, found.verdict
    assert found.verdict.patterns == 5


@needs_icarus
@pytest.mark.parametrize(
    ("right", "wrong", "stream"),
    [
        (r"assign error = .*;", "assign error = 1'h0;", "error"),
        (r"(assign \S+  = )~ dropping;", r"\g<1>1'h1;", None),
        (r"(assign o__payload = \S+  \? \d+'h)00 ", r"\g<1>ff ", None),
    ],
)
def test_a_fault_in_what_makes_frames_right_is_found(tmp_path, right, wrong, stream):
    name = build_network("residual", tmp_path / "b", input_tlast=True)
    verilog = tmp_path / "b" / f"{name}.v"
    text, count = re.subn(right, wrong, verilog.read_text())
    assert count == 1
    verilog.write_text(text)
    found = verify(tmp_path / "b", frames=1, simulator="icarus")
    assert not found.right
    assert found.verdict.mode == "lost and surplus pixels"
    first = found.verdict.first_mismatch
    assert first is not None
    assert stream is None or first.stream == stream


def test_cxxrtl_is_refused(tmp_path):
    build_network("residual", tmp_path / "b", input_tlast=True)
    with pytest.raises(
        ModelError, match=r"^--input-tlast is verified on verilator or icarus, not on cxxrtl$"
    ):
        verify(tmp_path / "b", simulator="cxxrtl")
