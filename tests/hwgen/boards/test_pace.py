"""The line against the network's appetite, by the cycle simulator."""

from pathlib import Path

import numpy as np
import pytest

from hwgen.design import Design, make_design
from hwgen.model import load_model
from sim.cycle import simulate
from sim.patterns import Pattern, Traffic
from tests.small_networks import small_face

FACE = Path(__file__).parents[3] / "models" / "face.json"
FRAME_BITS = 10
"""Of a byte on the line."""


def longest_wait(design: Design, divisor: int, pixels: int) -> tuple[int, int]:
    """Cycles that a pixel of one picture waits at most, and cycles between pixels."""
    pace = FRAME_BITS * divisor * design.model.input.channels
    pattern = np.zeros(pace, np.bool_)
    pattern[-1] = True
    timing = simulate(design.plan, 1, Traffic(valid=Pattern(pattern)))
    taken = timing.transfers[design.plan.entry.name]
    assert taken.size == pixels
    offered = pace - 1 + pace * np.arange(pixels)
    return int((taken - offered).max()), pace


@pytest.mark.parametrize("divisor", [4, 6, 24])
def test_the_small_face_never_overruns(divisor):
    wait, pace = longest_wait(make_design(small_face(), cycles=2000), divisor, 64)
    assert wait < pace


@pytest.mark.skipif(not FACE.exists(), reason="models/face.json is not trained yet")
def test_the_face_never_overruns_at_24_mhz_and_a_megabaud():
    wait, pace = longest_wait(make_design(load_model(FACE)), 24, 1024)
    assert wait < pace


def test_a_network_that_is_too_slow_for_the_line_would_be_seen():
    wait, pace = longest_wait(make_design(small_face(), cycles=60000), 4, 64)
    assert wait >= pace
