"""Rates: what is built keeps the one asked for, or nothing is."""

from pathlib import Path

import pytest
from small_networks import small_face

from hwgen.errors import FitError
from hwgen.jobs.build import build
from hwgen.jobs.sized_design import make_sized_design
from hwgen.model import load_model
from sim.cycle import steady_state

FACE = Path(__file__).resolve().parents[3] / "models" / "face.json"


def test_a_rate_that_units_hold_up_is_refused_and_nothing_written(tmp_path):
    # With one word of room the unit waits for each of its words to leave.
    with pytest.raises(
        FitError, match=r"takes 320 cycles a frame, more than the 64 asked for, as words wait "
    ):
        build(small_face(), tmp_path / "out", cycles=64, buffers={"conv1": 1})
    assert not (tmp_path / "out").exists()


def test_face_takes_a_pixel_a_cycle_on_a_part_that_has_room_for_it():
    # `pool1` holds its word while a folding of four parts takes them: 1,280 cycles. There is one of
    # two parts.
    model = load_model(FACE)
    design = make_sized_design(model, device="ecp5-85", cycles=1024, clock_mhz=80)
    assert steady_state(design.plan)[1] == 1024
