"""TFC as its authors published it computes what their executor computed."""

import numpy as np
import pytest
from shared_data import mnist_test, shared_arrays, shared_file

from hwgen.model.importers import import_model
from sim import golden

pytest.importorskip("onnx", reason="needs the package onnx")


def test_tfc_gives_the_reference_scores_floats_and_accuracy_on_all_of_mnist():
    model, importer = import_model(shared_file("models/TFC_1W1A.onnx"))
    reference = shared_arrays("models/tfc_1w1a_reference.npz")
    pictures, labels = mnist_test()
    result = golden.run(model, pictures, keep=False)
    assert importer.name == "qonnx"
    assert np.array_equal(result.scores, reference["int_scores"])
    assert result.classes is not None
    assert (result.classes == labels).sum() == 9296
    # The executor's floats have 24 bits.
    assert np.abs(result.float_scores[:1000] - reference["qonnx_out"]).max() < 1e-6


def test_tfc_is_the_network_that_others_decoded():
    model, _ = import_model(shared_file("models/TFC_1W1A.onnx"))
    decoded, _ = import_model(shared_file("models/tfc_1w1a_decoded.npz"))
    pictures, _ = mnist_test()
    one, other = golden.run(model, pictures[:200]), golden.run(decoded, pictures[:200])
    for k in range(4):
        assert np.array_equal(one.tensors[f"dense{k}"], other.tensors[f"dense{k}"])
    for k in range(3):
        assert np.array_equal(one.tensors[f"sign{k}"], other.tensors[f"sign{k}"])
