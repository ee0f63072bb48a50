"""The emitted Verilog against golden model and simulator, and planted faults against the bench."""

import re
import shutil
from dataclasses import replace

import numpy as np
import pytest
from amaranth.back import verilog
from small_networks import small_face

from hwgen.design import make_design
from hwgen.errors import ToolError
from hwgen.generate import emit_verilog
from hwgen.hardware import build_top
from hwgen.model import Conv2d
from hwgen.plan.units import Fifo
from sim.benches.trials import reset_trials
from sim.benches.verify import traffic_modes, verify_design
from sim.cycle import simulate, steady_state
from sim.images import random_images
from sim.patterns import Traffic
from sim.values import stream_values

pytestmark = pytest.mark.skipif(
    not all(map(shutil.which, ("g++", "make", "perl"))), reason="Verilator needs g++, make, perl"
)

FRAMES = 4
MODEL = small_face()
FOLDING = {
    "conv1": {"pe": 4, "simd": 3, "m": 4},
    "conv2": {"pe": 2, "simd": 8, "m": [2, 2]},
    "fc": {"pe": 2, "simd": 4},
}
DESIGN = make_design(MODEL, folding=(FOLDING, "test"))
IMAGES = random_images(MODEL, FRAMES, 5)


compiled = pytest.mark.parametrize("simulator", ["verilator", "cxxrtl"])


def check(text, tmp_path, modes, simulator, resets=None):
    path = tmp_path / "mini.v"
    path.write_text(text)
    return verify_design(
        MODEL, DESIGN.plan, path, IMAGES,
        modes=modes, simulator=simulator, work=tmp_path / "w", resets=resets,
    )  # fmt: skip


@compiled
def test_every_transfer_of_every_stream_is_right_under_all_traffic(tmp_path, simulator):
    _, interval = steady_state(DESIGN.plan)
    modes = traffic_modes(11, interval)
    verdict = check(emit_verilog(DESIGN), tmp_path, modes, simulator, (11, interval))
    assert (verdict.mismatches, verdict.first_mismatch) == (0, None)
    trials = reset_trials(DESIGN.plan, FRAMES, 11, interval)
    cut = sum((trial.timing.transfers[s.name] < trial.run.cycles).sum()
              for trial in trials for s in DESIGN.plan.streams)  # fmt: skip
    per_frame = sum(s.transfers_per_frame for s in DESIGN.plan.streams)
    assert verdict.transfers_checked == per_frame * FRAMES * 3 + cut
    assert verdict.patterns == 4
    assert verdict.streams == len(DESIGN.plan.streams)


@pytest.mark.skipif(shutil.which("iverilog") is None, reason="Icarus is not installed")
def test_icarus_agrees_and_sees_no_unknown_value(tmp_path):
    # What comes while nothing is offered is unknown there, and resets come amid frames.
    _, interval = steady_state(DESIGN.plan)
    modes = {"full rate": Traffic()}
    verdict = check(emit_verilog(DESIGN), tmp_path, modes, "icarus", (11, interval))
    assert (verdict.mismatches, verdict.first_mismatch) == (0, None)


def flip_weight(channel):
    """The network with one weight of a channel of conv2 negated.

    Where hardware holds the channel negated, flipping its bit means the same.
    """
    layers = []
    for layer in MODEL.layers:
        if isinstance(layer, Conv2d) and layer.name == "conv2":
            weights = layer.weights.copy()
            weights[channel, 0, 0, 0] *= -1
            layer = replace(layer, weights=weights)
        layers.append(layer)
    return replace(MODEL, layers=tuple(layers))


@compiled
def test_a_flipped_weight_bit_is_found_at_its_layer_index_and_cycle(tmp_path, simulator):
    """The reference is a golden model whose description has the same bit flipped."""
    stream = next(s for s in DESIGN.plan.streams if s.source == "conv2")
    right = stream_values(MODEL, DESIGN.plan, IMAGES)[stream.name]
    tried = (
        (channel, stream_values(flip_weight(channel), DESIGN.plan, IMAGES)[stream.name])
        for channel in range(8)
    )
    channel, wrong = next((c, values) for c, values in tried if (right != values).any())
    index = int(np.flatnonzero((right != wrong).any(axis=1))[0])
    cycle = int(simulate(DESIGN.plan, FRAMES).transfers[stream.name][index])

    # Tap (0, 0) and input 0 of the channel: nine words a neuron fold, two channels a word.
    word, bit = channel // 2 * 9, channel % 2 * 8
    text = emit_verilog(DESIGN)
    start = text.index("module mini_conv2(")
    line = re.compile(rf"weights\[{word}\] = (\d+)'h([0-9a-f]+);").search(text, start)
    assert line
    flipped = int(line[2], 16) ^ 1 << bit
    changed = f"weights[{word}] = {line[1]}'h{flipped:x};"
    text = text[: line.start()] + changed + text[line.end() :]

    first = check(text, tmp_path, {"full rate": Traffic()}, simulator).first_mismatch
    assert first is not None
    assert (first.layer, first.stream, first.index) == ("conv2", stream.name, index)
    assert first.cycle == cycle
    assert re.fullmatch(r"has value 0x[0-9a-f]+ instead of 0x[0-9a-f]+ \(bit [01]\)", first.what)


@compiled
def test_an_extra_register_on_an_inner_stream_is_found_where_it_first_shows(tmp_path, simulator):
    plan = DESIGN.plan
    at = next(k for k, s in enumerate(plan.streams) if s.target == "conv2_window")
    bits = plan.streams[at].payload_bits
    extra = Fifo(name="extra", stage="conv2", in_bits=bits, out_bits=bits, depth=2)
    units = (*plan.units[:at], extra, *plan.units[at:])
    old = plan.streams[at]
    into = replace(old, name="into_extra", target="extra")
    streams = (*plan.streams[:at], into, replace(old, source="extra"), *plan.streams[at + 1 :])
    faulty = replace(plan, units=units, streams=streams)
    top = build_top(DESIGN.network, faulty)
    text = verilog.convert(top, name="mini", emit_src=False, strip_internal_attrs=True)

    # The window unit's first patch waits for a word that now comes a cycle later.
    stream = plan.streams[at + 1]
    cycle = int(simulate(plan, FRAMES).transfers[stream.name][0])
    first = check(text, tmp_path, {"full rate": Traffic()}, simulator).first_mismatch
    assert first is not None
    assert (first.layer, first.stream, first.index) == ("conv2", stream.name, 0)
    assert first.cycle == cycle
    assert first.what == f"comes in cycle {cycle + 1} instead of {cycle}"


def test_a_simulator_that_is_not_known_is_refused(tmp_path):
    with pytest.raises(
        ToolError,
        match=r"^simulator must be one of verilator, icarus, icarus-2005, cxxrtl, not 'modelsim'$",
    ):
        check("", tmp_path, {}, "modelsim")
