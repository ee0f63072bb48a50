"""Designs with weights in SPRAM: right in every transfer, and a wrong weight word is found."""

import shutil

import numpy as np
import pytest
from small_networks import small_face

from hwgen.build_folder import BuildFolder
from hwgen.design import make_design
from hwgen.errors import ModelError, ToolError
from hwgen.generate import generate
from sim.benches.bench import Run
from sim.benches.verify_design import make_bench, traffic_modes, verify_design
from sim.compare import Trace, compare_streams
from sim.cycle import simulate, steady_state
from sim.images import random_images
from sim.patterns import Traffic
from sim.transfer_values import stream_values

pytestmark = pytest.mark.skipif(
    not all(map(shutil.which, ("g++", "make", "perl"))), reason="benches need g++, make, perl"
)

FRAMES = 3
MODEL = small_face()
FOLDING = {
    "conv1": {"pe": 4, "simd": 3, "m": 4},
    # 12 words of 48 bits and 32 of 4: all four SPRAMs.
    "conv2": {"pe": 2, "simd": 24, "taps": [1, 3], "m": [2, 2], "storage": "spram"},
    "fc": {"pe": 1, "simd": 4, "storage": "spram"},
}
DESIGN = make_design(MODEL, device="up5k", folding=(FOLDING, "test"))
PLAN = DESIGN.plan
IMAGES = random_images(MODEL, FRAMES, 5)


@pytest.fixture(scope="module")
def build(tmp_path_factory):
    folder = tmp_path_factory.mktemp("spram") / "build"
    BuildFolder(folder).write(generate(DESIGN, *steady_state(PLAN))[0])
    return folder


@pytest.mark.parametrize("simulator", ["verilator", "cxxrtl"])
def test_every_transfer_is_right_in_the_cycle_that_it_has_without_spram(build, tmp_path, simulator):
    elsewhere = {n: {k: v for k, v in e.items() if k != "storage"} for n, e in FOLDING.items()}
    plain = make_design(MODEL, folding=(elsewhere, "test"))
    for name, cycles in simulate(plain.plan, FRAMES).transfers.items():
        assert (simulate(PLAN, FRAMES).transfers[name] == cycles).all()
    verdict = verify_design(
        MODEL,
        PLAN,
        build / "mini.v",
        IMAGES,
        modes=traffic_modes(11, steady_state(PLAN)[1]),
        resets=(11, steady_state(PLAN)[1]),
        simulator=simulator,
        work=tmp_path,
    )
    assert (verdict.mismatches, verdict.first_mismatch) == (0, None)
    per_frame = sum(s.transfers_per_frame for s in PLAN.streams)
    assert verdict.transfers_checked > per_frame * FRAMES * 3


@pytest.fixture(scope="module")
def bench(build, tmp_path_factory):
    return make_bench("cxxrtl", PLAN, build / "mini.v", tmp_path_factory.mktemp("bench"))


def first_difference(bench, words):
    bench.weights = words
    values, timing = stream_values(MODEL, PLAN, IMAGES), simulate(PLAN, FRAMES)
    runs = [Run(Traffic(), timing.cycles + 64)]
    ((found, _),) = bench.run(values[PLAN.entry.name], runs)
    expected = {s: Trace(timing.transfers[s], values[s]) for s in values}
    layers = {"input": "input"} | {u.name: u.stage for u in PLAN.units}
    return compare_streams(expected, found, {s.name: layers[s.source] for s in PLAN.streams})[2]


# Words 0 and 34 hold the lowest bits of the first and last of conv2, 36 and 67 are those of fc.
@pytest.mark.parametrize(("word", "layer"), [(0, "conv2"), (34, "conv2"), (36, "fc"), (67, "fc")])
def test_a_wrong_weight_word_is_found_in_its_layer(build, bench, word, layer):
    right = np.fromfile(build / "mini_weights.bin", "<u2").astype(np.uint32)
    assert right.size == 12 * 3 + 32
    assert first_difference(bench, right) is None
    wrong = right.copy()
    wrong[word] ^= 0xFFFF if layer == "conv2" else 1
    found = first_difference(bench, wrong)
    assert found is not None
    assert found.layer == layer
    assert found.what.startswith("has value ")


def test_a_word_too_few_is_noticed_ahead_of_the_first_cycle(bench):
    with pytest.raises(ToolError, match=r"^cxxrtl: the bench failed: 67 words do not fill the "):
        first_difference(bench, np.zeros(67, np.uint32))


def test_a_file_of_weights_that_is_missing_or_cut_short_is_refused(build, tmp_path):
    shutil.copy(build / "mini.v", tmp_path)
    path = tmp_path / "mini_weights.bin"
    with pytest.raises(ModelError, match=rf"^{path}: cannot be read: No such file or directory$"):
        make_bench("cxxrtl", PLAN, tmp_path / "mini.v", tmp_path)
    path.write_bytes(bytes(134))
    with pytest.raises(ModelError, match=rf"^{path}: must have 136 bytes, not 134; build again$"):
        make_bench("cxxrtl", PLAN, tmp_path / "mini.v", tmp_path)
