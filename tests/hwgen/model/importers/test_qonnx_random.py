"""Random quantised graphs: what is imported computes what the reference executor computes.

The executor computes in float64, in which every value of these graphs is exact, and every tie.
`HWGEN_QONNX_GRAPHS` asks for more of them.
"""

import importlib
import os

import numpy as np
import pytest

from hwgen.model.importers import Options, import_model
from sim import golden

onnx = pytest.importorskip("onnx", reason="needs the package onnx")
random_graph = importlib.import_module("qonnx_random").random_graph
reference = importlib.import_module("qonnx_reference")

GRAPHS = int(os.environ.get("HWGEN_QONNX_GRAPHS", "60"))


@pytest.mark.parametrize("seed", range(GRAPHS))
def test_random_graphs_compute_what_the_reference_does(tmp_path, seed):
    net = random_graph(seed)
    path = net.save(tmp_path)
    model, _ = import_model(path, Options(pixels="raw"))
    size = model.input
    pictures = np.random.default_rng(seed).integers(
        0, 256, (4, size.height, size.width, size.channels), dtype=np.uint8
    )
    pictures[0] = 0
    frames = pictures.astype(np.float64)
    if not net.channels_last:
        frames = frames.transpose(0, 3, 1, 2)
    frames = frames.reshape(4, *net.shape[1:])
    expected, scores = reference.exact_tensors(path, frames, [net.scores])
    found = golden.run(model, pictures)
    assert np.array_equal(found.float_scores, scores)
    if net.nodes[-1].op_type == "ArgMax":
        assert np.array_equal(found.classes, expected.reshape(-1))
