"""What is gathered for a timeline is what happened."""

import numpy as np
import pytest
from small_networks import small_face

from hwgen.design import make_design
from sim.activity import main_streams
from sim.cycle import chunks, simulate, steady_state
from sim.patterns import random_traffic
from sim.sketch import FRAMES_SHOWN, PARTS, Sketch

FOLDING = {
    "conv1": {"pe": 2, "simd": 3, "m": 1},
    "conv2": {"pe": 2, "simd": 8, "m": [2, 2]},
    "fc": {"pe": 2, "simd": 4},
}
PLAN = make_design(small_face(), folding=(FOLDING, "test")).plan
INTERVAL = steady_state(PLAN)[1]


def sketch(frames: int, traffic=None, chunk_words: int = 1) -> Sketch:
    found = Sketch(PLAN)
    for chunk in chunks(PLAN, frames, traffic, chunk_words=chunk_words):
        found.add(chunk)
    return found


def test_there_is_a_row_for_the_edges_and_each_layer_in_the_order_of_the_data():
    names = [name for name, _, _ in sketch(1).rows]
    assert names == ["pixels in", "conv1", "pool1", "conv2 + pool2", "fc", "scores out"]


@pytest.mark.parametrize("traffic", [None, random_traffic(2, INTERVAL)])
def test_bars_run_from_the_first_to_the_last_transfer_of_a_frame(traffic):
    frames = 3
    timing, drawn = simulate(PLAN, frames, traffic), sketch(frames, traffic)
    assert drawn.ends == (timing.frame_ends + 1).tolist()
    streams = {"pixels in": PLAN.entry, "scores out": PLAN.exit, **main_streams(PLAN)}
    for name, stream, bars in drawn.rows:
        assert stream == streams[name.split(" + ")[0]]
        cycles = timing.transfers[stream.name].reshape(frames, -1)
        assert [b.first for b in bars] == cycles[:, 0].tolist()
        assert [b.last for b in bars] == cycles[:, -1].tolist()
        for bar, of_frame in zip(bars, cycles, strict=True):
            edges = np.linspace(bar.first, bar.last + 1, bar.density.size + 1)
            counts = bar.density * np.diff(np.ceil(edges))
            assert counts.sum() == pytest.approx(of_frame.size)
            assert bar.density.max() <= 1
            assert bar.density.size <= PARTS


def test_only_the_first_frames_of_a_long_run_are_drawn():
    for chunk_words in (1, 1 << 20):
        drawn = sketch(FRAMES_SHOWN + 5, chunk_words=chunk_words)
        assert drawn.frames == FRAMES_SHOWN
        assert {len(bars) for _, _, bars in drawn.rows} == {FRAMES_SHOWN}
        assert drawn.ends == (simulate(PLAN, FRAMES_SHOWN).frame_ends + 1).tolist()
