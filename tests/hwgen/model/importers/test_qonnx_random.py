"""Random quantised graphs: what is imported computes what the reference executor computes.

Scales are powers of two, so that the executor's floats are exact and ties of rounding are too.
"""

import importlib

import numpy as np
import pytest

from hwgen.model.importers import Options, import_model
from sim import golden

onnx = pytest.importorskip("onnx", reason="needs the package onnx")
make = importlib.import_module("random_graphs").make
reference_outputs = importlib.import_module("qonnx_reference").reference_outputs

GRAPHS = 60


@pytest.mark.parametrize("seed", range(GRAPHS))
def test_random_graphs_compute_what_the_reference_does(tmp_path, seed):
    net = make(seed)
    path = net.save(tmp_path)
    model, _ = import_model(path, Options(pixels="raw"))
    size = model.input
    pictures = np.random.default_rng(seed).integers(
        0, 256, (4, size.height, size.width, size.channels), dtype=np.uint8
    )
    pictures[0] = 0
    frames = pictures.astype(np.float64).transpose(0, 3, 1, 2).reshape(4, *net.shape[1:])
    expected = reference_outputs(path, frames.astype(np.float32))
    assert np.array_equal(golden.run(model, pictures).float_scores, expected)
