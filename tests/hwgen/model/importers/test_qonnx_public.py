"""Networks as their authors published them: what their executor computed is what is imported.

An executor adds in 24 bits; where that leaves a sum of zero a little below it, a sign is another.
Those ties are told apart: no file is excused for anything else.
"""

import itertools

import numpy as np
import pytest
from shared_data import FOLDER, shared_arrays, shared_file

from hwgen.model.importers import Options, import_model
from sim import golden

pytest.importorskip("onnx", reason="needs the package onnx")

SCORED = [
    "TFC_1W2A",
    "bnn_model_fc_1layer",
    "case_brevitas_default_bn1",
    "case_div255",
    "cnv_1w1a_random",
    "gtsrb_12x12_w2a3",
    "kwsmlp_w3a3",
    "mobilenet_4w4a_0.25_random",
    "radioml_conv1d_w8a2",
    "tfc_1w1a_perchannel_gemm",
    "unsw_nb15-mlp-w2a2",
]
TIED = "case_brevitas_default_bn0"
CLASSED = "tfc_w1a1_multithreshold"
UNSCORED = ["case_ArgMax", "case_Softmax", "case_batch4", "case_nhwc"]

CONSTANT = {"bnn_model_fc_1layer": "unit"}
"""The file's own reference gives it 0 to 1, of which its first quantiser makes +1 alone."""


def run(name):
    model, importer = import_model(
        shared_file(f"models/public/{name}.onnx"), Options(CONSTANT.get(name))
    )
    assert importer.name == "qonnx"
    arrays = shared_arrays(f"models/public/{name}.reference.npz")
    return golden.run(model, arrays["X"]), arrays["R"], model


def test_every_public_file_is_in_a_test_here():
    folder = FOLDER / "models" / "public"
    if not folder.is_dir():
        pytest.skip("needs ../shared/data/models/public")
    names = {path.name.removesuffix(".onnx") for path in folder.glob("*.onnx")}
    assert names == {*SCORED, TIED, CLASSED, *UNSCORED}


@pytest.mark.parametrize("name", SCORED)
def test_scores_are_those_of_the_reference(name):
    result, reference, _ = run(name)
    size = np.abs(reference).max()
    assert np.abs(result.float_scores - reference).max() <= 1e-6 * size
    # Scores that are equal but for the reference's rounding have no first one in it.
    best = np.take_along_axis(reference, result.classes[:, None], 1)[:, 0]
    assert (best >= reference.max(axis=1) - 1e-6 * size).all()


def test_the_class_is_that_of_the_reference_where_the_graph_gives_nothing_else():
    result, reference, model = run(CLASSED)
    assert np.array_equal(result.classes, reference[:, 0])
    assert model.provenance["dropped"] == "TopK"


def test_without_batch_norms_all_differences_are_sums_of_zero_that_the_reference_rounds():
    result, reference, model = run(TIED)
    weights = model.named["dense1"].weights.astype(int)
    tied = result.tensors["dense0"][:, 0, 0] == 0
    bits = result.tensors["sign0"][:, 0, 0].astype(int)
    for frame, scores in enumerate(np.rint(reference / 0.1).astype(int)):
        places = np.flatnonzero(tied[frame])
        made = []
        for signs in itertools.product([1, -1], repeat=len(places)):
            chosen = bits[frame].copy()
            chosen[places] = signs
            made.append(weights @ chosen)
        assert any(np.array_equal(scores, one) for one in made)


@pytest.mark.parametrize("name", UNSCORED)
def test_cases_of_one_network_compute_what_it_computes(name):
    model, _ = import_model(shared_file(f"models/public/{name}.onnx"))
    plain, _ = import_model(shared_file("models/TFC_1W1A.onnx"))
    frames = shared_arrays("models/public/TFC_1W2A.reference.npz")["X"]
    one, other = golden.run(model, frames), golden.run(plain, frames)
    assert np.array_equal(one.scores, other.scores)
    assert np.array_equal(one.classes, other.classes)
