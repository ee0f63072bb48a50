"""Random networks with weights from outside, under stalls of the memory: RTL, values and cycles."""

import os
import shutil
from pathlib import Path
from unittest import mock

import numpy as np
import pytest
from emitted import write_emitted
from hypothesis import assume, given, note, seed, settings
from random_designs import random_design
from small_networks import small_face
from strategies import UNSHRUNK, networks, pads_with_two_levels

import sim.benches.verify_design
from hwgen.design import Design, make_design
from hwgen.plan.units import MatrixPlan
from sim.benches.bench import Bench, Recording
from sim.benches.cxxrtl_bench import CxxrtlBench
from sim.benches.trials import whole_trial
from sim.benches.verify_design import Verdict, ports_of, verify_design, weights_beside
from sim.compare import compare_streams
from sim.cycle import steady_state
from sim.images import random_images
from sim.patterns import Pattern, Traffic, random_traffic
from sim.sizing import size_buffers
from sim.stimulus import telling_images
from sim.transfer_values import stream_values

pytestmark = pytest.mark.skipif(
    not all(map(shutil.which, ("g++", "make", "perl"))), reason="Verilator needs g++, make, perl"
)

EXAMPLES = int(os.environ.get("HWGEN_OUTSIDE_NETWORKS", "2"))
"""Networks in all; `make soak` asks for more. Of those of tests/test_random_networks.py a third has
such layers too."""

SIMULATOR = os.environ.get("HWGEN_SIMULATOR", "verilator")

FIRST_SEED = int(os.environ.get("HWGEN_FIRST_SEED", "500"))
"""Of the first share; other ones draw other networks."""

SHARES = 2
"""Tests that share them, so that they run side by side."""

FROM_OUTSIDE = {
    "conv1": {"pe": 4, "simd": 3, "rows": 4, "storage": "external"},
    "conv2": {"pe": 4, "simd": 8, "taps": [1, 1], "rows": 4, "storage": "external"},
    "fc": {"pe": 1, "simd": 8, "storage": "external"},
}


MOST_CYCLES = 10_000
"""For a frame of a network that is tried, and for its packet from the slowest memory."""


def memory_stalls(number: int, interval: int, packet: int) -> dict[str, Traffic]:
    """Memories that are fast, slow, and away for a while; and an outside that stalls as well."""
    rng = np.random.default_rng(number)
    least = max(0.05, packet / MOST_CYCLES)
    slow = rng.random(int(rng.integers(50, 400))) < rng.uniform(least, max(least, 0.6))
    slow[0] = True
    # As one does that is refreshed, or asked for another address.
    burst = np.arange(int(rng.integers(12, 200))) >= rng.integers(1, 10)
    return {
        "full rate": Traffic(),
        "a slow memory": Traffic(weights=Pattern(slow)),
        "bursts": Traffic(weights=Pattern(burst), ready_after=int(rng.integers(3))),
        "random stalls": random_traffic(number, interval),
    }


def readers(design: Design) -> dict[str, MatrixPlan]:
    """Layers that get weights from outside, by the stream that brings theirs."""
    units = [u for u in design.plan.units if isinstance(u, MatrixPlan) and u.external]
    return {design.plan.inputs_of(unit)["i_weights"].name: unit for unit in units}


def check_reads(design: Design, recording: Recording, frames: int) -> int:
    """Hold the words that RTL took of each weight stream against the plan's figure; their number.

    Words of a layer are the weights of its description by its lanes, counted here anew.
    """
    reads = {layer.name: layer.weight_reads for layer in design.plan.layers}
    total = 0
    for name, unit in readers(design).items():
        stage = design.network.matrices[unit.stage]
        words = stage.weights.size // (unit.pe * unit.simd)
        taken = recording.traces[name].payload
        assert len(taken) == frames * words * reads[unit.stage], name
        # Each of them as often, and in the same order every time.
        rounds = taken.reshape(frames * reads[unit.stage], words, -1)
        assert (rounds == rounds[0]).all(), name
        total += len(taken)
    return total


def verified(design: Design, images, modes, folder: Path, **options) -> tuple[Verdict, list]:
    """Verdict on a design, and what its runs recorded."""
    kept: list[Recording] = []

    class Keeping:
        def __init__(self, bench: Bench):
            self.bench = bench

        def run(self, *words) -> list[Recording]:
            kept.extend(self.bench.run(*words))
            return kept

    make = sim.benches.verify_design.make_bench
    with mock.patch.object(
        sim.benches.verify_design,
        "make_bench",
        lambda *words, **more: Keeping(make(*words, **more)),
    ):
        verdict = verify_design(
            design.model, design.plan, write_emitted(design, folder), images, modes=modes,
            simulator=SIMULATOR, work=folder / "work", **options,
        )  # fmt: skip
    return verdict, kept


@pytest.mark.parametrize("share", range(SHARES))
def test_each_transfer_of_random_networks_is_right_whenever_weights_come(share, tmp_path_factory):
    # As in tests/test_random_networks.py nothing is shrunk.
    @seed(FIRST_SEED + share)
    @settings(UNSHRUNK, max_examples=-(-EXAMPLES // SHARES))
    @given(networks())
    def run(case):
        model, images = case
        assume(not pads_with_two_levels(model))
        number = int(images.sum()) % 2**32 + 1000 * (FIRST_SEED + share)
        design = random_design(model, np.random.default_rng(number), outside=True)
        note(f"folding {design.plan.folding}, seed {number}")
        # Where all layers are depthwise, or none was drawn, another network is.
        weights = design.plan.weights
        assume(weights is not None)
        assert weights is not None
        _, interval = steady_state(design.plan)
        assume(interval <= MOST_CYCLES)
        folder = tmp_path_factory.mktemp("outside")
        frames = np.concatenate([images[:1], telling_images(model, 2, number)])
        modes = memory_stalls(number, interval, weights.transfers_per_frame)
        verdict, kept = verified(design, frames, modes, folder, resets=(number, interval))
        assert verdict.first_mismatch is None, (verdict, design.plan.folding)
        assert verdict.transfers_checked > 0
        for recording in kept[:4]:
            assert check_reads(design, recording, len(frames)) > 0
        shutil.rmtree(folder)

    run()


def from_outside(seed: int = 4) -> Design:
    design = make_design(small_face(seed), folding=(FROM_OUTSIDE, "test"))
    return design.with_plan(size_buffers(design.plan))


def test_each_word_is_read_as_often_as_planned_and_a_wrong_packet_is_noticed(tmp_path):
    design = from_outside()
    plan, images = design.plan, random_images(design.model, 2, 1)
    path = write_emitted(design, tmp_path)
    packet = weights_beside(path, plan).packet
    values = stream_values(design.model, plan, images, packet)
    bench = CxxrtlBench(
        verilog=path, top=plan.name, streams=plan.streams, ports=ports_of(plan),
        work=tmp_path / "work", packet=packet.tolist(),
    )  # fmt: skip
    trial, words = whole_trial("full rate", plan, 2, Traffic()), values[plan.entry.name]
    (good,) = bench.run(words, [trial.run])
    checked, bad, first = compare_streams(trial.expected(values), good.traces, {})
    assert (checked, bad, first) == (sum(map(len, values.values())), 0, None)

    planned = {layer.name: layer.weight_reads for layer in plan.layers if layer.weight_reads}
    assert planned == {"conv1": 2, "conv2": 1, "fc": 1}
    # 216 weights by 12 lanes, twice; 576 by 32, 128 by 8.
    assert check_reads(design, good, 2) == 2 * (2 * 18 + 18 + 16)
    with pytest.raises(AssertionError):
        check_reads(design, good, 1)

    bench.packet = np.append(packet[:1] ^ 0xFFF, packet[1:]).astype(np.uint32)
    (wrong,) = bench.run(words, [trial.run])
    outputs = wrong.traces["conv1_to_conv1_raster"], good.traces["conv1_to_conv1_raster"]
    assert not np.array_equal(*(trace.payload for trace in outputs))

    # A word too many: the last one, and its mark, are not where they should be. Of the frame come
    # the scores that do not need it, and no more.
    bench.packet = np.append(packet, 0).astype(np.uint32)
    (stopped,) = bench.run(words, [trial.run])
    assert len(stopped.traces["weights"].cycles) == packet.size - 1
    scores = stopped.traces["output"].payload
    assert len(scores) == 3
    assert np.array_equal(scores, values["output"][:3])
